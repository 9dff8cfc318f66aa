r"""Averages over the law of the labels as weighted points.

The rules for labels and for outputs are in :mod:`bendscape.theory.law.labels`; here is their product.

Inside the bulk, poles `1 = g f` come onto the path. Turning the contours, `y -> y exp(i phi)` and
`yhat -> yhat exp(-i phi)`, moves every `f = (c - y)/(a + y)` into the lower half plane, away from `1/g` in the upper.
For any other law a trial decides which contours may turn, :eq:`turned`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, singledispatch
from itertools import pairwise
from typing import Any

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ...models.labels import ConstantLabel, LabelLaw
from ...models.network import IsotropicNetwork
from .labels import LabelRule, label_rule
from .measure import BULK, CurvatureMeasure, powers

__all__ = [
    "contour_measure",
    "curvature_moment",
    "end_measure",
    "real_measure",
    "stacked_measure",
    "turning",
]

Nodes = tuple[int, int]  # for `y` and for `yhat`
_NODES = (40, 56, 72, 96, 128, 176)  # of a rule, tried in turn
_TOLERANCE = 1e-11  # relative error of averages
_NOISY_TOLERANCE = 1e-9  # relative error where the law of the labels is itself an integral
_KINKED_TOLERANCE = 1e-4  # relative error where kinks of the loss slow the convergence down
_PROBES = (0.999, 0.9, 0.5, 0.1)  # g over that of the end of the law, at which averages are compared
_TAIL = 37.0  # weights below exp(-37) of the largest are lost in rounding
_TURNED_TOLERANCE = 1e-7  # largest change of an average when contours turn
_TURNED_NODES = 96  # of the rule by which turning is tried
_SQUARE_TAIL, _SQUARE_NODES = 185.0, 352  # of the rule for <A^2> at the end of a law
_FLOORS = (1e-10, 1e-12, 1e-14)  # of `1 - g f` at the end of a law, where it is rounding
_SHRINKS, _ROUNDING = (
    0.5,
    1e-13,
)  # of the growth of <A^2> from floor to floor: a ratio that converges; relative rounding


def _phase(law: Any, largest: float) -> float:
    """Angle by which a contour may turn before the oscillation of `exp(-shape y)` costs a factor of three."""
    if isinstance(law, ConstantLabel) or not getattr(law, "turns", True):
        return 0.0
    return min(largest, float(np.arccos(3.0 ** (-1.0 / law.shape))))


def _curvatures(net: IsotropicNetwork, y: Array, yhat: Array) -> Array:
    return np.concatenate([values.ravel() for values in net.curvature(y, yhat[:, None])])


def _assemble(net: IsotropicNetwork, teacher: LabelRule, student: LabelRule) -> CurvatureMeasure:
    """Return the product of a rule for `y` and one for `yhat` as a measure of `f`, weighted by :eq:`label-law`."""
    joint = student.weights[:, None] * teacher.weights
    matrices = (1,) * (teacher.products.ndim - 1)
    label = {
        "y": student.weights.reshape(-1, 1, *matrices) * teacher.products,
        "yhat": student.products[:, None] * teacher.weights,
    }
    weights = {BULK: np.concatenate([(m.fraction * joint).ravel() for m in net.modes])}
    for sector in net.sectors:
        each = label[sector.label].reshape(joint.size, *label[sector.label].shape[2:])
        weight = np.concatenate([sector.weights.get(m.name, 0.0) * each for m in net.modes])
        # mean labels are one, and so is this sum; a small rule on a turned contour misses it by 1e-10
        weights[sector.name] = weight / _total(weight)
    return CurvatureMeasure(_curvatures(net, teacher.y, student.y), weights, *net.curvature_edges)


def _total(weight: Array) -> Any:
    """Sum of weights; for matrices, the sum of their mean eigenvalues."""
    return weight.sum() if weight.ndim == 1 else np.trace(weight.sum(axis=0)) / weight.shape[1]


def _stack(nets: Sequence[IsotropicNetwork], teacher: LabelRule, student: LabelRule) -> CurvatureMeasure:
    """Stack networks that share a law of labels and a kind of end: they share the points, only `f` differs."""
    if len({net.curvature_edges[0] and net.curvature_edges[0].kind for net in nets}) > 1:
        raise ValueError("networks whose laws end differently cannot be solved together")
    f = np.stack([_curvatures(net, teacher.y, student.y) for net in nets])
    return replace(_assemble(nets[0], teacher, student), f=f)


def _rules(net: IsotropicNetwork, n: Nodes, tail: float = _TAIL) -> tuple[LabelRule, LabelRule]:
    return label_rule(net.teacher_label, n[0], 0.0, tail), label_rule(net.student_label, n[1], 0.0, tail)


def _probe(measure: CurvatureMeasure) -> Array:
    """Averages that the solvers need, and the averages of absolute values beside them: shape (2, k)."""
    ends = [end for end in (measure.lower, measure.upper) if end is not None and end.value]
    ends = ends[:1] + [end for end in ends[1:] if end.kind == "exponential"]
    at = [np.array(_PROBES + ((1.0,) if end.kind == "exponential" else ())) / end.value for end in ends]
    g = np.concatenate(at) if at else -0.1j * np.array(_PROBES) / measure.size

    bulk = measure.averages(g, _with_sizes)
    teacher = measure.averages(g, _with_sizes, "teacher")
    sizes = teacher[2:] if measure.weights["teacher"].ndim == 1 else bulk[2:]
    means = [*bulk[:2], *(_trace(each, g.ndim) for each in teacher[:2])]
    return np.array([np.concatenate(means), np.concatenate([*bulk[2:], *sizes])])


def _with_sizes(g: Array, f: Array) -> tuple[Array, ...]:
    """Return `A`, `A^2`, and their absolute values."""
    first, second = powers(g, f, 2)
    return first, second, np.abs(first), np.abs(second)


def _trace(values: Array, axes: int) -> Array:
    """Traces of matrices; numbers are returned unchanged."""
    return values if values.ndim == axes else np.trace(values, axis1=-2, axis2=-1)


@lru_cache(maxsize=1024)
@np.errstate(all="ignore")  # constants near the end of double precision overflow, and are refused below
def _resolution(net: IsotropicNetwork) -> tuple[Nodes, float]:
    """Numbers of nodes for `y` and `yhat` at which the averages have converged, and the relative error that is left.

    Where the law of the labels is an integral itself, `yhat` is refined before `y`.
    """
    if getattr(net.teacher_label, "turns", True):
        n, error = _refine(net, [(n, n) for n in _NODES], _TOLERANCE)
    else:
        (_, student), one = _refine(net, [(_NODES[0], n) for n in _NODES], _NOISY_TOLERANCE)
        n, other = _refine(net, [(n, student) for n in _NODES], _NOISY_TOLERANCE)
        error = max(one, other)
    if error < _TOLERANCE or (error < _KINKED_TOLERANCE and not net.closed):
        return n, error
    remedy = "give widths up to 100 and a from 1e-3 to 1e3, which converge" if net.closed else "give a smoother loss"
    raise AccuracyError(
        f"{net}: averages over the labels reach a relative error of {error:.1e}, not {_TOLERANCE:.0e}; {remedy}"
    )


def _refine(net: IsotropicNetwork, rules: list[Nodes], tolerance: float) -> tuple[Nodes, float]:
    """Return the first rule whose averages agree with those of the next, or the last rule, and its error."""
    before, _ = _probe(_assemble(net, *_rules(net, rules[0])))
    error = np.inf
    for coarse, fine in pairwise(rules):
        after, size = _probe(_assemble(net, *_rules(net, fine)))
        error = float(np.max(np.abs(after - before) / np.abs(size)))
        if error < tolerance:
            return coarse, error
        before = after
    return rules[-1], error


@singledispatch
def real_measure(net: IsotropicNetwork) -> CurvatureMeasure:
    """Points on the real axis for `g` outside the bulk, refined until the averages converge.

    Raises
    ------
    AccuracyError
        If the largest rule does not reach a relative 1e-11, or 1e-4 where the loss has kinks.
    """
    return _refined(net)


@lru_cache(maxsize=64)
def _refined(net: IsotropicNetwork) -> CurvatureMeasure:
    n, error = _resolution(net)
    return replace(_with_squares(net, _assemble(net, *_rules(net, n))), error=error)


def _with_squares(net: IsotropicNetwork, measure: CurvatureMeasure) -> CurvatureMeasure:
    """Add `<A^2>` to ends of the law that are powers, where the network does not give it; infinite if it diverges."""
    ends = []
    for end in (measure.lower, measure.upper):
        missing = end is not None and end.kind == "power" and np.isnan(end.mean_square)
        ends.append(replace(end, mean_square=_mean_square(net, 1.0 / end.value)) if end and missing else end)
    return replace(measure, lower=ends[0], upper=ends[1])


@np.errstate(all="ignore")  # labels as large as the tails are
def _mean_square(net: IsotropicNetwork, g: float) -> float:
    """Average `<A^2>` at the end of the law; infinite if it diverges.

    Next to the end `1 - g f` is rounding, so it is taken to be no smaller than a floor. From floor to floor the average
    grows, by less and less if it converges, and by as much again or more if it diverges.
    """
    measure = _assemble(net, *_rules(net, (_SQUARE_NODES, _SQUARE_NODES), _SQUARE_TAIL))
    gap, weights = 1.0 - g * measure.f, measure.weights[BULK]
    one, two, three = (float((measure.f / np.maximum(gap, floor)) ** 2 @ weights) for floor in _FLOORS)
    early, late = two - one, three - two
    if late <= _ROUNDING * three:
        return three
    return three + late**2 / (early - late) if late < _SHRINKS * early else np.inf


def stacked_measure(nets: Sequence[IsotropicNetwork]) -> CurvatureMeasure:
    """Stack networks that share a law of labels into one measure with a leading axis, to be solved together.

    They are in the order of a parameter: a rule fine enough for the first and the last is fine enough for all.
    """
    (one, error), (other, other_error) = _resolution(nets[0]), _resolution(nets[-1])
    n, error = (max(one[0], other[0]), max(one[1], other[1])), max(error, other_error)
    return replace(_with_squares(nets[0], _stack(nets, *_rules(nets[0], n))), error=error)


def end_measure(nets: Sequence[IsotropicNetwork]) -> CurvatureMeasure:
    """Points for averages at the end of the law, stacked like those of :func:`stacked_measure`, but fewer.

    For the paper's network `A = (c - y)/(a + c)` at `g = -1` is linear in `y`, and three Gauss points average
    polynomials up to degree five exactly: all that `y A^3` in :eq:`tangent` needs. What is left is one integral, over
    `yhat`, as in :eq:`alpha-smooth` and :eq:`discontinuous`.
    """
    if not nets[0].closed:
        return stacked_measure(nets)
    gauss, student = _gauss(nets[0].teacher_label), nets[0].student_label
    fine = _stack(nets, gauss, label_rule(student, _NODES[-1]))
    if fine.lower is None or fine.lower.kind != "exponential":
        return fine
    ends, g = [nets[0], nets[-1]], np.full(2, 1.0 / fine.lower.value)
    pair = (_stack(ends, gauss, label_rule(student, n)) for n in _NODES[-2:])
    before, after = (measure.averages(g, lambda g, f: powers(g, f, 3)) for measure in pair)
    error = max(
        float(np.max(np.abs(x - y) / np.sqrt(after[1]) ** k))
        for k, (x, y) in enumerate(zip(before, after, strict=True), 1)
    )
    return replace(fine, error=error)


@lru_cache(maxsize=256)
def _gauss(law: LabelLaw) -> LabelRule:
    """The three-point Gauss rule of a law of labels."""
    if isinstance(law, ConstantLabel):
        return label_rule(law, 1)
    # nodes and weights from the recursion of Laguerre's polynomials: SciPy's overflow at widths above 340
    k = np.arange(3)
    beside = np.sqrt(k[1:] * (k[1:] + law.shape - 1.0))
    x, vectors = np.linalg.eigh(np.diag(2.0 * k + law.shape) + np.diag(beside, 1) + np.diag(beside, -1))
    y, weights = x / law.shape, vectors[0] ** 2
    return LabelRule(y, weights, y * weights)


def curvature_moment(net: IsotropicNetwork, order: int) -> float:
    """Moment `<f^order>` of the curvature, for an order at which it is finite.

    At `a = 0` small `y` have a large weight: `shape - order` is at least one half, so that a tail `1 + 2 order` times
    as long is enough.
    """
    tail = _TAIL * (1 + 2 * order)
    measure = _assemble(net, *_rules(net, (_NODES[-1], _NODES[-1]), tail))
    with np.errstate(over="ignore"):
        return float(measure.f**order @ measure.weights[BULK])


@lru_cache(maxsize=64)
def turning(net: IsotropicNetwork) -> tuple[bool, bool]:
    """Whether the contours of `y` and of `yhat` may turn: averages outside the bulk must not change.

    For the paper's network both may; for any other loss it is tried, :eq:`turned`.
    """
    if net.closed:
        return True, True
    straight = real_measure(net)
    end = straight.lower or straight.upper
    g = -0.1j * np.array([0.5, 0.9]) / straight.size if end is None else np.array([0.5, 0.9]) / end.value
    exact = straight.mean(g)
    for turns in ((True, True), (False, True)):
        if turns[0] and _phase(net.teacher_label, 1.0) == 0:
            continue
        try:
            with np.errstate(all="ignore"):
                turned = _turned(net, _TURNED_NODES, 0.7, turns).mean(g)
        except (TypeError, ValueError, ArithmeticError):  # a loss of the user's that takes no complex numbers
            continue
        if np.all(np.abs(turned - exact) <= _TURNED_TOLERANCE * (np.abs(exact) + 1)):
            return turns
    return False, False


def _turned(net: IsotropicNetwork, n: int, largest_phase: float, turns: tuple[bool, bool]) -> CurvatureMeasure:
    turn_y, turn_yhat = (
        _phase(law, largest_phase) if turn else 0.0
        for law, turn in zip((net.teacher_label, net.student_label), turns, strict=True)
    )
    single = isinstance(net.student_label, ConstantLabel)
    teacher = label_rule(net.teacher_label, 8 * n if single else n, turn_y)
    return _assemble(net, teacher, label_rule(net.student_label, n, -turn_yhat))


@lru_cache(maxsize=16)
def contour_measure(net: IsotropicNetwork, n: int, largest_phase: float) -> CurvatureMeasure:
    """Points on turned contours, for `g` inside the bulk or above the real axis."""
    return _turned(net, n, largest_phase, turning(net))
