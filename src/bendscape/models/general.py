r"""Networks with any student, any teacher, any loss and noise: their labels, outputs, gradients and curvatures.

The output is `yhat = sum_k c_k sigma(u_k)`, :eq:`general-network`. The curvature is `F_kk' = l'' c_k c_k' sigma'(u_k)
sigma'(u_k') + delta_kk' l' c_k sigma''(u_k)`, derivatives of `l` in `yhat`: a diagonal plus a matrix of rank one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .._types import Array
from ..arguments import count, number, refuse
from ..errors import InvalidParameterError
from ..expected import instance
from ..memory import require_memory
from ..user_arrays import numbers_of, shown
from .activations import activation
from .expression import Expression
from .inputs import WHITE, Inputs
from .losses import exact, loss
from .quadratic import QuadraticNetwork

__all__ = ["Curvature", "Network", "Noise"]

_NOISE_MAX = 1e100  # standard deviation; its square must fit into a double
_SMALL = 2**20  # numbers of an array; larger ones are checked against the memory
_TRIALS = 4096  # labels and outputs at which a loss is checked


@dataclass(frozen=True)
class Noise:
    """Gaussian noise of the labels: `y = y0 (1 + multiplicative xi_1) + additive xi_2`.

    Parameters
    ----------
    additive, multiplicative : float
        Standard deviations, zero or positive.

    Examples
    --------
    >>> from bendscape.models import Noise
    >>> Noise(additive=0.1)
    Noise(additive=0.1, multiplicative=0.0)
    """

    additive: float = 0.0
    multiplicative: float = 0.0

    def __post_init__(self) -> None:
        for name in ("additive", "multiplicative"):
            given, wanted = getattr(self, name), f"a standard deviation, zero or positive, up to {_NOISE_MAX:g}"
            value = number(name, given, wanted)
            if not 0 <= value <= _NOISE_MAX:
                raise refuse(name, given, wanted)
            object.__setattr__(self, name, value)

    def __bool__(self) -> bool:
        return self.additive > 0 or self.multiplicative > 0

    def added(self, y: npt.ArrayLike, xi: npt.ArrayLike) -> Array:
        """Return labels with noise, shape (n,); `xi` has shape (n, 2) and standard normal numbers."""
        rows, labels = _rows("xi", xi, 2), numbers_of("y", y)
        if labels.shape != (len(rows),):
            raise InvalidParameterError(
                f"y has shape {labels.shape} and xi {rows.shape}: give one label and one row of xi a sample"
            )
        return np.asarray(labels * (1 + self.multiplicative * rows[:, 0]) + self.additive * rows[:, 1])


@dataclass(frozen=True, eq=False)
class Curvature:
    """Curvature matrices `F = diag(diagonal) + weight direction direction^T` of samples.

    Parameters
    ----------
    diagonal, direction : array, shape (n, p)
    weight : array, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import Curvature
    >>> Curvature(np.zeros((1, 2)), np.ones(1), np.array([[1.0, 2.0]])).dense().tolist()
    [[[1.0, 2.0], [2.0, 4.0]]]
    """

    diagonal: Array
    weight: Array
    direction: Array

    def dense(self) -> Array:
        """Return the matrices as an array, shape (n, p, p)."""
        p = self.diagonal.shape[1]
        outer = self.weight[:, None, None] * self.direction[:, :, None] * self.direction[:, None, :]
        return np.asarray(outer + self.diagonal[:, :, None] * np.eye(p))


@dataclass(frozen=True)
class Network:
    r"""A student with `p` neurons that learns from a teacher, by any twice differentiable loss.

    Outputs `yhat = sum_k c_k sigma(u_k)`, labels `y = sum_l c*_l sigma*(s_l)` or any function of the `s_l`, with noise;
    loss `L = sum_mu l(y_mu, yhat_mu)`. Pre-activations `u_k`, `s_l` are standard normal at a random start.

    Parameters
    ----------
    p, p_star : int
        Widths of student and teacher.
    activation : str, Activation or three callables, optional
        Activation of the student; see :func:`~bendscape.models.activations.activation`.
    teacher_activation : str, Activation or three callables, optional
        Activation of the teacher; by default that of the student.
    loss : str, Loss or three callables, optional
        Loss of one sample; see :func:`~bendscape.models.losses.loss`.
    noise : Noise, optional
        Noise of the labels; none by default.
    output_weights, teacher_weights : sequence of float, optional
        `c` and `c*`; by default all `1/p` and `1/p_star`.
    link : str, optional
        A formula in `s1`, `s2`, ... that replaces the teacher's sum, such as `"s1*s2"`.
    inputs : Inputs, optional
        Covariance and mean of the inputs; white by default.

    Notes
    -----
    The text `str(net)` contains all names, formulas and numbers of the network, so different networks have different
    texts. Your own functions appear in it only by `__name__`: `own_functions` lists them, and a run with them takes no
    `store`.

    Raises
    ------
    InvalidParameterError
        If a width, weight or formula is not valid, or the loss is not finite and twice differentiable at the labels
        and outputs of this network.

    Examples
    --------
    >>> from bendscape.models import Network
    >>> net = Network(2, 1, activation="tanh")
    >>> print(net)
    p=2, p*=1, tanh, squared loss
    >>> net.curvature(u=[[0.0, 1.0]], y=[0.5]).dense().shape
    (1, 2, 2)
    """

    p: int
    p_star: int
    activation: Any = "quadratic"
    teacher_activation: Any = None
    loss: Any = "squared"
    noise: Noise = field(default_factory=Noise)
    output_weights: Any = None
    teacher_weights: Any = None
    link: Any = None
    inputs: Inputs = WHITE

    def __post_init__(self) -> None:
        self._set("p", count("p", self.p))
        self._set("p_star", count("p_star", self.p_star))
        self._set("activation", activation(self.activation))
        teacher = self.activation if self.teacher_activation is None else activation(self.teacher_activation)
        self._set("teacher_activation", teacher)
        self._set("loss", loss(self.loss))
        instance("noise", self.noise, Noise, "models.Noise(additive=..., multiplicative=...)")
        self._set("output_weights", _weights("output_weights", self.output_weights, self.p))
        self._set("teacher_weights", _weights("teacher_weights", self.teacher_weights, self.p_star))
        if self.link is not None:
            self._set("link", _link(self.link, self.p_star))
        instance("inputs", self.inputs, Inputs, "bs.Inputs(...), bs.Inputs.power_law(...), ...")
        self._try()

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _try(self) -> None:
        rng = np.random.default_rng(0)
        width = self.p + self.p_star
        require_memory(4 * 8 * _TRIALS * width, f"a trial of a network with {width} neurons", "give smaller widths")
        s, u = rng.standard_normal((_TRIALS, self.p_star)), rng.standard_normal((_TRIALS, self.p))
        labels = self.labels(s, rng.standard_normal((_TRIALS, 2)))
        if not np.all(np.isfinite(labels)):
            s_bad = s[~np.isfinite(labels)][0]
            raise InvalidParameterError(
                f"{self}: the label at s = {s_bad} is not finite: give a link that is finite everywhere"
            )
        self.loss.check(labels, self.outputs(u))

    @classmethod
    def of_quadratic(cls, net: QuadraticNetwork, inputs: Inputs = WHITE) -> Network:
        """Return the paper's network as a :class:`Network`, with any inputs.

        Raises
        ------
        InvalidParameterError
            If its `p` is infinite.

        Examples
        --------
        >>> from bendscape.models import Network, QuadraticNetwork
        >>> print(Network.of_quadratic(QuadraticNetwork(2, 1, 1.5)))
        p=2, p*=1, quadratic, normalised(a=1.5) loss
        """
        instance("net", net, QuadraticNetwork, "a QuadraticNetwork")
        if math.isinf(net.p):
            raise InvalidParameterError("p = inf: give a finite width to a general network")
        return cls(int(net.p), net.p_star, "quadratic", loss=loss("normalised", a=net.a), inputs=inputs)

    @property
    def own_functions(self) -> tuple[str, ...]:
        """Names of the user's own functions in the network; `str(net)` contains nothing of them but the name."""
        parts = (self.activation, self.teacher_activation, self.loss)
        return tuple(dict.fromkeys(str(part) for part in parts if part.own))

    @property
    def even(self) -> bool:
        """Whether outputs and labels do not change when `u` or `s` changes its sign."""
        s = np.random.default_rng(1).standard_normal((64, self.p_star))
        there, back = self.labels(s), self.labels(-s)
        return self.activation.even and bool(np.all(np.abs(there - back) <= 1e-9 * (1 + np.abs(there))))

    def outputs(self, u: npt.ArrayLike) -> Array:
        """Return the outputs `yhat`, shape (n,), from `u`, shape (n, p)."""
        return np.asarray(self.activation.value(_rows("u", u, self.p)) @ np.array(self.output_weights))

    def labels(self, s: npt.ArrayLike, xi: npt.ArrayLike | None = None) -> Array:
        """Return labels `y`, shape (n,), from `s`, shape (n, p_star), noise from standard normal `xi`, shape (n, 2).

        Without `xi` the labels have no noise.
        """
        rows = _rows("s", s, self.p_star)
        if self.link is not None:
            y = self.link(*rows.T)
        else:
            y = np.asarray(self.teacher_activation.value(rows) @ np.array(self.teacher_weights))
        return y if xi is None else self.noise.added(y, xi)

    def gradient(self, u: npt.ArrayLike, y: npt.ArrayLike) -> Array:
        """Return the gradients `dl/du_k = l' c_k sigma'(u_k)` in the pre-activations, shape (n, p)."""
        rows = _rows("u", u, self.p)
        slope = np.asarray(self.loss.first(_labels(y, len(rows)), self.outputs(rows)))
        return np.asarray(slope[:, None] * self.output_weights * self.activation.first(rows))

    def curvature(self, u: npt.ArrayLike, y: npt.ArrayLike) -> Curvature:
        """Return `F`, the second derivatives of the loss in the pre-activations.

        Parameters
        ----------
        u : array, shape (n, p)
        y : array, shape (n,)

        Returns
        -------
        Curvature
        """
        rows = _rows("u", u, self.p)
        label = _labels(y, len(rows))
        yhat, c = self.outputs(rows), np.array(self.output_weights)
        first, second = (np.asarray(d(label, yhat)) for d in (self.loss.first, self.loss.second))
        diagonal = first[:, None] * c * self.activation.second(rows)
        return Curvature(np.asarray(diagonal), second, np.asarray(c * self.activation.first(rows)))

    def __str__(self) -> str:
        parts = [f"p={self.p}, p*={self.p_star}, {self.activation}{_unequal('c', self.output_weights)}"]
        if self.link is not None:
            parts.append(f"teacher {self.link.text}")
        else:
            same = self.teacher_activation == self.activation
            weights = _unequal("c*", self.teacher_weights)
            parts += [] if same and not weights else [f"teacher {self.teacher_activation}{weights}"]
        parts.append(f"{self.loss} loss")
        if self.noise:
            parts.append(f"noise {exact(self.noise.additive)} + {exact(self.noise.multiplicative)} y")
        if not self.inputs.standard:
            parts.append(str(self.inputs))
        return ", ".join(parts)


def _unequal(name: str, weights: tuple[float, ...]) -> str:
    """Text of the weights; empty if they are those of a mean."""
    mean = (1 / len(weights),) * len(weights)
    return "" if weights == mean else f" with {name}=({', '.join(map(exact, weights))})"


def _weights(name: str, given: Any, width: int) -> tuple[float, ...]:
    if given is None:
        return (1 / width,) * width
    if not isinstance(given, Sequence | np.ndarray) or isinstance(given, str):
        raise refuse(name, given, f"{width} numbers, one a neuron")
    numbers = numbers_of(f"{name} = {shown(given)}", given)
    weights = tuple(numbers.tolist()) if numbers.ndim == 1 else ()
    if len(weights) != width or not all(math.isfinite(w) and w != 0 for w in weights):
        raise InvalidParameterError(
            f"{name} = {shown(given)}: give {width} finite numbers other than zero, one a neuron"
        )
    return weights


def _link(given: Any, p_star: int) -> Expression:
    names = tuple(f"s{k}" for k in range(1, p_star + 1))
    if isinstance(given, Expression) and given.variables == names:
        return given
    if not isinstance(given, str):
        raise InvalidParameterError(f"link = {shown(given)}: give a formula in {', '.join(names)}")
    return Expression(given, names)


def _labels(given: npt.ArrayLike, samples: int) -> Array:
    label = numbers_of("y", given)
    if label.shape != (samples,):  # a column would broadcast to every pair of samples
        raise InvalidParameterError(f"y has shape {label.shape}: give one label a sample, shape ({samples},)")
    return label


def _rows(name: str, given: npt.ArrayLike, width: int) -> Array:
    rows = numbers_of(name, given)
    if rows.size > _SMALL:
        require_memory(
            4 * 8 * rows.size, f"arrays made from {name} of shape {rows.shape}", "give a part of it at a time"
        )
    if rows.ndim != 2 or rows.shape[1] != width:
        raise InvalidParameterError(f"{name} has shape {rows.shape}: give one row of {width} numbers a sample")
    return rows
