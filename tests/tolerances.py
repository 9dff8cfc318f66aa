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


@dataclass(frozen=True)
class Shift:
    """The systematic difference between samples of dimension `N` and what they are compared with."""

    coefficient: float
    power: float
    reason: str

    def at(self, N: float) -> float:
        """How large it is at most."""
        return float(self.coefficient * N**-self.power)


CAPTURED = Shift(4.0, 1, "far above the threshold m^2 of a finite sample is lower by a term of order 1/N")
OUTLIER = Shift(5.0, 1, "an outlier of a finite sample is shifted by a term of order 1/N, relative to its value")
LOWEST_OF_BULK = Shift(2.7, 2 / 3, "the lowest eigenvalue of a bulk is above its sharp edge by order N^(-2/3)")
EFFECTIVE = Shift(6.0, 1, "the effective matrix of finite size leaves out terms of order 1/N, relative to the value")
CONDITIONAL = (
    Shift(6.0, 1, "the equations of one sample leave out terms of order 1/N in an eigenvalue"),
    Shift(4.5, 1, "the same in the squared overlap with the teacher"),
    Shift(2.0, 1, "the same in the squared overlap with the student"),
)
CONDITIONAL_AFTER_TRAINING = tuple(
    Shift(2 * x.coefficient, x.power, f"{x.reason}, and what trained weights have of the inputs") for x in CONDITIONAL
)


def ratio_of_spreads(one: int, other: int) -> float:
    """How far the ratio of two standard deviations may be from one, of so many normal numbers each: `n^(-1/2)`."""
    return SIGMAS * math.hypot(1 / math.sqrt(2 * one), 1 / math.sqrt(2 * other))
