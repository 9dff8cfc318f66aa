"""Checks of arguments that are not numbers: values of a class, one of some names, datasets that the library returns."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from .arguments import refuse
from .errors import BendscapeError, InvalidParameterError
from .user_arrays import Array, numbers_of, shown

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["choice", "dataset", "evaluated", "function", "instance", "nearest"]

T = TypeVar("T")


def instance(name: str, value: Any, kind: type[T], remedy: str) -> T:
    """Return the value; raise unless it is an instance of this class."""
    if not isinstance(value, kind):
        raise refuse(name, value, remedy)
    return value


def choice(name: str, value: Any, names: Sequence[str]) -> str:
    """Return the value; raise unless it is one of these names."""
    if not isinstance(value, str) or value not in names:
        raise refuse(name, value, f"one of {', '.join(names)}{nearest(value, names)}")
    return value


def nearest(value: Any, names: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: a question about a similar name, if there is one."""
    by_letters = {name.lower(): name for name in names}
    near = difflib.get_close_matches(value.strip().lower(), by_letters, 1, 0.7) if isinstance(value, str) else []
    return f"; did you mean {by_letters[near[0]]}?" if near else ""


def function(name: str, value: Any, wanted: str) -> Callable[..., Any]:
    """Return the value; raise unless it can be called and is not a class."""
    if not callable(value) or isinstance(value, type):
        raise refuse(name, value, wanted)
    return value  # type: ignore[no-any-return]


def evaluated(name: str, call: Callable[..., Any], *arrays: Array, remedy: str) -> Array:
    """Evaluate the user's function at arrays; returns real numbers, one for each entry.

    Raises
    ------
    InvalidParameterError
        If the function fails (its own error is the cause), or returns something else.
    """
    try:
        result = call(*arrays)
    except BendscapeError:
        raise
    except Exception as error:  # a user's function may raise anything
        said = f"{type(error).__name__}: {error}"
        raise InvalidParameterError(
            f"{name} = {shown(call)} fails on arrays of shape {arrays[0].shape} ({said}): {remedy}"
        ) from error
    values = numbers_of(f"what {name} returns", result)
    if values.shape != arrays[0].shape:
        raise InvalidParameterError(
            f"{name} gives shape {values.shape} for arrays of shape {arrays[0].shape}: {remedy}"
        )
    return values


def dataset(
    name: str,
    value: Any,
    verb: str,
    dims: Sequence[str],
    numbers: Sequence[str] = (),
    *,
    texts: Sequence[str] = (),
    attributes: Sequence[str] = (),
) -> xr.Dataset:
    """Return a checked dataset of a verb, with its variables over these dimensions in this order, and its attributes.

    A dimension of which one point was selected becomes a dimension of length one.

    Raises
    ------
    InvalidParameterError
        If the value is not a dataset, or of another verb; the message names what is missing.
    """
    import xarray as xr

    data = instance(name, value, xr.Dataset, f"what {verb} returns")
    lacking = [key for key in (*numbers, *texts) if key not in data.variables]
    lacking += [key for key in dims if key not in data.dims and key not in data.coords]
    lacking += [f"attribute {key}" for key in attributes if key not in data.attrs]
    if lacking:
        named = ", ".join(key or repr(key) for key in lacking)
        raise InvalidParameterError(f"{name} has no {named}: give what {verb} returns")
    data = data.copy(deep=False).expand_dims([key for key in dims if key not in data.dims])
    for key in (*numbers, *texts):
        others = [str(d) for d in data[key].dims if d not in dims]
        if others:
            raise InvalidParameterError(
                f"{name} has {key} over {', '.join(others)} too: select one of each, as in .sel({others[0]}=...)"
            )
        if key in numbers and data[key].dtype.kind not in "biuf":
            raise InvalidParameterError(f"{name} has {key} of type {data[key].dtype}: give what {verb} returns")
        data[key] = data[key].transpose(*(d for d in dims if d in data[key].dims))
    return data
