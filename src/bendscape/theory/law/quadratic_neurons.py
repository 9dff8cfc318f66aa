r"""Quadratic neurons under any loss: the law of `F` is invariant under rotations of the neurons, so `G = g I`.

With `sigma(u) = v + k u^2` and one output weight `c`, the output is `yhat = c (p v + k |u|^2)` and

    F = 2 c k l' I + (2 c k)^2 l'' u u^T,                                                                 :eq:`any-loss`

derivatives of the loss in the output: `p - 1` eigenvalues ``across`` `u` and one ``along`` it, which depend on the
label and on `Y = |u|^2/p` alone. Teacher and noise enter through the law of the label (:mod:`.labels`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ...models.general import Network
from ...models.labels import GammaLabel
from ...models.losses import Loss, loss
from ...models.network import LawEdge, Mode, Sector
from ...models.quadratic import QuadraticNetwork
from ...results import Side
from .growth import Extent, extent_on_a_line
from .labels import RadialLabel, TeacherLabel
from .support import support_of

__all__ = ["QuadraticNeurons", "as_quadratic", "isotropic", "means_of_squares"]

_TRIAL_U = np.array([-3.7, -1.3, -0.4, 0.6, 1.1, 2.9])  # pre-activations at which an activation is compared
_ROUNDING = 1e-12  # relative difference of two numbers that count as equal
_PAPER = ("normalised", "magnitude")  # losses that weigh labels by 1/(a + |y|)
_LARGE_LABELS = (1e30, 1e100)  # at which the limit of infinite labels is taken
_STEP, _BEND = 1e-4, 1e-2  # of a label; relative change of a slope over the step, from which on it is a kink
_FAR_LABEL = 1e3  # in units of a large label that occurs; an end at larger labels is the limit of infinite labels


@lru_cache(maxsize=256)
def _parabola(curve: Any) -> tuple[float, float] | None:
    """Return `v` and `k` of an activation `v + k u^2` with `k != 0`; None for any other."""
    v, k = float(curve.value(np.zeros(1))[0]), float(curve.second(np.zeros(1))[0]) / 2
    scale = abs(v) + abs(k) * 14
    same = np.abs(curve.value(_TRIAL_U) - v - k * _TRIAL_U**2) <= _ROUNDING * scale
    bent = np.abs(curve.second(_TRIAL_U) - 2 * k) <= _ROUNDING * scale
    return (v, k) if k != 0 and bool(np.all(same & bent)) else None


def isotropic(net: Network) -> bool:
    """Whether neurons are quadratic and alike, inputs white, and the law of the labels has few enough points."""
    alike = len(set(net.output_weights)) == 1 and _parabola(net.activation) is not None
    return alike and net.inputs.standard and (_radial(net) is not None or TeacherLabel.fits(net))


def _radial(net: Network) -> tuple[float, float] | None:
    """Return `offset` and `scale` of a teacher `y0 = offset + scale |s|^2/p_star`; None for any other."""
    parabola = _parabola(net.teacher_activation) if net.link is None and len(set(net.teacher_weights)) == 1 else None
    if parabola is None:
        return None
    whole = net.teacher_weights[0] * net.p_star
    return whole * parabola[0], whole * parabola[1]


def means_of_squares(net: Network) -> bool:
    """Whether outputs are `|u|^2/p`, labels without noise `|s|^2/p_star`, and inputs white; for any loss and noise."""
    if not isotropic(net):
        return False
    (v, k), (offset, scale) = _parabola(net.activation) or (0.0, 0.0), _radial(net) or (0.0, 0.0)
    wholes = net.output_weights[0] * k * net.p, scale
    return v == 0 and offset == 0 and all(abs(whole - 1) <= _ROUNDING for whole in wholes)  # 49 (1/49) is not 1


def as_quadratic(net: Network) -> QuadraticNetwork | None:
    """Return the :class:`~bendscape.QuadraticNetwork` that equals this network, or None.

    One exists if student and teacher are means of squares, the loss is `(y - yhat)^2/(2 (a + |y|))`, without noise.
    """
    given = {"a": 1.0, "b": 1.0} | dict(net.loss.parameters)
    if net.loss.name not in _PAPER or given["b"] != 1 or net.noise or not means_of_squares(net):
        return None
    try:
        return QuadraticNetwork(net.p, net.p_star, given["a"])
    except ValueError:  # a constant outside the domain of a QuadraticNetwork
        return None


@dataclass(frozen=True)
class QuadraticNeurons:
    """An :func:`isotropic` network in the form of the scalar solvers; its curvatures are in units of `H`."""

    net: Network
    other_loss: Loss | None = None

    def __str__(self) -> str:
        return str(self.net)

    @property
    def loss(self) -> Loss:
        """Loss: that of the network, unless `other_loss` replaces it."""
        return self.other_loss or self.net.loss

    @property
    def p(self) -> int:
        """Number of neurons of the student."""
        return self.net.p

    @cached_property
    def _output(self) -> tuple[float, float, float]:
        """Return `c k`, and offset and scale of the output as a function of `Y`."""
        v, k = _parabola(self.net.activation) or (0.0, 0.0)
        c = self.net.output_weights[0]
        return c * k, c * v * self.p, c * k * self.p

    @cached_property
    def teacher_label(self) -> RadialLabel | TeacherLabel:
        """Law of the labels."""
        radial, noise = _radial(self.net), self.net.noise
        if radial is None:
            return TeacherLabel(self.net, self._breaks)
        law = RadialLabel(self.net.p_star / 2, *radial, noise.additive, noise.multiplicative)
        return law if law.turns and not self._breaks else replace(law, breaks=self._breaks)

    @cached_property
    def _breaks(self) -> tuple[float, ...]:
        """Labels at which averages are not smooth: a kink of the loss, and the label at which `f` is lowest."""
        low, high = self._labels
        breaks = [0.0] if low < 0 < high and self._kink else []
        if self._weighted:
            end, label = self._lowest
            if end.status == "bounded" and low < label < high and abs(label) <= _FAR_LABEL * self._usual:
                breaks.append(label)
        return tuple(sorted(set(breaks)))

    @property
    def _kink(self) -> bool:
        """Whether the slope of the loss in `yhat` has a kink at `y = 0`: one-sided slopes in `y` differ."""
        y, output = np.array([[-_STEP], [0.0], [_STEP]]), np.array([[0.1, 1.0, 3.0]])
        with np.errstate(all="ignore"):
            left, middle, right = np.asarray(self.loss.first(*np.broadcast_arrays(y, output)))
        return not bool(np.all(np.abs(right - 2 * middle + left) <= _BEND * _STEP * (np.abs(right) + np.abs(left))))

    @property
    def student_label(self) -> GammaLabel:
        """Law of `Y = |u|^2/p`."""
        return GammaLabel(self.p / 2)

    @property
    def unit(self) -> str:
        """Unit of curvatures: that of the Hessian, `H`."""
        return "H"

    @property
    def scale(self) -> float:
        """One: curvatures are in the unit of the spectrum."""
        return 1.0

    def at_constants(self, constants: Sequence[float] | None) -> tuple[QuadraticNeurons, ...]:
        """Return the network at other constants `a`, to be solved together; none if the loss is not the paper's."""
        if constants is None or self.loss.name not in _PAPER:
            return ()
        rest = dict(self.loss.parameters)
        laws = tuple(replace(self, other_loss=loss(self.loss.name, **(rest | {"a": a}))) for a in constants)
        return laws if all(law.weighs_as_the_paper for law in laws) else ()

    @property
    def closed(self) -> bool:
        """Whether contours may always turn: no, it is tried."""
        return False

    @property
    def sides(self) -> tuple[Side, ...]:
        """Sides on which outliers may leave: both, depending on the loss."""
        return ("left", "right")

    @property
    def finite_moments(self) -> float:
        """Largest order of a finite moment: unknown, so each moment is tried."""
        return math.inf

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Eigenvalues across and along `u`, with their fractions, as in :class:`~bendscape.QuadraticNetwork`."""
        along = 1.0 / self.p
        return tuple(m for m in (Mode("across", 1.0 - along), Mode("along", along)) if m.fraction > 0)

    @cached_property
    def sectors(self) -> tuple[Sector, ...]:
        """Sectors of :class:`~bendscape.QuadraticNetwork`; each direction of a teacher without symmetry counts `p`."""
        teacher, *own = QuadraticNetwork(self.p, self.net.p_star, 1.0).sectors
        return (teacher if _radial(self.net) else replace(teacher, multiplicity=self.p), *own)

    def curvature(self, y: Any, Y: Any) -> tuple[Array, ...]:
        """Eigenvalues of `F`, one array a mode."""
        ck, offset, scale = self._output
        label, output = np.broadcast_arrays(y, offset + scale * np.asarray(Y))
        # f_0 = 2 c k l',   f_1 = f_0 + (2 c k)^2 p Y l''                                                :eq:`any-loss`
        across = 2 * ck * np.asarray(self.loss.first(label, output))
        along = across + 4 * ck**2 * self.p * np.asarray(Y) * np.asarray(self.loss.second(label, output))
        return tuple({"across": across, "along": along}[mode.name] for mode in self.modes)

    @cached_property
    def curvature_edges(self) -> tuple[LawEdge | None, LawEdge | None]:
        """Ends of the law of the eigenvalues of `F`."""
        if self.other_loss and not self.weighs_as_the_paper:
            raise ValueError("another loss is for weights 1/(a + |y|)")  # others are searched with the network's own
        if not self._weighted:
            return self._end(1.0), self._end(-1.0)
        return self._end(1.0), None

    @cached_property
    def _weighted(self) -> bool:
        """Whether the loss is `w(y) (y - yhat)^2/2`, with a positive weight."""
        if self.weighs_as_the_paper:
            return True
        rng = np.random.default_rng(6)
        y = self.net.labels(rng.standard_normal((64, self.net.p_star)), rng.standard_normal((64, 2)))
        one, other = self.net.outputs(rng.standard_normal((2 * 64, self.p))).reshape(2, 64)
        first, second = self.loss.first, self.loss.second
        w = np.asarray(second(y, one))
        same = np.abs(w - second(y, other)) <= _ROUNDING * np.abs(w)
        square = np.abs(first(y, one) - w * (one - y)) <= 1e-9 * np.abs(w) * (np.abs(one) + np.abs(y))
        return bool(np.all(same & square & (w > 0)))

    def _weight(self, y: Array) -> Array:
        """The weight `w(y)` of such a loss."""
        return np.asarray(self.loss.second(y, np.zeros_like(y)))

    @cached_property
    def _labels(self) -> tuple[float, float]:
        """Lower and upper end of the labels."""
        radial, noise = _radial(self.net), self.net.noise
        if radial is None:
            return support_of(self.net, 1.0).labels
        offset, scale = radial
        if noise.additive > 0 or (noise.multiplicative > 0 and offset != 0):
            return -math.inf, math.inf
        both = noise.multiplicative > 0
        return (-math.inf if both or scale < 0 else offset), (math.inf if both or scale > 0 else offset)

    @property
    def weighs_as_the_paper(self) -> bool:
        """Whether the loss is `(y - yhat)^2/(2 (a + |y|))` and labels are unbounded: then `F > -2 c k`."""
        ck, offset, _ = self._output
        given = {"a": 1.0, "b": 1.0} | dict(self.loss.parameters)
        named = self.loss.name in _PAPER and given["b"] == 1 and given["a"] > 0
        return named and offset == 0 and (self._labels[1] if ck > 0 else -self._labels[0]) == math.inf

    @cached_property
    def _lowest(self) -> tuple[Extent, float]:
        """Lower end of `F` for a weighted square, :eq:`weighted-end`, and the label at which it is."""
        ck, offset, _ = self._output
        if self.weighs_as_the_paper:
            return Extent("bounded", -2 * abs(ck), 0.0, np.zeros(1), math.inf), math.copysign(math.inf, ck)
        low, high = self._labels

        def value(y: Array) -> Array:
            y = np.clip(y, low, high)
            with np.errstate(all="ignore"):
                return np.asarray(2 * ck * self._weight(y) * (offset - y))

        # the minimum over labels on a line, and the limit of infinite labels beside it
        end = extent_on_a_line(value)
        far = np.array([x for x in (*_LARGE_LABELS, *(-x for x in _LARGE_LABELS)) if low <= x <= high])
        beyond = value(far) if far.size else np.array([np.inf])
        best = int(np.nanargmin(np.where(np.isfinite(beyond), beyond, np.inf)))
        if end.status == "bounded" and beyond[best] <= end.value:
            end = replace(end, value=float(beyond[best]), error=0.0, where=far[best : best + 1])
        return end, float(np.clip(end.where[0], low, high))

    def _end(self, sign: float) -> LawEdge | None:
        """Return the lower end of the law of `sign f`, with its value as a value of `f`; None if it is unbounded.

        Raises
        ------
        AccuracyError
            If it is not decided whether the law is bounded.
        """
        if self._weighted:
            end, label = self._lowest
        else:
            support = support_of(self.net, sign)
            end, label = support.end, support.sample(support.end.where)[1]
        if end.status == "undecided":
            raise AccuracyError(f"{self.net}: whether its curvature is bounded is not decided: give another loss")
        if end.status == "unbounded":
            return None
        value = sign * end.value
        if end.value >= 0:
            return LawEdge(value, "power", -1.0, math.inf)
        if abs(label) > _FAR_LABEL * self._usual:
            return LawEdge(value, "exponential", self._tail())
        return LawEdge(value, "power", math.nan, math.nan)

    @cached_property
    def _usual(self) -> float:
        """Size of a large label that still occurs."""
        rng = np.random.default_rng(7)
        labels = np.abs(self.net.labels(rng.standard_normal((256, self.net.p_star))))
        return 1.0 + float(labels.max()) + self.net.noise.additive

    def _tail(self) -> float:
        """Constant of an exponential end for the paper's loss without noise; nan where no formula gives it."""
        paper = None if self.other_loss else as_quadratic(self.net)
        return paper.curvature_edges[0].parameter if paper is not None else math.nan
