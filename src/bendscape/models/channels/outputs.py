r"""Outputs of the teacher: functions of its pre-activations `z = (s_1 .. s_p*)` that labels measure.

An isotropic output depends on the length `R = |z|` alone; its channel leaves one integral.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from ..._types import Array

__all__ = ["Amplitude", "Intensity", "IsotropicOutput", "Output"]


@runtime_checkable
class Output(Protocol):
    """A function of the pre-activations of the teacher."""

    @property
    def isotropic(self) -> bool:
        """Whether it depends on `|z|` alone."""

    @property
    def width(self) -> int | None:
        """Number of pre-activations; None if any number will do."""

    @property
    def lowest(self) -> float:
        """Lower bound of its values."""

    def value(self, z: Array) -> Array:
        """Return its values, shape (...), at pre-activations of shape (..., p_star)."""


class IsotropicOutput(Output, Protocol):
    """An increasing function of the length `|z|`."""

    def of_length(self, length: Array, p_star: int) -> Array:
        """Return its values at lengths `|z|`."""

    def length(self, value: Array, p_star: int) -> Array:
        """Return the lengths at which it has these values."""

    def log_slope(self, length: Array, p_star: int) -> Array:
        """Return the logarithm of its derivative in the length."""


@dataclass(frozen=True)
class Intensity:
    """`|z|^2/p_star`, the output of the paper's teacher.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import Intensity
    >>> Intensity().value(np.array([[3.0, 4.0]])).tolist()
    [12.5]
    """

    def __str__(self) -> str:
        return "|z|^2/p*"

    @property
    def isotropic(self) -> bool:
        """Whether it depends on `|z|` alone: yes."""
        return True

    @property
    def width(self) -> None:
        """Number of pre-activations: any."""
        return None

    @property
    def lowest(self) -> float:
        """Lower bound of its values: zero."""
        return 0.0

    def value(self, z: Array) -> Array:
        """Return its values, shape (...), at pre-activations of shape (..., p_star)."""
        return np.asarray(np.mean(z**2, axis=-1))

    def of_length(self, length: Array, p_star: int) -> Array:
        """Return its values at lengths `|z|`."""
        return length**2 / p_star

    def length(self, value: Array, p_star: int) -> Array:
        """Return the lengths at which it has these values."""
        return np.asarray(np.sqrt(p_star * np.maximum(value, 0.0)))

    def log_slope(self, length: Array, p_star: int) -> Array:
        """Return the logarithm of its derivative in the length."""
        return np.asarray(np.log(2.0 * length / p_star))


@dataclass(frozen=True)
class Amplitude:
    """`|z|/sqrt(p_star)`, the square root of the intensity.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import Amplitude
    >>> Amplitude().value(np.array([[3.0, 4.0]])).round(6).tolist()
    [3.535534]
    """

    def __str__(self) -> str:
        return "|z|/sqrt(p*)"

    @property
    def isotropic(self) -> bool:
        """Whether it depends on `|z|` alone: yes."""
        return True

    @property
    def width(self) -> None:
        """Number of pre-activations: any."""
        return None

    @property
    def lowest(self) -> float:
        """Lower bound of its values: zero."""
        return 0.0

    def value(self, z: Array) -> Array:
        """Return its values, shape (...), at pre-activations of shape (..., p_star)."""
        return np.asarray(np.sqrt(np.mean(z**2, axis=-1)))

    def of_length(self, length: Array, p_star: int) -> Array:
        """Return its values at lengths `|z|`."""
        return length / math.sqrt(p_star)

    def length(self, value: Array, p_star: int) -> Array:
        """Return the lengths at which it has these values."""
        return np.asarray(math.sqrt(p_star) * np.maximum(value, 0.0))

    def log_slope(self, length: Array, p_star: int) -> Array:
        """Return the logarithm of its derivative in the length."""
        return np.full_like(length, -0.5 * math.log(p_star))
