"""Functions that have become a case of another function; the next release removes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..arguments import RUNS, count, grid, shown
from ..errors import InvalidParameterError
from ..models.methods import HessianMethod
from ..models.quadratic import QuadraticNetwork
from ._phase_diagram import phase_diagram
from .verbs._overlap import overlap

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["combined_overlap", "finite_phase_diagram"]


def combined_overlap(net: QuadraticNetwork, *, alpha: Any, inits: int) -> xr.Dataset:
    """Return `overlap2` and `overlap2_each` of :func:`bendscape.overlap` for a :class:`bendscape.HessianMethod`."""
    if not isinstance(net, QuadraticNetwork):
        raise InvalidParameterError(f"net = {shown(net)}: give a QuadraticNetwork")
    method = HessianMethod(net, count("inits", inits, RUNS))
    data = overlap(method, alpha=alpha)[["overlap2_each", "overlap2"]]
    del data.attrs["unit"]
    return data


def finite_phase_diagram(
    *, p: int, p_star: int, a: Any, N: Any, samples: int = 50, seed: int, progress: bool = False
) -> xr.Dataset:
    """Return :func:`bendscape.phase_diagram` at finite `N`, over (`N`, `a`), with `alpha_bbp` and `alpha_0`."""
    constants, sizes = grid("a", a), grid("N", N)
    data = phase_diagram(p=p, p_star=p_star, a=constants, N=sizes, samples=samples, seed=seed, progress=progress)
    names = {"alpha_BBP": "alpha_bbp", "alpha_0_tangent": "alpha_0"}
    kept = data[["alpha_half", "stderr", "width", "overlap2", *names]].rename(names)
    attrs = {"p": p, "p_star": p_star, **data.attrs}
    return kept.transpose("N", "a").drop_vars(["p", "p_star"]).assign_attrs(attrs)
