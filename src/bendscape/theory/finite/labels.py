"""Earlier place of `bs.theory.given_labels`; the next release removes it."""

from __future__ import annotations

import warnings
from typing import Any


def __getattr__(name: str) -> Any:
    if name not in ("Labels", "draw_labels", "given_labels"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    now = f"bs.theory.{name}"
    warnings.warn(f"{__name__}.{name} will be removed in the next release: use {now}", DeprecationWarning, stacklevel=2)
    from ..finite_size import labels

    return getattr(labels, name)
