r"""The BBP threshold, as a value and of a law of one number, and what extrapolation makes of it."""

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

_FIT_POINTS = 41
_ROUNDING = 1e-15


@dataclass(frozen=True)
class Extrapolation:
    """`alpha_0` from a straight line through `m^2(alpha)` over a window, extrapolated to `m^2 = 0`.

    `window` holds the two `alpha` between which the line was fitted. The curve has no noise: `error` is how far the
    result moves when only the lower half of the window is used.
    """

    alpha: float
    error: float
    window: tuple[float, float]


@dataclass(frozen=True)
class Threshold:
    """Where an eigenvector of the Hessian begins to be correlated with the teacher.

    Attributes
    ----------
    net : QuadraticNetwork, Network, SpectralMethod or HessianMethod
    unit : str
        Unit of `edge`: ``"H"``, ``"(p/2) H"`` at `p = inf`, or ``"D"``.
    alpha, error : float
        `alpha_BBP`, from which on outliers are outside the bulk, and its absolute error: a standard error where
        averages are sampled, else that of the averages, which cancellation in them may multiply.
    kind : {"continuous", "discontinuous", "undecided"}
        Whether `m^2` grows from zero or jumps; undecided if replicates differ.
    side : {"left", "right"}
        Of the bulk, on which the first outlier leaves.
    sector : str
    multiplicity : float
        Of the outlier; see :class:`~bendscape.results.Outlier`.
    edge : Estimate
        The edge of the bulk at the threshold.
    overlap2_jump : Estimate
        `m^2` just above, zero if continuous.
    alpha_smooth : float
        The edge is smooth up to this `alpha`; the transition is discontinuous if it happens below. nan where averages
        are sampled.
    alpha_0_tangent : float
        Where the tangent to `m^2(alpha)` at `alpha_BBP` from above meets zero; `alpha_BBP` itself if continuous. It may
        be negative where the jump is large: then the line says nothing. nan where averages are sampled.
    window : pair of float or None
        Window of :attr:`alpha_0_window`, in units of `alpha`.
    reason : str
        Why no outlier leaves on the other side.
    converged : bool
        Whether the error is within the tolerance that was asked for.
    points : int or None
        Of each replicate, where averages are sampled.
    averaging : Averaging or None
        With its seed, all it takes to make sampled averages again.
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
        """`net`, of a spectral method."""
        return self.net

    @cached_property
    def alpha_0_window(self) -> Extrapolation:
        """`alpha_0` once more, from a straight line fitted over :attr:`window`, as one does with data.

        Raises
        ------
        LimitError
            Where averages are sampled: a line through points with errors is no limit.
        """
        if self.window is None or self.law is None:
            raise LimitError(
                f"{self.net}: its averages are sampled, so there is no curve without errors: use bs.overlap(...)"
            )
        low, high = self.window
        return _extrapolate(self.law, self.side, (self.alpha * low, self.alpha * high))

    def to_dict(self) -> dict[str, Any]:
        """What it says, for JSON: numbers, texts, and dictionaries of a number and its error."""
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
    """See :func:`bendscape.threshold`; by default on the side where the first outlier leaves."""
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
    # an outlier that has just left may be lost to rounding: start a hair above
    alpha = np.linspace(window[0] * (1 + 1e-9), window[1], _FIT_POINTS)
    m2 = teacher_curve(law, alpha, side)["overlap2"]
    zeros = []
    for points in (slice(None), slice(_FIT_POINTS // 2 + 1)):
        slope, offset = np.polyfit(alpha[points], m2[points], 1)
        zeros.append(float(-offset / slope))
    return Extrapolation(zeros[0], abs(zeros[1] - zeros[0]), window)
