"""Means over samples, with standard errors."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from .arguments import flag
from .errors import InvalidParameterError
from .user_arrays import numbers_of, shown

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["mean_stderr", "summarise"]

_HUGE = 1e150


def mean_stderr(values: Any, *, share: bool = False) -> tuple[float, float]:
    """Mean of independent values and its standard error.

    Parameters
    ----------
    values : array_like
        One number a sample.
    share : bool
        The values are zeros and ones, and the mean is the share of ones. Its error is that of a share
        `(ones + 1)/(samples + 2)`, which is not zero when all samples agree.

    Returns
    -------
    float, float
        The error is nan for a single value that is no share, both are nan for no value.

    Examples
    --------
    >>> mean, stderr = mean_stderr([1.0, 2.0, 3.0])
    >>> mean, round(stderr, 3)
    (2.0, 0.577)
    >>> mean, stderr = mean_stderr([1, 1, 1, 1], share=True)
    >>> mean, round(stderr, 3)
    (1.0, 0.186)
    """
    x = numbers_of(f"values = {shown(values)}", values)
    if x.size == 0:
        return math.nan, math.nan
    if flag("share", share):
        if not np.all((x == 0) | (x == 1) | np.isnan(x)):  # nan: not defined for a sample
            raise InvalidParameterError(f"values = {shown(values)}: give zeros and ones, of which there is a share")
        q = (x.sum() + 1) / (x.size + 2)
        return float(x.mean()), math.sqrt(q * (1 - q) / x.size)
    largest = float(np.abs(x).max())
    if math.isinf(largest):
        both = np.any(x == math.inf) and np.any(x == -math.inf)
        return math.nan if both else float(x.sum()), math.nan
    if largest > _HUGE:  # whose squares a double does not hold
        mean, error = mean_stderr(x / largest)
        return mean * largest, error * largest
    return float(x.mean()), float(x.std(ddof=1)) / math.sqrt(x.size) if x.size > 1 else math.nan


def summarise(data: xr.Dataset, *, done: xr.DataArray | None = None, shares: Collection[str] = ()) -> xr.Dataset:
    """Mean over samples of each variable and, with `_stderr` after the name, its standard error.

    Parameters
    ----------
    data : xarray.Dataset
        All variables have the dimension `sample` and a `long_name`.
    done : xarray.DataArray of bool, optional
        Over `sample` and some of the other dimensions: the samples that count. By default all.
    shares : collection of str
        Variables of zeros and ones, whose error is that of a share, see :func:`mean_stderr`.

    Returns
    -------
    xarray.Dataset
        Over the other dimensions, with the attributes of the data and the number of samples as coordinate `samples`.
    """
    import xarray as xr

    done = xr.ones_like(data["sample"], dtype=bool) if done is None else done
    table: dict[str, Any] = {}
    for name, column in data.transpose(..., "sample").data_vars.items():
        counted = done.broadcast_like(column).transpose(*column.dims).values.reshape(-1, column.shape[-1])
        rows = column.values.reshape(counted.shape)
        pairs = [mean_stderr(row[there], share=name in shares) for row, there in zip(rows, counted, strict=True)]
        mean, stderr = np.transpose(pairs).reshape(2, *column.shape[:-1])
        table[str(name)] = (column.dims[:-1], mean, column.attrs)
        about = {"long_name": f"standard error: {column.attrs['long_name']}"}
        table[f"{name}_stderr"] = (column.dims[:-1], stderr, column.attrs | about)
    coords = {name: coord for name, coord in data.coords.items() if "sample" not in coord.dims and name != "samples"}
    number = done.sum("sample").drop_vars("samples", errors="ignore")
    samples = (number.dims, number.values, {"long_name": "samples"})
    return xr.Dataset(table, coords=coords | {"samples": samples}, attrs=data.attrs)
