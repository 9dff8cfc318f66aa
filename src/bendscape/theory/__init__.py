"""Theory: everything computed in the limit `N -> inf`, from the equations alone.

Verbs that take any model are names of `bendscape`; here are those on one question. All is imported on first use.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .critical import best_a, critical_a, critical_width
    from .design.families import design_loss
    from .design.weak_recovery import weak_recovery_limit
    from .finite.conditional import conditional

_HOME = {
    "best_a": "critical",
    "conditional": "finite.conditional",
    "critical_a": "critical",
    "critical_width": "critical",
    "design_loss": "design.families",
    "weak_recovery_limit": "design.weak_recovery",
}

__all__ = ["best_a", "conditional", "critical_a", "critical_width", "design_loss", "weak_recovery_limit"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    if name.startswith("_") or importlib.util.find_spec(f"{__name__}.{name}") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f".{name}", __name__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
