r"""A small random matrix whose lowest eigenvalues are those of the Hessian of one sample.

The teacher's directions, the `KEPT` most extreme samples, and the lowest modes of everything else are kept explicit;
the rest is a deterministic background with Gaussian noise. Eliminating all but these from `z - H` leaves

    [ F_K^-1 - G - Y      t x 1/N^(1/2) - Y'    c/(pN)^(1/2)         ]
    [  .                  z - T - W             c v^(1/2)/(pN)^(1/2) ]
    [  .                   .                    z - lambda           ]

in blocks of samples, teacher and modes (docs/finite_size.md). Its eigenvalues grow with `z`, and where one of them
vanishes, there is an eigenvalue of the Hessian, whose eigenvector's share in the teacher's span is that of the null
vector, normalised with the derivative in `z`. Without the modes' own part the background is smooth at its edge, so
that a linear function of `z` describes it nearby; eigenvalues far in front of it are solved for again where they are.
The derivative fluctuates together with the noise, whose variance grows with `z`: directions that reach a vanishing
eigenvalue first are longer than the mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...errors import AccuracyError
from ..measure import Array
from .background import Background
from .block import DirectionNoise, draw_directions, sample_block
from .labels import Labels
from .modes import airy_points, place
from .sectors import copied, crossed, of_modes, symmetric_noise

__all__ = ["Effective", "Noise", "draw_noise"]

KEPT = 5
_MARGIN = 12  # modes beyond the eigenvalues that are asked for
_REFERENCE = 0.5  # distance of the linear description in front of the edge, in units of the scale of the modes
_FLAT = 1e-6  # a curvature that is as good as none
_REFINED = 2.0  # farther in front than this, an eigenvalue is solved for where it is
_APART = 2.0  # ratio of the distances between which the noise is seen to grow
_GAUSS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True, eq=False)
class Noise:
    """Standard normal numbers and points of the Airy process: what makes one sample differ from another."""

    blocks: Array
    points: Array
    spread: Array
    copied: Array
    directions: DirectionNoise
    s: Array
    u: Array


def enough(p: int, number: int) -> int:
    """Samples that bring `number` eigenvalues and a few more when each brings its own."""
    return -(-number // max(p - 1, 1)) + 4


def draw_noise(p: int, p_star: int, number: int, kept: int, rng: np.random.Generator) -> Noise:
    """Everything that is random in a sample besides its labels."""
    kept = max(kept, enough(p, number))
    n, modes = kept + p_star, number + _MARGIN
    points = airy_points(modes + 1, rng)
    blocks, spread = rng.standard_normal((n, n, p, p)), rng.standard_normal((n, p, modes))
    groups = -(-modes // p)
    frames = np.linalg.qr(rng.standard_normal((groups, p, p)))[0]
    common = rng.standard_normal((n, 1, groups, 1)) * np.sqrt(p) * frames.transpose(1, 0, 2)
    copies = common.reshape(n, p, groups * p)[:, :, :modes]
    directions = draw_directions(p, p_star, rng)
    s, u = rng.standard_normal((kept, p_star)), rng.standard_normal((kept, p))
    return Noise(blocks, points, spread, copies, directions, s, u)


def _fluctuating(mean: Array, noise: Array) -> Array:
    """A positive matrix with the diagonal `mean`, on average, that follows the noise to first order."""
    root = np.sqrt(mean)
    values, vectors = np.linalg.eigh(noise / (root[:, None] * root))
    values = np.exp(2 * np.arcsinh(values / 2))
    return np.asarray((vectors * (values / values.mean())) @ vectors.T * root[:, None] * root)


@dataclass(frozen=True, eq=False)
class _Modes:
    """Explicit modes: distances behind the edge, couplings, and what they contribute on average.

    `means` has their parts of `g` and `T`, `squares` those of three trace ladders: between samples, between samples
    and teacher, and within the teacher's block. Nothing else is nearer to the edge than `cut`.
    """

    depth: Array
    coupling: Array
    means: Array
    squares: Array
    cut: float


class Effective:
    """The pencil of one sample.

    Parameters
    ----------
    labels : Labels
    number : int
        Eigenvalues that will be asked for.
    kept : int
        Samples that are kept explicit.
    """

    def __init__(self, labels: Labels, number: int, kept: int = KEPT) -> None:
        net = labels.net
        self.p, self.p_star, self.N = int(net.p), net.p_star, labels.N
        self.labels, self.number, self.kept = labels, number, kept
        self.background = Background(labels.without(kept))
        self.interior = self.background.interior(number + _MARGIN + 4.0)
        if self.interior is None:
            self.kept = max(kept, enough(self.p, number))
            if self.kept + 2 > len(labels.y):
                raise AccuracyError(
                    f"{net}: {len(labels.y)} samples at N = {labels.N:g} are too few for {number} pairs"
                )
            self.background = Background(labels.without(self.kept))

    def solve(self, noise: Noise) -> tuple[Array, Array]:
        """The lowest eigenvalues, in units of `2/p`, and the squared overlaps of their eigenvectors."""
        edge, scale = self.background.edge, self.background.scale
        depth, overlap2 = self._roots(_REFERENCE * scale, noise)
        for i in np.flatnonzero(depth > _REFINED * scale):
            for _ in range(6):
                before = depth[i]
                solved = self._roots(max(before, _REFERENCE * scale), noise)
                depth[i], overlap2[i] = solved[0][i], solved[1][i]
                if abs(depth[i] - before) < 1e-3 * scale:
                    break
        order = np.argsort(-depth, kind="stable")
        return edge - depth[order], overlap2[order]

    def _roots(self, depth: float, noise: Noise) -> tuple[Array, Array]:
        """Distances in front of the edge, and overlaps, from the pencil that is linear at a distance `depth`."""
        from scipy.linalg import eigh

        constant, slope, teacher = self._pencil(depth, noise)
        values, vectors = eigh(-constant, slope)
        share = np.sum(vectors[teacher] ** 2, axis=0)
        return depth - values[: self.number], share[: self.number]

    def _pencil(self, depth: float, noise: Noise) -> tuple[Array, Array, slice]:
        """The matrix at `z = edge - depth`, its derivative, and where the teacher stands in it."""
        bg, p, kept = self.background, self.p, self.kept
        g = bg.stieltjes(depth)
        phi, v = self._ladders(g)
        share = copied(phi, p)
        modes = self._modes(depth, noise.points)
        block, shift = sample_block(bg, g, noise.directions)
        rows = np.r_[:kept, len(noise.s) : len(noise.s) + self.p_star]
        a, b = p * kept, p * len(rows)
        constant, slope = np.zeros((b + len(modes.depth),) * 2), np.eye(b + len(modes.depth))
        variances, growth = self._variances(depth, noise.points)
        normal = noise.blocks[np.ix_(rows, rows)]
        constant[:b, :b] = -symmetric_noise(normal, kept, variances)
        means = np.full(b, max(phi[0] - modes.squares[0], 1e-9))
        means[a:] = max(phi[0] * v[0] - modes.squares[1], 1e-9)
        slope[:b, :b] = _fluctuating(means, -symmetric_noise(normal, kept, variances * growth**2))
        slope[a:b, a:b] += np.eye(b - a)
        self._add_samples(constant, g - modes.means[0], shift, noise)
        mean = bg.edge - depth - bg.teacher(g).real + modes.means[1]
        constant[a:b, a:b] += mean * np.eye(b - a) - block
        coupling = np.sqrt(1 - np.sqrt(share)) * noise.spread + share**0.25 * noise.copied
        coupling = coupling[rows, :, : len(modes.depth)].reshape(b, -1) / np.sqrt(p * self.N)
        coupling[a:] *= modes.coupling
        constant[:b, b:], constant[b:, :b] = coupling, coupling.T
        constant[b:, b:] = np.diag(-depth - modes.depth)
        return constant, slope, slice(a, b)

    def _ladders(self, g: float) -> tuple[Array, Array]:
        """`phi` and `v` of three sectors; the response of the trace from `z'(g)`, which rounding spares at the edge."""
        e, v = self.background.ladders(g)
        phi = 1 / (self.background.free / g**2 - e)
        phi[0] = -1 / self.background.slope(g)
        return phi, v

    def _variances(self, depth: float, points: Array) -> tuple[Array, Array]:
        """Variances of the noise by kind of block and sector, and the rate at which its size grows with `z`.

        From a spectrum that starts at a distance `d` nothing grows faster than `1/d`.
        """

        def at(depth: float) -> Array:
            phi, v = self._ladders(self.background.stieltjes(depth))
            squares, share = self._modes(depth, points).squares, copied(phi, self.p)
            found = [crossed(phi * v**k, self.p) - of_modes(squares[k], share, self.p) for k in range(3)]
            return np.maximum(found, 0.0) / self.N

        far, near = at(_APART * depth), at(depth / _APART)
        ratio = np.where((far > 0) & (near > far), near / np.where(far > 0, far, 1.0), 1.0)
        growth = np.log(ratio) / (4 * math.log(_APART) * depth)
        return at(depth), np.minimum(growth, 1 / (depth + self._modes(depth, points).cut))

    def _modes(self, depth: float, points: Array) -> _Modes:
        """The modes that are explicit, seen from a distance `depth` in front of the edge."""
        if self.interior is None:
            return _Modes(np.empty(0), np.empty(0), np.zeros(2), np.zeros(3), 0.0)
        behind, square = place(points, self.background, self.interior)
        cut = math.sqrt(max((behind[-1] + behind[-2]) / 2, 0.0))
        x = cut * (1 + _GAUSS[0]) / 2
        density = self.interior.density(x) * x * cut * _GAUSS[1]
        coupling, distance = self.interior.coupling(x) ** np.arange(3)[:, None], -(depth + x**2)
        means, squares = coupling @ (density / distance), coupling @ (density / distance**2)
        return _Modes(behind[:-1], np.sqrt(np.maximum(square[:-1], 0.0)), means[:2], squares, cut**2)

    def _add_samples(self, constant: Array, g: float, shift: Array, noise: Noise) -> None:
        """`F^-1 - G` of the samples that are kept, and their coupling to the teacher.

        Along its pre-activations even an extreme sample may curve upwards. No eigenvalue comes down for that: such a
        direction is left out.
        """
        p, first = self.p, slice(self.p * self.kept, self.p * (self.kept + self.p_star))
        across, along = (f[: self.kept] for f in (self.labels.modes[0], self.labels.modes[-1]))
        s, e = self._directions(noise)
        for i in range(self.kept):
            projector, here = np.outer(e[i], e[i]), slice(i * p, i * p + p)
            inverse = (np.eye(p) - projector) / across[i] + projector / min(along[i], -_FLAT)
            constant[here, here] += inverse - g * np.eye(p) - shift
            coupling = np.kron(s[i], np.eye(p)) / np.sqrt(self.N)
            constant[here, first] += coupling
            constant[first, here] += coupling.T

    def _directions(self, noise: Noise) -> tuple[Array, Array]:
        """Pre-activations of the teacher, and unit vectors of the student's, of the samples that are kept."""
        labels, kept = self.labels, slice(self.kept)
        if labels.s is not None and labels.u is not None:
            s, u = labels.s[kept], labels.u[kept]
        else:
            length = np.sqrt(self.p_star * labels.y[kept])
            s, u = noise.s[kept] * (length / np.linalg.norm(noise.s[kept], axis=1))[:, None], noise.u[kept]
        return s, u / np.linalg.norm(u, axis=1, keepdims=True)
