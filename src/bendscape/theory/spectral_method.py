r"""Spectral methods in the equations of the bulk and the outlier: width one, `F = -T(y)`, theory.md section 7.

For `D = sum_mu T(y_mu) x_mu x_mu^T` the bulk is `z = 1/g + alpha E[T/(1 - g T)]` and the informative eigenvalue
`z = alpha E[y T/(1 - g T)]`. The solvers look to the left, so they are given `f = -T`, and what they find is negated.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import AccuracyError
from ..models.network import LawEdge
from ..models.preprocessing import Preprocessing, SpectralMethod
from .measure import BULK, Array, CurvatureMeasure
from .overlap import curve_of
from .transition import transition_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MethodThreshold", "labels_measure", "method_overlap", "method_threshold"]

_POINTS = 16  # of a panel
_GRADES = np.logspace(-13, 0, 27)  # distances of panel ends from a break, in log y
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class MethodThreshold:
    """Where the leading eigenvectors of a spectral method begin to be correlated with the teacher.

    Attributes
    ----------
    method : SpectralMethod
    alpha : float
    kind : {"continuous", "discontinuous"}
        Whether `m^2` grows from zero or jumps.
    edge : float
        The right edge of the bulk of `D` at the threshold.
    overlap2_jump : float
        `m^2` just above.
    alpha_smooth : float
        The edge is smooth up to this `alpha`.
    error : float
        Relative error of the averages, estimated from two rules.
    """

    method: SpectralMethod
    alpha: float
    kind: Literal["continuous", "discontinuous"]
    edge: float
    overlap2_jump: float
    alpha_smooth: float
    error: float


def _panels(method: SpectralMethod, breaks: tuple[float, ...], refined: int) -> Array:
    """Ends of panels in `log y`: evenly, and graded towards every break from both sides."""
    low, high = -80.0 / method.p_star - 8.0, np.log(2 * (40.0 + method.p_star))
    even = np.linspace(low, high, 40 * refined + 1)
    grades = np.concatenate([-_GRADES, [0.0], _GRADES]) if refined == 1 else _finer()
    near = [np.log(cut) + grades for cut in breaks]
    ends = np.unique(np.concatenate([even, *near]))
    return np.asarray(ends[(ends >= low) & (ends <= high)])


def _finer() -> Array:
    grades = np.logspace(-13, 0, 53)
    return np.concatenate([-grades, [0.0], grades])


@lru_cache(maxsize=256)
def _rule(p_star: int, breaks: tuple[float, ...], refined: int) -> tuple[Array, Array]:
    """Labels and weights for a chi-squared of `p_star` degrees over `p_star`."""
    from scipy.special import gammaln, roots_legendre

    x, w = roots_legendre(_POINTS)
    ends = _panels(SpectralMethod(_ONE, p_star), breaks, refined)
    half = np.diff(ends)[:, None] / 2
    log_y = (ends[:-1, None] + half * (1 + x)).ravel()
    shape = p_star / 2
    density = np.exp(shape * (log_y + np.log(shape) - np.exp(log_y)) - gammaln(shape))
    weights = (half * w).ravel() * density
    kept = weights > 0
    return np.exp(log_y[kept]), weights[kept] / weights.sum()


class _One:
    """The weight one, for rules that do not depend on it."""

    largest, attained, breaks = 1.0, True, ()

    def __call__(self, y: Any) -> Array:
        return np.ones_like(np.asarray(y, dtype=float))


_ONE = _One()


def _law_end(preprocessing: Preprocessing) -> LawEdge:
    if preprocessing.attained:  # <A^2> diverges there: the edge is always sharp
        return LawEdge(-preprocessing.largest, "power", -1.0, mean_square=np.inf)
    return LawEdge(-preprocessing.largest, "exponential", np.nan)


def _measure(method: SpectralMethod, refined: int) -> CurvatureMeasure:
    y, weights = _rule(method.p_star, method.preprocessing.breaks, refined)
    f = -method.preprocessing(y)
    return CurvatureMeasure(f, {BULK: weights, "teacher": y * weights}, _law_end(method.preprocessing), None)


@lru_cache(maxsize=256)
def limit_measure(method: SpectralMethod) -> CurvatureMeasure:
    """The law of `-T(y)`, with the error of its averages.

    Raises
    ------
    AccuracyError
        If two rules do not agree.
    """
    coarse, fine = (_measure(method, refined) for refined in (1, 2))
    g = np.array([-0.999, -0.9, -0.5, -0.1]) / method.preprocessing.largest
    errors = []
    for power, over in itertools.product((1, 2), (BULK, "teacher")):
        off = np.abs(coarse.mean(g, power=power, over=over) - fine.mean(g, power=power, over=over))
        size = fine.average(g, lambda g, f: np.abs(f / (1 - g * f)), over)  # a mean can be zero
        errors.append(off / size**power)
    error = float(np.max(errors))
    if not error < _TOLERANCE:
        raise AccuracyError(f"{method}: averages have an error of {error:.0e}: name the breaks of the weight")
    return CurvatureMeasure(fine.f, fine.weights, fine.lower, None, error)


def labels_measure(preprocessing: Preprocessing, y: Array) -> CurvatureMeasure:
    """The labels of one sample, of mean one, in the place of their law: every finite sample has a sharp edge."""
    f, share = -preprocessing(y), np.full(len(y), 1.0 / len(y))
    end = LawEdge(float(f.min()), "power", -1.0, mean_square=np.inf)
    return CurvatureMeasure(f, {BULK: share, "teacher": y * share}, end, None)


def method_threshold(method: SpectralMethod) -> MethodThreshold:
    """See :func:`bendscape.threshold`."""
    measure = limit_measure(method)
    one = CurvatureMeasure(measure.f[None, :], measure.weights, measure.lower, None, measure.error)
    found = transition_of(one, lambda _: one)
    return MethodThreshold(
        method=method,
        alpha=float(found.alpha[0]),
        kind="discontinuous" if found.discontinuous[0] else "continuous",
        edge=-float(found.edge[0]),
        overlap2_jump=float(found.jump[0]),
        alpha_smooth=float(found.alpha_smooth[0]),
        error=float(found.error[0]) + 1e-15,
    )


_LONG_NAMES = {
    "right_edge": "right edge of the bulk of D",
    "edge_kind": "how the density ends at the right edge",
    "outlier": "eigenvalue right of the bulk, of vectors correlated with the teacher",
    "overlap2": "squared overlap of its eigenvectors with the teacher's span",
}


def method_overlap(method: SpectralMethod, alpha: Array) -> xr.Dataset:
    """See :func:`bendscape.overlap`."""
    import xarray as xr

    curve = curve_of(limit_measure(method), alpha, 1.0)
    sign = {"right_edge": ("left_edge", -1), "outlier": ("outlier", -1), "overlap2": ("overlap2", 1)}
    table: dict[str, Any] = {"edge_kind": ("alpha", curve["edge_kind"], {"long_name": _LONG_NAMES["edge_kind"]})}
    for key, (name, factor) in sign.items():
        units = {} if key == "overlap2" else {"units": "D"}
        table[key] = ("alpha", factor * curve[name], {"long_name": _LONG_NAMES[key]} | units)
    data = xr.Dataset(table, coords={"alpha": ("alpha", alpha, {"long_name": "samples over inputs, M/N"})})
    return data.assign_attrs(method=str(method), p_star=method.p_star, unit="D")
