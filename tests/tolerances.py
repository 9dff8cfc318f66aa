"""What a comparison allows, each with its reason and the power of `N` with which it shrinks.

A statistical error comes from the data of the comparison. What remains beside it has one of the sizes below: a
coefficient that was measured once, with room of about a factor two, and the power that theory gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = [
    "CAPTURED",
    "CONDITIONAL",
    "CONDITIONAL_AFTER_TRAINING",
    "EFFECTIVE",
    "LOWEST_OF_BULK",
    "OUTLIER",
    "SIGMAS",
    "Shift",
    "ratio_of_spreads",
]

SIGMAS = 4.0  # of a normal number: exceeded once in 16,000 comparisons, and the suite makes about three thousand
_SPREAD_SIGMAS = 3.3  # exceeded once in a thousand comparisons: a spread has an error as large as its samples are few


@dataclass(frozen=True)
class Shift:
    """The systematic difference between samples of dimension `N` and what they are compared with."""

    coefficient: float
    power: float
    reason: str

    def at(self, N: float) -> float:
        """How large it is at most."""
        return float(self.coefficient * N**-self.power)


CAPTURED = Shift(2.0, 1, "far above the threshold m^2 of a finite sample is lower by a term of order 1/N")
OUTLIER = Shift(5.0, 1, "an outlier of a finite sample is shifted by a term of order 1/N, relative to its value")
LOWEST_OF_BULK = Shift(2.7, 2 / 3, "the lowest eigenvalue of a bulk is above its sharp edge by order N^(-2/3)")
EFFECTIVE = Shift(6.0, 1, "the effective matrix of finite size leaves out terms of order 1/N, relative to the value")
CONDITIONAL = (
    Shift(4.5, 1, "the equations of one sample leave out terms of order 1/N in an eigenvalue"),
    Shift(4.0, 1, "they leave out terms of order 1/N in the squared overlap with the teacher"),
    Shift(1.5, 1, "they leave out terms of order 1/N in the squared overlap with the student"),
)
CONDITIONAL_AFTER_TRAINING = tuple(
    Shift(coefficient, 1, f"{x.reason}, and the correlation of trained weights with the inputs")
    for coefficient, x in zip((9.0, 6.0, 3.0), CONDITIONAL, strict=True)
)


def ratio_of_spreads(one: int, other: int) -> float:
    """How far the ratio of two standard deviations may be from one, of so many normal numbers each: `n^(-1/2)`."""
    return _SPREAD_SIGMAS * math.hypot(1 / math.sqrt(2 * one), 1 / math.sqrt(2 * other))
