"""What a claim is, and how it is decided: one number found against one expected, within a stated tolerance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import xarray as xr

__all__ = ["Claim", "Effort", "Evidence"]

Verdict = Literal["holds", "fails", "undecided"]


@dataclass(frozen=True)
class Claim:
    """A statement, what was computed, and whether the one supports the other.

    Attributes
    ----------
    id : str
        The claim's number, with a letter where it has parts.
    statement : str
        What is claimed.
    paper : str
        Where the paper says so, and what.
    measured : str
        What `found` is, and how it was computed.
    expected, found, tolerance : float
        The claim holds if `found` is within `tolerance` of `expected`.
    remark : str
        What the number does not say.
    decided : bool
        False if the samples are too few to tell.
    """

    id: str
    statement: str
    paper: str
    measured: str
    expected: float
    found: float
    tolerance: float
    remark: str = ""
    decided: bool = True

    @property
    def verdict(self) -> Verdict:
        """``"holds"``, ``"fails"`` (also if the number is not finite), or ``"undecided"``."""
        if not self.decided:
            return "undecided"
        close = math.isfinite(self.found) and abs(self.found - self.expected) <= self.tolerance
        return "holds" if close else "fails"

    def as_dict(self) -> dict[str, Any]:
        """For a JSON file."""
        keys = ("id", "statement", "paper", "measured", "expected", "found", "tolerance", "verdict", "remark")
        return {key: getattr(self, key) for key in keys}


@dataclass(frozen=True)
class Evidence:
    """Claims that were decided together, and the data that their figures show."""

    claims: tuple[Claim, ...]
    data: Mapping[str, xr.Dataset] = field(default_factory=dict)


@dataclass(frozen=True)
class Effort:
    """How much to compute.

    `random_points` is the number of random parameter sets, `grid` the resolution of curves, `workers` the processes
    that share simulations. The others are pairs of input dimension and number of samples: `simulations` for the overlap
    against `alpha`, `recoveries` for the probability of recovery, `edges` for the shift of the smallest eigenvalue.
    `finite` is, for samples of finite size: `N` and the number of samples of the simulations, and the numbers of
    samples that theory draws, at every `alpha` and for every threshold. `general` is for networks other than the
    paper's, and `points` is of their averages. `descents` is for training: sizes, the number of samples, and the number
    of steps. `picture` has the grey values of a square picture to recover.
    """

    random_points: int
    grid: int
    simulations: tuple[tuple[int, int], ...]
    recoveries: tuple[tuple[int, int], ...]
    edges: tuple[tuple[int, int], ...]
    finite: tuple[int, int, int, int]
    general: tuple[tuple[int, int], ...]
    points: int
    descents: tuple[tuple[int, ...], int, int]
    picture: npt.NDArray[np.float64]
    workers: int
    seed: int
