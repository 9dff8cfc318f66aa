r"""The likelihood of labels, given guesses of `z = A x`: which error the guesses have, and how much noise the labels.

A guess `omega` of `z` with an error of variance `v` gives a label the probability `int P(y|z) N(z; omega, v) dz`. For
labels that the guesses were not learnt from, the product of these probabilities over labels is a likelihood of `v`.
The overlap of the answer with the signal follows from that of these `z`:

    q = 1 - v/E|z|^2,    |<x, xhat>|^2 = alpha (1 - q) gain(q)                             :eq:`overlap-of-held-out`

A row that was not used is a direction in which the signal was measured less: with orthogonal columns its error is
`alpha/(alpha - 1)` times that of the signal, if both are small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...models.channels import Channel, radial_moments
from ...results import Estimate
from ...simulation.arrays import Array
from .labels import Labels
from .prediction import Design

__all__ = ["HeldOut", "held_out_overlap", "noise_of"]

_ERRORS = np.append(np.geomspace(1e-8, 1e-2, 7), np.arange(0.02, 1.5, 0.03))  # v/E|z|^2
_DROP = 4.5  # of the logarithm of the likelihood, at three standard errors
_SEARCHED = 2000  # labels that are enough to find the noise
_LEAST_NOISE = 1e-8  # variance of noise over the mean square of labels that stands for none


@dataclass(frozen=True)
class HeldOut:
    """The overlap of an answer with the signal, by labels that it was not learnt from.

    Attributes
    ----------
    overlap2, low, high : float
        Squared overlap of the largest likelihood, and the interval of three standard errors.
    gain : float
        Logarithm of the likelihood over that without any answer.
    labels : int
    """

    overlap2: float
    low: float
    high: float
    gain: float
    labels: int

    @property
    def signal(self) -> bool:
        """Whether the answer predicts labels better than no answer, by an overlap that is not zero."""
        return self.gain > _DROP and self.low > 0


def log_likelihood(channel: Channel, y: Array, guess: Array, variance: Array) -> float:
    """Logarithm of the probability of labels, given guesses with `E|z - guess|^2 = variance`."""
    root = math.sqrt(channel.p_star)  # |z'| = sqrt(2) |z| for complex z
    return float(np.sum(radial_moments(channel, y, np.abs(guess) * root, variance).log_evidence))


def held_out_overlap(channel: Channel, y: Array, guess: Array, power: Array, design: Design) -> HeldOut:
    """Return the overlap that makes labels held out most probable; `power` is `E|z|^2` of each row."""
    nothing = log_likelihood(channel, y, np.zeros_like(guess), power)
    levels = np.array([log_likelihood(channel, y, guess, v * power) for v in _ERRORS])
    best = int(np.argmax(levels))
    inside = np.flatnonzero(levels >= levels[best] - _DROP)
    q = np.clip(1 - _ERRORS, 0.0, 1.0)
    places = best, min(inside[-1] + 1, len(q) - 1), max(inside[0] - 1, 0)
    overlap2, low, high = (design.overlap_of_signal(float(q[i])) for i in places)
    return HeldOut(overlap2, low, high, float(levels[best] - nothing), len(y))


def noise_of(labels: Labels, missing: Array, guess: Array, variance: Array, power: float) -> Estimate:
    """Return the variance of Gaussian noise that makes labels most probable, with its standard error; zero for none.

    `guess` has the error `variance` and was learnt without the labels that are `missing`, which do not count here.
    """
    from scipy.optimize import minimize_scalar

    seen = np.flatnonzero(~missing)
    some = seen[:: max(1, len(seen) // _SEARCHED)]
    y, omega, v = labels.values[some], guess.reshape(-1)[some], variance.reshape(-1)[some]
    unit = power if labels.kind == "amplitude" else power**2

    def surprise(log_noise: float) -> float:
        return -log_likelihood(labels.channel(unit * math.exp(log_noise)), y, omega, v)

    ends = math.log(_LEAST_NOISE), math.log(10.0)
    best = minimize_scalar(surprise, bounds=ends, method="bounded", options={"xatol": 0.02})
    if best.x < ends[0] + 1:
        return Estimate(0.0)
    step = 0.2
    curvature = (surprise(best.x + step) + surprise(best.x - step) - 2 * best.fun) / step**2
    noise = unit * math.exp(best.x)
    stderr = noise / math.sqrt(curvature * len(seen) / len(some)) if curvature > 0 else math.nan
    return Estimate(noise, stderr)
