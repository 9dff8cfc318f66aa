"""Crossings of the curves of two sizes, with error bars: ``bs.comparison.crossing(data)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._types import Array
from ..arguments import number, seed_sequence
from ..attributes import plain_attrs
from ..errors import InvalidParameterError
from ..expected import dataset, instance

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["crossing"]

_REPLICATES = 1000  # of all curves, with Gaussian errors
_MIN_SHARE = 0.9  # of replicates that cross; below it a crossing is nan


def crossing(data: xr.Dataset, variable: str = "phi", *, exponent: float = 0.0, seed: int = 0) -> xr.Dataset:
    """Return the `alpha` at which the curves of consecutive sizes cross, with standard errors.

    A parabola in `alpha` is fitted to the difference of `N^exponent variable`, each point weighted by its standard
    error; the crossing is where it rises through zero. Errors are half the central 68 % of replicates of all curves
    with Gaussian errors. Neighbouring pairs share a size, and so do their replicates.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.simulation.sample_means`, with at least four `alpha` and two `N`.
    variable : str
        ``"phi"``, ``"dominance"`` (exponent 0), or ``"captured"`` with the exponent 1/3 of a sharp edge.
    exponent : float
        Exponent of `N`, for a variable that vanishes at the threshold as a power of `N`.
    seed : int
        Seed of the replicates.

    Returns
    -------
    xarray.Dataset
        `crossing`, `stderr` and `found` (share of replicates that cross inside the grid) over `N`, the larger of
        two consecutive sizes, and `mean`, `mean_stderr` over the pairs, weighted by their errors. A crossing is nan
        if fewer than nine in ten replicates cross: more samples or a wider grid of `alpha` are needed.

    Raises
    ------
    InvalidParameterError
        If the data do not have the variable, or have too few points.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=1, p_star=1, a=0.5)
    >>> samples = bs.simulate(net, alpha=[0.8, 1.2, 1.6, 2.0], N=[40, 80], samples=40, seed=1)
    >>> data = bs.simulation.sample_means(samples)
    >>> dict(bs.comparison.crossing(data, "captured", exponent=1 / 3).sizes)
    {'N': 1}
    """
    import xarray as xr

    instance("variable", variable, str, "the name of a mean in the data")
    if f"{variable}_stderr" not in instance("data", data, xr.Dataset, "what bs.simulation.sample_means returns"):
        raise InvalidParameterError(
            f"variable = {variable!r}: give a variable of bs.simulation.sample_means, such as 'phi'"
        )
    data = dataset("data", data, "bs.simulation.sample_means", ["N", "alpha"], [variable, f"{variable}_stderr"])
    if data.sizes["N"] < 2 or data.sizes["alpha"] < 4:
        raise InvalidParameterError(f"data has sizes {dict(data.sizes)}: give at least two N and four alpha")
    exponent = number("exponent", exponent, "a finite number")
    with np.errstate(over="ignore"):
        if not np.all(np.isfinite(data.N.values.astype(float) ** exponent)):
            raise InvalidParameterError(f"exponent = {exponent}: N^exponent is not finite; give a smaller one")
    data = data.sortby(["N", "alpha"])
    scale = (data.N.values.astype(float) ** exponent)[:, None]
    mean = scale * data[variable].transpose("N", "alpha").values
    stderr = scale * data[f"{variable}_stderr"].transpose("N", "alpha").values
    rng = np.random.default_rng(seed_sequence(seed))
    noisy = mean + stderr * rng.standard_normal((_REPLICATES, *mean.shape))
    rows = range(data.sizes["N"] - 1)
    roots = np.stack([_roots(data.alpha.values, noisy, stderr, i) for i in rows])
    best = np.array([_roots(data.alpha.values, mean[None], stderr, i)[0] for i in rows])
    share = np.isfinite(roots).mean(axis=1)
    good = (share >= _MIN_SHARE) & np.isfinite(best)
    errors = np.array([_half_width(each) if ok else np.nan for each, ok in zip(roots, good, strict=True)])
    weights = np.where(good, errors, np.inf) ** -2.0
    joint = weights @ np.where(good[:, None], roots, 0.0) / weights.sum() if good.any() else np.array([np.nan])
    table = {
        "crossing": ("N", np.where(good, best, np.nan), {"long_name": "alpha at which the curves cross"}),
        "stderr": ("N", errors, {"long_name": "its standard error"}),
        "found": ("N", share, {"long_name": "share of replicates that cross"}),
        "mean": ((), _mean(best, weights) if good.any() else np.nan, {"long_name": "mean crossing of all pairs"}),
        "mean_stderr": ((), _half_width(joint), {"long_name": "its standard error"}),
    }
    attrs = {"variable": variable, "exponent": exponent, "seed": seed}
    return xr.Dataset(table, coords={"N": data.N.values[1:]}, attrs=plain_attrs(attrs))


def _mean(best: Array, weights: Array) -> float:
    """Return the weighted mean of the crossings with positive weight."""
    return float(weights @ np.where(weights > 0, best, 0.0) / weights.sum())


def _half_width(roots: Array) -> float:
    """Return half the width of the central 68 % of the finite roots; nan without any."""
    low, high = np.quantile(roots[np.isfinite(roots)], (0.16, 0.84)) if np.isfinite(roots).any() else (np.nan, np.nan)
    return float(high - low) / 2


def _roots(alpha: Array, curves: Array, stderr: Array, i: int) -> Array:
    """Return where curve `i + 1` rises above curve `i`, for each replicate.

    Points without a mean or an error are left out.
    """
    difference, error = curves[:, i + 1] - curves[:, i], np.hypot(stderr[i + 1], stderr[i])
    usable = np.isfinite(difference[0]) & np.isfinite(error) & (error > 0)
    if usable.sum() < 4:
        return np.full(len(curves), np.nan)
    x = alpha[usable]
    center, half = float(x.mean()), float(np.ptp(x)) / 2
    design = ((x - center) / half)[:, None] ** np.arange(3) / error[usable, None]
    fits = (difference[:, usable] / error[usable]) @ np.linalg.pinv(design).T
    return np.array([center + half * _rising(fit) for fit in fits])


def _rising(coefficients: Array) -> float:
    """Return the point of [-1, 1] at which a parabola rises through zero; nan without such a point."""
    c, b, a = coefficients
    roots = np.roots([a, b, c])
    inside = [r.real for r in roots if abs(r.imag) < 1e-12 and abs(r.real) <= 1 and b + 2 * a * r.real > 0]
    return float(inside[0]) if inside else np.nan
