r"""The BBP threshold of one network, and what extrapolation makes of it: ``bs.threshold(net)``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from ..arguments import flag, grid
from ..errors import InvalidParameterError
from ..expected import choice
from ..models.quadratic import QuadraticNetwork
from ..units import hessian_scale, unit_name
from ..user_arrays import shown
from .dispatch import is_general, is_method
from .overlap import teacher_curve
from .transition import transition

if TYPE_CHECKING:
    from ..models.general import Network
    from ..models.preprocessing import SpectralMethod
    from .edges import Side
    from .general import Averaging
    from .general.threshold import GeneralThreshold
    from .spectral_method import MethodThreshold

__all__ = ["Extrapolation", "Threshold", "threshold"]

_FIT_POINTS = 41


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
    """What :func:`threshold` returns.

    Attributes
    ----------
    net : QuadraticNetwork
    unit : str
        Unit of `edge`, ``"H"`` or ``"(p/2) H"``.
    alpha : float
        `alpha_BBP`: from here on the smallest eigenvalues leave the bulk.
    kind : {"continuous", "discontinuous"}
        Whether `m^2` grows from zero or jumps.
    edge : float
        The left edge at the threshold.
    overlap2_jump : float
        `m^2` just above.
    alpha_smooth : float
        The left edge is smooth up to this `alpha`; the transition is discontinuous if it happens below.
    alpha_0_tangent : float
        Where the tangent to `m^2(alpha)` at `alpha_BBP` from above meets zero; `alpha_BBP` itself if continuous. It may
        be negative where the jump is large: then the line says nothing.
    error : float
        Estimated relative error of the averages that `alpha` was solved from; cancellation in them may multiply it.
    window : pair of float
        Window of :attr:`alpha_0_window`, in units of `alpha`.
    """

    net: QuadraticNetwork
    unit: str
    alpha: float
    kind: Literal["continuous", "discontinuous"]
    edge: float
    overlap2_jump: float
    alpha_smooth: float
    alpha_0_tangent: float
    error: float
    window: tuple[float, float]

    @cached_property
    def alpha_0_window(self) -> Extrapolation:
        """`alpha_0` once more, from a straight line fitted over :attr:`window`, as one does with data."""
        low, high = self.window
        return _extrapolate(self.net, (self.alpha * low, self.alpha * high))


@overload
def threshold(net: QuadraticNetwork, *, window: Any = None) -> Threshold: ...
@overload
def threshold(net: SpectralMethod) -> MethodThreshold: ...
@overload
def threshold(
    net: Network, *, side: Side | None = None, averaging: Averaging | None = None, progress: bool = False
) -> GeneralThreshold: ...
def threshold(
    net: Any,
    *,
    window: Any = None,
    side: Side | None = None,
    averaging: Averaging | None = None,
    progress: bool = False,
) -> Any:
    r"""The `alpha` at which outliers correlated with the teacher leave the bulk (paper, equation (15)).

    Parameters
    ----------
    net : QuadraticNetwork, Network or SpectralMethod
    window : pair of float, optional
        Of a quadratic network: window of the linear extrapolation to `alpha_0`, in units of `alpha_BBP`, from one
        upwards, by default (1, 1.2). The paper does not state its own, so the result says which was used.
    side : {"left", "right"}, optional
        Of a general network: on which side of the bulk; by default where an outlier leaves first.
    averaging : Averaging, optional
        Of a general network: which error is wanted.
    progress : bool
        Of a general network: show on standard error how many edges have been solved for; others take no time.

    Returns
    -------
    Threshold
        Of a quadratic network. Relative accuracy 1e-8 for widths up to 100 or infinite and `a` from 1e-3 to 1e3.

    GeneralThreshold
        Of any other, with its standard error.
    MethodThreshold
        Of a spectral method.

    Raises
    ------
    InvalidParameterError
        If `net` is no network, an option is not its own, or the window is not two numbers `1 <= low < high`.
    LimitError
        If a general network has no threshold; the message says why.
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
    """
    bar = flag("progress", progress)
    if is_method(net):
        from .spectral_method import method_threshold

        for name, value in (("window", window), ("side", side), ("averaging", averaging)):
            if value is not None:
                raise InvalidParameterError(f"{name} = {shown(value)}: a SpectralMethod takes none; leave it out")
        return method_threshold(net)
    if is_general(net, averaging):
        from .general.threshold import general_threshold

        if window is not None:
            raise InvalidParameterError(f"window = {shown(window)}: a general network has none; leave it out")
        if side is not None:
            choice("side", side, ("left", "right"))
        return general_threshold(net, averaging, side, bar)
    if side is not None:
        raise InvalidParameterError(f"side = {side!r}: a QuadraticNetwork has its threshold on the left; leave it out")
    low, high = _window((1.0, 1.2) if window is None else window)
    found = transition([net])
    return Threshold(
        net=net,
        unit=unit_name(net.p),
        alpha=float(found.alpha[0]),
        kind="discontinuous" if found.discontinuous[0] else "continuous",
        edge=hessian_scale(net.p) * float(found.edge[0]),
        overlap2_jump=float(found.jump[0]),
        alpha_smooth=float(found.alpha_smooth[0]),
        alpha_0_tangent=float(found.alpha_0[0]),
        error=float(found.error[0]) + 1e-15,
        window=(low, high),
    )


def _window(window: Any) -> tuple[float, float]:
    ends = grid("window", window)
    if ends.size != 2 or not 1 <= ends[0] < ends[1] < np.inf:
        raise InvalidParameterError(f"window = {window!r}: give two numbers 1 <= low < high, in units of alpha_BBP")
    return float(ends[0]), float(ends[1])


def _extrapolate(net: QuadraticNetwork, window: tuple[float, float]) -> Extrapolation:
    # an outlier that has just left may be lost to rounding: start a hair above
    alpha = np.linspace(window[0] * (1 + 1e-9), window[1], _FIT_POINTS)
    m2 = teacher_curve(net, alpha)["overlap2"]
    zeros = []
    for points in (slice(None), slice(_FIT_POINTS // 2 + 1)):
        slope, offset = np.polyfit(alpha[points], m2[points], 1)
        zeros.append(float(-offset / slope))
    return Extrapolation(zeros[0], abs(zeros[1] - zeros[0]), window)
