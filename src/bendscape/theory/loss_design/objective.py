"""What a loss is judged by: the logarithm of a threshold, infinite where there is none."""

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
_OTHERS = (112, 128, 144)  # nodes with which an error is estimated
_NEAR = 0.05  # in log alpha, where the threshold of the next member is looked for
_SAMPLES = 200


class Objective(Protocol):
    """A function of losses that is minimised, until its logarithm changes by less than `tolerance`.

    `failure` says why the equations of some member could not be solved, and is empty if they could for all: there is
    no threshold to compare then, which is not the same as that there is none.
    """

    evaluations: int
    tolerance: float
    failure: str

    def __call__(self, loss: Loss) -> float:
        """The logarithm of the threshold; infinite if there is none."""

    def result(self, net: Network) -> tuple[float, float, Kind]:
        """Threshold, error and kind of the best."""


@dataclass
class Closed:
    """Student and teacher of the paper: closed averages."""

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
        found, *others = (
            grid.onset(weight_of(net.loss)) for grid in (self.radial, *(Radial.of(self.net, n) for n in _OTHERS))
        )
        return found.alpha, max(abs(found.alpha - other.alpha) for other in others), found.kind


@dataclass
class Sampled:
    """Any network: the same points for all members, others for the result."""

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
            return math.inf  # a member with which the equations cannot be solved is none to recommend

    def _root(self, search: Search) -> float:
        """Near that of the last member, or wherever it is."""
        if math.isfinite(self.near):
            try:
                self.near = search.root(self.near - _NEAR, self.near + _NEAR)
                return self.near
            except AccuracyError:
                pass  # it is elsewhere
        found = search.bracket()
        if found is None or found[0] == found[1]:
            return math.inf
        self.near = search.root(*found)
        return self.near

    def result(self, net: Network) -> tuple[float, float, Kind]:
        """See :class:`Objective`."""
        found = threshold_of_samples(net, self.averaging, self.side)
        return found.alpha, found.error, found.kind


@dataclass
class Finite:
    """The paper's network at finite `N`: half of all samples have the outlier, from theory."""

    net: Network
    N: float
    evaluations: int = 0
    tolerance: float = 3e-3  # samples of theory scatter
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
        found, closed = self._at(net.loss), Closed(net)
        return found.alpha, found.stderr, closed.result(net)[2]
