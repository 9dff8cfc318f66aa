r"""The BBP threshold of one model: ``bs.threshold(net)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ...arguments import flag, grid
from ...errors import InvalidParameterError
from ...expected import choice
from ...results import Side
from .exact_threshold import Threshold
from .solvers import solver_of

if TYPE_CHECKING:
    from ...models.general import Network
    from ...models.methods import BayesOptimal, HessianMethod
    from ...models.preprocessing import SpectralMethod
    from ...models.quadratic import QuadraticNetwork
    from ..bayes_optimal.recovery import RecoveryThreshold
    from ..law.sampling import Averaging

__all__ = ["threshold"]


@overload
def threshold(net: BayesOptimal) -> RecoveryThreshold: ...


@overload
def threshold(
    net: QuadraticNetwork | Network | SpectralMethod | HessianMethod,
    *,
    window: Any = None,
    side: Side | None = None,
    averaging: Averaging | None = None,
    progress: bool = False,
) -> Threshold: ...


def threshold(
    net: Any,
    *,
    window: Any = None,
    side: Side | None = None,
    averaging: Averaging | None = None,
    progress: bool = False,
) -> Threshold | RecoveryThreshold:
    r"""Solve for the `alpha` at which outliers correlated with the teacher leave the bulk (paper, equation (15)).

    Parameters
    ----------
    net : QuadraticNetwork, Network, SpectralMethod, HessianMethod or BayesOptimal
        Several students at the same data, a :class:`~bendscape.HessianMethod`, have the threshold of one.
    window : pair of float, optional
        Window of the linear extrapolation to `alpha_0`, in units of `alpha_BBP`, from one upwards; (1, 1.2) by default.
        The paper does not state its window, so the result holds the one that was used. Not for sampled averages.
    side : {"left", "right"}, optional
        Side of the bulk; by default the one on which an outlier leaves first.
    averaging : Averaging, optional
        Accuracy where averages are sampled: for networks whose curvature matrix has no symmetry under rotations of the
        neurons. All others ignore it, and are more accurate.
    progress : bool
        Count the solved edges on standard error, where averages are sampled; all others take no time.

    Returns
    -------
    Threshold or RecoveryThreshold
        `alpha` is samples over inputs, `M/N`. Its relative error is below 1e-8 for a quadratic network of a width up to
        100, or infinite, and `a` from 1e-3 to 1e3; for any other see its `error`. A
        :class:`~bendscape.theory.RecoveryThreshold` belongs to a :class:`~bendscape.BayesOptimal` model; its `alpha` is
        that of weak recovery.

    Raises
    ------
    InvalidParameterError
        If `net` is neither a network nor a method, or the window is not two numbers `1 <= low < high`.
    LimitError
        If the network has no threshold; the message says why.
    AccuracyError
        If the averages do not converge, or an edge cannot be verified.

    See Also
    --------
    bendscape.phase_diagram : thresholds over grids of parameters.
    bendscape.finite_threshold : thresholds of samples at finite `N`.
    bendscape.spectrum : the spectrum at one `alpha`.

    References
    ----------
    arXiv:2510.18435, equation (15).

    Examples
    --------
    >>> import bendscape as bs
    >>> threshold = bs.threshold(bs.QuadraticNetwork(p=2, p_star=1, a=1.5))
    >>> round(threshold.alpha, 6), threshold.kind, round(threshold.overlap2_jump, 3)
    (1.322938, 'discontinuous', 0.11)
    >>> round(threshold.alpha_0_tangent, 4)
    0.913
    >>> noisy = bs.Network(2, 1, loss=bs.models.loss("magnitude", a=1.5), noise=bs.Noise(additive=0.5))
    >>> round(bs.threshold(noisy).alpha, 6)
    1.358609
    """
    bar = flag("progress", progress)
    if side is not None:
        choice("side", side, ("left", "right"))
    return solver_of(net, averaging).threshold(side, None if window is None else _window(window), bar)


def _window(window: Any) -> tuple[float, float]:
    ends = grid("window", window)
    if ends.size != 2 or not 1 <= ends[0] < ends[1] < np.inf:
        raise InvalidParameterError(f"window = {window!r}: give two numbers 1 <= low < high, in units of alpha_BBP")
    return float(ends[0]), float(ends[1])
