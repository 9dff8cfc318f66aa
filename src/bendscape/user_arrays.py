"""Conversion of users' numbers, in any container, to NumPy arrays, or an error with the remedy.

NumPy, masked arrays, pandas, polars, xarray, pyarrow, PyTorch, CuPy, JAX, nested lists: equal numbers give equal
arrays. Nothing is dropped on the way: a masked or missing entry, an imaginary part, text, and a container without
numbers raise an error with the position and the remedy. No library is imported; each is read through its own methods.
"""

from __future__ import annotations

import math
import numbers
import reprlib
from collections.abc import Callable, Iterator, KeysView, Mapping, Set, ValuesView
from decimal import Decimal
from typing import Any

import numpy as np

from ._types import Array
from .errors import InvalidParameterError
from .memory import require_memory

__all__ = ["Array", "check_finite", "column", "complex_array", "numbers_of", "real_array", "scalar", "shown"]

_DEPTH = 32  # of nested lists; NumPy's arrays have up to 64 axes
_LINE = 120  # characters of a value in a message
_DIGITS, _ENTRIES = 60, 30  # of an integer, and of an array, in a message; larger ones are described
_BLOCK = 2**20  # entries that are checked together
_PARTS = "give its real part, .real, or its square, abs(z)**2, whichever is meant"


class _Refused(Exception):  # noqa: N818  a message on its way to the name of the argument
    """The reason why a value is not an array of numbers, and the remedy."""


def shown(value: Any) -> str:
    """Return a value as text for a message: Python's own text, or type, size and shape where that is long."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and abs(int(value)) >= 10**_DIGITS:
        return f"an integer of {int(abs(int(value)).bit_length() * math.log10(2)) + 1} digits"
    shape = getattr(value, "shape", ())
    if _entries(value) > _ENTRIES:
        return f"an array of shape {tuple(shape)}"
    try:
        text = " ".join((repr(value) if shape else _short.repr(value)).split())
    except Exception:  # a class of the user's own may fail to describe itself
        return f"an object of type {type(value).__name__}"
    return text if len(text) <= _LINE else f"{text[: _LINE // 2]} ... (of type {type(value).__name__})"


_short = reprlib.Repr()
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = 8
_short.maxstring = _short.maxother = _short.maxlong = _LINE


def _entries(value: Any) -> int:
    """Number of entries by the shape of a container; one without a shape."""
    shape = getattr(value, "shape", ())
    return math.prod(n for n in shape if isinstance(n, int)) if isinstance(shape, tuple) else 1


def _require_memory(entries: int, what: str) -> None:
    """Raise unless there is memory for a large array; small arrays are not checked."""
    if entries > _BLOCK:
        require_memory(8 * entries, what, "give a part of it at a time")


def _at(place: tuple[int, ...]) -> str:
    """Return the position of an entry as text."""
    if not place:
        return ""
    return f" at {place[0] if len(place) == 1 else tuple(int(i) for i in place)}"


def _first(bad: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(bad)[0])


def numbers_of(label: str, value: Any, *, dtype: Any = np.float64, booleans: bool = True) -> Array:
    """Return the real numbers of any container as a NumPy array of the same shape; it may share memory with the value.

    Parameters
    ----------
    label : str
        Name of the value in messages.
    value : array_like
    dtype : float64, or None
        None keeps the type of real numbers of up to eight bytes: single precision, integers, True and False.
    booleans : bool
        Whether True and False count as one and zero.

    Raises
    ------
    InvalidParameterError
        If an entry is missing, has an imaginary part, or is not a number, or there is nothing to convert.
    """
    try:
        return _real(_host(value), dtype, booleans)
    except _Refused as refused:
        raise InvalidParameterError(f"{label} {refused}") from refused.__cause__


def real_array(
    name: str, value: Any, shape: tuple[int | str, ...], *, dtype: Any = np.float64, remedy: str = "give finite numbers"
) -> Array:
    """Return finite real numbers of a given shape, at least one.

    Parameters
    ----------
    name, value, dtype
        As for :func:`numbers_of`.
    shape : tuple
        Length of each axis: a number, or a letter where it is free, as in ``("M", 2)``.
    remedy : str
        Remedy in the message about an entry that is not finite.

    Raises
    ------
    InvalidParameterError
        As for :func:`numbers_of`, and if the shape differs, or an entry is not finite.
    """
    array = numbers_of(name, value, dtype=dtype)
    fits = array.ndim == len(shape) and all(
        isinstance(n, str) or n == m for n, m in zip(shape, array.shape, strict=True)
    )
    if not fits or array.size == 0:
        wanted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise InvalidParameterError(f"{name} has shape {array.shape}: give an array of shape ({wanted})")
    check_finite(name, array, remedy)
    return array


def column(name: str, value: Any, *, remedy: str = "give finite numbers") -> Array:
    """Return one number a sample, shape (M,), also from one column, shape (M, 1)."""
    array = numbers_of(name, value)
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    return real_array(name, array, ("M",), remedy=remedy)


def complex_array(label: str, value: Any) -> Array:
    """Return the complex or real numbers of any container, in double precision, for functions of a complex number."""
    try:
        array = _host(value)
        _require_memory(2 * array.size, f"complex numbers of shape {array.shape}")
        return array.astype(complex) if array.dtype.kind == "c" else _real(array, np.float64, booleans=True)
    except _Refused as refused:
        raise InvalidParameterError(f"{label} {refused}") from refused.__cause__


def check_finite(name: str, array: Array, remedy: str) -> None:
    """Raise for nan and infinite entries, with the position of the first, without a second array of this size."""
    with np.errstate(all="ignore"):
        if np.isfinite(np.sum(array)):  # then every entry is; a sum that is not finite may be an overflow
            return
    rows = max(1, _BLOCK * max(len(array), 1) // max(array.size, 1)) if array.ndim else 1
    for start in range(0, len(array) if array.ndim else 1, rows):
        bad = ~np.isfinite(array[start : start + rows] if array.ndim else array)
        if bad.any():
            place = _first(bad)
            place = (start + place[0], *place[1:]) if place else ()
            raise InvalidParameterError(f"{name} has the entry {array[place]}{_at(place)}: {remedy}")


def scalar(name: str, value: Any) -> Any:
    """Return the entry of an array without axes, of any library, as a Python number; other values are unchanged.

    Raises
    ------
    InvalidParameterError
        If the entry is missing.
    """
    shape = getattr(value, "shape", None)
    if isinstance(value, type) or not isinstance(shape, tuple) or len(shape):
        return value
    try:
        return _host(value).item()
    except _Refused as refused:
        raise InvalidParameterError(f"{name} {refused}") from refused.__cause__


def _host(value: Any) -> Array:
    """Return the entries as a NumPy array of any dtype; raise if one is missing."""
    if isinstance(value, np.ma.MaskedArray):
        return _masked(value)
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    if isinstance(value, list | tuple | range):
        return _sequence(value, 0)
    if value is None or isinstance(value, str | bytes | bytearray):
        raise _Refused(f"is {shown(value)}: give an array of numbers")
    if isinstance(value, Iterator | KeysView | ValuesView):
        raise _Refused(f"is a {type(value).__name__}, which can be read only once: give list(...) of it")
    if isinstance(value, type):
        raise _Refused(f"is the class {value.__name__}: give an array of numbers")
    _require_memory(_entries(value), f"the numbers of a {type(value).__name__}")
    roots = {kind.__module__.partition(".")[0] for kind in type(value).__mro__}
    reader = next((read for root, read in _READERS.items() if root in roots), _foreign)
    try:
        return reader(value)
    except (_Refused, MemoryError):
        raise
    except Exception as error:
        kind = f"{type(value).__module__}.{type(value).__name__}"
        raise _Refused(f"is a {kind} that cannot be read ({error}): convert it to a NumPy array first") from error


def _masked(value: Any) -> Array:
    mask = np.ma.getmaskarray(value)
    if mask.any():
        place = _first(mask)
        raise _Refused(
            f"has a missing value{_at(place)} (masked): leave such samples out, or fill them with .filled(...)"
        )
    return np.asarray(value.data)


def _sequence(value: Any, depth: int) -> Array:
    """Convert nested lists entry by entry: NumPy would silently drop the mask of a row, for instance."""
    if depth == _DEPTH:
        raise _Refused(f"has lists nested more than {_DEPTH} deep: give an array of numbers")
    if all(isinstance(entry, int | float | complex | np.generic) for entry in value):
        try:
            return np.asarray(value)
        except OverflowError:  # an integer beyond all floating-point numbers; `_number` raises for it
            return np.array(value, dtype=object)
    parts = [_part(i, entry, depth) for i, entry in enumerate(value)]
    lengths = {part.shape for part in parts}
    if len(lengths) > 1:
        other = next(i for i, part in enumerate(parts) if part.shape != parts[0].shape)
        raise _Refused(
            f"is ragged: entry 0 has shape {parts[0].shape} and entry {other} has {parts[other].shape}: give rows of "
            "one length"
        )
    return np.stack(parts)


def _part(i: int, value: Any, depth: int) -> Array:
    try:
        return _entry(value, depth)
    except _Refused as refused:
        raise _Refused(f"has an entry {i} that {refused}") from refused.__cause__


def _entry(value: Any, depth: int) -> Array:
    if isinstance(value, list | tuple | range):
        return _sequence(value, depth + 1)
    if hasattr(value, "shape") and not isinstance(value, np.generic | type):
        return _host(value)
    alone = np.empty((), dtype=object)
    alone[()] = value
    return alone


def _torch(value: Any) -> Array:
    if not hasattr(value, "detach"):
        return _foreign(value)
    if value.is_meta:
        raise _Refused("is on the device 'meta' and holds no numbers: give a tensor on a device that has them")
    if "strided" not in str(value.layout):
        raise _Refused(f"is a sparse tensor ({value.layout}): give .to_dense()")
    if value.is_quantized:
        raise _Refused("is a quantised tensor: give .dequantize()")
    plain = value.detach().cpu().resolve_conj().resolve_neg()
    try:
        return np.asarray(plain.numpy())
    except TypeError:  # a type that NumPy lacks, such as bfloat16; single precision contains all its numbers
        try:
            return np.asarray(plain.float().numpy())
        except (TypeError, RuntimeError) as error:
            raise _Refused(f"is a tensor of {value.dtype} that NumPy cannot take: give .float().cpu()") from error


def _cupy(value: Any) -> Array:
    return _foreign(value.get() if hasattr(value, "get") else value)


def _tensorflow(value: Any) -> Array:
    return _foreign(value.numpy() if hasattr(value, "numpy") else value)


def _sparse(value: Any) -> Array:
    for method in ("toarray", "todense"):
        if hasattr(value, method):
            raise _Refused(f"is a sparse {type(value).__name__} of shape {value.shape}: give .{method}()")
    return _foreign(value)


def _pandas(value: Any) -> Array:
    if not hasattr(value, "isna"):
        return _foreign(value)
    frame = value.ndim == 2
    dtypes = list(value.dtypes) if frame else [value.dtype]
    if all(isinstance(dtype, np.dtype) and dtype.kind in "fiubc" for dtype in dtypes):
        return np.asarray(value)
    missing = np.asarray(value.isna())
    if missing.any():
        place = _first(missing)
        where = f", column {value.columns[place[1]]!r}" if frame else ""
        raise _Refused(
            f"has a missing value{_at(place)}{where}: leave such samples out with .dropna(), or fill them with "
            ".fillna(...)"
        )
    if all(getattr(dtype, "_is_numeric", getattr(dtype, "kind", "O") in "fiub") for dtype in dtypes):
        return np.asarray(value.to_numpy(dtype=float))
    return np.asarray(value.to_numpy(dtype=object))


def _polars(value: Any) -> Array:
    if hasattr(value, "collect"):
        raise _Refused("is a LazyFrame: give .collect()")
    if not hasattr(value, "to_numpy"):
        return _foreign(value)
    columns = value.get_columns() if hasattr(value, "get_columns") else [value]
    for j, each in enumerate(columns):
        if each.null_count():
            row = int(each.is_null().arg_max())
            where = f"{_at((row, j))}, column {each.name!r}" if len(value.shape) == 2 else _at((row,))
            raise _Refused(
                f"has a missing value{where}: leave such samples out with .drop_nulls(), or fill them with "
                ".fill_null(...)"
            )
    return np.asarray(value.to_numpy())


def _arrow(value: Any) -> Array:
    if hasattr(value, "columns"):
        return np.column_stack([_arrow(each) for each in value.columns])
    if hasattr(value, "as_py"):
        return _foreign(value.as_py())
    if value.null_count:
        place = next(i for i, each in enumerate(value) if not each.is_valid)
        raise _Refused(f"has a missing value{_at((place,))}: leave such samples out with .drop_null()")
    return np.asarray(value.to_numpy(zero_copy_only=False) if not hasattr(value, "chunks") else value.to_numpy())


def _xarray(value: Any) -> Array:
    if hasattr(value, "data_vars") or not hasattr(value, "data"):
        raise _Refused(f"is a {type(value).__name__} of several variables: give one of them, by its name")
    return _host(value.data)


def _dask(value: Any) -> Array:
    return _host(value.compute()) if hasattr(value, "compute") else _foreign(value)


_READERS: dict[str, Callable[[Any], Array]] = {
    "torch": _torch,
    "cupy": _cupy,
    "tensorflow": _tensorflow,
    "scipy": _sparse,
    "sparse": _sparse,
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _arrow,
    "xarray": _xarray,
    "dask": _dask,
}


def _foreign(value: Any) -> Array:
    """Convert a number, or a container that NumPy can read."""
    if isinstance(value, np.ndarray | numbers.Number | Decimal):
        return np.asarray(value)
    if isinstance(value, Mapping | Set):
        raise _Refused(f"is a {type(value).__name__}: give an array or a list of numbers")
    readable = ("__array__", "__array_interface__", "__dlpack__", "__getitem__")
    if not any(hasattr(value, name) for name in readable):
        raise _Refused(f"is {shown(value)}, of type {type(value).__name__}: give an array of numbers")
    try:
        array = np.asarray(value)
    except Exception:
        if not hasattr(value, "__dlpack__"):
            raise
        array = np.from_dlpack(value)
    if array.dtype.kind == "O" and array.ndim == 0:
        raise _Refused(f"is {shown(value)}, of type {type(value).__name__}: give an array of numbers")
    return array


def _real(array: Array, dtype: Any, booleans: bool) -> Array:
    """Return the entries in double precision; of their own type if `dtype` is None and it is not wider."""
    # NumPy's kinds: complex, boolean, float/integer, object, text, time, record
    kind = array.dtype.kind
    if kind == "c":
        raise _complex(array)
    if kind == "b" and not booleans:
        raise _Refused("has True and False in the place of numbers: give numbers")
    if kind in "fiub":
        return _floating(array, dtype)
    if kind == "O":
        return _from_objects(array, booleans)
    if kind in "USaT":
        place = tuple(0 for _ in array.shape)
        text = f"has the text {shown(str(array[place]))}{_at(place)}" if array.size else "is empty text"
        raise _Refused(f"{text}: give numbers, for instance by .astype(float)")
    if kind in "mM":
        raise _Refused(f"has times ({array.dtype}) in the place of numbers: give numbers, in a unit of your choice")
    if array.dtype.names:
        raise _Refused(
            f"has fields {array.dtype.names} in the place of numbers: give "
            "numpy.lib.recfunctions.structured_to_unstructured(...) of it"
        )
    return _floating(array.astype(np.float32), dtype)  # such as bfloat16; single precision contains all its numbers


def _floating(array: Array, dtype: Any) -> Array:
    if (dtype is None and array.dtype.itemsize <= 8) or array.dtype == np.float64:
        return np.asarray(array, dtype=array.dtype.newbyteorder("="))
    _require_memory(array.size, f"an array of shape {array.shape} in double precision")
    with np.errstate(over="ignore"):
        out = np.asarray(array, dtype=np.float64)
    if array.dtype.itemsize > 8:
        lost = np.isinf(out) & ~np.isinf(array)
        if lost.any():
            place = _first(lost)
            raise _Refused(
                f"has the number {array[place]!s}{_at(place)}, beyond double precision: give smaller numbers"
            )
    return out


def _complex(array: Array) -> _Refused:
    other = array.imag != 0
    if not other.any():
        return _Refused("is complex, with no imaginary part: give .real")
    place = _first(other)
    return _Refused(f"is complex ({array[place]}{_at(place)}): {_PARTS}")


def _from_objects(array: Array, booleans: bool) -> Array:
    out = np.empty(array.shape)
    for place, entry in np.ndenumerate(array):
        out[place] = _number(entry, place, booleans)
    return out


def _number(entry: Any, place: tuple[int, ...], booleans: bool) -> float:
    """Return one entry of an array of objects as a float."""
    if entry is None or type(entry).__name__ in ("NAType", "NaTType") or entry is np.ma.masked:
        raise _Refused(f"has a missing value ({entry!r}){_at(place)}: leave such samples out, or fill it in")
    if isinstance(entry, str | bytes):
        raise _Refused(f"has the text {shown(entry)}{_at(place)}: give numbers")
    if isinstance(entry, bool | np.bool_) and not booleans:
        raise _Refused(f"has {entry!r}{_at(place)} in the place of a number: give numbers")
    if isinstance(entry, numbers.Real | Decimal | np.bool_):
        try:
            return float(entry)
        except (OverflowError, ValueError) as error:
            raise _Refused(f"has {shown(entry)}{_at(place)}, beyond double precision: give smaller numbers") from error
    if isinstance(entry, numbers.Complex):
        raise _Refused(f"is complex ({entry!r}{_at(place)}): {_PARTS}")
    if getattr(entry, "shape", None) == () and not isinstance(entry, type):
        return float(_real(_host(entry), np.float64, booleans))
    raise _Refused(f"has {shown(entry)}{_at(place)}, of type {type(entry).__name__}: give numbers")
