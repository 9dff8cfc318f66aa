r"""Averages over the law of the labels as weighted points.

A Gamma law is integrated by the trapezoidal rule in `sigma`, with `y = exp(x)` and `x = sigma - exp(-(sigma + shift))`.
In `log y` a pole at `y = -d` stays a distance `pi` from the real axis for every `d`, so one rule serves all scales of
`a`; the second term makes the tail `y^(shape)` towards zero decay twice exponentially. Both together converge
geometrically in the number of nodes.

Inside the bulk, poles `1 = g f` come onto the path. Turning the contours, `y -> y exp(i phi)` and
`yhat -> yhat exp(-i phi)`, moves every `f = (c - y)/(a + y)` into the lower half plane, away from `1/g` in the upper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..errors import AccuracyError
from ..models.labels import ConstantLabel, LabelLaw
from ..models.network import IsotropicNetwork
from .measure import BULK, Array, CurvatureMeasure, powers

__all__ = ["contour_measure", "end_measure", "nodes", "real_measure", "stacked_measure"]

Rule = tuple[Array, Array]
_NODES = (40, 56, 72, 96, 128, 176)
_TOLERANCE = 1e-11
_PROBES = (-0.999, -0.9, -0.5, -0.1)
_TAIL = 37.0


@lru_cache(maxsize=256)
def nodes(law: LabelLaw, n: int, phase: float = 0.0, tail: float = _TAIL) -> Rule:
    """Points and weights (of sum one) for a law of labels: `n` nodes on the ray of angle `phase`.

    What weighs less than `exp(-tail)` of the largest weight is left out.
    """
    if isinstance(law, ConstantLabel):
        return np.array([law.value]), np.array([1.0])
    shift = 4.0 if phase == 0 else 2.0

    def log_weight(sigma: Array, log_y: Array, y: Array) -> Array:
        return np.asarray(law.shape * (log_y - y) + np.log1p(np.exp(-(sigma + shift))))

    low, high = -25.0, 8.0
    for _ in range(3):  # a law of large shape is narrow: find where its weight lies, then look closer
        grid = np.linspace(low, high, 1025)
        x = grid - np.exp(-(grid + shift))
        size = log_weight(grid, x, np.cos(phase) * np.exp(x))
        kept = grid[size > size.max() - tail]
        low, high = kept[0] - (grid[1] - grid[0]), kept[-1] + (grid[1] - grid[0])
    sigma = np.linspace(low, high, n)
    log_y = sigma - np.exp(-(sigma + shift)) + (1j * phase if phase else 0.0)
    y = np.exp(log_y)
    size = log_weight(sigma, log_y, y)
    weight = np.exp(size - size.real.max())
    return y, weight / weight.sum()


def _phase(law: LabelLaw, largest: float) -> float:
    """The angle by which a contour may turn before `exp(-shape y)` costs a factor of three in its oscillation."""
    return 0.0 if isinstance(law, ConstantLabel) else min(largest, float(np.arccos(3.0 ** (-1.0 / law.shape))))


def _curvatures(net: IsotropicNetwork, y: Array, yhat: Array) -> Array:
    return np.concatenate([values.ravel() for values in net.curvature(y, yhat[:, None])])


def _assemble(net: IsotropicNetwork, teacher: Rule, student: Rule) -> CurvatureMeasure:
    """The product of a rule for `y` and one for `yhat` as a measure of `f`."""
    (y, weight_y), (yhat, weight_yhat) = teacher, student
    joint = weight_yhat[:, None] * weight_y
    label = {"y": y * joint, "yhat": yhat[:, None] * joint}
    weights = {BULK: np.concatenate([(m.fraction * joint).ravel() for m in net.modes])}
    for sector in net.sectors:
        parts = [sector.weights.get(m.name, 0.0) * label[sector.label].ravel() for m in net.modes]
        weight = np.concatenate(parts)
        # mean labels are one, and so is this sum; a small rule on a turned contour misses it by 1e-10
        weights[sector.name] = weight / weight.sum()
    return CurvatureMeasure(_curvatures(net, y, yhat), weights, *net.curvature_edges)


def _stack(nets: Sequence[IsotropicNetwork], teacher: Rule, student: Rule) -> CurvatureMeasure:
    """Networks with one law of labels and one kind of end, on the same points: only `f` differs."""
    if len({net.curvature_edges[0] and net.curvature_edges[0].kind for net in nets}) > 1:
        raise ValueError("networks whose laws end differently cannot be solved together")
    f = np.stack([_curvatures(net, teacher[0], student[0]) for net in nets])
    return replace(_assemble(nets[0], teacher, student), f=f)


def _rules(net: IsotropicNetwork, n: int) -> tuple[Rule, Rule]:
    return nodes(net.teacher_label, n), nodes(net.student_label, n)


def _probe(measure: CurvatureMeasure) -> Array:
    """Averages that the solvers will need, each beside the same average of absolute values: shape (2, k)."""
    at_the_end = measure.lower is not None and measure.lower.kind == "exponential"
    g = np.array(_PROBES + ((-1.0,) if at_the_end else ()))

    def pair(power: int, over: str) -> Array:
        size = measure.average(g, lambda g, f: np.abs(f / (1.0 - g * f)) ** power, over)
        return np.array([measure.mean(g, power=power, over=over), size])

    return np.concatenate([pair(power, over) for power in (1, 2) for over in (BULK, "teacher")], axis=-1)


@lru_cache(maxsize=1024)
@np.errstate(all="ignore")  # constants near the end of double precision overflow, and are refused below
def _resolution(net: IsotropicNetwork) -> tuple[int, float]:
    """The number of nodes a dimension at which the averages no longer change, and by how much they still do."""
    (before, _), error = _probe(_assemble(net, *_rules(net, _NODES[0]))), np.inf
    for coarse, fine in pairwise(_NODES):
        after, size = _probe(_assemble(net, *_rules(net, fine)))
        error = float(np.max(np.abs(after - before) / size))
        if error < _TOLERANCE:
            return coarse, error
        before = after
    raise AccuracyError(
        f"{net}: averages over the labels reach a relative error of {error:.1e}, not {_TOLERANCE:.0e}; "
        "give widths up to 100 and a from 1e-3 to 1e3, which converge"
    )


@lru_cache(maxsize=64)
def real_measure(net: IsotropicNetwork) -> CurvatureMeasure:
    """Points on the real axis for `g` outside the bulk, refined until the averages no longer change.

    Raises
    ------
    AccuracyError
        If the largest rule does not reach a relative 1e-11.
    """
    n, error = _resolution(net)
    return replace(_assemble(net, *_rules(net, n)), error=error)


def stacked_measure(nets: Sequence[IsotropicNetwork]) -> CurvatureMeasure:
    """Networks with one law of labels as one measure with a leading axis, to be solved together.

    They come in the order of a parameter: the rule that serves the first and the last serves all.
    """
    n, error = max(_resolution(nets[0]), _resolution(nets[-1]))
    return replace(_stack(nets, *_rules(nets[0], n)), error=error)


def end_measure(nets: Sequence[IsotropicNetwork]) -> CurvatureMeasure:
    """The few points that are enough at `g = -1`, stacked like :func:`stacked_measure`.

    There `A = (c - y)/(a + c)` is linear in `y`, and three Gauss points average polynomials up to degree five exactly:
    all that `y A^3` needs. What is left is one integral, over `yhat`.
    """
    gauss, student = _gauss(nets[0].teacher_label), nets[0].student_label
    fine = _stack(nets, gauss, nodes(student, _NODES[-1]))
    if fine.lower is None or fine.lower.kind != "exponential":
        return fine
    ends, g = [nets[0], nets[-1]], np.full(2, 1.0 / fine.lower.value)
    pair = (_stack(ends, gauss, nodes(student, n)) for n in _NODES[-2:])
    before, after = (measure.averages(g, lambda g, f: powers(g, f, 3)) for measure in pair)
    error = max(
        float(np.max(np.abs(x - y) / np.sqrt(after[1]) ** k))
        for k, (x, y) in enumerate(zip(before, after, strict=True), 1)
    )
    return replace(fine, error=error)


@lru_cache(maxsize=256)
def _gauss(law: LabelLaw) -> Rule:
    """The three-point Gauss rule of a law of labels."""
    if isinstance(law, ConstantLabel):
        return np.array([law.value]), np.array([1.0])
    # nodes and weights from the recursion of Laguerre's polynomials: SciPy's overflow at widths above 340
    k = np.arange(3)
    beside = np.sqrt(k[1:] * (k[1:] + law.shape - 1.0))
    y, vectors = np.linalg.eigh(np.diag(2.0 * k + law.shape) + np.diag(beside, 1) + np.diag(beside, -1))
    return y / law.shape, vectors[0] ** 2


def curvature_moment(net: IsotropicNetwork, order: int) -> float:
    """`<f^order>`, of an order that is finite.

    At `a = 0` it brings out the weight of small `y`: `shape - order` is at least one half, so that a tail `1 + 2 order`
    times as long is enough.
    """
    tail = _TAIL * (1 + 2 * order)
    labels = (nodes(law, _NODES[-1], 0.0, tail) for law in (net.teacher_label, net.student_label))
    measure = _assemble(net, *labels)
    with np.errstate(over="ignore"):
        return float(measure.f**order @ measure.weights[BULK])


@lru_cache(maxsize=16)
def contour_measure(net: IsotropicNetwork, n: int, largest_phase: float) -> CurvatureMeasure:
    """Points on turned contours, for `g` inside the bulk or above the real axis."""
    turn_y, turn_yhat = _phase(net.teacher_label, largest_phase), _phase(net.student_label, largest_phase)
    single = isinstance(net.student_label, ConstantLabel)
    teacher = nodes(net.teacher_label, 8 * n if single else n, turn_y)
    return _assemble(net, teacher, nodes(net.student_label, n, -turn_yhat))
