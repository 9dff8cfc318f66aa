r"""Activations of a neuron, with the two derivatives that the curvature of a loss needs.

They enter `F_kk' = l'' c_k c_k' sigma'(u_k) sigma'(u_k') + delta_kk' l' c_k sigma''(u_k)`, the curvature of the loss of
a sample in its pre-activations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np

from .._types import Array
from ..errors import InvalidParameterError
from ..expected import evaluated, function, instance, nearest
from ..user_arrays import shown
from .expression import Expression

__all__ = ["ACTIVATIONS", "Activation", "activation"]

Curve = Callable[[Array], Any]
_POINTS = np.linspace(-4.0, 4.0, 101)  # pre-activations at which an activation is checked
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)  # for integrals of derivatives from point to point
_TOLERANCE = 1e-6  # relative error of these integrals


@dataclass(frozen=True)
class Activation:
    """A twice differentiable function of one pre-activation.

    Parameters
    ----------
    name : str
    value, first, second : callable
        The function and its first two derivatives, from arrays to arrays of the same shape.

    Raises
    ------
    InvalidParameterError
        If a value is not finite, or a derivative does not belong to the function, on `-4 <= u <= 4`.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import Activation
    >>> square = Activation("square", lambda u: u**2, lambda u: 2 * u, lambda u: 2 + 0 * u)
    >>> float(square.first(np.array(3.0))), square.even
    (6.0, True)
    """

    name: str
    value: Curve = field(repr=False)
    first: Curve = field(repr=False)
    second: Curve = field(repr=False)

    def __post_init__(self) -> None:
        instance("name", self.name, str, "what to call the activation")
        for what, curve in (("value", self.value), ("first", self.first), ("second", self.second)):
            self._check_array(what, function(what, curve, "a function of an array of pre-activations"))
        self._check_derivative("first", self.value, self.first)
        self._check_derivative("second", self.first, self.second)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.name in ACTIVATIONS and self is _named(self.name):  # another activation may have this name
            return _named, (self.name,)
        return Activation, (self.name, self.value, self.first, self.second)

    @property
    def own(self) -> bool:
        """Whether it is the user's own function, neither a name of the library nor a formula."""
        if self.name in ACTIVATIONS and self is _named(self.name):
            return False
        return any(getattr(curve, "text", None) != self.name for curve in (self.value, self.first, self.second))

    @property
    def even(self) -> bool:
        """Whether `sigma(-u) = sigma(u)`."""
        there, back = (np.asarray(self.value(sign * _POINTS)) for sign in (1.0, -1.0))
        return bool(np.all(np.abs(there - back) <= 1e-9 * (1 + np.abs(there))))

    def __str__(self) -> str:
        return self.name

    def _check_array(self, what: str, curve: Curve) -> None:
        with np.errstate(all="ignore"):
            values = evaluated(
                f"activation {self.name}: {what}", curve, _POINTS, remedy="give a function that keeps the shape"
            )
        bad = _POINTS[~np.isfinite(values)]
        if bad.size:
            raise InvalidParameterError(
                f"activation {self.name}: {what} is not finite at u = {bad[0]:.3g}: give a function that is finite"
            )

    def _check_derivative(self, order: str, curve: Curve, derivative: Curve) -> None:
        """Raise unless the integral of the derivative is the change of the function, from point to point."""
        half = (_POINTS[1] - _POINTS[0]) / 2
        between = (_POINTS[:-1] + half)[:, None] + half * _NODES
        remedy = "give a function of arrays of any shape"
        slopes = evaluated(f"activation {self.name}: {order}", derivative, between, remedy=remedy)
        change = np.diff(np.asarray(curve(_POINTS), dtype=float))
        off = np.abs(slopes @ _WEIGHTS * half - change)
        if not np.all(off <= _TOLERANCE * (1 + np.abs(change))):
            u = _POINTS[np.argmax(off)]
            raise InvalidParameterError(
                f"activation {self.name}: between u = {u:.3g} and {u + 2 * half:.3g} the {order} derivative does not "
                f"add up to the change of the function before it (off by {np.max(off):.2g}): give a twice "
                "differentiable function, without a kink, and its derivatives"
            )


def _quadratic() -> tuple[Curve, Curve, Curve]:
    return lambda u: u**2, lambda u: 2 * u, lambda u: np.full_like(u, 2.0)


def _erf() -> tuple[Curve, Curve, Curve]:
    from scipy.special import erf

    def bell(u: Array) -> Array:
        return np.asarray(2 / math.sqrt(math.pi) * np.exp(-(u**2)))

    return erf, bell, lambda u: -2 * u * bell(u)


def _tanh() -> tuple[Curve, Curve, Curve]:
    def slope(u: Array) -> Array:
        return np.asarray(1 - np.tanh(u) ** 2)

    return np.tanh, slope, lambda u: -2 * np.tanh(u) * slope(u)


def _sigmoid() -> tuple[Curve, Curve, Curve]:
    from scipy.special import expit

    def slope(u: Array) -> Array:
        return np.asarray(expit(u) * expit(-u))

    return expit, slope, lambda u: slope(u) * (expit(-u) - expit(u))


def _softplus(sharpness: float = 1.0) -> tuple[Curve, Curve, Curve]:
    from scipy.special import expit

    def value(u: Array) -> Array:
        return np.asarray(np.logaddexp(0.0, sharpness * u) / sharpness)

    def second(u: Array) -> Array:
        return np.asarray(sharpness * expit(sharpness * u) * expit(-sharpness * u))

    return value, lambda u: expit(sharpness * u), second


def _gelu() -> tuple[Curve, Curve, Curve]:
    from scipy.special import ndtr

    def bell(u: Array) -> Array:
        return np.asarray(np.exp(-(u**2) / 2) / math.sqrt(2 * math.pi))

    return lambda u: u * ndtr(u), lambda u: ndtr(u) + u * bell(u), lambda u: (2 - u**2) * bell(u)


def _cosine() -> tuple[Curve, Curve, Curve]:
    return np.cos, lambda u: -np.sin(u), lambda u: -np.cos(u)


def _hermite(degree: int) -> tuple[Curve, Curve, Curve]:
    """Return `He_k/(k!)^(1/2)`, of unit variance, and its derivatives."""
    from numpy.polynomial.hermite_e import HermiteE

    series = HermiteE([0.0] * degree + [1 / math.sqrt(math.factorial(degree))])
    first, second = series.deriv(), series.deriv(2)
    return lambda u: series(u), lambda u: first(u), lambda u: second(u)  # the series themselves have no hash


ACTIVATIONS: dict[str, Callable[[], tuple[Curve, Curve, Curve]]] = {
    "quadratic": _quadratic,
    "erf": _erf,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "smooth relu": partial(_softplus, 4.0),
    "gelu": _gelu,
    "cosine": _cosine,
    **{f"hermite{k}": partial(_hermite, k) for k in range(1, 9)},
}


def activation(given: str | Activation | Sequence[Curve]) -> Activation:
    """Return an activation, given its name, a formula in `x`, or a function and its two derivatives.

    Names: `quadratic`, `erf`, `tanh`, `sigmoid`, `softplus`, `smooth relu` (`log(1 + e^(4u))/4`), `gelu`, `cosine`, and
    `hermite1` to `hermite8`, the polynomials `He_k/(k!)^(1/2)` that are orthonormal for a normal `u`.

    Raises
    ------
    InvalidParameterError
        If `given` is none of these, or is not twice differentiable.

    Examples
    --------
    >>> from bendscape.models import activation
    >>> activation("tanh").even, activation("x**2 - 1").even
    (False, True)
    """
    if isinstance(given, Activation):
        return given
    if isinstance(given, str) and given in ACTIVATIONS:
        return _named(given)
    if isinstance(given, str):
        return _formula(given)
    if isinstance(given, Sequence) and len(given) == 3 and all(map(callable, given)):
        return Activation(f"given {getattr(given[0], '__name__', 'function')}", *given)
    names = ", ".join(ACTIVATIONS)
    raise InvalidParameterError(
        f"activation {shown(given)}: give a name ({names}), a formula in x, or a function and its two derivatives"
    )


@cache
def _named(name: str) -> Activation:
    return Activation(name, *ACTIVATIONS[name]())


_KINK = "has a kink, where its curvature is infinite"
_OTHER_NAMES = {
    **dict.fromkeys(("relu", "leaky relu", "prelu", "relu6"), f"{_KINK}: give 'smooth relu', log(1 + e^(4u))/4"),
    **dict.fromkeys(("abs", "sign", "step", "heaviside", "hardtanh"), f"{_KINK}: give a formula, as sqrt(1 + x**2)"),
    **dict.fromkeys(("elu", "selu", "celu"), "has a jump in its second derivative: give 'softplus' or 'gelu'"),
    **dict.fromkeys(("silu", "swish"), "is no name here: give the formula x*sigmoid(x)"),
    **dict.fromkeys(("linear", "identity"), "is no name here: give 'hermite1'"),
    **dict.fromkeys(("square", "x^2", "quad"), "is no name here: give 'quadratic'"),
    **{name: f"is no name here: give the formula {name}(x)" for name in ("cos", "sin", "exp", "log", "sqrt")},
    "logistic": "is no name here: give 'sigmoid'",
}  # names of activations in other libraries


def _formula(text: str) -> Activation:
    """Return the activation of a formula; raise for an unknown word, which does not need SymPy."""
    word = " ".join(text.replace("_", " ").replace("-", " ").lower().split())
    if word in _OTHER_NAMES:
        raise InvalidParameterError(f"activation {text!r} {_OTHER_NAMES[word]}")
    if word.replace(" ", "").isalnum() and word.strip("0123456789. ") and word not in ("x", "e", "pi"):
        names = ", ".join(ACTIVATIONS)
        raise InvalidParameterError(
            f"activation {shown(text)} is unknown: give a formula in x, or one of {names}{nearest(text, ACTIVATIONS)}"
        )
    value = Expression(text, ("x",))
    first = value.derivative("x")
    return Activation(text, value, first, first.derivative("x"))
