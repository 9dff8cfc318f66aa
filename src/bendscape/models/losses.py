r"""Losses of one sample, `l(y, yhat)`, with their first two derivatives in `yhat`."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from .._types import Array
from ..arguments import number
from ..errors import InvalidParameterError
from ..expected import evaluated, function, instance, nearest
from ..user_arrays import real_array, shown
from .expression import Expression

__all__ = ["LOSSES", "Loss", "exact", "loss"]

Surface = Callable[[Array, Array], Any]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_TOLERANCE, _ROUNDING = 1e-5, 1e-13  # of integrals of derivatives, relative; of the values between which they run
_HALVINGS, _WORST = 14, 64  # of intervals in which an integral is off; the number of those that are halved


def exact(value: float) -> str:
    """Return the shortest text that determines a number exactly."""
    return repr(float(value)).removesuffix(".0")


@dataclass(frozen=True)
class Loss:
    """A function of label and output, twice differentiable in the output.

    Parameters
    ----------
    name : str
    value, first, second : callable
        `l(y, yhat)` and its first two derivatives in `yhat`, from arrays to arrays of the same shape.
    parameters : tuple of (str, float), optional
        Parameters of the named loss, such as `a`.
    lowest : float, optional
        Lower bound of the labels: `-a` where the loss divides by a power of `a + y`.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import loss
    >>> float(loss("normalised", a=1.5).second(np.array(0.5), np.array(2.0)))
    0.5
    """

    name: str
    value: Surface = field(repr=False)
    first: Surface = field(repr=False)
    second: Surface = field(repr=False)
    parameters: tuple[tuple[str, float], ...] = ()
    lowest: float = -math.inf

    def __post_init__(self) -> None:
        instance("name", self.name, str, "what to call the loss")
        for what in ("value", "first", "second"):
            function(what, getattr(self, what), "a function of arrays of labels and of outputs")
        instance("parameters", self.parameters, tuple, "a tuple of (name, number)")
        object.__setattr__(self, "lowest", number("lowest", self.lowest, "a number, or -inf", infinite=True))

    def __reduce__(self) -> tuple[Any, ...]:
        if self.name in LOSSES and self == _again(self.name, self.parameters):  # another loss may have this name
            return _again, (self.name, self.parameters)
        return Loss, (self.name, self.value, self.first, self.second, self.parameters, self.lowest)

    @property
    def own(self) -> bool:
        """Whether it is the user's own function, neither a name of the library nor a formula."""
        if self.name in LOSSES and self == _again(self.name, self.parameters):
            return False
        return any(getattr(surface, "text", None) != self.name for surface in (self.value, self.first, self.second))

    def __str__(self) -> str:
        given = ", ".join(f"{name}={exact(value)}" for name, value in self.parameters)
        return f"{self.name}({given})" if given else self.name

    def check(self, y: Array, yhat: Array) -> None:
        """Raise unless the loss is finite and twice differentiable at these labels and outputs.

        Parameters
        ----------
        y, yhat : array, shape (n,)
            Typical labels and outputs, independent of each other.

        Raises
        ------
        InvalidParameterError
            If a value is not finite, or the integral of a derivative is not the change of its function.
        """
        y, yhat = real_array("y", y, ("n",)), real_array("yhat", yhat, ("n",))
        if not np.all(y > self.lowest):
            raise InvalidParameterError(
                f"loss {self}: labels as low as y = {np.min(y):.3g} occur, and it is for y > {self.lowest:.3g}: give a "
                "larger constant, less noise, a teacher with positive labels, or another loss"
            )
        label = np.quantile(y, np.linspace(0.0, 1.0, 15))[:, None]
        output = np.unique(np.quantile(yhat, np.linspace(0.0, 1.0, 101)))[None]
        for what, surface in (("the loss", self.value), ("its slope", self.first), ("its curvature", self.second)):
            self._check_finite(what, surface, label, output)
        self._check_derivative("slope", self.value, self.first, label, output)
        self._check_derivative("curvature", self.first, self.second, label, output)

    def _check_finite(self, what: str, surface: Surface, y: Array, yhat: Array) -> None:
        with np.errstate(all="ignore"):
            both = np.broadcast_arrays(y, yhat)
            values = evaluated(f"loss {self}: {what}", surface, *both, remedy="give a function that keeps the shape")
        if not np.all(np.isfinite(values)):
            i, j = np.argwhere(~np.isfinite(values))[0]
            raise InvalidParameterError(
                f"loss {self}: {what} is not finite at y = {y[i, 0]:.3g}, yhat = {yhat[0, j]:.3g}, which occur: give a "
                "loss that is smooth for all labels of the teacher, or a teacher whose labels it admits"
            )

    def _check_derivative(self, what: str, surface: Surface, derivative: Surface, y: Array, yhat: Array) -> None:
        """Raise unless the integral of the derivative is the change of the function, from output to output.

        Intervals with a difference are halved again and again: for a smooth function the difference goes away, but not
        for a kink or a wrong derivative.
        """
        label, low, high = (x.ravel() for x in np.broadcast_arrays(y, yhat[:, :-1], yhat[:, 1:]))
        for _ in range(_HALVINGS):
            half = (high - low) / 2
            nodes = (low + half)[:, None] + half[:, None] * _NODES
            # Gauss-Legendre integral of the derivative from low to high, against the change of the function
            slopes = np.asarray(derivative(*np.broadcast_arrays(label[:, None], nodes)))
            ends = [np.asarray(surface(label, x)) for x in (low, high)]
            off = np.abs(slopes @ _WEIGHTS * half - ends[1] + ends[0])
            allowed = _TOLERANCE * half * (1 + np.abs(slopes).max(axis=1)) + _ROUNDING * (
                np.abs(ends[0]) + np.abs(ends[1])
            )
            # halve the intervals that are farthest off
            worst = np.argsort(allowed - off)[:_WORST]
            worst = worst[off[worst] > allowed[worst]]
            if worst.size == 0:
                return
            label, low, middle, high = label[worst], low[worst], (low + half)[worst], high[worst]
            label, low, high = np.tile(label, 2), np.concatenate([low, middle]), np.concatenate([middle, high])
        raise InvalidParameterError(
            f"loss {self}: at y = {label[0]:.3g}, yhat = {low[0]:.6g} the {what} does not add up to the change of the "
            "function whose derivative it is: give a loss without a kink, and its two derivatives in yhat"
        )


def _squared() -> tuple[Surface, Surface, Surface]:
    return lambda y, yhat: (y - yhat) ** 2 / 2, lambda y, yhat: yhat - y, lambda y, yhat: np.ones_like(y - yhat)


def _normalised(a: float = 1.0, b: float = 1.0) -> tuple[Surface, Surface, Surface]:
    def weight(y: Array) -> Array:
        return np.asarray((a + y) ** -b)

    return (
        lambda y, yhat: weight(y) * (y - yhat) ** 2 / 2,
        lambda y, yhat: weight(y) * (yhat - y),
        lambda y, yhat: weight(y) * np.ones_like(yhat),
    )


def _magnitude(a: float = 1.0, b: float = 1.0) -> tuple[Surface, Surface, Surface]:
    value, first, second = _normalised(a, b)
    return (
        lambda y, yhat: value(np.abs(y), yhat + (np.abs(y) - y)),
        lambda y, yhat: first(np.abs(y), yhat + (np.abs(y) - y)),
        lambda y, yhat: second(np.abs(y), yhat),
    )


def _amplitude(eps: float = 0.1) -> tuple[Surface, Surface, Surface]:
    def ratio(y: Array, yhat: Array) -> Array:
        return np.asarray(np.sqrt((y + eps) / (yhat + eps)))

    return (
        lambda y, yhat: (np.sqrt(y + eps) - np.sqrt(yhat + eps)) ** 2,
        lambda y, yhat: 1 - ratio(y, yhat),
        lambda y, yhat: ratio(y, yhat) / (2 * (yhat + eps)),
    )


def _huber(delta: float = 1.0) -> tuple[Surface, Surface, Surface]:
    def root(y: Array, yhat: Array) -> Array:
        return np.asarray(np.sqrt(1 + ((yhat - y) / delta) ** 2))

    return (
        lambda y, yhat: delta**2 * (root(y, yhat) - 1),
        lambda y, yhat: (yhat - y) / root(y, yhat),
        lambda y, yhat: root(y, yhat) ** -3,
    )


def _logistic() -> tuple[Surface, Surface, Surface]:
    from scipy.special import expit

    return (
        lambda y, yhat: np.logaddexp(0.0, -y * yhat),
        lambda y, yhat: -y * expit(-y * yhat),
        lambda y, yhat: y**2 * expit(y * yhat) * expit(-y * yhat),
    )


LOSSES: dict[str, Callable[..., tuple[Surface, Surface, Surface]]] = {
    "squared": _squared,
    "normalised": _normalised,
    "magnitude": _magnitude,
    "amplitude": _amplitude,
    "huber": _huber,
    "logistic": _logistic,
}


def loss(given: str | Loss | Sequence[Surface], **parameters: float) -> Loss:
    """Return a loss, given its name, a formula in `y` and `yhat`, or a function and its two derivatives in `yhat`.

    Names: `squared`, `(y - yhat)^2/2`; `normalised`, `(y - yhat)^2/(2 (a + y)^b)`, the paper's loss (3) at `b = 1`;
    `magnitude`, that loss with `|y|` in the weight, for labels of both signs; `amplitude`, `((y + eps)^(1/2) - (yhat +
    eps)^(1/2))^2`; `huber`, the smooth one, `delta^2 ((1 + (yhat - y)^2/delta^2)^(1/2) - 1)`; `logistic`,
    `log(1 + exp(-y yhat))`.

    Raises
    ------
    InvalidParameterError
        If `given` is none of these, or the loss has no such parameter.

    Examples
    --------
    >>> from bendscape.models import loss
    >>> str(loss("normalised", a=1.5)), str(loss("(y - yhat)**4"))
    ('normalised(a=1.5)', '(y - yhat)**4')
    """
    named = isinstance(given, str) and given in LOSSES
    if parameters and not named:
        raise InvalidParameterError(f"loss {given!r} takes no {', '.join(parameters)}: write numbers into the formula")
    if isinstance(given, Loss):
        return given
    if isinstance(given, str) and named:
        return _named(given, parameters)
    if isinstance(given, str):
        return _formula(given)
    if isinstance(given, Sequence) and len(given) == 3 and all(map(callable, given)):
        return Loss(f"given {getattr(given[0], '__name__', 'function')}", *given)
    raise InvalidParameterError(
        f"loss {shown(given)}: give a name ({', '.join(LOSSES)}), a formula in y and yhat, or a function and two "
        "derivatives"
    )


def _named(name: str, parameters: dict[str, Any]) -> Loss:
    checked: dict[str, float] = {}
    for key, value in parameters.items():
        checked[key] = parameter = number(f"{key} of loss {name}", value, "a finite number")
        if key in ("eps", "delta") and parameter <= 0:
            raise InvalidParameterError(f"{key} = {value!r} of loss {name}: give a positive number")
        if (name, key) == ("magnitude", "a") and parameter < 0:
            raise InvalidParameterError(f"{key} = {value!r} of loss {name}: give a number, zero or positive")
    try:
        return _again(name, tuple(checked.items()))
    except TypeError:
        taken = list(inspect.signature(LOSSES[name]).parameters)
        odd = next(key for key in parameters if key not in taken)
        wanted = f"give {', '.join(taken)}{nearest(odd, taken)}" if taken else "leave it out"
        raise InvalidParameterError(f"loss {name} does not take {odd}: {wanted}") from None


@cache
def _again(name: str, parameters: tuple[tuple[str, float], ...]) -> Loss:
    given = dict(parameters)
    lowest = {"normalised": -given.get("a", 1.0), "amplitude": -given.get("eps", 0.1)}.get(name, -math.inf)
    return Loss(name, *LOSSES[name](**given), parameters, lowest)


_KINK = "has a kink, where its curvature is infinite"
_OTHER_NAMES = {
    **dict.fromkeys(("mse", "l2", "square", "quadratic"), "is no name here: give 'squared'"),
    **dict.fromkeys(("mae", "l1", "absolute"), f"{_KINK}: give 'huber', which is smooth, with a small delta"),
    **dict.fromkeys(("hinge", "perceptron"), f"{_KINK}: give 'logistic'"),
    **dict.fromkeys(("cross entropy", "bce", "log"), "is no name here: give 'logistic', for labels of both signs"),
    **dict.fromkeys(("logcosh", "log cosh"), "is no name here: give the formula log(cosh(yhat - y))"),
    "normalized": "is no name here: give 'normalised'",
}  # names of losses in other libraries


def unknown(text: str) -> InvalidParameterError:
    """Return the error of a word that is neither a formula nor a name."""
    word = " ".join(text.partition(":")[0].replace("_", " ").replace("-", " ").lower().split())
    if word in _OTHER_NAMES:
        return InvalidParameterError(f"loss {text!r} {_OTHER_NAMES[word]}")
    names = ", ".join(LOSSES)
    return InvalidParameterError(
        f"loss {shown(text)} is unknown: give a formula in y and yhat, or one of {names}{nearest(word, LOSSES)}"
    )


def _formula(text: str) -> Loss:
    """Return the loss of a formula; raise for an unknown word, which does not need SymPy."""
    words = text.partition(":")[0].replace("_", " ").replace("-", " ").split()
    if all(map(str.isalnum, words)) and not all(w.isdecimal() or w in ("y", "yhat", "e", "pi") for w in words):
        raise unknown(text)
    value = Expression(text, ("y", "yhat"))
    first = value.derivative("yhat")
    return Loss(text, value, first, first.derivative("yhat"))
