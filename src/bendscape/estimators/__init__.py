"""Estimators in scikit-learn's manner: from `(X, y)` of any scale to the teacher's span.

They come with the extra `estimators`: ``pip install '.[estimators]'`` in a clone. :func:`bendscape.recover` needs no
scikit-learn.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ..errors import MissingPackageError, install

if TYPE_CHECKING:
    from .counting import VectorCount, count_vectors
    from .hessian import HessianSpectralEstimator
    from .message_passing import MessagePassingEstimator
    from .recover import recover
    from .recovery import Recovery
    from .signals._recover_signal import recover_signal
    from .signals.result import SignalEvidence, SignalRecovery
    from .spectral import SpectralEstimator

_HOME = {
    "HessianSpectralEstimator": "hessian",
    "MessagePassingEstimator": "message_passing",
    "Recovery": "recovery",
    "SignalEvidence": "signals.result",
    "SignalRecovery": "signals.result",
    "SpectralEstimator": "spectral",
    "VectorCount": "counting",
    "count_vectors": "counting",
    "recover": "recover",
    "recover_signal": "signals._recover_signal",
}

__all__ = [
    "HessianSpectralEstimator",
    "MessagePassingEstimator",
    "Recovery",
    "SignalEvidence",
    "SignalRecovery",
    "SpectralEstimator",
    "VectorCount",
    "count_vectors",
    "recover",
    "recover_signal",
]


def __getattr__(name: str) -> Any:
    if name in _HOME.values():
        return importlib.import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("sklearn"):
            raise
        raise MissingPackageError(f"{name} needs scikit-learn: {install('estimators')}") from error


def __dir__() -> list[str]:
    return sorted(__all__)
