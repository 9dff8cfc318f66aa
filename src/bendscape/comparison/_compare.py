"""What the limit of infinite `N` says beside what samples showed: ``bs.compare(data)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import refuse, sample_ratio
from ..errors import InvalidParameterError
from ..expected import instance
from ..models.general import Network
from ..models.quadratic import QuadraticNetwork
from ..simulation._sample_means import sample_means
from ..theory.verbs._overlap import overlap
from .general_limits import general_limits

if TYPE_CHECKING:
    import xarray as xr

    from ..theory.law.sampling import Averaging

__all__ = ["compare", "limit"]

_PAIRS = {"outlier": "outlier", "captured": "overlap2"}  # simulated, and the limit it has


def limit(net: Any, alpha: float, averaging: Averaging | None = None) -> dict[str, float]:
    """Left edge of the bulk, teacher outlier (nan where none) and its `m^2` (zero where none) for `N -> inf`.

    Of any other network than the paper's: the mean of the first `p p_star` eigenvalues, outliers and then the edge, and
    of their `m^2`.
    """
    alpha = sample_ratio(alpha)
    if isinstance(net, QuadraticNetwork):
        table = overlap(net, alpha=[alpha])
    elif isinstance(net, Network):
        table = general_limits(net, [alpha], "left", averaging)
    else:
        raise refuse("net", net, "a QuadraticNetwork or a Network")
    found = table.isel(alpha=0)
    return {name: found[name].item() for name in ("left_edge", "outlier", "overlap2")}


def _check(means: xr.Dataset, own: str) -> None:
    """Raise unless the means are of `bs.simulate`, and name their network by the attribute `own`."""
    lacking = [name for name in ("p", "p_star", own) if name not in means.attrs]
    if not lacking:
        names = [*_PAIRS, *(f"{name}_stderr" for name in _PAIRS), "N", "alpha"]
        lacking = [name for name in names if name not in means.variables]
    if lacking:
        raise InvalidParameterError(
            f"data has no {', '.join(lacking)}: give what bs.simulate or bs.simulation.sample_means returns"
        )


def _limits(means: xr.Dataset, net: Network | None, averaging: Averaging | None) -> xr.Dataset:
    """Limits of theory at each `alpha` of the means."""
    attributes = means.attrs
    side = attributes.get("side", "left")
    if net is not None and not isinstance(net, Network):
        raise refuse("net", net, "the Network that the data are of, or nothing for a QuadraticNetwork")
    if "network" in attributes or net is not None:
        _check(means, "network")
        if str(net) != attributes["network"]:
            raise InvalidParameterError(
                f"net = {net}: the data are of {attributes['network']}; give compare(data, net=...) that network"
            )
        assert net is not None
        return general_limits(net, np.unique(means.alpha), side, averaging)
    if side != "left":
        raise InvalidParameterError(
            f"side = {side!r}: the limit is that of the smallest eigenvalues; give data of side='left'"
        )
    _check(means, "a")
    return overlap(
        QuadraticNetwork(attributes["p"], attributes["p_star"], attributes["a"]), alpha=np.unique(means.alpha)
    )


def compare(data: xr.Dataset, net: Network | None = None, *, averaging: Averaging | None = None) -> xr.Dataset:
    """Means over samples with their standard errors, the limit of infinite `N` beside them, and the difference.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.simulate` at one point or over axes, or their means from
        :func:`bendscape.simulation.sample_means`.
    net : Network, optional
        Of which they are, if not of a :class:`~bendscape.QuadraticNetwork`: data have no more of it than its text.
    averaging : Averaging, optional
        Accuracy of the theory of a `Network`.

    Returns
    -------
    xarray.Dataset
        All numbers per sample with `_stderr`; `left_edge`, `outlier_limit`, `overlap2_limit` of the theory; and
        `outlier_deviation`, `captured_deviation`: simulation less limit, in standard errors. Where the limit has no
        outlier, the first is nan and the second counts from zero. A finite system deviates systematically, by more
        than its statistical error close to a threshold. `converged` is the share of samples whose eigenpairs converged.

        Of a `Network` the limits are those of the first `p p_star` eigenvalues from the side of the data, outliers of
        every sector and then the edge; `_limit_stderr` is their error, with which deviations count too, and the edge is
        `right_edge` for data of that side.

    Raises
    ------
    InvalidParameterError
        If the data come from elsewhere or are of another network, or of the right end of a `QuadraticNetwork`.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
    >>> found = bs.compare(bs.simulate(net, alpha=4.0, N=150, samples=20, seed=1))
    >>> bool(abs(found.captured_deviation) < 4), bool(found.outlier_limit < found.left_edge)
    (True, True)
    >>> tanh = bs.Network(1, 1, activation="tanh")
    >>> found = bs.compare(bs.simulate(tanh, alpha=8.0, N=150, samples=20, seed=1), tanh)
    >>> bool(abs(found.captured_deviation) < 4)
    True
    """
    import xarray as xr

    instance("data", data, xr.Dataset, "what bs.simulate or bs.simulation.sample_means returns")
    means = sample_means(data) if "sample" in data.dims else data
    theory = _limits(means, net, averaging).sel(alpha=means.alpha)
    edge = "left_edge" if "left_edge" in theory else "right_edge"
    found = means.assign({edge: theory[edge]})
    for simulated, name in _PAIRS.items():
        found[f"{name}_limit"] = theory[name]
        variance = means[f"{simulated}_stderr"] ** 2
        if f"{name}_stderr" in theory:
            found[f"{name}_limit_stderr"] = theory[f"{name}_stderr"]
            variance = variance + theory[f"{name}_stderr"] ** 2
        off = (means[simulated] - theory[name]) / variance**0.5
        about = {"long_name": f"{simulated}: simulation less limit", "units": "standard errors"}
        found[f"{simulated}_deviation"] = off.assign_attrs(about)
    return found
