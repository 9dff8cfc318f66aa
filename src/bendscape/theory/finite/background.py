r"""The deterministic equivalent of a sample without its most extreme members, and its edge.

All averages are sums over the labels that remain: `z(g) = nu/g + (1/N) sum <A>`, with `nu` the share of directions
that are nobody's weights, `T(g) = (1/N) sum y <A>`, the ladders
of :mod:`bendscape.theory.finite.sectors`, and the average matrices of the block of the teacher's directions. Inside
the bulk `z(g) = lambda` is continued from the edge, which gives the density there and the coupling of an eigenvector
to the teacher, `Im T/Im g`.
"""

from __future__ import annotations

import math

import numpy as np

from ...errors import AccuracyError
from ..edges import edge_position, law_end
from ..measure import Array
from ..roots import bracketed_root
from .labels import Labels
from .sectors import ladder

__all__ = ["Background", "Interior"]

_STEPS = 14  # of the continuation, to where the last of the modes lies
_HALVINGS = 200
_LOCAL = 1e-9  # below this relative depth rounding hides more than the square root leaves out


class Interior:
    """Density and coupling behind the edge, as functions of `x = (lambda - edge)^(1/2)`.

    Parameters
    ----------
    x : array
        A grid from zero.
    density : array
        Eigenvalues per unit of `lambda`, in units of `size`.
    coupling : array
        What the teacher's directions see of a mode, relative to any other direction.
    size : float
        `p N`.
    """

    def __init__(self, x: Array, density: Array, coupling: Array, size: float) -> None:
        from scipy.interpolate import CubicSpline

        self.density, self.coupling = CubicSpline(x, density), CubicSpline(x, coupling)
        self._fine = np.linspace(0.0, x[-1], 50 * len(x))
        self._number = CubicSpline(x, 2 * x * density * size).antiderivative()(self._fine)

    def holding(self, number: Array) -> Array:
        """The `x` up to which there are so many eigenvalues on average."""
        return np.interp(number, self._number, self._fine)


class Background:
    """Sums over the labels of a sample, as functions of `g`."""

    def __init__(self, labels: Labels) -> None:
        self.labels, self.N, self.p, self.free = labels, labels.N, int(labels.net.p), labels.free
        modes = labels.modes
        self.f0, self.f1 = modes[0], modes[-1]
        self.weight = labels.count / labels.N
        self.signal = self.weight * labels.y
        measure = labels.measure()
        end = law_end(measure, "left")
        assert end is not None
        if end.value >= 0:
            raise AccuracyError(f"{labels.net}, alpha N = {labels.count.sum():g}: too few samples for a left edge")
        u = float(edge_position(measure, np.asarray(labels.alpha / labels.free), end))
        self.g_edge = math.exp(-u) / end.value
        self.edge = self.position(self.g_edge)
        self.curvature = -self._slope(2, self.g_edge).real / 2
        self.scale = self.curvature ** (1 / 3) * (self.p * self.N) ** (-2 / 3)

    def weights(self, g: complex) -> tuple[Array, Array]:
        """`A` across and along the pre-activations."""
        along = self.f1 / (1 - g * self.f1)
        return (self.f0 / (1 - g * self.f0) if self.p > 1 else along), along

    def mean(self, g: complex, power: int, weight: Array) -> complex:
        """`sum weight <A^power>`."""
        across, along = self.weights(g)
        return complex(weight @ ((self.p - 1) * across**power + along**power) / self.p)

    def _slope(self, order: int, g: complex) -> complex:
        """Derivatives of `z(g)`."""
        factor = math.factorial(order)
        return complex(
            (-1) ** order * factor * self.free / g ** (order + 1) + factor * self.mean(g, order + 1, self.weight)
        )

    def position(self, g: float) -> float:
        """`z(g)`."""
        return self.free / g + self.mean(g, 1, self.weight).real

    def stieltjes(self, depth: float) -> float:
        """`g` at a distance `depth` left of the edge."""
        near = self.g_edge + math.sqrt(depth / self.curvature)
        if depth < _LOCAL * abs(self.edge):
            return near
        far = self.g_edge / 2
        for _ in range(_HALVINGS):
            if self.position(far) <= self.edge - depth:
                break
            far /= 2

        def short(g: float) -> float:
            return self.position(g) - self.edge + depth

        return bracketed_root(short, self.g_edge, far, f"g at a distance {depth:.3g} from the edge", xtol=1e-15)

    def slope(self, g: float) -> float:
        """`z'(g)`."""
        return self._slope(1, g).real

    def teacher(self, g: complex) -> complex:
        """`T(g)`, the mean of the teacher's block."""
        return self.mean(g, 1, self.signal)

    def ladders(self, g: float) -> tuple[Array, Array]:
        """`e` and `v`: eigenvalues of `B -> (1/N) sum A B A`, without and with the label `y`."""
        across, along = self.weights(g)
        return ladder(across, along, self.weight, self.p), ladder(across, along, self.signal, self.p)

    def interior(self, number: float) -> Interior | None:
        """Behind the edge, as far as `number` eigenvalues lie; None if the bulk has a gap before.

        Far out in a thin tail single samples are farther apart than the width of the eigenvalue that each brings, and
        the bulk of a sample falls into islands.
        """
        x = [0.0]
        step = math.sqrt(self.scale * (1.5 * math.pi * number) ** (2 / 3)) / _STEPS
        if (_STEPS * step) ** 2 < _LOCAL * abs(self.edge):
            return self._local(step * np.arange(_STEPS + 4))
        g, count = [complex(self.g_edge)], [0.0]
        guess = self.g_edge - 1j * step / math.sqrt(self.curvature)
        while count[-1] < number:
            x.append(x[-1] + step)
            found = self._continued(guess, self.edge + x[-1] ** 2)
            if found is None or len(x) > 50 * _STEPS:
                return None
            g.append(found)
            count.append(count[-1] - self.p * self.N * step * (g[-1].imag * x[-1] + g[-2].imag * x[-2]) / math.pi)
            guess = 2 * g[-1] - g[-2] if len(g) < 3 else 3 * g[-1] - 3 * g[-2] + g[-3]
        points, imaginary = np.array(x), np.array([z.imag for z in g])
        coupling = np.array([self.teacher(z).imag for z in g[1:]]) / imaginary[1:]
        return Interior(points, -imaginary / math.pi, np.append(coupling[0], coupling), self.p * self.N)

    def _continued(self, g: complex, z: float) -> complex | None:
        """The solution of `z(g) = z` next to `g` with a density; None if there is none."""
        with np.errstate(all="ignore"):
            for _ in range(30):
                slope = self._slope(1, g)
                if slope == 0:
                    return None
                step = (self._slope(0, g) - z) / slope
                g -= step
                if not 1e-100 < abs(g) < 1e100:  # it ran away; and nan
                    return None
                if abs(step) < 1e-11 * abs(g):
                    return g if g.imag < -1e-6 * abs(g) else None
        return None

    def _local(self, x: Array) -> Interior:
        density = x / (math.pi * math.sqrt(self.curvature))
        coupling = self.mean(self.g_edge, 2, self.signal).real
        return Interior(x, density, np.full_like(x, coupling), self.p * self.N)
