"""Where the curves of two sizes cross: ``bs.crossing(data)``, with an error bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..arguments import seed_sequence
from ..errors import InvalidParameterError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["crossing"]

Array = npt.NDArray[np.float64]
_REPLICATES = 1000


def crossing(data: xr.Dataset, variable: str = "phi", *, exponent: float = 0.0, seed: int = 0) -> xr.Dataset:
    """The `alpha` at which the curves of consecutive sizes cross.

    A parabola in `alpha` is fitted to the difference of `N^exponent variable`, each point weighted by its standard
    error; the crossing is where it rises through zero. Its error is the spread between replicates of the data with
    Gaussian errors.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.sweep`, with at least four `alpha` and two `N`.
    variable : str
        ``"phi"``, ``"dominance"`` (exponent 0), or ``"captured"`` with the exponent 1/3 of a sharp edge.
    exponent : float
        Of `N`, for a variable that vanishes at the threshold as a power.
    seed : int
        Of the replicates.

    Returns
    -------
    xarray.Dataset
        `crossing`, `stderr` and `found` (share of replicates that do cross inside the grid) over `N`, the larger of
        two consecutive sizes. The crossing is nan, if fewer than two thirds of the replicates cross:
        then it takes more samples or a wider grid of `alpha` to find one.

    Raises
    ------
    InvalidParameterError
        If the data have no such variable, or too few points.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=1, p_star=1, a=0.5)
    >>> data = bs.sweep(net, alpha=[0.8, 1.2, 1.6, 2.0], N=[40, 80], samples=40, seed=1)
    >>> dict(bs.crossing(data, "captured", exponent=1 / 3).sizes)
    {'N': 1}
    """
    import xarray as xr

    if f"{variable}_stderr" not in data or {"N", "alpha"} - set(data[variable].dims):
        raise InvalidParameterError(f"variable = {variable!r}: give one that bs.sweep has means and errors of")
    if data.sizes["N"] < 2 or data.sizes["alpha"] < 4:
        raise InvalidParameterError(f"data have sizes {dict(data.sizes)}: give at least two N and four alpha")
    data = data.sortby(["N", "alpha"])
    alpha = data.alpha.values
    scale = (data.N.values.astype(float) ** exponent)[:, None]
    mean = scale * data[variable].transpose("N", "alpha").values
    stderr = scale * data[f"{variable}_stderr"].transpose("N", "alpha").values
    rng = np.random.default_rng(seed_sequence(seed))
    rows = [
        _between(alpha, mean[i + 1] - mean[i], np.hypot(stderr[i + 1], stderr[i]), rng)
        for i in range(data.sizes["N"] - 1)
    ]
    names = {"crossing": "alpha at which the curves cross", "stderr": "its standard error", "found": "replicates"}
    table = {
        key: ("N", list(column), {"long_name": names[key]})
        for key, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    attrs = {"variable": variable, "exponent": exponent, "seed": seed}
    return xr.Dataset(table, coords={"N": data.N.values[1:]}, attrs=attrs)


def _between(alpha: Array, difference: Array, stderr: Array, rng: np.random.Generator) -> tuple[float, float, float]:
    center, half = float(alpha.mean()), float(np.ptp(alpha)) / 2
    design = ((alpha - center) / half)[:, None] ** np.arange(3) / stderr[:, None]
    fit = np.linalg.pinv(design)
    noisy = (difference + stderr * rng.standard_normal((_REPLICATES, alpha.size))) / stderr
    roots = np.array([_rising(fit @ row) for row in noisy])
    found = roots[np.isfinite(roots)]
    share = found.size / roots.size
    best = _rising(fit @ (difference / stderr))
    if share < 2 / 3 or not np.isfinite(best):
        return np.nan, np.nan, share
    return center + half * best, half * float(found.std(ddof=1)), share


def _rising(coefficients: Array) -> float:
    """Where a parabola on [-1, 1] goes from below zero to above, nan where it does not."""
    c, b, a = coefficients
    roots = np.roots([a, b, c])
    inside = [r.real for r in roots if abs(r.imag) < 1e-12 and abs(r.real) <= 1 and b + 2 * a * r.real > 0]
    return float(inside[0]) if inside else np.nan
