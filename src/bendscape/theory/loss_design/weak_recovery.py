r"""Data that any efficient method needs for weak recovery of the teacher: ``bs.theory.weak_recovery_limit(net)``.

Methods that use second moments of the inputs depend on `G(y) = E[s s^T - 1 | y]`. A matrix `M` of overlaps grows under
`M -> E_y[G(y) M G(y)]` if `alpha` times the largest eigenvalue of this map exceeds one (arXiv:2405.15480,
arXiv:2502.02545). If the first moment `E[s | y]` is not zero, it gives a direction at any `alpha`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..._types import Array
from ...arguments import seed_sequence
from ...errors import InvalidParameterError
from ...models.general import Network
from ...models.quadratic import QuadraticNetwork
from ..law.teacher import teacher_symmetry

__all__ = ["WeakRecoveryLimit", "weak_recovery_limit"]

_POINTS, _BINS, _PAIRS = 2**15, 2**8, 6  # points of a set; bins of labels; pairs of independent sets
_DEVIATION = 1.5  # standard deviation with which points are drawn, so that tails fill bins too
_SIGNIFICANT, _ROUNDING = 5.0, 1e-6  # standard errors, and size, above which an eigenvalue differs from zero


@dataclass(frozen=True)
class WeakRecoveryLimit:
    """The weak-recovery limit of a network; :func:`weak_recovery_limit` returns it.

    Attributes
    ----------
    net : Network
    alpha, error : float
        Samples over inputs below which no efficient method is correlated with the teacher (zero for the linear kind,
        infinite for none), and the standard error.
    kind : {"linear", "quadratic", "none"}
        Lowest moment of the inputs, given the label, that is not zero: `E[s | y]`, `E[s s^T - 1 | y]`, or neither.
    alpha_quadratic, error_quadratic : float
        The limit, and its error, of methods that use second moments only. A Hessian at a random start is one of them,
        unless its outliers mix teacher and student.
    """

    net: Network
    alpha: float
    error: float
    kind: Literal["linear", "quadratic", "none"]
    alpha_quadratic: float
    error_quadratic: float


def weak_recovery_limit(net: Network | QuadraticNetwork, *, seed: Any = 0) -> WeakRecoveryLimit:
    r"""Compute one over the largest eigenvalue of `M -> E_y[G(y) M G(y)]`: `p_star/2` for the paper's network.

    `G(y) = E[s s^T - 1 | y]` is averaged in bins of `y`, extrapolated in their width. The two `G` come from independent
    points, so that their product has no bias.

    Parameters
    ----------
    net : Network or QuadraticNetwork
        Network with the teacher and the noise; student and loss are ignored.
    seed : int or tuple of int, optional
        Seed of the points.

    Returns
    -------
    WeakRecoveryLimit

    Raises
    ------
    InvalidParameterError        If the inputs are not white, or have a mean.

    Examples
    --------
    >>> import bendscape as bs
    >>> limit = bs.theory.weak_recovery_limit(bs.Network(2, 2))
    >>> limit.kind, round(limit.alpha, 2)
    ('quadratic', 1.0)
    """
    if isinstance(net, QuadraticNetwork):
        net = Network(1, net.p_star)
    if not isinstance(net, Network):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork or a Network")
    if not net.inputs.standard:
        raise InvalidParameterError(
            f"{net.inputs}: the weak-recovery limit is derived for white inputs without a mean only; give those"
        )
    points = [_draw(net, np.random.default_rng(child)) for child in seed_sequence(seed).spawn(2 * _PAIRS)]
    invariant = _invariant(net)
    fine, coarse = (_moments(points, bins, invariant) for bins in (_BINS, _BINS // 2))
    # the error of bins decreases as the square of their width: extrapolate
    (first, first_error), (second, second_error) = (
        _mean(f + (f - c) / 3, c - f) for f, c in zip(fine, coarse, strict=True)
    )
    quadratic, error = math.inf, 0.0
    if second > max(_SIGNIFICANT * second_error, _ROUNDING):
        quadratic, error = 1 / second, second_error / second**2
    if first > max(_SIGNIFICANT * first_error, _ROUNDING):
        return WeakRecoveryLimit(net, 0.0, 0.0, "linear", quadratic, error)
    kind: Literal["quadratic", "none"] = "none" if math.isinf(quadratic) else "quadratic"
    return WeakRecoveryLimit(net, quadratic, error, kind, quadratic, error)


def _invariant(net: Network) -> Array:
    """Orthonormal basis of the matrices with the teacher's symmetries, shape (k, p_star^2); the best `M` is one."""
    symmetry, q = teacher_symmetry(net), net.p_star
    units = np.eye(q * q).reshape(-1, q, q)
    projected = [symmetry.project((unit + unit.T) / 2, students=0, means=0).ravel() for unit in units]
    _, sizes, basis = np.linalg.svd(np.array(projected))
    return np.asarray(basis[sizes > 0.5])


def _mean(maps: Array, left_out: Array) -> tuple[float, float]:
    """Largest eigenvalue of the mean map, and its error: from leaving out each pair, and from the bins."""

    def largest(x: Array) -> float:
        return float(np.linalg.eigvalsh(x.mean(axis=0))[-1])

    n, value = len(maps), largest(maps)
    others = np.array([largest(np.delete(maps, i, axis=0)) for i in range(n)])
    scatter = math.sqrt((n - 1) / n * float(np.sum((others - others.mean()) ** 2)))
    return value, math.hypot(scatter, largest(np.abs(left_out)) / 3)


@dataclass(frozen=True, eq=False)
class _Labelled:
    """Weighted points, in the order of their labels."""

    y: Array
    s: Array
    weight: Array


def _draw(net: Network, rng: np.random.Generator) -> _Labelled:
    from scipy.special import ndtri
    from scipy.stats import qmc

    normal = ndtri(qmc.Sobol(net.p_star + 2, bits=52, rng=rng).random(_POINTS) + 2.0**-53)
    s = _DEVIATION * normal[:, : net.p_star]
    log_weight = -np.sum(s**2, axis=1) * (1 - _DEVIATION**-2) / 2
    weight = np.exp(log_weight)
    y = net.labels(s, normal[:, net.p_star :])
    order = np.argsort(y, kind="stable")
    return _Labelled(y[order], s[order], (weight / weight.sum())[order])


def _moments(points: list[_Labelled], bins: int, invariant: Array) -> tuple[Array, Array]:
    """For each pair of sets of points, the squared first moment, and the map of the second on invariant matrices."""
    edges = np.unique(np.quantile(np.concatenate([x.y for x in points]), np.linspace(0, 1, bins + 1)[1:-1]))
    binned = [_binned(x, edges) for x in points]
    basis = invariant.reshape(len(invariant), *binned[0][2].shape[1:])
    first, second = [], []
    for (w, m, G), (v, n, H) in zip(binned[::2], binned[1::2], strict=True):
        share = (w + v) / 2
        first.append(np.einsum("b,bi,bi->", share, m, n).reshape(1, 1))
        map_ = np.einsum("b,mij,bjk,nkl,bil->mn", share, basis, G, basis, H, optimize=True)
        second.append((map_ + map_.T) / 2)
    return np.array(first), np.array(second)


def _binned(points: _Labelled, edges: Array) -> tuple[Array, Array, Array]:
    """Return the weight of each bin, and `E[s | y]` and `E[s s^T - 1 | y]` in it; zero in an empty bin."""
    which, count = np.searchsorted(edges, points.y, side="right"), len(edges) + 1
    q = points.s.shape[1]
    values = np.concatenate(
        [points.s, (points.s[:, :, None] * points.s[:, None, :] - np.eye(q)).reshape(len(points.s), -1)], axis=1
    )
    share = np.bincount(which, points.weight, count)
    sums = np.stack([np.bincount(which, points.weight * column, count) for column in values.T], axis=1)
    means = np.divide(sums, share[:, None], out=np.zeros_like(sums), where=share[:, None] > 0)
    return np.asarray(share), np.asarray(means[:, :q]), np.asarray(means[:, q:].reshape(count, q, q))
