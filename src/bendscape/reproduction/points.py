"""Means over simulated samples as parts of an experiment: one for each `alpha` and `N`, put together again after."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr

import bendscape as bs

from .experiment import Part, Parts, Samples

__all__ = ["dense_seconds", "joined", "point_parts"]


def dense_seconds(rows: int) -> float:
    """About how long one sample takes whose Hessian has so many rows and is diagonalised."""
    return 1e-3 + 1e-7 * rows**2 + 2e-11 * rows**3


def _point(net: bs.QuadraticNetwork, alpha: float, size: Samples, seed: int, eigenvalues: int | None) -> xr.Dataset:
    each = bs.simulate(net, alpha=[alpha], N=[size.N], samples=size.samples, seed=seed, eigenvalues=eigenvalues)
    return bs.simulation.sample_means(each)


def point_parts(
    name: str,
    net: bs.QuadraticNetwork,
    alpha: Any,
    sizes: tuple[Samples, ...],
    seed: int,
    eigenvalues: int | None = None,
) -> Parts:
    """The points of `simulate(net, alpha=alpha, N=..., samples=..., seed=seed)`, with keys that begin with `name`."""
    return {
        (name, size.N, float(x)): Part(
            _point,
            (net, float(x), size, seed, eigenvalues),
            seconds=size.samples * dense_seconds(int(net.p) * size.N),
        )
        for size in sizes
        for x in alpha
    }


def joined(parts: Mapping[Hashable, Any], name: str, alpha: Any, sizes: tuple[Samples, ...]) -> xr.Dataset:
    """The means that one call of `simulate` over all points would have."""
    rows: list[xr.Dataset] = [
        xr.concat([parts[name, size.N, float(x)] for x in np.asarray(alpha)], "alpha") for size in sizes
    ]
    table: xr.Dataset = xr.concat(rows, "N")
    return table
