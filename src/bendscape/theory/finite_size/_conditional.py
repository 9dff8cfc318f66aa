r"""The Hessian of one sample from its pre-activations alone: ``conditional(net, s=..., u=..., N=...)``.

Given the pre-activations `t = (s, u)` of a sample, its inputs are random only in the part orthogonal to all weight
vectors, and that part is Gaussian. Nothing else is averaged: neither the labels nor the directions of `u`. In units of
`2/p`, with `F = [(yhat - y) I + (2/p) u u^T]/(a + y)` and `A = F (I - G F)^{-1}`, the `p x p` matrix `G` obeys

    Z(G) = G^{-1} + (1/N) sum_mu A_mu = z I,                                                           :eq:`matrix-bulk`

and outliers are the `z` at which `z - T(z)` is singular, `T = (1/N) sum_mu A_mu (x) tau_mu tau_mu^T`, where `tau` are
the coordinates of the input along an orthonormal basis of the weight vectors.

These are the equations of any network (docs/general.md) for white inputs, with averages over one sample in the place of
expectations; :mod:`bendscape.theory.resolvent.axis` solves them. A finite sample has a lowest curvature, so its edge is
sharp.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import positive, refuse
from ...errors import InvalidParameterError, LimitError
from ...memory import require_memory
from ...models.general import Curvature
from ...models.quadratic import QuadraticNetwork
from ...units import hessian_scale
from ...user_arrays import real_array
from ..law.distinct import Distinct
from ..law.matrix_averages import SpectralLaw
from ..law.points import Points
from ..resolvent.matrix_edges import AxisEdge, find_edge, find_outliers

__all__ = ["Conditional", "ConditionalOutlier", "conditional"]

_SAMPLES_MAX, _INPUTS_MAX = 1e10, 1e6  # samples for each input, and inputs for each sample
_REMEDY = "give more samples, or smaller pre-activations"


@dataclass(frozen=True)
class ConditionalOutlier:
    """An eigenvalue left of the bulk of one sample.

    Attributes
    ----------
    value : float
        The eigenvalue, in units of `H`.
    overlap2_teacher, overlap2_student : float
        Squared norm of the projection of the unit eigenvector, reshaped to `p x N`, on the span of the teacher's (the
        student's) weight vectors. Where the two spans are not orthogonal the numbers may add up to more than one.
    residual : float
        The eigenvalue of `z - T(z)` that should be zero, in units of `H`.
    """

    value: float
    overlap2_teacher: float
    overlap2_student: float
    residual: float


@dataclass(frozen=True, eq=False)
class Conditional:
    """Left edge and outliers of one sample's Hessian, in units of `H`; :func:`conditional` returns it.

    Attributes
    ----------
    net : QuadraticNetwork
    N, M : float, int
        Input dimension and number of samples.
    left_edge : float
        Left edge of the bulk; it is always sharp for a finite sample.
    stieltjes : array, shape (p, p)
        `G_kk' = (1/N) sum_i [(z - H)^{-1}]_{(k i),(k' i)}` at the left edge.
    outliers : tuple of ConditionalOutlier
        Outliers left of the bulk, by increasing eigenvalue, each as often as it occurs; empty if there is none.
    residual : float
        Largest element of `Z(G) - z I` at the edge.
    """

    net: QuadraticNetwork
    N: float
    M: int
    left_edge: float
    stieltjes: Array
    outliers: tuple[ConditionalOutlier, ...]
    residual: float


def _factor(gram: Any, size: int) -> Array:
    """Check the overlaps and return their Cholesky factor `L`."""
    given = real_array("gram", gram, (size, size), remedy="give W W^T/N of finite weights, teacher first")
    if not np.allclose(given, given.T, rtol=0, atol=1e-8 * float(np.abs(given).max())):
        raise InvalidParameterError("gram is not symmetric: give W W^T/N of the weight vectors, teacher first")
    low = np.linalg.eigvalsh(given)[0]
    if low <= 1e-12 * float(np.abs(given).max()):
        raise InvalidParameterError(
            f"gram has the eigenvalue {low:.3g}: give a positive definite matrix, of independent weight vectors"
        )
    return np.asarray(np.linalg.cholesky(given))


def _check_orthonormal(t: Array) -> None:
    """Raise unless the second moments of a sample agree with orthonormal weight vectors, up to chance."""
    M = t.shape[1]
    moment = t @ t.T / M - np.eye(t.shape[0])
    chance = 8 * math.sqrt(2 / M) + 20 / M  # largest deviation of a chi-squared variable, with its long tail
    worst = float(np.abs(moment).max())
    if worst > chance:
        raise InvalidParameterError(
            f"the second moments of (s, u) differ from the identity by {worst:.3g}, more than {M} samples allow by "
            "chance: give gram = W W^T/N of the (teacher, student) weight vectors"
        )


def _points(net: QuadraticNetwork, s: Array, u: Array, L: Array) -> Points:
    """Return the sample as points of equal weight: `F = [(yhat - y) I + (2/p) u u^T]/(a + y)`, coordinates `tau`."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        y, yhat = np.mean(s**2, axis=1), np.mean(u**2, axis=1)
        f0, c = (yhat - y) / (net.a + y), hessian_scale(net.p) / (net.a + y)
        size = float(np.sum((np.abs(f0) + c * yhat) ** 2))
    if not np.all(net.a + y > 0):
        raise InvalidParameterError("a = 0 and a sample with y = 0: the loss divides by a + y; give a > 0")
    if size == 0:
        raise InvalidParameterError("the curvature of every sample is zero, and so is the Hessian: give other samples")
    if not math.isfinite(size):
        raise InvalidParameterError("s or u is so large, or a + y so small, that the curvature overflows: rescale them")
    tau = np.linalg.solve(L, np.concatenate([s, u], axis=1).T).T
    F = Curvature(np.broadcast_to(f0[:, None], u.shape), c, u)
    return Points(tau[:, net.p_star :], tau[:, : net.p_star], y, np.full(len(y), 1 / len(y)), F, 0.0, _REMEDY)


def _solved(points: Points, alpha: float, student: Array) -> AxisEdge:
    """Solve for the left edge; `student` spans the student's weight vectors, in coordinates of `(u, s)`."""
    edge = find_edge(Distinct(points, student=student), alpha, SpectralLaw(np.ones(1), np.ones(1)))
    if edge.kind == "zero":
        raise LimitError(
            "the bulk begins with zero eigenvalues: no sample has negative curvature, and there are too few "
            "samples for so many inputs; give more samples"
        )
    return edge


def _residual(edge: AxisEdge) -> float:
    """Largest element of `Z(G) - z I` at the edge."""
    point, averages = edge.point, edge.curve.averages
    omega = edge.curve.alpha * averages.mean(point.gamma)[0]
    Z = np.linalg.inv(averages.matrix(point.gamma)) + averages.matrix(omega)
    return float(np.abs(Z - point.z * np.eye(averages.p)).max())


def conditional(net: QuadraticNetwork, *, s: Any, u: Any, N: float, gram: Any = None) -> Conditional:
    r"""Compute the left edge and the outliers of the Hessian of one sample, given its pre-activations.

    Averages over the samples replace the expectations of the limit (module docstring), so the law of the curvature need
    not be rotation invariant: the student may have any norm and any overlap with the teacher, as at any time of
    training. A finite sample has a lowest curvature, and so a sharp edge; its outliers may leave the bulk at another
    `alpha` than in the limit. Neither the inputs nor the Hessian are needed: `O(M p^4)` operations, nearly all of them
    matrix products.

    Only the left side is computed: for finite `p` the curvature has no upper bound, and the right side of a single
    sample depends on its few largest values.

    Parameters
    ----------
    net : QuadraticNetwork
        A network of finite width.
    s : array_like, shape (M, p_star)
        Pre-activations `w*_l . x` of the teacher.
    u : array_like, shape (M, p)
        Pre-activations `w_k . x` of the student.
    N : float
        Input dimension.
    gram : array_like, shape (p_star + p, p_star + p), optional
        Overlaps `W W^T / N` of the weight vectors, the teacher's first. The default is the identity, for independent
        vectors on the sphere of radius `sqrt(N)`; their actual overlaps are `O(N^{-1/2})`, and it is better to give
        them. They are not estimated from the sample, whose second moments fluctuate by `O(M^{-1/2})`; but a sample that
        contradicts orthonormal vectors is refused. Trained weights need `gram`.

    Returns
    -------
    Conditional
        Eigenvalues are in units of `H`.

    Raises
    ------
    InvalidParameterError
        If the width is infinite, a shape does not fit, a number is not finite, `N` is not positive, there are fewer
        samples than neurons, `gram` is not symmetric and positive definite or is missing where the sample needs it,
        or `a + y` or the curvature is zero.
    LimitError
        If the bulk begins with zero eigenvalues: no sample has negative curvature, and there are too few samples.
    AccuracyError
        If the equations cannot be solved.

    Notes
    -----
    The weights must be independent of the part of the inputs that is orthogonal to them: true at initialisation, and
    for weights that were trained on *other* data. On the data they were trained on it is an approximation, which
    neglects that the weights depend on the inputs. With `p = 2`, `p_star = 1`, `a = 1.5` and a few steps of descent,
    eigenvalues and teacher overlaps were as good as on other data at `N` = 600 and 900, and worse below; the lowest
    eigenvector's student overlap is predicted about a tenth too large at any `N` tried. Nothing was tried near
    convergence.

    Also left out are `O(N^{-1/2})` fluctuations of the outliers that the orthogonal parts of the inputs cause, and
    eigenvectors of the bulk's edge that are localised on single extreme samples.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> from bendscape.theory.finite_size._conditional import conditional
    >>> net, N = bs.QuadraticNetwork(p=2, p_star=1, a=1.5), 10_000
    >>> rng = np.random.default_rng(0)
    >>> s, u = rng.standard_normal((2 * N, 1)), rng.standard_normal((2 * N, 2))
    >>> sample = conditional(net, s=s, u=u, N=N)
    >>> round(sample.left_edge, 2), [round(outlier.value, 2) for outlier in sample.outliers]
    (-0.88, [-0.94, -0.93])
    >>> round(bs.spectrum(net, alpha=2.0).left_edge.value, 2)
    -0.89

    A student that overlaps with the teacher, on fresh data:

    >>> gram = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> t = rng.standard_normal((2 * N, 3)) @ np.linalg.cholesky(gram).T
    >>> trained = conditional(net, s=t[:, :1], u=t[:, 1:], N=N, gram=gram)
    >>> [round(outlier.overlap2_teacher, 1) for outlier in trained.outliers]
    [0.3]
    """
    if not isinstance(net, QuadraticNetwork):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork")
    if math.isinf(net.p):
        raise InvalidParameterError(
            "p = inf: a sample has pre-activations of finitely many neurons; give a finite width"
        )
    N, p = positive("N", N), int(net.p)
    s, u = real_array("s", s, ("M", net.p_star)), real_array("u", u, ("M", p))
    if s.shape[0] != u.shape[0]:
        raise InvalidParameterError(f"s has {s.shape[0]} rows and u {u.shape[0]}: give both for the same samples")
    if not len(s) / _SAMPLES_MAX <= N <= len(s) * _INPUTS_MAX:
        wanted = f"one from M/{_SAMPLES_MAX:g} to {_INPUTS_MAX:g} M, for M = {len(s)} samples"
        raise refuse("N", N, wanted)
    width = p + net.p_star
    require_memory(8 * len(s) * (6 * width + 20), f"{len(s)} samples of {width} pre-activations", "give fewer samples")
    if s.shape[0] < p:  # neurons with equal pre-activations would make several modes unstable at once
        raise InvalidParameterError(f"M = {s.shape[0]} samples for p = {p} neurons: give at least as many samples")
    L = np.eye(net.p_star + p) if gram is None else _factor(gram, net.p_star + p)
    points, scale = _points(net, s, u, L), hessian_scale(p)
    if gram is None:
        _check_orthonormal(np.concatenate([points.s, points.u], axis=1).T)
    student = np.roll(np.linalg.qr(L[net.p_star :].T)[0], -net.p_star, axis=0)
    edge = _solved(points, len(s) / N, student)
    return Conditional(
        net=net,
        N=N,
        M=len(s),
        left_edge=scale * edge.point.z,
        stieltjes=edge.curve.averages.matrix(edge.point.gamma) / scale,
        outliers=tuple(
            ConditionalOutlier(scale * x.z, x.teacher, x.student, scale * x.residual) for x in find_outliers(edge)
        ),
        residual=scale * _residual(edge),
    )
