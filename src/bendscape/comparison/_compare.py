"""Means over samples compared with the limit of infinite `N`: ``bs.compare(data)``."""

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

_PAIRS = {"outlier": "outlier", "captured": "overlap2"}  # simulated variable: its limit in theory


def limit(net: Any, alpha: float, averaging: Averaging | None = None) -> dict[str, float]:
    """Return the left edge of the bulk, the teacher outlier and its `m^2` for `N -> inf`, by name.

    Without an outlier its value is nan, and `m^2` is zero. For a general network `outlier` is the mean of the first
    `p p_star` eigenvalues (outliers, then the edge), and `overlap2` the mean of their `m^2`.

    Parameters
    ----------
    net : QuadraticNetwork or Network
    alpha : float
        Number of samples over the input dimension.
    averaging : Averaging, optional
        Accuracy of the theory of a `Network`.

    Examples
    --------
    >>> import bendscape as bs
    >>> values = bs.comparison.limit(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), 4.0)
    >>> {name: round(value, 3) for name, value in values.items()}
    {'left_edge': -0.586, 'outlier': -0.968, 'overlap2': 0.59}
    """
    alpha = sample_ratio(alpha)
    if isinstance(net, QuadraticNetwork):
        table = overlap(net, alpha=[alpha])
    elif isinstance(net, Network):
        table = general_limits(net, [alpha], "left", averaging)
    else:
        raise refuse("net", net, "a QuadraticNetwork or a Network")
    point = table.isel(alpha=0)
    return {name: point[name].item() for name in ("left_edge", "outlier", "overlap2")}


def _check(means: xr.Dataset, own: str) -> None:
    """Raise InvalidParameterError unless the means come from `bs.simulate`, with the network as attribute `own`."""
    lacking = [name for name in ("p", "p_star", own) if name not in means.attrs]
    if not lacking:
        names = [*_PAIRS, *(f"{name}_stderr" for name in _PAIRS), "N", "alpha"]
        lacking = [name for name in names if name not in means.variables]
    if lacking:
        raise InvalidParameterError(
            f"data has no {', '.join(lacking)}: give what bs.simulate or bs.simulation.sample_means returns"
        )


def _limits(means: xr.Dataset, net: Network | None, averaging: Averaging | None) -> xr.Dataset:
    """Return the limits of theory at each `alpha` of the means."""
    attributes = means.attrs
    side = attributes.get("side", "left")
    if net is not None and not isinstance(net, Network):
        raise refuse("net", net, "the Network of the data, or None for a QuadraticNetwork")
    if "network" in attributes or net is not None:
        _check(means, "network")
        if str(net) != attributes["network"]:
            raise InvalidParameterError(
                f"net = {net}: the network of the data is {attributes['network']}; give it as compare(data, net=...)"
            )
        assert net is not None
        return general_limits(net, np.unique(means.alpha), side, averaging)
    if side != "left":
        raise InvalidParameterError(
            f"side = {side!r}: theory has the limit of the smallest eigenvalues only; give data of side='left'"
        )
    _check(means, "a")
    return overlap(
        QuadraticNetwork(attributes["p"], attributes["p_star"], attributes["a"]), alpha=np.unique(means.alpha)
    )


def compare(data: xr.Dataset, net: Network | None = None, *, averaging: Averaging | None = None) -> xr.Dataset:
    """Return means over samples with standard errors, their limits for infinite `N`, and the differences.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.simulate` at one point or over axes, or their means from
        :func:`bendscape.simulation.sample_means`.
    net : Network, optional
        The network of the data, if it is not a :class:`~bendscape.QuadraticNetwork`; data contain only its text.
    averaging : Averaging, optional
        Accuracy of the theory of a `Network`.

    Returns
    -------
    xarray.Dataset
        All numbers per sample with `_stderr`; `left_edge`, `outlier_limit`, `overlap2_limit` of the theory; and
        `outlier_deviation`, `captured_deviation`: simulation less limit, in standard errors. If the limit has no
        outlier, the first is nan, and the limit of the second is zero. A finite system deviates systematically; close
        to a threshold by more than its statistical error. `converged` is the share of samples whose eigenpairs
        converged.

        For a `Network` the limits are means over the first `p p_star` eigenvalues from the side of the data: outliers
        of every sector, then the edge. `_limit_stderr` is their error, which is included in the deviations. The edge is
        `right_edge` for data of the right side.

    Raises
    ------
    InvalidParameterError
        If the data are not a result of `bs.simulate`, belong to another network, or to the right end of a
        `QuadraticNetwork`.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
    >>> table = bs.compare(bs.simulate(net, alpha=4.0, N=150, samples=20, seed=1))
    >>> [round(float(table[name]), 2) for name in ("captured", "overlap2_limit", "captured_deviation")]
    [0.59, 0.59, -0.11]
    >>> tanh = bs.Network(1, 1, activation="tanh")
    >>> table = bs.compare(bs.simulate(tanh, alpha=8.0, N=150, samples=20, seed=1), tanh)
    >>> [round(float(table[name]), 2) for name in ("captured", "overlap2_limit", "captured_deviation")]
    [0.22, 0.21, 1.35]
    """
    import xarray as xr

    instance("data", data, xr.Dataset, "what bs.simulate or bs.simulation.sample_means returns")
    means = sample_means(data) if "sample" in data.dims else data
    theory = _limits(means, net, averaging).sel(alpha=means.alpha)
    edge = "left_edge" if "left_edge" in theory else "right_edge"
    table = means.assign({edge: theory[edge]})
    for simulated, name in _PAIRS.items():
        table[f"{name}_limit"] = theory[name]
        variance = means[f"{simulated}_stderr"] ** 2
        if f"{name}_stderr" in theory:
            table[f"{name}_limit_stderr"] = theory[f"{name}_stderr"]
            variance = variance + theory[f"{name}_stderr"] ** 2
        off = (means[simulated] - theory[name]) / variance**0.5
        about = {"long_name": f"{simulated}: simulation less limit", "units": "standard errors"}
        table[f"{simulated}_deviation"] = off.assign_attrs(about)
    return table
