r"""Labels of a detector: what is measured, what is not, and the law of a label.

A pixel reports the intensity `|z|^2`, its root, or a count of mean `dark + |z|^2`. A pixel that is masked, or nan, was
not measured: its label tells nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from ...arguments import number
from ...errors import InvalidParameterError
from ...expected import choice
from ...models.channels import Amplitude, Channel, GaussianNoise, Intensity, Noiseless, Poisson
from ...simulation.arrays import Array
from ...simulation.sensing import Sensing
from ...user_arrays import numbers_of

__all__ = ["KINDS", "Labels", "SignalKind", "read_labels"]

SignalKind = Literal["intensity", "amplitude", "counts"]
KINDS: tuple[SignalKind, ...] = get_args(SignalKind)

_NEGATIVE = 1 / 3  # share of negative labels, above which noise is no explanation
_LEAST_NOISE = 1e-16  # variance over the mean square of labels, below which noise is rounding
_TIES = 3  # labels equal to the largest one


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of one kind, without a dark level where that can be subtracted.

    Attributes
    ----------
    values : array, shape (m,)
        Zero where nothing was measured.
    missing : array of bool, shape (m,)
    kind : {"intensity", "amplitude", "counts"}
    dark : float
        Mean counts without a signal; zero for other kinds.
    components : int
        2 if `z` is complex, otherwise 1.
    """

    values: Array
    missing: Array
    kind: SignalKind
    dark: float
    components: int

    def channel(self, noise: float) -> Channel:
        """Law of a label with Gaussian noise of this variance; counts have the noise of their law."""
        if self.kind == "counts":
            return Poisson(self.components, 1.0, self.dark)
        output = Amplitude() if self.kind == "amplitude" else Intensity()
        # |z'| = sqrt(2) |z| for complex z, and amplitudes are |z'|/sqrt(2)
        return GaussianNoise(self.components, noise, output) if noise else Noiseless(self.components, output)

    def standardised(self, noise: float, power: float) -> Channel:
        """The law in units in which `E|z|^2` is one instead of `power`."""
        if self.kind == "counts":
            return Poisson(self.components, power, self.dark)
        unit = power if self.kind == "amplitude" else power**2
        channel = self.channel(noise)
        return GaussianNoise(self.components, noise / unit, channel.output) if noise else channel

    def power(self, noise: float) -> float:
        """`E|z|^2`, averaged over rows, by the mean label."""
        seen = self.values[~self.missing]
        if self.kind == "amplitude":
            seen = seen**2 - noise
        return max(float(np.mean(seen)) - self.dark, float(np.std(seen)) / math.sqrt(seen.size))

    @property
    def negative(self) -> bool:
        """Whether a label is negative, so that labels have noise."""
        return bool(self.values.min() < 0)

    @property
    def saturated(self) -> int:
        """Labels equal to the largest, if they are more than those in the tenth below it, otherwise zero."""
        seen = self.values[~self.missing]
        top = seen.max()
        at, below = int(np.sum(seen == top)), int(np.sum((seen >= 0.9 * top) & (seen < top)))
        return at if at >= _TIES and at > below else 0


def read_labels(operator: Sensing, y: Any, kind: Any, dark: Any, noise: Any, components: int) -> Labels:
    """Return the labels of an operator; masked entries and nan are not measured.

    Raises
    ------
    InvalidParameterError
        If there is not one label for each row, or a label cannot be one of this kind.
    """
    choice("kind", kind, KINDS)
    level = number("dark", dark, "a finite number, zero or positive", least=0.0)
    given = y.data if hasattr(y, "dims") and hasattr(y, "data") else y
    masked = np.ma.getmaskarray(given) if isinstance(given, np.ma.MaskedArray) else False
    values = numbers_of("y", np.ma.getdata(given) if isinstance(given, np.ma.MaskedArray) else given)
    if values.shape not in (operator.label_shape, (operator.shape[0],)):
        raise InvalidParameterError(
            f"y has shape {values.shape}: give an array of shape {operator.label_shape} or ({operator.shape[0]},), a "
            "label for each row of the operator"
        )
    missing = np.asarray(np.isnan(values) | masked).reshape(-1)
    flat = np.where(missing, 0.0, values.reshape(-1))
    seen = flat[~missing]
    if not seen.size:
        raise InvalidParameterError("all labels of y are masked or nan: give some that were measured")
    _check(seen, kind, level, noise)
    shift = 0.0 if kind == "counts" else level
    flat = np.where(missing, 0.0, flat - shift)
    return Labels(flat, missing, kind, level if kind == "counts" else 0.0, components)


def _check(seen: Array, kind: str, dark: float, noise: Any) -> None:
    """Raise for labels that no detector of this kind reports."""
    if not np.isfinite(seen).all():
        raise InvalidParameterError("y has an infinite label: give nan, or a mask, for labels that were not measured")
    if not seen.any():
        raise InvalidParameterError("y is zero everywhere: give labels that the signal has changed")
    least = _LEAST_NOISE * float(np.mean(seen**2))
    if noise and noise < least:
        raise InvalidParameterError(
            f"noise = {noise:g}: give a variance from {least:.2g} upwards, or zero for no noise"
        )
    above = seen - (0.0 if kind == "counts" else dark)
    negative = int(np.sum(above < 0))
    share = negative / seen.size
    if not negative or (kind == "intensity" and share <= _NEGATIVE and noise != 0 and above.mean() > 0):
        return
    less = f" less the dark level {dark:g}" if dark and kind != "counts" else ""
    remedy = {
        "counts": "give counts with the dark ones in them, and dark=... for their mean",
        "amplitude": "give kind = 'intensity' for intensities with noise",
        "intensity": "give |A x|^2, not A x; noise makes fewer of them negative",
    }[kind]
    raise InvalidParameterError(f"{negative} of {seen.size} labels of y{less} are negative: {remedy}")
