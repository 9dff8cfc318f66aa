r"""The labels of one sample, at any `N`: its Hessian's spectrum depends on nothing else at leading order.

The sums of :eq:`fs-conditional` run over them.

Up to `N = 5000` all `M` pairs of pre-activations are drawn. Beyond, a sample is **compressed**: its most negative
curvatures, which govern the left edge, are drawn one by one by their order statistics
(:mod:`bendscape.theory.finite_size.extremes`), and the rest are Poisson numbers on the points of a quadrature rule.
Either way the same seed gives samples that grow with `alpha`: a larger one contains the smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._types import Array
from ...arguments import positive, refuse, seed_sequence
from ...errors import InvalidParameterError
from ...memory import require_memory
from ...models.general import Network
from ...models.methods import HessianMethod
from ...models.network import LawEdge
from ...models.preprocessing import SpectralMethod
from ...models.quadratic import QuadraticNetwork
from ...user_arrays import real_array, shown
from ..law.averages import averages_of
from ..law.measure import BULK, CurvatureMeasure
from .extremes import extreme_labels, remaining_labels

__all__ = ["Labels", "draw_labels", "given_labels"]

DIRECT = 5000  # largest N at which all samples are drawn one by one


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of one sample, ordered by increasing curvature.

    Attributes
    ----------
    net : QuadraticNetwork
    N : float
        Input dimension.
    y, yhat : array, shape (n,)
        Outputs of teacher and student.
    count : array, shape (n,)
        Number of samples at each point: ones, or the numbers of a compressed sample.
    s : array, shape (n, p_star), or None
        Pre-activations of the teacher, in coordinates that are orthonormal on its span. None if compressed.
    u : array, shape (n, p), or None
        Pre-activations of the student.
    """

    net: QuadraticNetwork
    N: float
    y: Array
    yhat: Array
    count: Array
    s: Array | None = None
    u: Array | None = None

    @property
    def alpha(self) -> float:
        """Samples over inputs, `M/N`, of this sample."""
        return float(self.count.sum() / self.N)

    @property
    def free(self) -> float:
        """Share `nu` of the directions in the equations of the left edge, :eq:`fs-free`.

        Of the `p N` directions, `p p_star` (the teacher's) are treated separately and one (each neuron along its own
        weights) has positive curvature; the edge is that of the others.
        """
        return 1.0 - (self.net.p_star + 1.0 / self.net.p) / self.N

    @property
    def modes(self) -> tuple[Array, ...]:
        """Eigenvalues `f_0` and `f_1` of the curvature matrices, :eq:`law`: one array for each kind that there is."""
        return tuple(np.asarray(f) for f in self.net.curvature(self.y, self.yhat))

    def without(self, n: int) -> Labels:
        """Return the sample without its `n` first points."""
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 0 <= n < len(self.y):
            raise refuse("n", n, f"an integer, zero or positive, below the number of points, {len(self.y)}")
        s, u = (None if x is None else x[n:] for x in (self.s, self.u))
        return Labels(self.net, self.N, self.y[n:], self.yhat[n:], self.count[n:], s, u)

    def measure(self) -> CurvatureMeasure:
        """Return the sample as weighted points; solvers of the limit take them in the place of a quadrature rule."""
        share = self.count / self.count.sum()
        label = {"y": self.y * share, "yhat": self.yhat * share}
        weights = {BULK: np.concatenate([m.fraction * share for m in self.net.modes])}
        for sector in self.net.sectors:
            parts = [sector.weights.get(m.name, 0.0) * label[sector.label] for m in self.net.modes]
            weights[sector.name] = np.concatenate(parts)
        f = np.concatenate(self.modes)
        lowest = f[weights[BULK] > 0].min()
        # one term of the sum <A^2> diverges at the lowest point, so that z' vanishes before, and the edge of every
        # sample is sharp, if only as the island of this one                                             :eq:`fs-island`
        end = LawEdge(float(lowest), "power", -1.0, mean_square=np.inf)
        return CurvatureMeasure(f, weights, end, None)


def _sorted(net: QuadraticNetwork, N: float, s: Array, u: Array, coordinates: Array) -> Labels:
    y, yhat = np.mean(s**2, axis=1), np.mean(u**2, axis=1)
    order = np.argsort(np.asarray(net.curvature(y, yhat)[0]), kind="stable")
    ones = np.ones(len(order))
    return Labels(net, N, y[order], yhat[order], ones, coordinates[order], u[order])


def given_labels(net: QuadraticNetwork, *, N: float, s: Any, u: Any, overlaps: Any = None) -> Labels:
    """Return the labels of a given sample.

    Parameters
    ----------
    net : QuadraticNetwork
        Of finite width.
    N : float
        Input dimension.
    s, u : array_like, shape (M, p_star) and (M, p)
        Pre-activations of teacher and student at random weights.
    overlaps : array_like, shape (p_star, p_star), optional
        `w*_l . w*_l' / N`; without it the teacher's weight vectors are taken as orthogonal.

    Raises
    ------
    InvalidParameterError
        If shapes do not fit the network, a number is not finite, or the overlaps are not positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> net, rng = bs.QuadraticNetwork(p=2, p_star=1, a=0.7), np.random.default_rng(0)
    >>> u, s = rng.standard_normal((200, 2)), rng.standard_normal((200, 1))
    >>> labels = bs.theory.given_labels(net, N=100, s=s, u=u)
    >>> labels.alpha, float(labels.modes[0][0].round(3))
    (2.0, -0.953)
    """
    net = finite_width(net)
    N = positive("N", N)
    least = 2 * (net.p + net.p_star)
    if least > N:
        raise InvalidParameterError(f"N = {N:g}: give at least 2 (p + p_star) = {least:g}")
    s = real_array("s", s, ("M", net.p_star), remedy="leave such samples out")
    u = real_array("u", u, ("M", int(net.p)), remedy="leave such samples out")
    if len(s) != len(u):
        raise InvalidParameterError(f"s has {len(s)} samples and u has {len(u)}: give the same")
    gram = np.eye(net.p_star) if overlaps is None else real_array("overlaps", overlaps, (net.p_star, net.p_star))
    try:
        if not np.allclose(gram, gram.T):  # a comparison that nan fails, too
            raise np.linalg.LinAlgError
        root = np.linalg.cholesky(gram)
    except np.linalg.LinAlgError:
        raise InvalidParameterError("overlaps is not symmetric and positive definite: give w* w*^T / N") from None
    return _sorted(net, N, s, u, np.linalg.solve(root, s.T).T)  # tau = root^-1 s is orthonormal


def finite_width(model: Any) -> QuadraticNetwork:
    """Return the quadratic network of finite width that equals the model, of whatever class; raise for others."""
    net = averages_of(model) if isinstance(model, Network) else model
    if not isinstance(net, QuadraticNetwork):
        named = model if isinstance(model, Network | SpectralMethod | HessianMethod) else shown(model)
        raise InvalidParameterError(
            f"net = {named}: the theory of finite size is for one student of finite width with the paper's loss, and "
            "for labels without noise: give a QuadraticNetwork"
        )
    if np.isinf(net.p):
        raise InvalidParameterError("p = inf is taken after N -> inf: give a finite width for a finite N")
    for name, most in (("p", 100), ("p_star", 100), ("a", 1e6)):
        if getattr(net, name) > most:
            raise InvalidParameterError(
                f"{name} = {getattr(net, name)}: give {name} up to {most:g} to the theory of finite size"
            )
    return net


def draw_labels(net: QuadraticNetwork, *, alpha: float, N: float, seed: Any) -> Labels:
    """Draw the labels of a random sample of size `M = alpha N`, at a cost that does not grow beyond `N = 5000`.

    Parameters
    ----------
    net : QuadraticNetwork
        Of finite width.
    alpha, N : float
        Samples over inputs, and inputs: any `N` from `2 (p + p_star)` up to 1e20.
    seed : int, SeedSequence or None
        The same seed gives samples that grow with `alpha`.

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain.

    Examples
    --------
    >>> import bendscape as bs
    >>> from bendscape.theory.finite_size.labels import draw_labels
    >>> labels = draw_labels(bs.QuadraticNetwork(p=2, p_star=1, a=1.5), alpha=1.0, N=1e12, seed=1)
    >>> len(labels.y) < 5000, abs(labels.alpha - 1) < 1e-5
    (True, True)
    """
    net = finite_width(net)
    alpha, N = positive("alpha", alpha), positive("N", N)
    least = 2 * (net.p + net.p_star)
    # beyond 1e20 the distance delta_- of the edge from the pole of the lowest f, which falls like N^(-1/2), is lost to
    # rounding in 1 - g f                                                                                :eq:`fs-island`
    if not least <= N <= 1e20:
        raise InvalidParameterError(f"N = {N:g}: give a number from 2 (p + p_star) = {least:g} to 1e20")
    if alpha * N > 1e25:
        raise InvalidParameterError(f"alpha = {alpha!r}: alpha N = {alpha * N:.3g} samples are beyond 1e25: give fewer")
    if round(alpha * N) < 1:
        raise InvalidParameterError(f"alpha = {alpha!r}: alpha N rounds to zero samples at N = {N:g}: give more")
    teacher_stream, label_stream, student_stream = seed_sequence(seed).spawn(3)
    rng = np.random.default_rng(label_stream)
    if N > DIRECT:
        y, yhat, last = extreme_labels(net, alpha * N, rng)
        rest = remaining_labels(net, alpha * N, len(y), last, rng)
        joined = (np.concatenate(pair) for pair in zip((y, yhat, np.ones(len(y))), rest, strict=True))
        return Labels(net, N, *joined)
    M, width = round(alpha * N), net.p_star + int(net.p)
    require_memory(4 * 8 * M * width, f"pre-activations of {M} samples", "a smaller alpha or N takes less")
    t = rng.standard_normal((M, width))
    coordinates, u = t[:, : net.p_star], t[:, net.p_star :]
    s = coordinates @ _overlap_root(net.p_star, round(N), teacher_stream).T
    return _sorted(net, N, s, u @ _overlap_root(int(net.p), round(N), student_stream).T, coordinates)


def _overlap_root(width: int, N: int, stream: np.random.SeedSequence) -> Array:
    """The Cholesky factor of the overlaps `w_k . w_k'/N` of `width` random weight vectors."""
    w = np.random.default_rng(stream).standard_normal((width, N))
    unit = w / np.linalg.norm(w, axis=1, keepdims=True)
    return np.asarray(np.linalg.cholesky(unit @ unit.T))
