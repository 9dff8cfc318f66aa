r"""Spectral methods in the equations of the bulk and the outlier: width one, `F = T(y)`, :eq:`scalar-weights`.

For `D = sum_mu T(y_mu) x_mu x_mu^T` the bulk is `z = 1/g + alpha E[T/(1 - g T)]` and the informative eigenvalue
`z = alpha E[y T/(1 - g T)]`, right of the bulk.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ...models.labels import ConstantLabel
from ...models.network import LawEdge, Mode, Sector
from ...models.preprocessing import Preprocessing, SpectralMethod
from ...results import Side
from .growth import extent_on_a_line
from .labels import LabelRule
from .measure import BULK, CurvatureMeasure
from .quadrature import real_measure
from .squares import log_density, squares_given_label

__all__ = ["MethodLaw", "labels_measure"]

_LOG_LABEL_MAX = 300.0  # |log y| up to which the lower end of a weight is searched; exp(300) is a double
_POINTS = 16  # Gauss-Legendre points of a panel
_GRADES = np.logspace(-13, 0, 27)  # distances of panel ends from a break, in log y
_TOLERANCE = 1e-9  # relative difference of the averages of two rules


def _panels(method: SpectralMethod, breaks: tuple[float, ...], refined: int) -> Array:
    """Ends of panels in `log y`: evenly spaced, and graded towards every break from both sides."""
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
def _rule(
    p_star: int, breaks: tuple[float, ...], refined: int, lengths2: tuple[float, ...] | None = None
) -> tuple[Array, Array]:
    """Labels and weights for a chi-squared of `p_star` degrees over `p_star`, or a sum of squares with weights."""
    from scipy.special import gammaln, roots_legendre

    x, w = roots_legendre(_POINTS)
    ends = _panels(SpectralMethod(_ONE, p_star), breaks, refined)
    half = np.diff(ends)[:, None] / 2
    log_y = (ends[:-1, None] + half * (1 + x)).ravel()
    shape = p_star / 2
    if lengths2 is None:
        density = np.exp(shape * (log_y + np.log(shape) - np.exp(log_y)) - gammaln(shape))
    else:
        density = np.exp(log_y + log_density(np.exp(log_y), lengths2))
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
    rule = MethodLaw(method).teacher_label.refined(refined)
    lower, upper = MethodLaw(method).curvature_edges
    return CurvatureMeasure(method.preprocessing(rule.y), {BULK: rule.weights, "teacher": rule.products}, lower, upper)


@dataclass(frozen=True)
class _Labels:
    """The law of labels, in panels that end at the breaks of a weight."""

    p_star: int
    breaks: tuple[float, ...]
    lengths2: tuple[float, ...] | None = None
    turns: bool = False

    def rule(self, n: int, phase: float = 0.0, tail: float = 0.0) -> LabelRule:  # noqa: ARG002
        """Finer panels for more points."""
        return self.refined(1 + n // 512)

    def refined(self, refined: int) -> LabelRule:
        """So many times as many panels; `E[s_l^2 | y]` on the diagonals where lengths differ, :eq:`squares-law`."""
        y, weights = _rule(self.p_star, self.breaks, refined, self.lengths2)
        if self.lengths2 is None:
            return LabelRule(y, weights, y * weights)
        squares = (weights * squares_given_label(y, self.lengths2)).T
        return LabelRule(y, weights, squares[:, :, None] * np.eye(self.p_star))


@dataclass(frozen=True)
class MethodLaw:
    """A spectral method in the form of the scalar solvers: width one, `f = T(y)`, eigenvalues of `D`."""

    method: SpectralMethod

    unit, scale, finite_moments, closed = "D", 1.0, math.inf, False
    sides: ClassVar[tuple[Side]] = ("right",)
    modes = (Mode("across", 1.0),)

    def at_constants(self, constants: Sequence[float] | None) -> tuple[MethodLaw, ...]:  # noqa: ARG002
        """Return no laws: weights have no constant `a` in common."""
        return ()

    @property
    def teacher_label(self) -> _Labels:
        """The law of the labels."""
        return _Labels(self.method.p_star, self.method.preprocessing.breaks, self.method.teacher_weights)

    @property
    def student_label(self) -> ConstantLabel:
        """Law of the output, a constant: there is no student."""
        return ConstantLabel(1.0)

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """The teacher's directions: all together, or each alone where their lengths differ."""
        together = self.method.p_star if self.method.teacher_weights is None else 1
        return (Sector("teacher", "teacher", "y", together, {"across": 1.0}),)

    @property
    def curvature_edges(self) -> tuple[LawEdge | None, LawEdge]:
        """Lower and upper end of `T`."""
        return _lower_end(self.method), _upper_end(self.method.preprocessing)

    def curvature(self, y: Any, yhat: Any) -> tuple[Array]:
        """Return `T(y)`, whatever the output."""
        return (np.broadcast_arrays(self.method.preprocessing(y), yhat)[0],)


def _upper_end(preprocessing: Preprocessing) -> LawEdge:
    if preprocessing.attained:  # <A^2> diverges there: the edge is always sharp
        return LawEdge(preprocessing.largest, "power", -1.0, mean_square=np.inf)
    return LawEdge(preprocessing.largest, "exponential", np.nan)


@lru_cache(maxsize=256)
def _lower_end(method: SpectralMethod) -> LawEdge | None:
    """Lower end of `T`, if it is negative and some label attains it: the left edge is sharp there; else None."""
    end = extent_on_a_line(
        lambda x: np.asarray(method.preprocessing(np.exp(np.clip(x, -_LOG_LABEL_MAX, _LOG_LABEL_MAX))))
    )
    if end.status != "bounded" or end.value >= 0:
        return None
    return LawEdge(end.value, "power", -1.0, mean_square=np.inf)


@real_measure.register
@lru_cache(maxsize=256)
def _(law: MethodLaw) -> CurvatureMeasure:
    """Return the law of `T(y)` as weighted points, with the error of its averages.

    Raises
    ------
    AccuracyError
        If the averages of two rules differ by more than a relative 1e-9.
    """
    method = law.method
    coarse, fine = (_measure(method, refined) for refined in (1, 2))
    g = np.array([0.999, 0.9, 0.5, 0.1]) / method.preprocessing.largest
    errors = []
    for power, over in itertools.product((1, 2), (BULK, "teacher")):
        off = np.abs(coarse.mean(g, power=power, over=over) - fine.mean(g, power=power, over=over))
        size = fine.average(g, lambda g, f: np.abs(f / (1 - g * f)), over)  # a mean can be zero
        if off.ndim > 1:
            off, size = (np.diagonal(each, axis1=-2, axis2=-1) for each in (off, size))
        errors.append((off / size**power).max())
    error = float(np.max(errors))
    if not error < _TOLERANCE:
        raise AccuracyError(
            f"{method}: averages have a relative error of {error:.0e}: name the breaks of the weight, labels at which "
            "it is not smooth"
        )
    return replace(fine, error=error)


def labels_measure(preprocessing: Preprocessing, y: Array) -> CurvatureMeasure:
    """Return the law of `-T` for the labels of one sample, of mean one; its lower end gives a sharp edge."""
    f, share = -preprocessing(y), np.full(len(y), 1.0 / len(y))
    end = LawEdge(float(f.min()), "power", -1.0, mean_square=np.inf)
    return CurvatureMeasure(f, {BULK: share, "teacher": y * share}, end, None)
