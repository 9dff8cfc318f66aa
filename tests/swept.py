"""Means over the samples of a grid."""

from __future__ import annotations

from typing import Any

import xarray as xr

import bendscape as bs

__all__ = ["swept"]


def swept(net: Any, *, alpha: Any, N: Any, **options: Any) -> xr.Dataset:
    """Means and standard errors over (`N`, `alpha`), where a number is an axis of one."""
    axes: dict[str, Any] = {name: [x] if type(x) in (int, float) else x for name, x in {"alpha": alpha, "N": N}.items()}
    return bs.simulation.sample_means(bs.simulate(net, **axes, **options))
