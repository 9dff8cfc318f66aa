r"""The loss of a family that needs the fewest data: ``bs.theory.design_loss(net, family=...)``.

All losses are `w(y) (y - yhat)^2/2` with a positive weight, so that their minimum stays at `yhat = y`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ..._types import Array
from ...arguments import flag, positive
from ...errors import AccuracyError, InvalidParameterError, LimitError
from ...expected import choice, instance
from ...models.general import Network
from ...models.losses import Loss, loss
from ...models.quadratic import QuadraticNetwork
from ...models.weights import LabelWeight, weighted
from ...progress import progress_bar
from ...results import Side
from ..law.quadratic_neurons import means_of_squares
from ..law.sampling import Averaging
from .objective import Closed, Finite, Objective, Sampled
from .weak_recovery import weak_recovery_limit

__all__ = ["Family", "LossDesign", "design_loss"]

Family = Literal["constant", "power", "spline", "any"]
_FAMILIES = ("constant", "power", "spline", "any")
_SPLINE = (0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0, 1.6, 3.0, 8.0)  # knots, in units of the mean size of a label
_CONSTANTS = np.geomspace(0.03, 10.0, 9)  # first values of a, in the same units
_RESTARTS, _GAIN = 4, 1e-4  # of the minimisation; decrease of log alpha below which it is not started again


@dataclass(frozen=True)
class LossDesign:
    """The best loss of a family, and its threshold; :func:`design_loss` returns it.

    Attributes
    ----------
    net : Network
        Network with the best loss of the family.
    family : str
    parameters : tuple of (str, float)
        Parameters of the best member; empty for a spline and for any weight, which the loss itself holds.
    alpha, error : float
        Threshold of the best member and its error: `alpha_BBP`, or `alpha_half` at the size `N`.
    kind : {"continuous", "discontinuous", "undecided"}
    limit : float
        Lower bound on the threshold of every efficient method, from second moments
        (:func:`~bendscape.theory.weak_recovery_limit`); nan if the inputs are not white.
    N : float or None
    evaluations : int
        Number of losses that were tried.
    failure : str
        Reason why the equations were not solved for some of the losses that were tried: one of these may be better.
        Empty if they were solved for all.
    """

    net: Network
    family: Family
    parameters: tuple[tuple[str, float], ...]
    alpha: float
    error: float
    kind: Literal["continuous", "discontinuous", "undecided"]
    limit: float
    N: float | None
    evaluations: int
    failure: str = ""


def design_loss(
    net: Network | QuadraticNetwork,
    family: Family = "spline",
    *,
    N: float | None = None,
    side: Side | None = None,
    averaging: Averaging | None = None,
    progress: bool = False,
) -> LossDesign:
    r"""Search a family of losses `w(y) (y - yhat)^2/2` for the one with the smallest threshold.

    Families: `"constant"`, the paper's `w = 1/(a + |y|)`; `"power"`, `1/(a + |y|)^b`; `"spline"`, any falling `w`
    of `|y|`, a monotone spline of ten knots; `"any"`, any positive `w`, optimised label by label: no other weight is
    better. For student and teacher of the paper, with noise or without, the threshold is a closed average. For any
    other network it is sampled: all members share one set of points, and the result is computed with new points.

    Parameters
    ----------
    net : Network or QuadraticNetwork
        Network with the widths, activations, teacher and noise; its own loss is ignored.
    family : {"constant", "power", "spline", "any"}
        Family of losses; `"any"` is for student and teacher of the paper without noise only.
    N : float, optional
        Minimise the threshold `alpha_half` of samples of this size instead; for `"constant"` without noise.
    side : {"left", "right"}, optional
        Side of the bulk, for networks other than the paper's; the left by default.
    averaging : Averaging, optional
        For these networks: number of points of the search (`points`), and accuracy of the result.
    progress : bool
        Count the losses that have been tried on standard error.

    Returns
    -------
    LossDesign

    Raises
    ------
    InvalidParameterError
        If an option does not apply to this network or family.
    LimitError
        If no member of the family has a threshold.
    AccuracyError
        If the equations cannot be solved for any member.

    Examples
    --------
    >>> import bendscape as bs
    >>> best = bs.theory.design_loss(bs.QuadraticNetwork(2, 1, 1.0), "constant")
    >>> round(best.alpha, 4), round(dict(best.parameters)["a"], 3)
    (0.9096, 0.83)
    """
    if isinstance(net, QuadraticNetwork):
        net = Network.of_quadratic(net)
    if not isinstance(net, Network):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork or a Network")
    choice("family", family, _FAMILIES)
    if side is not None:
        choice("side", side, ("left", "right"))
    if averaging is not None:
        instance("averaging", averaging, Averaging, "bs.Averaging(tolerance=..., ...)")
    objective = _objective(net, family, N, side, averaging)
    if family == "any":
        chosen = _Member((), weighted(Closed(net).radial.best_weight()))
    else:
        with progress_bar("losses" if flag("progress", progress) else None, None) as step:
            chosen = _minimised(net, family, objective, step)
    best = replace(net, loss=chosen.loss)
    alpha, error, kind = objective.result(best)
    limit = weak_recovery_limit(net).alpha_quadratic if net.inputs.standard else math.nan
    numbers = alpha, error, kind, limit, N, objective.evaluations
    return LossDesign(best, family, chosen.parameters, *numbers, objective.failure)


def _objective(net: Network, family: Family, N: float | None, side: Side | None, averaging: Any) -> Objective:
    closed = means_of_squares(net)
    if family == "any" and (net.noise or not closed):
        raise InvalidParameterError(
            f"family = 'any' is for student and teacher of the paper without noise, not for {net}: give spline"
        )
    if N is not None:
        if not closed or net.noise or family != "constant":
            raise InvalidParameterError(
                f"N = {N!r}: give family = 'constant' without noise, the only one with a theory of finite samples"
            )
        return Finite(net, positive("N", N))
    if not closed:
        return Sampled(net, side or "left", averaging or Averaging(points=2**12))
    for name, value in (("side", side), ("averaging", averaging)):
        if value is not None:
            raise InvalidParameterError(
                f"{name} = {value!r}: the averages of {net} are exact, on the left side; leave it out"
            )
    return Closed(net)


@dataclass(frozen=True)
class _Member:
    """A loss, and its parameters in its family."""

    parameters: tuple[tuple[str, float], ...]
    loss: Loss


def _mean_label(net: Network) -> float:
    rng = np.random.default_rng(0)
    return float(np.mean(np.abs(net.labels(rng.standard_normal((4096, net.p_star)), rng.standard_normal((4096, 2))))))


def _spline(scale: float, falls: Array) -> LabelWeight:
    """Return the weight whose logarithm falls from knot to knot by these amounts."""
    values = np.exp(-np.concatenate([[0.0], np.cumsum(np.abs(falls))]))
    return LabelWeight(tuple(scale * np.array(_SPLINE)), tuple(values))


def _member(family: Family, scale: float, x: Array) -> _Member:
    if family == "spline":
        return _Member((), weighted(_spline(scale, x)))
    given = {"a": float(np.exp(x[0]))} | ({"b": float(x[1])} if family == "power" else {})
    return _Member(tuple(given.items()), loss("magnitude", **given))


def _minimised(net: Network, family: Family, objective: Objective, step: Callable[[], None]) -> _Member:
    """Minimise over a family, starting from the best constant: each family contains it, or nearly (a spline)."""
    scale = _mean_label(net)

    def value(family: Family, x: Array) -> float:
        step()
        return objective(_member(family, scale, x).loss)

    # log alpha_BBP(a) may have several minima: begin at the lowest point of a grid
    grid = np.log(scale * _CONSTANTS)
    values = [value("constant", np.array([x])) for x in grid]
    if not min(values) < math.inf and objective.failure:
        raise AccuracyError(
            f"{net}: the equations were not solved for any constant a ({objective.failure}): give another network"
        )
    if not min(values) < math.inf:
        raise LimitError(f"{net}: no loss with w = 1/(a + |y|) has a threshold: give another activation or side")

    def best(family: Family, x: Array) -> Array:
        return _nelder_mead(lambda x: value(family, x), x, objective.tolerance)

    x = best("constant", grid[[np.argmin(values)]])
    if family == "power":
        x = np.append(x, 1.0)
    if family == "spline":
        knots = scale * np.array(_SPLINE)
        # falls of log w from knot to knot for w = 1/(a + |y|)
        x = np.diff(np.log(np.exp(x[0]) + knots))
    if family != "constant":
        x = best(family, x)
    return _member(family, scale, x)


def _nelder_mead(value: Callable[[Array], float], x: Array, tolerance: float) -> Array:
    """Minimise without gradients: minima are often kinks, where the kind of the transition changes.

    The search is started again until the minimum stays, unless values are too coarse for that.
    """
    from scipy.optimize import minimize

    last = math.inf
    for _ in range(_RESTARTS):
        simplex = np.vstack([x, x + 0.3 * np.eye(len(x))])
        options = {"adaptive": len(x) > 2, "xatol": 10 * tolerance, "fatol": tolerance, "initial_simplex": simplex}
        options["maxfev"] = 150 * len(x)
        minimum: Any = minimize(value, x, method="Nelder-Mead", options=options)
        x = minimum.x
        if last - minimum.fun < _GAIN or tolerance > _GAIN:
            break
        last = minimum.fun
    return np.asarray(x)
