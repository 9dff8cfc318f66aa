r"""A small random matrix whose lowest eigenvalues are those of the Hessian of one sample.

The teacher's directions, the `KEPT` most extreme samples, and the lowest modes of everything else are kept explicit;
the rest is a deterministic background with Gaussian noise. Eliminating all but these from `z - H` leaves
(:eq:`fs-augmented`, :eq:`fs-schur`)

           [ F_K^-1 - G - Y      s x 1/N^(1/2) - Y'    c/(pN)^(1/2)         ]    samples
    M(z) = [  .                  z - T - W             c v^(1/2)/(pN)^(1/2) ]    teacher
           [  .                   .                    z - lambda           ]    edge modes

Its eigenvalues grow with `z` (:eq:`fs-monotone`). Where one of them is zero, the Hessian has an eigenvalue
(:eq:`fs-count`); its eigenvector's share in the teacher's span is that of the null vector, normalised with the
derivative in `z` (:eq:`fs-null`). Without the modes' own part the background is smooth at its edge, so that a linear
function of `z` describes it nearby (:eq:`fs-slope`); eigenvalues far in front of the edge are solved for again at their
own `z`. The derivative fluctuates together with the noise, whose variance grows with `z` (:eq:`fs-growth`): directions
whose eigenvalue reaches zero first have a larger derivative than the mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from .airy import airy_points, place_modes
from .background import BulkEquivalent
from .directions import DirectionDraw, draw_directions, teacher_block
from .labels import Labels
from .sectors import crossed_variances, mode_variances, shared_fraction, symmetric_noise

__all__ = ["PencilDraw", "SchurPencil", "draw_pencil"]

KEPT = 5  # number of explicit samples
_EXTRA_MODES = 12  # explicit modes beyond the requested eigenvalues
_EXTRA_DEPTH = 4.0  # number of eigenvalues beyond the explicit modes up to which the density is computed
_REFERENCE_DEPTH = 0.5  # distance in front of the edge at which the pencil is linearised, in units of `bulk.scale`
_REFINED_DEPTH = 2.0  # in the same units: an eigenvalue farther in front is solved for again at its own place
_LEAST_CURVATURE = 1e-6  # |f| along u of an explicit sample; a direction with less negative curvature is left out
_DEPTH_RATIO = 2.0  # the growth of the noise is measured between a distance times and over this
_GAUSS = np.polynomial.legendre.leggauss(48)  # nodes and weights for the mean of the explicit modes


@dataclass(frozen=True, eq=False)
class PencilDraw:
    """Random numbers of one sample besides its labels: standard normal numbers and points of the Airy process.

    Attributes
    ----------
    blocks : array, shape (n, n, p, p)
        Noise of the inputs, of `n` samples and teacher's directions.
    points : array
        Points of the Airy process, one more than there are modes.
    spread, shared : array, shape (n, p, modes)
        Couplings of independent modes, and of groups of `p` modes that share a vector.
    directions : DirectionDraw
    s, u : array, shapes (samples, p_star) and (samples, p)
        Directions of the explicit samples.
    """

    blocks: Array
    points: Array
    spread: Array
    shared: Array
    directions: DirectionDraw
    s: Array
    u: Array


def samples_needed(p: int, number: int) -> int:
    """Number of samples that have `number` eigenvalues and a few more if each sample has its own, :eq:`fs-island`."""
    return -(-number // max(p - 1, 1)) + 4


def draw_pencil(p: int, p_star: int, number: int, kept: int, rng: np.random.Generator) -> PencilDraw:
    """Draw all random numbers of a sample besides its labels."""
    kept = max(kept, samples_needed(p, number))
    n, modes = kept + p_star, number + _EXTRA_MODES
    points = airy_points(modes + 1, rng)
    blocks, spread = rng.standard_normal((n, n, p, p)), rng.standard_normal((n, p, modes))
    # eta: in each group of p modes one number a row, times p^(1/2) times a random rotation           :eq:`fs-amplitude`
    groups = -(-modes // p)
    frames = np.linalg.qr(rng.standard_normal((groups, p, p)))[0]
    common = rng.standard_normal((n, 1, groups, 1)) * np.sqrt(p) * frames.transpose(1, 0, 2)
    shared = common.reshape(n, p, groups * p)[:, :, :modes]
    directions = draw_directions(p, p_star, rng)
    s, u = rng.standard_normal((kept, p_star)), rng.standard_normal((kept, p))
    return PencilDraw(blocks, points, spread, shared, directions, s, u)


def positive_derivative(mean: Array, noise: Array) -> Array:
    """Return a positive matrix that equals `S_0 + noise` to first order; `mean` is the diagonal matrix `S_0`."""
    # E = S_0^(-1/2) noise S_0^(-1/2);    S_0^(1/2) n exp(2 arsinh(E/2))/Tr(.) S_0^(1/2)               :eq:`fs-positive`
    root = np.sqrt(mean)
    values, vectors = np.linalg.eigh(noise / (root[:, None] * root))
    values = np.exp(2 * np.arcsinh(values / 2))
    return np.asarray((vectors * (values / values.mean())) @ vectors.T * root[:, None] * root)


@dataclass(frozen=True, eq=False)
class _EdgeModes:
    """Explicit modes: distances behind the edge, couplings, and their mean contributions.

    Attributes
    ----------
    depth, coupling : array
        `lambda_m - edge`, and `(Im T/Im g)^(1/2)` there.
    means : array, shape (2,)
        `n_0` and `n_1`, their parts of `g` and `T`.
    squares : array, shape (3,)
        `-n_k'`, their parts of the trace ladders `phi v^k`: between samples, between samples and teacher, and within
        the teacher's block.
    cut : float
        `x_c`, the distance behind the edge beyond which all other modes lie.
    """

    depth: Array
    coupling: Array
    means: Array
    squares: Array
    cut: float


class SchurPencil:
    """The pencil `M(z) = M(z_r) + (z - z_r) S` of one sample.

    Parameters
    ----------
    labels : Labels
    number : int
        Number of eigenvalues to solve for.
    kept : int
        Number of samples that are kept explicit.
    """

    def __init__(self, labels: Labels, number: int, kept: int = KEPT) -> None:
        net = labels.net
        self.p, self.p_star, self.N = int(net.p), net.p_star, labels.N
        self.labels, self.number, self.kept = labels, number, kept
        self.bulk = BulkEquivalent(labels.without(kept))
        self.edge_density = self.bulk.density_behind_edge(number + _EXTRA_MODES + _EXTRA_DEPTH)
        if self.edge_density is None:  # every eigenvalue is then that of an explicit sample
            self.kept = max(kept, samples_needed(self.p, number))
            if self.kept + 2 > len(labels.y):
                raise AccuracyError(
                    f"{net}: {len(labels.y)} samples at N = {labels.N:g} are too few for {number} eigenpairs: give more"
                )
            self.bulk = BulkEquivalent(labels.without(self.kept))

    def solve(self, draw: PencilDraw) -> tuple[Array, Array]:
        """Solve for the lowest eigenvalues, in units of `2/p`, and the squared overlaps of their eigenvectors."""
        edge, scale = self.bulk.edge, self.bulk.scale
        depth, overlap2 = self._roots(_REFERENCE_DEPTH * scale, draw)
        for i in np.flatnonzero(depth > _REFINED_DEPTH * scale):
            for _ in range(6):
                before = depth[i]
                solved = self._roots(max(before, _REFERENCE_DEPTH * scale), draw)
                depth[i], overlap2[i] = solved[0][i], solved[1][i]
                if abs(depth[i] - before) < 1e-3 * scale:
                    break
        order = np.argsort(-depth, kind="stable")
        return edge - depth[order], overlap2[order]

    def _roots(self, depth: float, draw: PencilDraw) -> tuple[Array, Array]:
        """Solve for distances in front of the edge, and overlaps, by the pencil linearised at a distance `depth`."""
        from scipy.linalg import eigh

        # (M + t S) x = 0  is  -M x = t S x, with eigenvectors normalised to x.S x = 1: the lowest eigenvalues of H are
        # the smallest z = z_r + t, and m^2 = |x_t|^2/(x.M' x) = |x_t|^2                   :eq:`fs-count`, :eq:`fs-null`
        M, S, teacher = self._pencil(depth, draw)
        values, vectors = eigh(-M, S)
        share = np.sum(vectors[teacher] ** 2, axis=0)
        return depth - values[: self.number], share[: self.number]

    def _pencil(self, depth: float, draw: PencilDraw) -> tuple[Array, Array, slice]:
        """Return `M` at `z_r = edge - depth`, its derivative `S`, and the teacher's rows."""
        bulk, p, kept = self.bulk, self.p, self.kept
        g = bulk.stieltjes(depth)
        phi, v = self._ladders(g)
        theta = shared_fraction(phi, p)
        modes = self._edge_modes(depth, draw.points)
        block, shift = teacher_block(bulk, g, draw.directions)
        # rows 0 .. a are samples, a .. b the teacher, from b on modes
        rows = np.r_[:kept, len(draw.s) : len(draw.s) + self.p_star]
        a, b = p * kept, p * len(rows)
        M, S = np.zeros((b + len(modes.depth),) * 2), np.eye(b + len(modes.depth))
        # -Y, -Y', -W                                                                    :eq:`fs-blocks`, :eq:`fs-noise`
        variances, kappa = self.noise_variances(depth, draw.points)
        normal = draw.blocks[np.ix_(rows, rows)]
        M[:b, :b] = -symmetric_noise(normal, kept, variances)
        # S_0 = phi_tr (samples), phi_tr v_tr (teacher), less the modes' own part;   :eq:`fs-slope`, :eq:`fs-background`
        # it changes by -kappa Y, and the teacher has one more: z itself              :eq:`fs-growth`, :eq:`fs-positive`
        mean = np.full(b, max(phi[0] - modes.squares[0], 1e-9))
        mean[a:] = max(phi[0] * v[0] - modes.squares[1], 1e-9)
        S[:b, :b] = positive_derivative(mean, -symmetric_noise(normal, kept, variances * kappa**2))
        S[a:b, a:b] += np.eye(b - a)
        # samples: F_K^-1 - (g - n_0) I - phi_sym S, and s x 1/N^(1/2)               :eq:`fs-schur`, :eq:`fs-background`
        self._add_samples(M, g - modes.means[0], shift, draw)
        # teacher: z - (T - n_1) I - (what directions add)                           :eq:`fs-background`, :eq:`fs-noise`
        M[a:b, a:b] += (bulk.edge - depth - bulk.teacher(g).real + modes.means[1]) * np.eye(b - a) - block
        # modes: ((1 - theta^(1/2))^(1/2) xi + theta^(1/4) eta)/(pN)^(1/2),        :eq:`fs-amplitude`, :eq:`fs-coupling`
        # for the teacher times (Im T/Im g)^(1/2), and z - lambda_m on the diagonal
        coupling = np.sqrt(1 - np.sqrt(theta)) * draw.spread + theta**0.25 * draw.shared
        coupling = coupling[rows, :, : len(modes.depth)].reshape(b, -1) / np.sqrt(p * self.N)
        coupling[a:] *= modes.coupling
        M[:b, b:], M[b:, :b] = coupling, coupling.T
        M[b:, b:] = np.diag(-depth - modes.depth)
        return M, S, slice(a, b)

    def _ladders(self, g: float) -> tuple[Array, Array]:
        """Return `phi` and `v` of three sectors, :eq:`fs-ladder`."""
        e, v = self.bulk.ladders(g)
        phi = 1 / (self.bulk.free / g**2 - e)
        phi[0] = -1 / self.bulk.slope(g)  # equal, without the difference that loses digits at the edge
        return phi, v

    def noise_variances(self, depth: float, points: Array) -> tuple[Array, Array]:
        """Variances of the noise by kind of block and sector, and `kappa`, the rate of growth of its size with `z`.

        Returns
        -------
        variances, kappa : array, shape (3, 3)
            A row for sample and sample, sample and teacher, teacher and teacher, each with three sectors.
        """

        def variances(depth: float) -> Array:
            # c[phi v^k]/N, less the part of the explicit modes                     :eq:`fs-blocks`, :eq:`fs-background`
            phi, v = self._ladders(self.bulk.stieltjes(depth))
            squares, theta = self._edge_modes(depth, points).squares, shared_fraction(phi, self.p)
            rest = [crossed_variances(phi * v**k, self.p) - mode_variances(squares[k], theta, self.p) for k in range(3)]
            return np.maximum(rest, 0.0) / self.N

        # kappa = (1/2) d ln Var/dz, from the variances at twice and at half the distance, d z = -depth d ln depth:
        #   ln(near/far)/(2 ln 2) = d ln Var/d(-ln depth);   at most 1/d for a spectrum at a distance d  :eq:`fs-growth`
        far, near = variances(_DEPTH_RATIO * depth), variances(depth / _DEPTH_RATIO)
        ratio = np.where((far > 0) & (near > far), near / np.where(far > 0, far, 1.0), 1.0)
        kappa = np.log(ratio) / (4 * math.log(_DEPTH_RATIO) * depth)
        return variances(depth), np.minimum(kappa, 1 / (depth + self._edge_modes(depth, points).cut))

    def _edge_modes(self, depth: float, points: Array) -> _EdgeModes:
        """Return the explicit modes, with sums taken at a distance `depth` in front of the edge."""
        if self.edge_density is None:
            return _EdgeModes(np.empty(0), np.empty(0), np.zeros(2), np.zeros(3), 0.0)
        behind, coupling2 = place_modes(points, self.bulk, self.edge_density)
        # n_k = int_0^x_c rho (Im T/Im g)^k dx/(z - edge - x), x_c between the last mode and the next;
        # here x^2 stands for x: dx -> 2 x dx, by Gauss-Legendre on (0, cut)                         :eq:`fs-background`
        cut = math.sqrt(max((behind[-1] + behind[-2]) / 2, 0.0))
        x = cut * (1 + _GAUSS[0]) / 2
        density = self.edge_density.density(x) * x * cut * _GAUSS[1]
        powers, distance = self.edge_density.coupling(x) ** np.arange(3)[:, None], -(depth + x**2)
        means, squares = powers @ (density / distance), powers @ (density / distance**2)
        return _EdgeModes(behind[:-1], np.sqrt(np.maximum(coupling2[:-1], 0.0)), means[:2], squares, cut**2)

    def _add_samples(self, M: Array, g: float, shift: Array, draw: PencilDraw) -> None:
        """Add `F^-1 - G` of the explicit samples, and their coupling to the teacher, to `M`.

        Along its pre-activations even an extreme sample may have positive curvature. Such a direction lowers no
        eigenvalue, and is left out.
        """
        p, teacher = self.p, slice(self.p * self.kept, self.p * (self.kept + self.p_star))
        f0, f1 = (f[: self.kept] for f in (self.labels.modes[0], self.labels.modes[-1]))
        s, e = self._directions(draw)
        for i in range(self.kept):
            # F^-1 = (I - e e^T)/f_0 + e e^T/f_1,   G = g I + shift,   X_t = s x I_p/N^(1/2)              :eq:`fs-schur`
            projector, here = np.outer(e[i], e[i]), slice(i * p, i * p + p)
            inverse = (np.eye(p) - projector) / f0[i] + projector / min(f1[i], -_LEAST_CURVATURE)
            M[here, here] += inverse - g * np.eye(p) - shift
            coupling = np.kron(s[i], np.eye(p)) / np.sqrt(self.N)
            M[here, teacher] += coupling
            M[teacher, here] += coupling.T

    def _directions(self, draw: PencilDraw) -> tuple[Array, Array]:
        """Return the teacher's pre-activations, and unit vectors of the student's, of the explicit samples."""
        labels, kept = self.labels, slice(self.kept)
        if labels.s is not None and labels.u is not None:
            s, u = labels.s[kept], labels.u[kept]
        else:
            length = np.sqrt(self.p_star * labels.y[kept])
            s, u = draw.s[kept] * (length / np.linalg.norm(draw.s[kept], axis=1))[:, None], draw.u[kept]
        return s, u / np.linalg.norm(u, axis=1, keepdims=True)
