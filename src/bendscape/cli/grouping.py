"""Options that belong together are the fields of one dataclass, written once and used by several commands."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

__all__ = ["grouped"]


def grouped(function: Callable[..., None]) -> Callable[..., None]:
    """The function with an option for each field of its parameters that are dataclasses.

    The function is called with an instance of each dataclass. Required options come first.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if dataclasses.is_dataclass(kind)}
    parameters = sorted(_parameters(function, hints), key=lambda each: each.default is not inspect.Parameter.empty)

    @wraps(function)
    def wrapped(**given: Any) -> None:
        values = {
            name: group(**{field.name: given.pop(field.name) for field in dataclasses.fields(group)})  # type: ignore[operator]
            for name, group in groups.items()
        }
        function(**values, **given)

    setattr(wrapped, "__signature__", inspect.Signature(parameters))  # noqa: B010
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


def _parameters(function: Callable[..., None], hints: dict[str, Any]) -> Iterator[inspect.Parameter]:
    for name, parameter in inspect.signature(function).parameters.items():
        if dataclasses.is_dataclass(hints[name]):
            yield from _fields(hints[name])
        else:
            yield _option(name, hints[name], parameter.default)


def _fields(group: Any) -> Iterator[inspect.Parameter]:
    hints = typing.get_type_hints(group, include_extras=True)
    for field in dataclasses.fields(group):
        default = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
        yield _option(field.name, hints[field.name], default)


def _option(name: str, kind: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
