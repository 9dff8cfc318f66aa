r"""The BBP threshold of one model, and what extrapolation makes of it: ``bs.threshold(net)``."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import flag, grid
from ..errors import InvalidParameterError, LimitError
from ..expected import choice
from ..models.methods import HessianMethod
from ..models.network import IsotropicNetwork
from ..results import Estimate, Kind, Side, plain_record, sampling_record, table_html
from .law.averages import Sampled, averages_of, without_end
from .overlap import teacher_curve
from .transition import first_transition

if TYPE_CHECKING:
    from .general import Averaging

__all__ = ["Extrapolation", "Threshold", "threshold"]

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


def threshold(
    net: Any,
    *,
    window: Any = None,
    side: Side | None = None,
    averaging: Averaging | None = None,
    progress: bool = False,
) -> Threshold:
    r"""The `alpha` at which outliers that are correlated with the teacher leave the bulk (paper, equation (15)).

    Parameters
    ----------
    net : QuadraticNetwork, Network, SpectralMethod or HessianMethod
        Students' Hessians at the same data share the threshold of one.
    window : pair of float, optional
        Window of the linear extrapolation to `alpha_0`, in units of `alpha_BBP`, from one upwards, by default (1, 1.2).
        The paper does not state its own, so the result says which was used. Not where averages are sampled.
    side : {"left", "right"}, optional
        On which side of the bulk; by default where an outlier leaves first.
    averaging : Averaging, optional
        Which error is wanted where averages are sampled: for networks whose curvature matrix has no symmetry under
        rotations of the neurons. Others are more accurate.
    progress : bool
        Show on standard error how many edges have been solved for, where averages are sampled; others take no time.

    Returns
    -------
    Threshold
        Relative accuracy 1e-8 for a quadratic network of a width up to 100 or infinite and `a` from 1e-3 to 1e3; for
        any other see its `error`.

    Raises
    ------
    InvalidParameterError
        If `net` is no network, or the window is not two numbers `1 <= low < high`.
    LimitError
        If the network has no threshold; the message says why.
    AccuracyError
        If the averages do not converge.

    Examples
    --------
    >>> import bendscape as bs
    >>> found = bs.threshold(bs.QuadraticNetwork(p=2, p_star=1, a=1.5))
    >>> round(found.alpha, 6), found.kind, round(found.overlap2_jump, 3)
    (1.322938, 'discontinuous', 0.11)
    >>> round(found.alpha_0_tangent, 4)
    0.913
    >>> noisy = bs.Network(2, 1, loss=bs.models.loss("magnitude", a=1.5), noise=bs.Noise(additive=0.5))
    >>> round(bs.threshold(noisy).alpha, 6)
    1.358609
    """
    bar = flag("progress", progress)
    if side is not None:
        choice("side", side, ("left", "right"))
    if isinstance(net, HessianMethod):
        alone = threshold(net.net, window=window, side=side, averaging=averaging, progress=bar)
        return replace(alone, net=net)
    between = _window((1.0, 1.2) if window is None else window)
    averages = averages_of(net, averaging)
    if not isinstance(averages, Sampled):
        return _of_law(net, averages, side, between)
    from .general.threshold import general_threshold

    if window is not None:
        raise InvalidParameterError(
            f"window = {window!r}: the averages of this network are sampled, and the curve has errors; leave it out"
        )
    return general_threshold(averages.net, averages.averaging, side, bar)


def _window(window: Any) -> tuple[float, float]:
    ends = grid("window", window)
    if ends.size != 2 or not 1 <= ends[0] < ends[1] < np.inf:
        raise InvalidParameterError(f"window = {window!r}: give two numbers 1 <= low < high, in units of alpha_BBP")
    return float(ends[0]), float(ends[1])


def _of_law(net: Any, law: IsotropicNetwork, side: Side | None, window: tuple[float, float]) -> Threshold:
    """Of a network whose `G` is a number: on the side where the first outlier leaves."""
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
