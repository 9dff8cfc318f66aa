"""Names of a package that are imported on first use, so that `import bendscape` is fast."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["former_names", "lazy"]


def lazy(package: str, homes: Mapping[str, str] | None = None) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package: names by the module that defines them, and all its modules."""

    def attribute(name: str) -> Any:
        if homes and name in homes:
            return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        if name.startswith("__") or importlib.util.find_spec(f"{package}.{name}") is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return importlib.import_module(f"{package}.{name}")

    return attribute


def former_names(public: str, package: str, names: Mapping[str, tuple[str, str, str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package for names of the release before: their module, name there, and what to write.

    `public` is what users call the package, such as ``"bs.comparison"``.
    """

    def attribute(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, present, now = names[name]
        text = f"{public}.{name} will be removed in the next release: use {now}"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(f"{package}.{module}"), present)

    return attribute
