r"""Spectral methods: the leading eigenvectors of `D = sum_mu T(y_mu) x_mu x_mu^T`, and weights `T` of the literature.

Labels have mean one. The largest eigenvalues are the informative ones: Hessians come with a minus.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .._types import Array
from ..arguments import count, flag, number, positive, refuse
from ..errors import InvalidParameterError
from ..expected import evaluated, function
from ..user_arrays import numbers_of, real_array, shown

__all__ = [
    "PREPROCESSINGS",
    "AveragedHessian",
    "CustomPreprocessing",
    "MondelliMontanari",
    "Optimal",
    "Preprocessing",
    "SpectralMethod",
    "Trimming",
    "WideHessian",
    "weight_of_labels",
]


@runtime_checkable
class Preprocessing(Protocol):
    """Interface of a weight of samples by their labels, `T(y)`, bounded above."""

    @property
    def largest(self) -> float:
        """Supremum of `T`, positive."""

    @property
    def attained(self) -> bool:
        """Whether `T` has this value at a finite label; if not, it is the limit of large labels."""

    @property
    def breaks(self) -> tuple[float, ...]:
        """Labels at which `T` jumps or has a kink."""

    def __call__(self, y: Any) -> Array:
        """Return `T(y)`, of the shape of `y`."""


def _constant(name: str, value: Any) -> float:
    """Return a checked number, zero or positive."""
    wanted = "one finite number, zero or positive"
    constant = number(name, value, wanted)
    if constant < 0:
        raise refuse(name, value, wanted)
    return constant


@dataclass(frozen=True)
class _Hessian:
    """Weights `(y - c)/(a + y)`, minus the curvature of a quadratic student whose output is `c`."""

    @property
    def largest(self) -> float:
        """Supremum of `T`: one, the limit of large labels."""
        return 1.0

    @property
    def attained(self) -> bool:
        """Whether a finite label attains the supremum: no."""
        return False

    @property
    def breaks(self) -> tuple[float, ...]:
        """Labels at which `T` jumps or has a kink: none."""
        return ()

    def _ratio(self, y: Any, constant: float, output: float) -> Array:
        label = np.maximum(numbers_of("y", y), 0.0)  # noise makes labels negative, and the pole is there
        with np.errstate(all="ignore"):  # infinite where the denominator is zero, nan where labels are nan
            return np.asarray((label - output) / (constant + label))


@dataclass(frozen=True)
class WideHessian(_Hessian):
    """The weight `T = (y - 1)/(a + y)`: minus the Hessian of the infinitely wide student.

    Parameters
    ----------
    a : float
        Constant of the loss, zero or positive.

    Examples
    --------
    >>> from bendscape.models import WideHessian
    >>> WideHessian(a=1.0)([0.0, 1.0, 3.0]).tolist()
    [-1.0, 0.0, 0.5]
    """

    a: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", _constant("a", self.a))

    def __call__(self, y: Any) -> Array:
        """Return `T(y)`, of the shape of `y`."""
        return self._ratio(y, self.a, 1.0)


@dataclass(frozen=True)
class AveragedHessian(_Hessian):
    """The weight `T = (y - 1 - 2/p)/(a + y)`: minus the Hessian averaged over students of width `p`, at given data.

    Parameters
    ----------
    p : int
        Width of the students.
    a : float
        Constant of the loss, zero or positive.

    Examples
    --------
    >>> from bendscape.models import AveragedHessian
    >>> AveragedHessian(p=2, a=1.0)([0.0, 2.0, 5.0]).tolist()
    [-2.0, 0.0, 0.5]
    """

    p: int
    a: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", count("p", self.p))
        object.__setattr__(self, "a", _constant("a", self.a))

    def __call__(self, y: Any) -> Array:
        """Return `T(y)`, of the shape of `y`."""
        return self._ratio(y, self.a, 1.0 + 2.0 / self.p)


@dataclass(frozen=True)
class Optimal(_Hessian):
    """The weight `T = 1 - 1/y`, with the threshold `p_star/2` of weak recovery (arXiv:1702.06435, arXiv:2502.02545).

    It is infinite at a label of zero. With a floor the weight is `T = 1 - 1/max(y, floor)`, finite for every label. For
    `p_star = 1` a floor raises the threshold by 0.03 % at 0.01 and by 0.8 % at 0.1, and `m^2` jumps by less than 0.002.

    Parameters
    ----------
    floor : float
        Smallest label in the weight, in units of the mean label: zero or positive, below one.

    Examples
    --------
    >>> from bendscape.models import Optimal
    >>> Optimal()([0.5, 1.0, 4.0]).tolist()
    [-1.0, 0.0, 0.75]
    >>> Optimal(floor=0.25)([0.0, 4.0]).tolist()
    [-3.0, 0.75]
    """

    floor: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "floor", _constant("floor", self.floor))
        if self.floor >= 1:
            raise InvalidParameterError(f"floor = {self.floor}: give less than one, the mean label")

    @property
    def breaks(self) -> tuple[float, ...]:
        """Labels at which `T` has a kink: the floor."""
        return (self.floor,) if self.floor else ()

    def __call__(self, y: Any) -> Array:
        """Return `T(y)`, of the shape of `y`."""
        return self._ratio(np.maximum(numbers_of("y", y), self.floor), 0.0, 1.0)


@dataclass(frozen=True)
class MondelliMontanari(_Hessian):
    """The weight `T = (y - 1)/(y + (2 delta)^{1/2} - 1)` (arXiv:1708.05932).

    Parameters
    ----------
    delta : float
        Ratio of samples to inputs for which the weight is designed, one half or more.

    Examples
    --------
    >>> from bendscape.models import MondelliMontanari
    >>> MondelliMontanari(delta=2.0)([0.0, 1.0, 3.0]).tolist()
    [-1.0, 0.0, 0.5]
    """

    delta: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "delta", positive("delta", self.delta))
        if self.delta < 0.5:
            raise InvalidParameterError(f"delta = {self.delta}: give 1/2 or more; below, the weight has a pole")

    def __call__(self, y: Any) -> Array:
        """Return `T(y)`, of the shape of `y`."""
        return self._ratio(y, math.sqrt(2 * self.delta) - 1, 1.0)


@dataclass(frozen=True)
class Trimming:
    """The weight `T = y` for labels below a cut, and zero above.

    Parameters
    ----------
    cut : float
        Cut in units of the mean label.

    Examples
    --------
    >>> from bendscape.models import Trimming
    >>> Trimming(cut=3.0)([0.5, 2.0, 4.0]).tolist()
    [0.5, 2.0, 0.0]
    """

    cut: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "cut", positive("cut", self.cut))

    @property
    def largest(self) -> float:
        """Supremum of `T`: the cut."""
        return self.cut

    @property
    def attained(self) -> bool:
        """Whether a finite label attains the supremum: yes, just below the cut."""
        return True

    @property
    def breaks(self) -> tuple[float, ...]:
        """Labels at which `T` jumps: the cut."""
        return (self.cut,)

    def __call__(self, y: Any) -> Array:
        """Return `T(y)`, of the shape of `y`."""
        label = numbers_of("y", y)
        return np.where(label < self.cut, label, 0.0)


@dataclass(frozen=True)
class CustomPreprocessing:
    """A weight that is your own function of the labels.

    Parameters
    ----------
    function : callable
        Takes an array of labels of mean one; returns `T` at each.
    largest : float
        Supremum of `T`, positive: the edge of the bulk depends on it, and a sample cannot show it.
    attained : bool
        Whether `T` has this value at a finite label; if not, it is the limit of large labels.
    breaks : tuple of float
        Labels at which `T` jumps or has a kink.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import CustomPreprocessing
    >>> CustomPreprocessing(np.tanh, largest=1.0)([0.0]).tolist()
    [0.0]
    """

    function: Callable[[Array], Any]
    largest: float
    attained: bool = False
    breaks: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        function("function", self.function, "a function of an array of labels")
        object.__setattr__(self, "largest", positive("largest", self.largest))
        object.__setattr__(self, "attained", flag("attained", self.attained))
        breaks = self.breaks if isinstance(self.breaks, tuple) and not self.breaks else _breaks(self.breaks)
        object.__setattr__(self, "breaks", breaks)

    def __call__(self, y: Any) -> Array:
        """Return `T(y)`, of the shape of `y`."""
        label = numbers_of("y", y)
        weight = evaluated("function", self.function, label, remedy="give one that keeps it")
        top = float(np.max(weight, initial=-math.inf, where=~np.isnan(weight)))
        if top > self.largest * (1 + 1e-12):
            raise InvalidParameterError(
                f"largest = {self.largest}: the function has the value {top:.6g}; give its supremum"
            )
        return weight


def _breaks(given: Any) -> tuple[float, ...]:
    points = real_array("breaks", given, ("n",))
    if not np.all(points > 0):
        raise refuse("breaks", given, "positive labels")
    return tuple(points.tolist())


def weight_of_labels(given: Any) -> Preprocessing:
    """Return a checked preprocessing; raise for its class or name."""
    if isinstance(given, type) or not isinstance(given, Preprocessing):
        raise InvalidParameterError(
            f"preprocessing = {shown(given)}: give one of bs.models.Optimal(), WideHessian(a), AveragedHessian(p, a), "
            "MondelliMontanari(delta), Trimming(cut), CustomPreprocessing(function, largest)"
        )
    return given


PREPROCESSINGS: dict[str, type[Any]] = {
    "optimal": Optimal,
    "wide-hessian": WideHessian,
    "averaged-hessian": AveragedHessian,
    "mondelli-montanari": MondelliMontanari,
    "trimming": Trimming,
}


@dataclass(frozen=True)
class SpectralMethod:
    r"""The leading eigenvectors of `D = sum_mu T(y_mu) x_mu x_mu^T`, for labels of a quadratic teacher.

    :func:`bendscape.threshold` and :func:`bendscape.overlap` solve it as a network of width one with `F = -T(y)`.

    Parameters
    ----------
    preprocessing : Preprocessing
        One of :class:`Optimal`, :class:`WideHessian`, :class:`AveragedHessian`, :class:`MondelliMontanari`,
        :class:`Trimming`, :class:`CustomPreprocessing`.
    p_star : int
        Width of the teacher.
    teacher_weights : sequence of float, optional
        `c` in `y = sum_l c_l s_l^2`, the squared lengths of the teacher's vectors in units in which they add up to one;
        `1/p_star` each, if not given.

    Examples
    --------
    >>> import bendscape as bs
    >>> method = bs.SpectralMethod(bs.models.Optimal(), p_star=1)
    >>> round(bs.threshold(method).alpha, 6)
    0.5

    Vectors of lengths 2 and 1 need fewer samples than two of one length, for the longer one:

    >>> unequal = bs.SpectralMethod(bs.models.WideHessian(1.0), 2, teacher_weights=(0.8, 0.2))
    >>> [round(bs.threshold(each).alpha, 4) for each in (bs.SpectralMethod(bs.models.WideHessian(1.0), 2), unequal)]
    [2.0, 1.25]
    """

    preprocessing: Preprocessing
    p_star: int = 1
    teacher_weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "preprocessing", weight_of_labels(self.preprocessing))
        object.__setattr__(self, "p_star", count("p_star", self.p_star))
        object.__setattr__(self, "teacher_weights", _teacher_weights(self.teacher_weights, self.p_star))

    def __str__(self) -> str:
        text = f"{self.preprocessing}, p*={self.p_star}"
        if self.teacher_weights is None:
            return text
        return f"{text} with c*=({', '.join(repr(c) for c in self.teacher_weights)})"


def _teacher_weights(given: Any, p_star: int) -> tuple[float, ...] | None:
    """Squared lengths that add up to one, or None where all are equal."""
    if given is None:
        return None
    weights = real_array("teacher_weights", given, ("p_star",))
    if len(weights) != p_star or not np.all(np.isfinite(weights) & (weights > 0)):
        raise refuse("teacher_weights", given, f"{p_star} positive numbers, one for each vector")
    weights = weights / weights.sum()
    return None if np.ptp(weights) == 0 else tuple(weights.tolist())
