"""Objectives of the design of losses: the logarithm of a threshold, infinite where there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from ...errors import AccuracyError
from ...models.general import Network
from ...models.losses import Loss
from ...models.quadratic import QuadraticNetwork
from ...results import Side
from ..finite_size._finite_threshold import finite_threshold
from ..law.matrix_averages import SIGN
from ..law.sampling import Averaging
from ..law.support import support_of
from ..verbs.sampled_threshold import Search, threshold_of_samples
from .radial import Radial, weight_of

__all__ = ["Closed", "Finite", "Objective", "Sampled"]

Kind = Literal["continuous", "discontinuous", "undecided"]
_OTHER_NODES = (112, 128, 144)  # of rules whose results estimate the error
_NEIGHBOUR = 0.05  # in log alpha: half the interval in which the threshold of the next member is first searched
_SAMPLES = 200  # of finite size; their scatter in alpha is below the objective's tolerance


class Objective(Protocol):
    """Interface of a function of losses that is minimised, until its value changes by less than `tolerance`.

    `failure` is the reason why the equations of some loss were not solved, empty if all were. Such a loss may have a
    threshold, but none that can be compared.
    """

    evaluations: int
    tolerance: float
    failure: str

    def __call__(self, loss: Loss) -> float:
        """Logarithm of the threshold with this loss; infinite if there is none."""

    def result(self, net: Network) -> tuple[float, float, Kind]:
        """Threshold, error and kind of the network with the best loss."""


@dataclass
class Closed:
    """Objective for student and teacher of the paper, by closed averages."""

    net: Network
    evaluations: int = 0
    tolerance: float = 1e-7
    failure: str = ""
    radial: Radial = field(init=False)

    def __post_init__(self) -> None:
        self.radial = Radial.of(self.net)

    def __call__(self, loss: Loss) -> float:
        """See :class:`Objective`."""
        self.evaluations += 1
        return math.log(self.radial.onset(weight_of(loss)).alpha)

    def result(self, net: Network) -> tuple[float, float, Kind]:
        """See :class:`Objective`."""
        best, *others = (
            grid.onset(weight_of(net.loss)) for grid in (self.radial, *(Radial.of(self.net, n) for n in _OTHER_NODES))
        )
        return best.alpha, max(abs(best.alpha - other.alpha) for other in others), best.kind


@dataclass
class Sampled:
    """Objective for any network, by sampled averages: all losses share one set of points, the result has new points."""

    net: Network
    side: Side
    averaging: Averaging
    evaluations: int = 0
    tolerance: float = 1e-5
    near: float = math.nan
    failure: str = ""

    def __call__(self, loss: Loss) -> float:
        """See :class:`Objective`."""
        self.evaluations += 1
        net = replace(self.net, loss=loss)
        support = support_of(net, SIGN[self.side])
        if support.status == "unbounded":
            return math.inf
        if support.status == "undecided":
            self.failure = f"{loss}: {support.reason}"
            return math.inf
        search = Search(net, next(self.averaging.draw(net, self.averaging.points)), self.side)
        try:
            return self._root(search)
        except AccuracyError as error:
            self.failure = f"{loss}: {error}"
            return math.inf  # a loss whose equations cannot be solved is not recommended

    def _root(self, search: Search) -> float:
        """Solve for log alpha near the threshold of the last loss, or after a search from the smallest alpha."""
        if math.isfinite(self.near):
            try:
                self.near = search.root(self.near - _NEIGHBOUR, self.near + _NEIGHBOUR)
                return self.near
            except AccuracyError:
                pass  # the threshold is elsewhere: search for it
        bracket = search.bracket()
        if bracket is None or bracket[0] == bracket[1]:
            return math.inf
        self.near = search.root(*bracket)
        return self.near

    def result(self, net: Network) -> tuple[float, float, Kind]:
        """See :class:`Objective`."""
        threshold = threshold_of_samples(net, self.averaging, self.side)
        return threshold.alpha, threshold.error, threshold.kind


@dataclass
class Finite:
    """Objective for the paper's network at finite `N`: `alpha` at which half of all samples have the outlier."""

    net: Network
    N: float
    evaluations: int = 0
    tolerance: float = 3e-3  # the scatter of random samples limits the accuracy
    failure: str = ""

    def __call__(self, loss: Loss) -> float:
        """See :class:`Objective`."""
        self.evaluations += 1
        return math.log(self._at(loss).alpha)

    def _at(self, loss: Loss) -> Any:
        a = dict(loss.parameters)["a"]
        return finite_threshold(QuadraticNetwork(self.net.p, self.net.p_star, a), N=self.N, samples=_SAMPLES, seed=0)

    def result(self, net: Network) -> tuple[float, float, Kind]:
        """See :class:`Objective`."""
        threshold, closed = self._at(net.loss), Closed(net)
        return threshold.alpha, threshold.stderr, closed.result(net)[2]
