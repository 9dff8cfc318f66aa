"""What the limit of infinite `N` says beside what samples showed: ``bs.compare(data)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork
from ..simulation.statistics import mean_stderr
from ..theory.overlap import overlap

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["compare", "limit"]

_PAIRS = {"outlier": "outlier", "captured": "overlap2"}  # simulated, and the limit it has


def limit(net: QuadraticNetwork, alpha: float) -> dict[str, float]:
    """Left edge of the bulk, teacher outlier (nan where none) and its `m^2` (zero where none) for `N -> inf`."""
    found = overlap(net, alpha=[alpha]).isel(alpha=0)
    return {name: found[name].item() for name in ("left_edge", "outlier", "overlap2")}


def _network(data: xr.Dataset) -> QuadraticNetwork:
    import xarray as xr

    attributes = data.attrs if isinstance(data, xr.Dataset) else {}
    if "network" in attributes:
        raise InvalidParameterError(
            f"network = {attributes['network']!r}: the limit is known for a QuadraticNetwork; give data of one"
        )
    if attributes.get("side", "left") != "left":
        raise InvalidParameterError(
            f"side = {attributes['side']!r}: the limit is that of the smallest eigenvalues; give data of side='left'"
        )
    lacking = [name for name in ("p", "p_star", "a") if name not in attributes]
    if not lacking:
        one = "sample" in data.dims
        names = [*_PAIRS, *([] if one else [f"{name}_stderr" for name in _PAIRS])]
        lacking = [name for name in names if name not in data]
        lacking += [name for name in ("N", "alpha") if name not in (attributes if one else data.coords)]
        lacking += ["sample"] if data.sizes.get("sample") == 0 else []
    if lacking:
        raise InvalidParameterError(f"the data have no {', '.join(lacking)}: give what bs.simulate or bs.sweep returns")
    return QuadraticNetwork(attributes["p"], attributes["p_star"], attributes["a"])


def _means(data: xr.Dataset) -> xr.Dataset:
    """Means and standard errors over samples of what :func:`bendscape.simulate` returns."""
    import xarray as xr

    names = [str(name) for name in data if data[name].dims == ("sample",) and name != "converged"]
    table: dict[str, Any] = {}
    for name in names:
        mean, stderr = mean_stderr(data[name].values, share=name == "phi")
        about = data[name].attrs
        table[name] = ((), mean, about)
        table[f"{name}_stderr"] = ((), stderr, about | {"long_name": f"standard error: {about['long_name']}"})
    share = float(data.converged.mean())
    table["converged"] = ((), share, {"long_name": "share of samples with residuals in tolerance"})
    coords = {"N": data.attrs["N"], "alpha": data.attrs["alpha"], "samples": data.sizes["sample"]}
    return xr.Dataset(table, coords=coords, attrs=data.attrs)


def compare(data: xr.Dataset) -> xr.Dataset:
    """Means over samples with their standard errors, the limit of infinite `N` beside them, and the difference.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.simulate` or :func:`bendscape.sweep`.

    Returns
    -------
    xarray.Dataset
        All numbers per sample with `_stderr`; `left_edge`, `outlier_limit`, `overlap2_limit` of the theory; and
        `outlier_deviation`, `captured_deviation`: simulation less limit, in standard errors. Where the limit has no
        outlier, the first is nan and the second counts from zero. A finite system deviates systematically, by more
        than its statistical error close to a threshold. `converged` is the share of samples to be trusted.

    Raises
    ------
    InvalidParameterError
        If the data come from elsewhere, are of a general `Network`, or of the right end of the spectrum.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
    >>> found = bs.compare(bs.simulate(net, alpha=4.0, N=150, samples=20, seed=1))
    >>> bool(abs(found.captured_deviation) < 4), bool(found.outlier_limit < found.left_edge)
    (True, True)
    """
    net = _network(data)
    means = _means(data) if "sample" in data.dims else data
    alphas = np.unique(means.alpha.values)
    theory = overlap(net, alpha=alphas).sel(alpha=means.alpha)
    found = means.assign(left_edge=theory.left_edge)
    for simulated, name in _PAIRS.items():
        found[f"{name}_limit"] = theory[name]
        off = (means[simulated] - theory[name]) / means[f"{simulated}_stderr"]
        about = {"long_name": f"{simulated}: simulation less limit", "units": "standard errors"}
        found[f"{simulated}_deviation"] = off.assign_attrs(about)
    return found
