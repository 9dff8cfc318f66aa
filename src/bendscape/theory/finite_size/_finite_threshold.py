r"""The threshold of samples of finite size: ``bs.finite_threshold(net, N=...)``.

A sample that grows (more and more data, fixed weights) has an `alpha` of its own from which on the equations of its
labels have the teacher's outlier in front of the bulk: the root of `D(g_-) = z(g_-) - T(g_-)` in `alpha`
(:eq:`fs-outlier`). The law of this `alpha` over samples gives the threshold: its median, its width, and any other
quantile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import RUNS, count, flag, positive, seed_sequence
from ...errors import AccuracyError, InvalidParameterError
from ...models.general import Network
from ...models.quadratic import QuadraticNetwork
from ...progress import tracked
from ...statistics import mean_stderr
from ...user_arrays import numbers_of, shown
from ..numerics.roots import bracketed_root
from ..verbs._threshold import threshold
from ._finite_size import finite_size, labels_edge
from .labels import draw_labels, finite_width

__all__ = ["FiniteThreshold", "finite_threshold", "sample_thresholds"]

_SEARCH_END = 10.0  # largest alpha of the search, in units of alpha_BBP
_TOLERANCE = 1e-3  # relative, of a sample's own alpha; samples differ by more up to N = 1e6


@dataclass(frozen=True, eq=False)
class FiniteThreshold:
    """The threshold of samples of size `N`, and its spread; :func:`finite_threshold` returns it.

    Attributes
    ----------
    net : QuadraticNetwork
    N : float
        Input dimension.
    alpha : float
        `alpha_half`, samples over inputs: from here on half of all samples have the teacher's outlier.
    stderr : float
        Standard error of `alpha`, from the number of samples drawn.
    width : float
        Half the distance between the quantiles 0.16 and 0.84.
    overlap2, overlap2_stderr : float
        Mean squared overlap of the lowest `p p_star` eigenvectors at `alpha`, all samples included.
    alpha_bbp, alpha_0 : float
        The limit of infinite `N`, and the tangent extrapolation of its `m^2` to zero.
    each : array, shape (samples,)
        The `alpha` of every sample, in increasing order.
    seed : int

    Examples
    --------
    >>> import bendscape as bs
    >>> threshold = bs.finite_threshold(bs.QuadraticNetwork(p=2, p_star=1, a=1.5), N=1e6, samples=10, seed=1)
    >>> threshold.quantile([0.1, 0.9]).round(2).tolist(), threshold.probability(1.0)
    ([0.99, 1.06], 0.5)
    """

    net: QuadraticNetwork
    N: float
    alpha: float
    stderr: float
    width: float
    overlap2: float
    overlap2_stderr: float
    alpha_bbp: float
    alpha_0: float
    each: Array
    seed: int

    def quantile(self, probability: Any) -> Any:
        """Return the `alpha` at which a sample has the outlier with this probability; arrays give arrays."""
        share = numbers_of(f"probability = {shown(probability)}", probability)
        if not np.all((share > 0) & (share < 1)):
            raise InvalidParameterError(f"probability = {shown(probability)}: give numbers between zero and one")
        if share.size == 0:
            return share
        alpha = np.quantile(self.each, share)
        return float(alpha) if share.ndim == 0 else alpha

    def probability(self, alpha: Any) -> Any:
        """Return the share of samples that have the outlier at `alpha`; arrays give arrays."""
        at = numbers_of(f"alpha = {shown(alpha)}", alpha)
        if np.any(np.isnan(at)):
            raise InvalidParameterError(f"alpha = {shown(alpha)}: give numbers")
        share = np.searchsorted(self.each, at, side="right") / len(self.each)
        return float(share) if np.ndim(share) == 0 else share


def _sample_threshold(net: QuadraticNetwork, N: float, centre: float, seed: np.random.SeedSequence) -> float:
    """Solve for the `alpha` from which on one growing sample has the outlier, `D(g_-) = 0`, :eq:`fs-outlier`."""

    def gap(alpha: float) -> float:
        return labels_edge(draw_labels(net, alpha=alpha, N=N, seed=seed))[1]

    low, high = 0.7 * centre, 1.2 * centre
    while gap(low) > 0:
        low /= 1.4
        if round(low * N) < 10:
            return 0.0  # the outlier exists from ten samples on
    while gap(high) < 0:
        high *= 1.4
        if high > _SEARCH_END * centre:
            raise AccuracyError(f"{net}: no outlier up to alpha = {high:.3g} at N = {N:g}: give a larger N")
    tolerance = _TOLERANCE * min(centre, 2 * low)
    return bracketed_root(gap, low, high, f"{net}, the alpha of a sample of N = {N:g}", xtol=tolerance)


def sample_thresholds(net: QuadraticNetwork, N: float, samples: int, seed: int, progress: bool = False) -> Array:
    """Solve for the `alpha` from which on each of several growing samples has the outlier, in increasing order."""
    centre = threshold(net).alpha
    children = tracked(seed_sequence((seed, 1)).spawn(samples), "samples" if progress else None)
    return np.sort([_sample_threshold(net, N, centre, child) for child in children])


def finite_threshold(
    net: QuadraticNetwork | Network, *, N: float, samples: int = 100, seed: int, progress: bool = False
) -> FiniteThreshold:
    r"""Solve for the `alpha` at which a sample of size `N` has an informative outlier with probability one half.

    Every finite sample has a sharp edge, and so a threshold of its own: `z(g) = T(g)` at the edge, with sums over its
    labels, :eq:`fs-conditional`. It tends to `alpha_BBP`: like a power of `N` where the transition is continuous, and
    from far below, like `1/log N`, where it is discontinuous, :eq:`fs-leading`.

    Parameters
    ----------
    net : QuadraticNetwork, or the Network that is one
        A network of finite width.
    N : float
        Input dimension, from `2 (p + p_star)` to 1e20.
    samples : int
        Number of samples to draw.
    seed : int
        Seed of the samples.
    progress : bool
        Count the solved samples on standard error.

    Returns
    -------
    FiniteThreshold

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain.
    AccuracyError
        If a sample has no edge, or no outlier up to ten times `alpha_BBP`.

    See Also
    --------
    bendscape.threshold : the threshold in the limit.
    bendscape.finite_size : spectra of samples at one `alpha`.

    Examples
    --------
    >>> import bendscape as bs
    >>> threshold = bs.finite_threshold(bs.QuadraticNetwork(p=2, p_star=1, a=1.5), N=1e6, samples=10, seed=1)
    >>> round(threshold.alpha, 2), round(threshold.alpha_bbp, 4)
    (1.0, 1.3229)
    """
    net = finite_width(net)
    N, samples = positive("N", N), count("samples", samples, RUNS)
    limit = threshold(net)
    each = sample_thresholds(net, N, samples, seed, flag("progress", progress))
    half = float(np.median(each))
    if half == 0:
        raise AccuracyError(f"{net}: at N = {N:g} half of the samples have the outlier from M = 10 on: give a larger N")
    at = finite_size(net, alpha=half, N=N, samples=samples, seed=seed)
    low, high = np.quantile(each, [0.16, 0.84])
    overlap2, overlap2_stderr = mean_stderr(at.captured.values)
    return FiniteThreshold(
        net=net,
        N=N,
        alpha=half,
        stderr=_median_error(each),
        width=float(high - low) / 2,
        overlap2=overlap2,
        overlap2_stderr=overlap2_stderr,
        alpha_bbp=limit.alpha,
        alpha_0=limit.alpha_0_tangent,
        each=each,
        seed=seed,
    )


def _median_error(each: Array) -> float:
    """Standard error of the median: half the distance of the order statistics one deviation of the rank around it."""
    if len(each) < 4:
        return math.nan
    share = 0.5 + np.array([-0.5, 0.5]) / math.sqrt(len(each))
    return float(np.diff(np.quantile(each, share))[0]) / 2
