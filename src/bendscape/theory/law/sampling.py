"""Accuracy of sampled averages: independent replicates of random points, refined until a tolerance is met."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arguments import MANY, RUNS, count, positive, seed_sequence
from ...errors import InvalidParameterError
from ...expected import instance
from ...memory import require_memory
from ...models.general import Network
from ...results import Estimate
from .distinct import Distinct
from .exchangeable import Exchangeable
from .matrix_averages import MatrixAverages
from .points import draw_points
from .teacher import teacher_symmetry

__all__ = ["Averaging", "Drift", "Estimate", "estimate"]

_POINTS_MAX = 2**24  # points of one set
_NEURONS_MAX = 16  # with different output weights: the cost of a point grows like p^4


@dataclass(frozen=True)
class Averaging:
    """Accuracy of averages over random pre-activations, and the seed of their points.

    Parameters
    ----------
    tolerance : float
        Standard error to reach: relative for eigenvalues and thresholds, absolute for overlaps.
    points, most : int
        Number of points in the first round and, at most, in the last; each round has four times those before.
    replicates : int
        Number of independent sets of points, at least 4. All errors come from the scatter between them, so they are
        uncertain too: deviations follow Student's law with `replicates - 1` degrees of freedom. With 4 replicates one
        error in a hundred is six times too small; with 8, three times.
        The error of a threshold contains its bias as well, estimated from how the threshold moves as points are added.
    seed : int or tuple of int
        Seed of all replicates; equal seeds give equal numbers.

    Raises
    ------
    InvalidParameterError
        If a number lies outside its domain.

    Examples
    --------
    >>> from bendscape.theory.law.sampling import Averaging
    >>> Averaging(tolerance=1e-2).replicates
    8
    """

    tolerance: float = 1e-3
    points: int = 2**10
    most: int = 2**16
    replicates: int = 8
    seed: Any = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", positive("tolerance", self.tolerance))
        for name, most in (("points", MANY), ("most", MANY), ("replicates", RUNS)):
            object.__setattr__(self, name, count(name, getattr(self, name), most))
        if self.replicates < 4:
            raise InvalidParameterError(f"replicates = {self.replicates}: give at least 4, to estimate an error")
        if self.points < 64 or self.most < self.points:
            raise InvalidParameterError(f"points = {self.points}, most = {self.most}: give 64 <= points <= most")
        seed_sequence(self.seed)

    def rounds(self) -> list[int]:
        """Numbers of points of each round, powers of two."""
        least = math.ceil(math.log2(self.points))
        return [2**k for k in range(least, max(least, math.floor(math.log2(self.most))) + 1, 2)]

    def draw(self, net: Network, n: int) -> Iterator[MatrixAverages]:
        """Yield the averages of one replicate after the other, over about `n` points each.

        Raises
        ------
        InvalidParameterError
            If there are too many points, or too many neurons with different output weights.
        MemoryLimitError
            If the points do not fit into memory.
        """
        instance("net", net, Network, "a Network")
        n = count("n", n, _POINTS_MAX)
        kind = Exchangeable if len(set(net.output_weights)) == 1 else Distinct
        if kind is Distinct and net.p > _NEURONS_MAX:
            raise InvalidParameterError(
                f"p = {net.p} with output weights that differ: give equal ones, or at most {_NEURONS_MAX} neurons"
            )
        entries = (
            120 + 25 * net.p + (10 * net.p**2 if kind is Distinct else 0)
        )  # numbers a point, temporary arrays included
        require_memory(8 * entries * n, f"averages over {n} points", "Averaging(most=...) sets fewer")
        symmetry = teacher_symmetry(net)
        for child in seed_sequence(self.seed).spawn(self.replicates):
            yield kind(draw_points(net, n, np.random.default_rng(child)), symmetry)


class Drift:
    """Bias of numbers, estimated from how far they move from one round of points to the next.

    A number that depends on a few points far out has a bias as well as a scatter, and both fall alike as points are
    added. So the largest movement so far, in units of the error before it, estimates the bias in units of the error.
    """

    def __init__(self) -> None:
        self.last: dict[str, Estimate] = {}
        self.ratio: dict[str, float] = {}

    def widened(self, name: str, now: Estimate) -> Estimate:
        """Return the number of this round with the bias added to its error; call it once a round."""
        last = self.last.get(name)
        if last is not None and 0 < last.error < math.inf:
            self.ratio[name] = max(self.ratio.get(name, 0.0), abs(now.value - last.value) / last.error)
        self.last[name] = now
        return Estimate(now.value, now.error * math.hypot(1.0, self.ratio.get(name, 0.0)))


def estimate(values: Any) -> Estimate:
    """Mean over replicates and its standard error; nan without replicates, an infinite error for one."""
    values = np.asarray(values, dtype=float)
    if values.size < 2:
        return Estimate(float(values.mean()) if values.size else math.nan, math.inf)
    return Estimate(float(values.mean()), float(values.std(ddof=1) / math.sqrt(values.size)))
