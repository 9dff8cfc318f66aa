r"""The BBP threshold: its value, its solution for a scalar law, and its extrapolation to `alpha_0`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import LimitError
from ...models.network import IsotropicNetwork
from ...results import Estimate, Kind, Side, plain_record, sampling_record, table_html
from ..law.averages import without_end
from ..resolvent.curves import teacher_curve
from ..resolvent.onset import first_transition

if TYPE_CHECKING:
    from ..law.sampling import Averaging

__all__ = ["Extrapolation", "Threshold", "threshold_of_law"]

_FIT_POINTS = 41  # of the curve to which a line is fitted
_ROUNDING = 1e-15  # relative, added to the error of the averages


@dataclass(frozen=True)
class Extrapolation:
    """The zero `alpha_0` of a straight line fitted to `m^2(alpha)` over a window.

    `window` holds the two `alpha` between which the line was fitted. The curve has no noise: `error` is the change of
    `alpha` if only the lower half of the window is used.
    """

    alpha: float
    error: float
    window: tuple[float, float]


@dataclass(frozen=True)
class Threshold:
    """The threshold at which an eigenvector of the Hessian begins to be correlated with the teacher.

    Attributes
    ----------
    net : QuadraticNetwork, Network, SpectralMethod or HessianMethod
    unit : str
        Unit of `edge`: ``"H"``, ``"(p/2) H"`` at `p = inf`, or ``"D"``.
    alpha, error : float
        `alpha_BBP`, samples over inputs, from which on outliers are outside the bulk, and its absolute error: a
        standard error where averages are sampled, else the error of the averages, which cancellation may multiply.
    kind : {"continuous", "discontinuous", "undecided"}
        Whether `m^2` grows from zero or jumps; undecided if replicates disagree.
    side : {"left", "right"}
        Side of the bulk on which the first outlier leaves.
    sector : str
    multiplicity : float
        Number of eigenvalues in the outlier; see :class:`~bendscape.results.Outlier`.
    edge : Estimate
        The edge of the bulk at the threshold.
    overlap2_jump : Estimate
        `m^2` just above the threshold; zero if the transition is continuous.
    alpha_smooth : float
        Largest `alpha` with a smooth edge; the transition is discontinuous if it happens below. nan where averages are
        sampled.
    alpha_0_tangent : float
        Zero of the tangent to `m^2(alpha)` just above `alpha_BBP`; `alpha_BBP` itself if continuous. It may be negative
        where the jump is large: then the tangent has no meaning. nan where averages are sampled.
    window : pair of float or None
        Window of :attr:`alpha_0_window`, in units of `alpha`.
    reason : str
        Reason why no outlier leaves on the other side.
    converged : bool
        Whether the error is within the requested tolerance.
    points : int or None
        Number of points of each replicate, where averages are sampled.
    averaging : Averaging or None
        Accuracy and seed of sampled averages, from which they can be reproduced.
    """

    net: Any
    unit: str
    alpha: float
    error: float
    kind: Kind
    side: Side
    sector: str
    multiplicity: float
    edge: Estimate
    overlap2_jump: Estimate
    alpha_smooth: float = math.nan
    alpha_0_tangent: float = math.nan
    window: tuple[float, float] | None = None
    reason: str = ""
    converged: bool = True
    points: int | None = None
    averaging: Averaging | None = field(default=None, repr=False)
    law: IsotropicNetwork | None = field(default=None, repr=False, compare=False)

    @property
    def method(self) -> Any:
        """Spectral method, another name of `net`."""
        return self.net

    @cached_property
    def alpha_0_window(self) -> Extrapolation:
        """Fit a straight line over :attr:`window`, as is done with data, and return its zero, another `alpha_0`.

        Raises
        ------
        LimitError
            If averages are sampled: their points have errors, and so would the line.

        Examples
        --------
        >>> import bendscape as bs
        >>> threshold = bs.threshold(bs.QuadraticNetwork(p=2, p_star=1, a=1.5))
        >>> round(threshold.alpha_0_window.alpha, 4), round(threshold.alpha_0_tangent, 4)
        (0.8929, 0.913)
        """
        if self.window is None or self.law is None:
            raise LimitError(f"{self.net}: its averages are sampled, so its curve has errors: use bs.overlap(...)")
        low, high = self.window
        return _extrapolate(self.law, self.side, (self.alpha * low, self.alpha * high))

    def to_dict(self) -> dict[str, Any]:
        """Return the result for JSON: numbers, texts, and dictionaries of a number and its error."""
        record = {
            key: value
            for key, value in plain_record(self, self.averaging is not None).items()
            if key not in ("net", "window")
        }
        if self.window is not None:
            record["alpha_0_window"] = plain_record(self.alpha_0_window)
        return record | sampling_record(self)

    def _repr_html_(self) -> str:
        rows = [
            ("alpha_BBP", str(Estimate(self.alpha, self.error))),
            ("kind", self.kind),
            ("side", self.side),
            ("jump of m^2", str(self.overlap2_jump)),
            (f"edge ({self.unit})", str(self.edge)),
        ]
        return table_html(f"BBP threshold, {self.net}", rows)


def threshold_of_law(net: Any, law: IsotropicNetwork, side: Side | None, window: tuple[float, float]) -> Threshold:
    """Solve :func:`bendscape.threshold` for a scalar law, by default on the side where the first outlier leaves."""
    sides = law.sides if side is None else (side,)
    first, at, reason = first_transition(law, sides)
    if at is None:
        raise LimitError(f"{net} has no threshold. {reason}{without_end(net, law, sides)}")
    alpha, error, sign = float(at.alpha[0]), float(at.error[0]) + _ROUNDING, 1.0 if first == "left" else -1.0
    edge, jump = sign * law.scale * float(at.edge[0]), float(at.jump[0])
    return Threshold(
        net=net,
        unit=law.unit,
        alpha=alpha,
        error=alpha * error,
        kind="discontinuous" if at.discontinuous[0] else "continuous",
        side=first,
        sector="teacher",
        multiplicity=law.sectors[0].multiplicity,
        edge=Estimate(edge, abs(edge) * error),
        overlap2_jump=Estimate(jump, jump * error),
        alpha_smooth=float(at.alpha_smooth[0]),
        alpha_0_tangent=float(at.alpha_0[0]),
        window=window,
        reason=reason,
        law=law,
    )


def _extrapolate(law: IsotropicNetwork, side: Side, window: tuple[float, float]) -> Extrapolation:
    # rounding may hide an outlier that has just left: start slightly above
    alpha = np.linspace(window[0] * (1 + 1e-9), window[1], _FIT_POINTS)
    m2 = teacher_curve(law, alpha, side)["overlap2"]
    zeros = []
    for points in (slice(None), slice(_FIT_POINTS // 2 + 1)):
        slope, offset = np.polyfit(alpha[points], m2[points], 1)
        zeros.append(float(-offset / slope))
    return Extrapolation(zeros[0], abs(zeros[1] - zeros[0]), window)
