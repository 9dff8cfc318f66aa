"""Earlier place of `bs.Averaging`; the next release removes it."""

from __future__ import annotations

import warnings
from typing import Any


def __getattr__(name: str) -> Any:
    if name not in ("Averaging", "Estimate"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    now = "bs.Averaging" if name == "Averaging" else "bendscape.results.Estimate"
    warnings.warn(f"{__name__}.{name} will be removed in the next release: use {now}", DeprecationWarning, stacklevel=2)
    from ..results import Estimate
    from .law.sampling import Averaging

    return Averaging if name == "Averaging" else Estimate
