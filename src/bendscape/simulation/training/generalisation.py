r"""The error on inputs that were not seen, `E[(y - yhat)^2]/2`, from the overlaps of the weight vectors alone.

For quadratic networks `y - yhat = x^T Q x` with `Q = W*^T W*/p_star - W^T W/p`, and for inputs of variance `1/N`
`E[(x^T Q x)^2] = ((tr Q)^2 + 2 tr Q^2)/N^2`. For any other network it is a mean over Gaussian pre-activations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import InvalidParameterError
from ...memory import require_memory
from ...models.general import Network
from ...models.quadratic import QuadraticNetwork
from ...user_arrays import real_array, shown
from ..arrays import Array
from ..curvature import AnyNetwork

__all__ = ["generalisation_error"]

_POINTS = 2**14
_LARGEST = 1e70  # entry of a weight vector, whose fourth power a double holds


def generalisation_error(net: AnyNetwork, student: Any, teacher: Any) -> float:
    """`E[(y - yhat)^2]/2` over fresh inputs, for labels without noise.

    Exact for a :class:`~bendscape.QuadraticNetwork`; a mean over 16384 fixed Gaussian points for a general one, and nan
    for inputs with a mean, which overlaps do not determine.

    Parameters
    ----------
    net : QuadraticNetwork or Network
    student, teacher : array, shape (p, N) and (p_star, N)

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
    >>> sample = bs.simulation.draw(net, alpha=1.0, N=400, seed=1)
    >>> w = sample.teacher
    >>> bs.simulation.generalisation_error(net, [w[0], w[0]], w) < 1e-12
    True
    >>> 1.2 < bs.simulation.generalisation_error(net, sample.student, w) < 1.8  # 1/p_star + 1/p without overlaps
    True
    """
    if not isinstance(net, QuadraticNetwork | Network):
        raise InvalidParameterError(f"net = {shown(net)}: give a QuadraticNetwork or a Network")
    w, t = real_array("student", student, ("p", "N")), real_array("teacher", teacher, (net.p_star, "N"))
    if w.shape[1] != t.shape[1]:
        raise InvalidParameterError(f"student has shape {w.shape} and teacher {t.shape}: give the same N")
    rows = len(w) + len(t)
    require_memory(3 * 8 * rows**2, f"scalar products of {rows} weight vectors", "give narrower networks")
    most = float(max(np.abs(w).max(initial=0.0), np.abs(t).max(initial=0.0)))
    if most > _LARGEST:
        raise InvalidParameterError(
            f"student or teacher has an entry of size {most:.3g}: give entries up to {_LARGEST:g}"
        )
    if isinstance(net, QuadraticNetwork):
        return _quadratic(w, t)
    if net.inputs.mean != 0:
        return math.nan
    joint = np.concatenate([t, w])
    variance = 1.0 / t.shape[1] if net.inputs.standard else net.inputs.at(t.shape[1]) / t.shape[1]
    values, vectors = np.linalg.eigh((joint * variance) @ joint.T)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    points = np.random.default_rng(0).standard_normal((_POINTS, len(joint))) @ root.T
    error = net.labels(points[:, : len(t)]) - net.outputs(points[:, len(t) :])
    return float(np.mean(error**2)) / 2


def _quadratic(w: Array, t: Array) -> float:
    n = t.shape[1]
    trace = (np.sum(t**2) / len(t) - np.sum(w**2) / len(w)) / n
    squares = (
        np.sum((t @ t.T) ** 2) / len(t) ** 2
        + np.sum((w @ w.T) ** 2) / len(w) ** 2
        - 2 * np.sum((t @ w.T) ** 2) / (len(t) * len(w))
    ) / n**2
    return float(trace**2 + 2 * squares) / 2
