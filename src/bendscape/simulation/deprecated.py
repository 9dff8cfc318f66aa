"""Functions under their former names; the next release removes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..arguments import grid
from ..errors import Interrupted
from ._sample_means import sample_means
from ._simulate import simulate
from .curvature import AnyNetwork

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["sweep"]


def sweep(net: AnyNetwork, *, alpha: Any, N: Any, samples: Any, seed: Any, **options: Any) -> xr.Dataset:
    """Return :func:`.simulation.sample_means` of :func:`bendscape.simulate` over axes of `alpha` and `N`."""
    try:
        data = simulate(net, alpha=grid("alpha", alpha), N=grid("N", N), samples=samples, seed=seed, **options)
    except Interrupted as error:
        raise Interrupted(str(error), sample_means(error.data)) from None
    return sample_means(data)
