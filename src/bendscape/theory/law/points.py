r"""Weighted points for averages over student and teacher pre-activations, `t = (u_1..u_p, s_1..s_p*)`, and noise.

Up to four dimensions, with enough points: the trapezoidal rule in `v`, `t = sinh v`, with a random shift. Its error for
a smooth integrand falls exponentially with the points in each direction, and the points lie closer at the centre, where
the resonances `det(1 - Gamma F) = 0` come near. Else a scrambled Sobol sequence. Shifts and scramblings are
independent, so that replicates give an error bar.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ...models.general import Curvature, Network

__all__ = ["MORE", "Points", "draw_points"]

MORE = "give more points (bs.Averaging(points=...)), or another alpha"


_REACH = 7.0  # standard deviations; a normal number lies beyond with probability 3e-12
_IN_CACHE = 1 << 15  # numbers of one chunk
_LOST = 1e-9  # largest share of points that may be left out because their curvature is not finite
_GRID_DIMENSIONS, _GRID_SIDE = 4, 16  # most dimensions, and fewest points in each, for a grid to beat a sequence


@dataclass(frozen=True, eq=False)
class Points:
    """Pre-activations over which averages are taken, with labels, weights and curvatures.

    Attributes
    ----------
    u, s : array, shape (n, p) and (n, p_star)
    y : array, shape (n,)
        Labels, noise included.
    weights : array, shape (n,)
        They add up to one.
    curvature : Curvature
        `F` of each point: diagonal plus rank one.
    mean : float
        Length of the mean of the inputs.
    remedy : str
        Advice for messages about averages over these points.
    """

    u: Array
    s: Array
    y: Array
    weights: Array
    curvature: Curvature
    mean: float
    remedy: str = MORE

    def negated(self) -> Points:
        """Return the points of `-F`: the left of its spectrum is the right of that of `F`."""
        F = self.curvature
        return replace(self, curvature=Curvature(-F.diagonal, -F.weight, F.direction))

    @cached_property
    def fixed(self) -> Array:
        """Products of an input with the direction of the inputs' mean, if there is one, and with the teacher's."""
        means = np.full((len(self.s), self.means), self.mean)
        return np.concatenate([means, self.s], axis=1)

    @property
    def means(self) -> int:
        """Number of directions of the inputs' mean: one if there is a mean, else zero."""
        return int(self.mean > 0)

    @cached_property
    def lowest(self) -> float:
        """The smallest eigenvalue of all `F`."""
        F, rows = self.curvature, max(1, _IN_CACHE // self.u.shape[1] ** 2)
        parts = (slice(start, start + rows) for start in range(0, len(self.y), rows))
        dense = (Curvature(F.diagonal[part], F.weight[part], F.direction[part]).dense() for part in parts)
        return min(float(np.linalg.eigvalsh(matrices)[:, 0].min()) for matrices in dense)

    @cached_property
    def scale(self) -> float:
        """Median size of `F`."""
        F = self.curvature
        size = np.abs(F.diagonal).max(axis=1) + np.abs(F.weight) * np.sum(F.direction**2, axis=1)
        return float(np.median(size)) or float(size.max()) or 1.0


def _trapezoidal(dimensions: int, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    side, reach = round(n ** (1 / dimensions)), np.arcsinh(_REACH)
    step = 2 * reach / side
    axes = [-reach + step * (np.arange(side) + shift) for shift in rng.random(dimensions)]
    v = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    t = np.sinh(v)
    weights = np.exp(-np.sum(t**2, axis=1) / 2) * np.prod(np.cosh(v), axis=1)
    keep = weights > 1e-14
    return t[keep], np.asarray(weights[keep] / weights[keep].sum())


def _sobol(dimensions: int, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    from scipy.special import ndtri
    from scipy.stats import qmc

    uniform = qmc.Sobol(dimensions, bits=52, rng=rng).random(n)
    return np.asarray(ndtri(uniform + 2.0**-53)), np.full(n, 1 / n)


def draw_points(net: Network, n: int, rng: np.random.Generator) -> Points:
    """Draw about `n` points: on a shifted grid, or the next power of two of a scrambled sequence."""
    noise = (net.noise.multiplicative > 0, net.noise.additive > 0)
    dimensions = net.p + net.p_star + sum(noise)
    fine = dimensions <= _GRID_DIMENSIONS and n ** (1 / dimensions) >= _GRID_SIDE
    t, weights = _trapezoidal(dimensions, n, rng) if fine else _sobol(dimensions, 1 << (n - 1).bit_length(), rng)
    u, s, rest = np.split(t, [net.p, net.p + net.p_star], axis=1)
    xi = np.zeros((len(t), 2))
    xi[:, noise] = rest
    return points_at(net, u, s, xi, weights)


def points_at(net: Network, u: Array, s: Array, xi: Array, weights: Array) -> Points:
    """Points at these pre-activations, with the network's labels and curvatures.

    Raises
    ------
    AccuracyError
        If the curvature is not finite at more than a small share of them.
    """
    y = net.labels(s, xi)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        F = net.curvature(u, y)
    finite = np.all(np.isfinite(F.diagonal), axis=1) & np.isfinite(F.weight) & np.all(np.isfinite(F.direction), axis=1)
    lost = float(weights[~finite].sum())
    if lost > _LOST * weights.sum():
        raise AccuracyError(
            f"{net}: the curvature is not finite at a share {lost:.2g} of all pre-activations: give another loss"
        )
    if lost:
        F = Curvature(F.diagonal[finite], F.weight[finite], F.direction[finite])
        u, s, y, weights = u[finite], s[finite], y[finite], weights[finite] / (1 - lost)
    return Points(u, s, y, weights, F, net.inputs.mean)
