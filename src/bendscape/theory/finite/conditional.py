r"""The Hessian of one sample from its pre-activations alone: ``conditional(net, s=..., u=..., N=...)``.

Given the pre-activations `t = (s, u)` of a sample, what is random about its inputs is their part orthogonal to all
weight vectors, and that part is Gaussian. Nothing else is averaged: neither the labels nor the directions of `u`. In
units of `2/p`, with `F = [(yhat - y) I + (2/p) u u^T]/(a + y)` and `A = F (I - G F)^{-1}`, the `p x p` matrix `G` obeys

    Z(G) = G^{-1} + (1/N) sum_mu A_mu = z I,

and outliers are the `z` at which `z - T(z)` is singular, `T = (1/N) sum_mu A_mu (x) tau_mu tau_mu^T`, where `tau` are
the coordinates of the input along an orthonormal basis of the weight vectors.

The derivative of `Z` is `B -> -J B`, `J B = G^{-1} B G^{-1} - (1/N) sum A B A`. Left of the bulk `G` is negative
definite and `J` positive definite; the bulk begins where `J` becomes singular, which is where the map
`B -> G [(1/N) sum A B A] G` gets spectral radius one. As a function of `z` the solution ends there in a square root, so
`z` is not what the solver steps in: along `r = -tr G/p` the solution is smooth, `z(r)` rises from minus infinity, and
its maximum is the edge. (The matrix that `J` sends to zero is positive definite, as in the theorem of Perron and
Frobenius, so its trace does not vanish and the equations bordered with `tr G = -p r` are regular at the edge.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ...arguments import positive
from ...errors import AccuracyError, InvalidParameterError, LimitError
from ...memory import reserve
from ...models.quadratic import QuadraticNetwork
from ...units import hessian_scale
from ...user_arrays import real_array
from ..measure import Array
from ..roots import bracketed_root

__all__ = ["Conditional", "ConditionalOutlier", "conditional"]

_CHUNK = 1 << 15  # samples times pairs of neurons treated at once, so that they stay in cache
_NEAR = 0.05  # a diagonal element of I - G F below which Sherman-Morrison would lose digits
_NEWTON = 12  # steps; a start from which more are needed was too far away
_FAR = 1e9  # r, times a typical curvature, beyond which the solution is taken to run to infinity


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
    """What :func:`conditional` returns, in units of `H`.

    Attributes
    ----------
    net : QuadraticNetwork
    N, M : float, int
        Input dimension and number of samples.
    left_edge : float
        Where the bulk begins; the edge of a finite sample is always sharp.
    stieltjes : array, shape (p, p)
        `G_kk' = (1/N) sum_i [(z - H)^{-1}]_{(k i),(k' i)}` at the left edge.
    outliers : tuple of ConditionalOutlier
        Left of the bulk, from the smallest eigenvalue up, each as often as it occurs; empty if there is none.
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


@dataclass(frozen=True, eq=False)
class _Point:
    """A solution `G = Q diag(gamma) Q^T`; `motion` is `dG/dr` and `rise` is `dz/dr`, `unstable` counts `J < 0`.

    `residual` is the largest element of `Z(G) - z I` and `size` that of its terms.
    """

    r: float
    z: float
    rise: float
    frame: Array
    gamma: Array
    motion: Array
    unstable: int
    residual: float
    size: float

    @property
    def matrix(self) -> Array:
        """`G` in the coordinates of the neurons."""
        return np.asarray((self.frame * self.gamma) @ self.frame.T)

    def predict(self, r: float) -> Array:
        """`G` at another `r`, along the tangent."""
        return np.asarray(self.matrix + (r - self.r) * self.frame @ self.motion @ self.frame.T)


@dataclass(frozen=True, eq=False)
class _Sample:
    """`F_mu = f0 I + c u u^T` in units of `2/p` (`u` has shape (p, M)), and `tau`, of shape (p_star + p, M)."""

    f0: Array
    c: Array
    u: Array
    tau: Array
    N: float

    @property
    def p(self) -> int:
        return int(self.u.shape[0])

    @cached_property
    def norms(self) -> Array:
        """Bounds of the norms of `F_mu`."""
        return np.asarray(np.abs(self.f0) + self.c * np.sum(self.u**2, axis=0))

    @property
    def lowest(self) -> float:
        """The lowest eigenvalue of all `F_mu`."""
        along = self.c * np.sum(self.u**2, axis=0) if self.p == 1 else 0.0
        return float(np.min(self.f0 + along))

    @cached_property
    def pairs(self) -> tuple[Array, Array]:
        """Neurons `i <= j`: symmetric `p x p` matrices are stored as vectors of `n = p(p+1)/2` elements."""
        return np.triu_indices(self.p)

    @cached_property
    def place(self) -> Array:
        """Where element `ij` is stored, shape (p, p)."""
        return _places(self.p)

    @cached_property
    def basis(self) -> Array:
        """Orthonormal basis of the symmetric matrices, shape (n, p^2)."""
        i, j = self.pairs
        basis, k = np.zeros((i.size, self.p, self.p)), np.arange(i.size)
        basis[k, i, j] = basis[k, j, i] = np.where(i == j, 1.0, math.sqrt(0.5))
        return basis.reshape(i.size, -1)

    def _negative(self, f0: Array, c: Array, v: Array, gamma: Array) -> bool:
        """Whether a matrix `I + P^{1/2} F P^{1/2}`, `P = -G`, is not positive definite: `G` is inside the bulk."""
        w = np.sqrt(-gamma) * v.T
        matrix = c[:, None, None] * w[:, :, None] * w[:, None, :]
        matrix += (1.0 - f0[:, None] * gamma)[:, :, None] * np.eye(self.p)
        return bool(np.any(np.linalg.eigvalsh(matrix)[:, 0] <= 0))

    def blocks(self, frame: Array, gamma: Array) -> Iterator[tuple[slice, Array]]:
        """`A_mu` in the frame of `G`, shape (n, samples), some samples at a time; an _OutsideError inside the bulk."""
        i, j = self.pairs
        rows = max(1, _CHUNK // i.size)
        for start in range(0, self.f0.size, rows):
            part = slice(start, start + rows)
            f0, c, v = self.f0[part], self.c[part], frame.T @ self.u[:, part]
            diagonal = 1.0 - gamma[:, None] * f0  # of I - G F without its rank-one part
            near = np.flatnonzero(diagonal.min(axis=0) < _NEAR)
            diagonal[:, near] = 1.0
            w = v / diagonal
            A = (c / (1.0 - c * np.sum(w * gamma[:, None] * v, axis=0))) * w[i] * w[j]
            A[i == j] += f0 / diagonal
            if near.size:
                A[:, near] = self._directly(f0[near], c[near], v[:, near], gamma)
            yield part, A

    def _directly(self, f0: Array, c: Array, v: Array, gamma: Array) -> Array:
        if self._negative(f0, c, v, gamma):
            raise _OutsideError
        F = c[:, None, None] * v.T[:, :, None] * v.T[:, None, :] + f0[:, None, None] * np.eye(self.p)
        i, j = self.pairs
        return np.asarray(np.linalg.solve(np.eye(self.p) - F * gamma, F)[:, i, j].T)

    def moments(self, frame: Array, gamma: Array) -> tuple[Array, Array]:
        """`(1/N) sum A`, shape (n,), and `(1/N) sum A A^T` of these vectors, shape (n, n)."""
        n = self.pairs[0].size
        first, second = np.zeros(n), np.zeros((n, n))
        for _, A in self.blocks(frame, gamma):
            first += A.sum(axis=1)
            second += A @ A.T
        return first / self.N, second / self.N

    def block(self, at: _Point) -> Array:
        """`T` with `(k, i)` at row `k (p_star + p) + i`, in the frame of `G`."""
        i, j = np.triu_indices(self.tau.shape[0])
        total = np.zeros((self.pairs[0].size, i.size))
        for part, A in self.blocks(at.frame, at.gamma):
            tau = self.tau[:, part]
            total += A @ (tau[i] * tau[j]).T
        return self._unfold(total / self.N)

    def block_rate(self, at: _Point) -> Array:
        """`dT/dr = (1/N) sum A (dG/dr) A (x) tau tau^T`."""
        i, j = np.triu_indices(self.tau.shape[0])
        total, left, right = np.zeros((self.pairs[0].size, i.size)), *self.pairs
        for part, A in self.blocks(at.frame, at.gamma):
            tau, full = self.tau[:, part], A[self.place].transpose(2, 0, 1)
            total += (full @ at.motion @ full)[:, left, right].T @ (tau[i] * tau[j]).T
        return self._unfold(total / self.N)

    def _unfold(self, total: Array) -> Array:
        q = self.tau.shape[0]
        full = total[self.place][:, :, _places(q)]
        return np.asarray(full.transpose(0, 2, 1, 3).reshape(self.p * q, self.p * q))


class _OutsideError(Exception):
    """`G` is not on the branch left of the bulk."""


def _places(size: int) -> Array:
    place = np.zeros((size, size), dtype=int)
    i, j = np.triu_indices(size)
    place[i, j] = place[j, i] = np.arange(i.size)
    return place


def _bordered(sample: _Sample, gamma: Array, second: Array) -> Array:
    """`J` in an orthonormal basis, bordered by the identity: shape (n + 1, n + 1)."""
    i, j = sample.pairs
    products = second[sample.place[:, :, None, None], sample.place]  # sum A_ij A_kl
    p2 = sample.p**2
    map_ = sample.basis @ products.transpose(0, 3, 1, 2).reshape(p2, p2) @ sample.basis.T  # B -> sum A B A
    matrix = np.zeros((i.size + 1, i.size + 1))
    matrix[:-1, :-1] = np.diag(1.0 / (gamma[i] * gamma[j])) - map_
    matrix[-1, :-1] = matrix[:-1, -1] = i == j
    return matrix


def _evaluate(sample: _Sample, G: Array) -> tuple[_Point, Array]:
    """A trial point, `z` such that the residual has no trace, and the step that Newton takes from it."""
    gamma, frame = np.linalg.eigh(G)
    if not np.all(np.isfinite(gamma)) or gamma[-1] >= 0:
        raise _OutsideError
    i, j = sample.pairs
    first, second = sample.moments(frame, gamma)
    value = first + np.where(i == j, 1.0 / gamma[i], 0.0)
    z = float(value[i == j].mean())
    error = value - np.where(i == j, z, 0.0)
    matrix = _bordered(sample, gamma, second)
    if not np.all(np.isfinite(matrix)):
        raise _OutsideError
    right = np.zeros((i.size + 1, 2))
    right[:-1, 0] = np.where(i == j, 1.0, math.sqrt(2.0)) * error
    right[-1, 1] = -sample.p
    solution = np.linalg.solve(matrix, right)
    step, motion = (_symmetric(sample, column) for column in solution[:-1].T)
    unstable = int(np.sum(np.linalg.eigvalsh(matrix[:-1, :-1]) < 0))
    point = _Point(
        r=-float(gamma.mean()),
        z=z,
        rise=float(solution[-1, 1]),
        frame=frame,
        gamma=gamma,
        motion=motion,
        unstable=unstable,
        residual=float(np.abs(error).max()),
        size=float(np.abs(1.0 / gamma).max() + np.abs(first).max()),
    )
    return point, np.asarray(G + frame @ step @ frame.T)


def _symmetric(sample: _Sample, vector: Array) -> Array:
    return np.asarray((vector @ sample.basis).reshape(sample.p, sample.p))


def _solve(sample: _Sample, G: Array) -> _Point | None:
    """The solution with the trace of `G`, by Newton from `G`; None if that is too far away."""
    last = math.inf
    try:
        for _ in range(_NEWTON):
            point, following = _evaluate(sample, G)
            error = point.residual / point.size
            if error < 1e-15 or 0.1 * last <= error < 1e-9:
                break  # rounding is all that is left
            if error > 1e3 * last:
                return None
            last, G = error, (following + following.T) / 2
        else:
            return None
    except (_OutsideError, np.linalg.LinAlgError):
        return None
    # on the branch J is positive definite, up to the edge, and has one negative eigenvalue beyond
    return point if point.unstable == (point.rise < 0) else None


@dataclass(eq=False)
class _Curve:
    """The solution along `r`, from `z = -inf` to a little beyond the edge; `points` are sorted by `r`."""

    sample: _Sample
    points: list[_Point] = field(default_factory=list)

    def _keep(self, point: _Point) -> _Point:
        self.points.append(point)
        self.points.sort(key=lambda one: one.r)
        return point

    def start(self) -> None:
        """A first point, where `G` is small enough for `F` to be a perturbation."""
        s = self.sample
        r = 0.3 / max(float(np.abs(s.f0).max()), math.sqrt(float(np.sum(s.norms**2)) / s.N))
        for _ in range(40):
            point = _solve(s, -r * np.eye(s.p))
            if point is not None and point.rise > 0:
                self._keep(point)
                return
            r /= 4
        raise AccuracyError("no solution was found far left of the bulk: give smaller pre-activations")

    def march(self) -> None:
        """Up to the first point beyond the edge."""
        factor, s = 2.0, self.sample
        far = math.inf if s.lowest < 0 else _FAR / float(np.median(s.norms))
        while (last := self.points[-1]).rise > 0:
            if last.r > far:
                raise LimitError(
                    "the bulk begins with zero eigenvalues: no sample has negative curvature, and there are too few "
                    "for so many inputs; give more samples"
                )
            point = _solve(self.sample, last.predict(last.r * factor))
            if point is not None:
                self._keep(point)
                factor = min(2.0, factor**2)
            elif (factor := math.sqrt(factor)) < 1 + 1e-9:
                raise AccuracyError(
                    f"the left edge was not reached from z = {last.z:g}, residual {last.residual:g}: give more samples"
                )

    def at(self, r: float) -> _Point:
        """The solution at `r`, from the nearest one known, through others if need be."""
        for _ in range(60):
            near = min(self.points, key=lambda one: abs(math.log(one.r / r)))
            if near.r == r:
                return near
            goal = r
            while (point := _solve(self.sample, near.predict(goal))) is None:
                goal = math.sqrt(goal * near.r)
                if abs(goal / near.r - 1) < 1e-12:
                    raise AccuracyError(f"no solution near z = {near.z:g}, tr G/p = {-near.r:g}: give more samples")
            self._keep(point)
            if goal == r:
                return point
        raise AccuracyError(f"no solution at tr G/p = {-r:g}: give more samples")

    def edge(self) -> _Point:
        """Where `z` is largest: a maximum, so that an error of `r` enters squared."""
        below, beyond = self.points[-2:]
        r = bracketed_root(
            lambda r: self.at(r).rise * r**2, below.r, beyond.r, "the edge, in tr G/p", xtol=1e-12 * below.r, rtol=1e-12
        )
        edge = self.at(r)
        self.points = [point for point in self.points if point.r <= r]
        return edge


def _outliers(curve: _Curve, edge: _Point, student: Array) -> tuple[ConditionalOutlier, ...]:
    """Eigenvalues of `z - T(z)` rise with `z`: each that is positive at the edge has vanished once on the left."""
    sample, scale = curve.sample, hessian_scale(curve.sample.p)
    known: dict[float, Array] = {}

    def gaps(r: float) -> Array:
        """`r` times the eigenvalues of `z - T(z)`: minus one far from the bulk."""
        if r not in known:
            point = curve.at(r)
            known[r] = r * (point.z - np.linalg.eigvalsh(sample.block(point))[::-1])
        return known[r]

    size = sample.p * sample.tau.shape[0]
    found = [_crossing(gaps, k, edge.r) for k in range(size - int(np.sum(gaps(edge.r) > 0)), size)]
    outliers = []
    for k, r in found:
        at = curve.at(r)
        shares = _shares(sample, at, size - 1 - k, student)
        outliers.append(ConditionalOutlier(scale * at.z, *shares, scale * abs(float(gaps(r)[k])) / r))
    return tuple(sorted(outliers, key=lambda one: one.value))


def _crossing(gaps: Any, k: int, edge: float) -> tuple[int, float]:
    """`r` at which the `k`-th eigenvalue, in rising order, is zero."""
    high, stride = math.log(edge), 0.2
    while gaps(math.exp(low := high - stride))[k] > 0:
        high, stride = low, 2 * stride
    return k, math.exp(
        bracketed_root(lambda x: float(gaps(math.exp(x))[k]), low, high, "an outlier, in log tr G/p", xtol=1e-14)
    )


def _shares(sample: _Sample, at: _Point, number: int, student: Array) -> tuple[float, float]:
    """Squared overlaps with teacher and student, `1/(v^T (1 - T'(z)) v)` split as the null vector `v` is."""
    q = sample.tau.shape[0]
    v = np.linalg.eigh(sample.block(at))[1][:, number]
    weight = at.rise / (at.rise - float(v @ sample.block_rate(at) @ v))  # T'(z) = (dT/dr)/(dz/dr)
    shape = v.reshape(sample.p, q)
    teacher = shape[:, : q - student.shape[1]]
    return weight * float(np.sum(teacher**2)), weight * float(np.sum((shape @ student) ** 2))


def _factor(gram: Any, size: int) -> Array:
    """The Cholesky factor `L` of the overlaps."""
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
    """Whether the second moments of a sample could be those of orthonormal weight vectors, give or take chance."""
    M = t.shape[1]
    moment = t @ t.T / M - np.eye(t.shape[0])
    chance = 8 * math.sqrt(2 / M) + 20 / M  # of a chi-squared variable, with its long tail
    worst = float(np.abs(moment).max())
    if worst > chance:
        raise InvalidParameterError(
            f"the second moments of (s, u) differ from the identity by {worst:.3g}, more than {M} samples allow by "
            "chance: give gram = W W^T/N of the (teacher, student) weight vectors"
        )


def _sample(net: QuadraticNetwork, s: Array, u: Array, N: float, L: Array) -> _Sample:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        y, yhat = np.mean(s**2, axis=1), np.mean(u**2, axis=1)
        f0, c = (yhat - y) / (net.a + y), hessian_scale(net.p) / (net.a + y)
        size = float(np.sum((np.abs(f0) + c * yhat) ** 2))
    if not np.all(net.a + y > 0):
        raise InvalidParameterError("a = 0 and a sample with y = 0: the loss divides by a + y; give a > 0")
    if size == 0:
        raise InvalidParameterError(
            "the curvature of every sample vanishes, and with it the Hessian: give other samples"
        )
    if not math.isfinite(size):
        raise InvalidParameterError("s or u is so large, or a + y so small, that the curvature overflows: rescale them")
    tau = np.linalg.solve(L, np.concatenate([s, u], axis=1).T)
    return _Sample(f0, c, np.ascontiguousarray(u.T), tau, N)


def conditional(net: QuadraticNetwork, *, s: Any, u: Any, N: float, gram: Any = None) -> Conditional:
    r"""Left edge and outliers of the Hessian of one sample, given its pre-activations.

    Averages over the actual samples stand where the limit has expectations (module docstring), so the law of the
    curvature need not be rotation invariant: the student may have any norm and any overlap with the teacher, as at any
    time of training. A finite sample has a lowest curvature, hence a sharp edge, and its outliers leave the bulk where
    the sample, not the limit, lets them. Neither the inputs nor the Hessian are needed: `O(M p^4)` operations, nearly
    all of them matrix products.

    Only the left side is computed: for finite `p` the curvature has no upper bound, and what a single sample has on the
    right is the accident of its largest values.

    Parameters
    ----------
    net : QuadraticNetwork
        Of finite width.
    s : array_like, shape (M, p_star)
        Pre-activations `w*_l . x` of the teacher.
    u : array_like, shape (M, p)
        Pre-activations `w_k . x` of the student.
    N : float
        Input dimension.
    gram : array_like, shape (p_star + p, p_star + p), optional
        Overlaps `W W^T / N` of the weight vectors, the teacher's first. The default is the identity, for independent
        vectors on the sphere of radius `sqrt(N)`; their actual overlaps are `O(N^{-1/2})`, and giving them is better.
        They are not estimated from the sample, whose second moments fluctuate by `O(M^{-1/2})` themselves; but a
        sample whose second moments cannot be those of orthonormal vectors is refused. Trained weights need `gram`.

    Returns
    -------
    Conditional
        In units of `H`.

    Raises
    ------
    InvalidParameterError
        If the width is infinite, a shape does not fit, a number is not finite, `N` is not positive, there are fewer
        samples than neurons, `gram` is not symmetric and positive definite or is missing where the sample needs it,
        `a + y` vanishes, or the curvature does.
    LimitError
        If there are so few samples, none of negative curvature, that the bulk begins with zero eigenvalues.
    AccuracyError
        If the equations could not be solved.

    Notes
    -----
    The weights must be independent of the part of the inputs that is orthogonal to them: true at initialisation, and
    for weights that were trained on *other* data. On the data they were trained on it is an approximation, which leaves
    out how the weights depend on the inputs. With `p = 2`, `p_star = 1`, `a = 1.5` and a few steps of gradient descent,
    eigenvalues and teacher overlaps were as good as on other data at `N` = 600 and 900, and worse below; the lowest
    eigenvector's student overlap is predicted about a tenth too large at any `N` tried. Nothing was tried near
    convergence.

    Also left out are `O(N^{-1/2})` fluctuations of the outliers that the orthogonal parts of the inputs cause, and
    eigenvectors of the bulk's edge that are localised on single extreme samples.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> from bendscape.theory.finite.conditional import conditional
    >>> net, N = bs.QuadraticNetwork(p=2, p_star=1, a=1.5), 10_000
    >>> rng = np.random.default_rng(0)
    >>> s, u = rng.standard_normal((2 * N, 1)), rng.standard_normal((2 * N, 2))
    >>> found = conditional(net, s=s, u=u, N=N)
    >>> round(found.left_edge, 2), [round(outlier.value, 2) for outlier in found.outliers]
    (-0.88, [-0.94, -0.93])
    >>> round(bs.spectrum(net, alpha=2.0).left_edge.value, 2)
    -0.89

    A student that has learned something, on fresh data:

    >>> gram = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> t = rng.standard_normal((2 * N, 3)) @ np.linalg.cholesky(gram).T
    >>> found = conditional(net, s=t[:, :1], u=t[:, 1:], N=N, gram=gram)
    >>> [round(outlier.overlap2_teacher, 1) for outlier in found.outliers]
    [0.3]
    """
    if not isinstance(net, QuadraticNetwork):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork")
    if math.isinf(net.p):
        raise InvalidParameterError("p = inf: give a finite width, for a sample has pre-activations of so many neurons")
    N, p = positive("N", N), int(net.p)
    s, u = real_array("s", s, ("M", net.p_star)), real_array("u", u, ("M", p))
    if s.shape[0] != u.shape[0]:
        raise InvalidParameterError(f"s has {s.shape[0]} rows and u {u.shape[0]}: give both for the same samples")
    width = p + net.p_star
    reserve(8 * len(s) * (6 * width + 20), f"{len(s)} samples of {width} pre-activations", "give fewer samples")
    if s.shape[0] < p:  # directions that no sample tells apart would make several modes unstable at once
        raise InvalidParameterError(f"M = {s.shape[0]} samples for p = {p} neurons: give at least as many samples")
    L = np.eye(net.p_star + p) if gram is None else _factor(gram, net.p_star + p)
    curve = _Curve(_sample(net, s, u, N, L))
    if gram is None:
        _check_orthonormal(curve.sample.tau)
    curve.start()
    curve.march()
    edge, scale = curve.edge(), hessian_scale(p)
    return Conditional(
        net=net,
        N=N,
        M=int(s.shape[0]),
        left_edge=scale * edge.z,
        stieltjes=edge.matrix / scale,
        outliers=_outliers(curve, edge, np.linalg.qr(L[net.p_star :].T)[0]),
        residual=scale * edge.residual,
    )
