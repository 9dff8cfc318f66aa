"""Attributes of datasets that every file format of xarray can store: netCDF 3 and 4, HDF5, zarr."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["plain_attrs"]

_INTEGER_MAX = 2**31  # netCDF 3 has integers of 32 bits


def plain_attrs(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes as numbers and texts that every format can store.

    Truth values and integers of more than 32 bits (seeds) become text, and so do sequences that contain anything but
    numbers; NumPy's numbers become Python's. Attributes of value None are left out.

    Examples
    --------
    >>> from bendscape.attributes import plain_attrs
    >>> plain_attrs({"seed": 2**40, "sphere": True, "alpha": 2.0, "device": None})
    {'seed': '1099511627776', 'sphere': 'True', 'alpha': 2.0}
    """
    return {name: _plain(value) for name, value in attrs.items() if value is not None}


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return value if -_INTEGER_MAX <= value < _INTEGER_MAX else str(value)
    if isinstance(value, float | str):
        return value
    parts = tuple(_plain(x) for x in value)
    return parts if parts and all(isinstance(x, int | float) for x in parts) else str(list(value))
