r"""The deterministic equivalent of a sample without its most extreme samples, and its edge.

All averages are sums over the labels that remain, with `A = f/(1 - g f)` and `nu` the share of directions that are
left when the teacher's and the student's own are taken off:

    z(g) = nu/g + (1/N) sum <A>,    T(g) = (1/N) sum y <A>                                          :eq:`fs-conditional`

and the ladders of :mod:`bendscape.theory.resolvent.ladder`. Inside the bulk `z(g) = lambda` is continued from the
edge, which gives the density there, `-Im g/pi`, and the coupling of an eigenvector to the teacher, `Im T/Im g`.
"""

from __future__ import annotations

import math

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ..numerics.newton import Newton
from ..numerics.roots import bracketed_root
from ..resolvent.edges import edge_position, law_end
from ..resolvent.ladder import ladder_eigenvalues
from .labels import Labels

__all__ = ["BulkEquivalent", "EdgeDensity"]

_STEPS = 14  # of the continuation from the edge to the last of the modes
_STEPS_MAX = 50 * _STEPS  # a density that needs more steps has a gap
_NEWTON_STEPS, _TOLERANCE, _ZERO = 30, 1e-11, 1e-100  # for g: steps, relative error, and |g| or 1/|g| that has diverged
_REAL = 1e-6  # relative imaginary part of g that is rounding
_HALVINGS = 200  # of g, from the edge to a distance in front of it
_LEAST_DEPTH = 1e-9  # relative to the edge; for shorter distances the square root is more accurate than rounding allows


class EdgeDensity:
    """Density and coupling behind the edge, as functions of `x = (lambda - edge)^(1/2)`.

    Parameters
    ----------
    x : array
        Grid that begins at zero.
    density : array
        Eigenvalues per unit of `lambda`, over `size`.
    coupling : array
        Squared coupling of a mode to a teacher's direction, relative to that of any other direction.
    size : float
        `p N`.
    """

    def __init__(self, x: Array, density: Array, coupling: Array, size: float) -> None:
        from scipy.interpolate import CubicSpline

        self.density, self.coupling = CubicSpline(x, density), CubicSpline(x, coupling)
        self._fine = np.linspace(0.0, x[-1], 50 * len(x))
        self._number = CubicSpline(x, 2 * x * density * size).antiderivative()(self._fine)  # d lambda = 2 x dx

    def x_at(self, number: Array) -> Array:
        """Return the `x` up to which there are `number` eigenvalues on average: :eq:`fs-place`, inverted."""
        return np.interp(number, self._number, self._fine)


class BulkEquivalent:
    """Sums over the labels of a sample, as functions of `g`.

    Attributes
    ----------
    g_edge, edge : float
        Zero of `z'(g)`, and `z` there.
    edge_curvature : float
        `-z''(g_edge)/2`.
    scale : float
        Typical distance between the first eigenvalues behind the edge.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels, self.N, self.p, self.free = labels, labels.N, int(labels.net.p), labels.free
        self.f0, self.f1 = labels.modes[0], labels.modes[-1]
        self.weight = labels.count / labels.N
        self.weight_y = self.weight * labels.y
        measure = labels.measure()
        end = law_end(measure, "left")
        assert end is not None
        if end.value >= 0:
            raise AccuracyError(
                f"{labels.net}, alpha N = {labels.count.sum():g}: too few samples for a left edge, give more"
            )
        u = float(edge_position(measure, np.asarray(labels.alpha / labels.free), end))
        self.g_edge = math.exp(-u) / end.value
        self.edge = self.position(self.g_edge)
        self.edge_curvature = -self._derivative(2, self.g_edge).real / 2
        self.scale = self.edge_curvature ** (1 / 3) * (self.p * self.N) ** (-2 / 3)  # :eq:`fs-unit`

    def A(self, g: complex) -> tuple[Array, Array]:
        """Return `A_0` and `A_1`, eigenvalues of `F/(1 - g F)` across and along the pre-activations `u`."""
        A1 = self.f1 / (1 - g * self.f1)
        return (self.f0 / (1 - g * self.f0) if self.p > 1 else A1), A1

    def mean(self, g: complex, power: int, weight: Array) -> complex:
        """Return `sum weight <A^power>`, with `<A> = ((p-1) A_0 + A_1)/p`."""
        A0, A1 = self.A(g)
        return complex(weight @ ((self.p - 1) * A0**power + A1**power) / self.p)

    def _derivative(self, order: int, g: complex) -> complex:
        """Derivative of `z(g)` of any order; order zero is `z(g)` itself."""
        # dA/dg = A^2, so that the n-th derivative of nu/g + sum <A>/N is      n! ((-1)^n nu/g^(n+1) + sum <A^(n+1)>/N)
        factor = math.factorial(order)
        return complex(
            (-1) ** order * factor * self.free / g ** (order + 1) + factor * self.mean(g, order + 1, self.weight)
        )

    def position(self, g: float) -> float:
        """Return `z(g)`, :eq:`fs-conditional`."""
        return self.free / g + self.mean(g, 1, self.weight).real

    def stieltjes(self, depth: float) -> float:
        """Solve for `g` at a distance `depth` left of the edge."""
        near = self.g_edge + math.sqrt(depth / self.edge_curvature)  # :eq:`fs-square-root`
        if depth < _LEAST_DEPTH * abs(self.edge):
            return near
        far = self.g_edge / 2
        for _ in range(_HALVINGS):
            if self.position(far) <= self.edge - depth:
                break
            far /= 2

        def excess(g: float) -> float:
            return self.position(g) - self.edge + depth

        return bracketed_root(excess, self.g_edge, far, f"g at a distance {depth:.3g} from the edge", xtol=1e-15)

    def slope(self, g: float) -> float:
        """Return `z'(g)`."""
        return self._derivative(1, g).real

    def teacher(self, g: complex) -> complex:
        """Return `T(g)`, the mean of the teacher's block, :eq:`fs-conditional`."""
        return self.mean(g, 1, self.weight_y)

    def ladders(self, g: float) -> tuple[Array, Array]:
        """Return `e` and `v`, eigenvalues of `B -> (1/N) sum A B A` by sector, without and with the label `y`."""
        A0, A1 = self.A(g)
        return ladder_eigenvalues(A0, A1, self.weight, self.p), ladder_eigenvalues(A0, A1, self.weight_y, self.p)

    def density_behind_edge(self, number: float) -> EdgeDensity | None:
        """Continue the density behind the edge, as far as `number` eigenvalues lie; None if the bulk has a gap before.

        Far out in a thin tail, single samples are farther apart than the width of the eigenvalue of each, and the bulk
        of a sample splits into islands, :eq:`fs-island`.
        """
        x = [0.0]
        # steps reach so many eigenvalues of a square-root density, :eq:`fs-airy` and :eq:`fs-unit`
        step = math.sqrt(self.scale * (1.5 * math.pi * number) ** (2 / 3)) / _STEPS
        if (_STEPS * step) ** 2 < _LEAST_DEPTH * abs(self.edge):
            return self._square_root(step * np.arange(_STEPS + 4))
        g, count = [complex(self.g_edge)], [0.0]
        guess = self.g_edge - 1j * step / math.sqrt(self.edge_curvature)  # :eq:`fs-square-root`
        while count[-1] < number:
            x.append(x[-1] + step)
            root = self._continued(guess, self.edge + x[-1] ** 2)
            if root is None or len(x) > _STEPS_MAX:
                return None
            g.append(root)
            # p N rho d lambda with rho = -Im g/pi and d lambda = 2 x dx, by the trapezoidal rule
            count.append(count[-1] - self.p * self.N * step * (g[-1].imag * x[-1] + g[-2].imag * x[-2]) / math.pi)
            guess = 2 * g[-1] - g[-2] if len(g) < 3 else 3 * g[-1] - 3 * g[-2] + g[-3]
        imaginary = np.array([z.imag for z in g])
        coupling = np.array([self.teacher(z).imag for z in g[1:]]) / imaginary[1:]  # Im T/Im g, :eq:`fs-coupling`
        return EdgeDensity(np.array(x), -imaginary / math.pi, np.append(coupling[0], coupling), self.p * self.N)

    def _continued(self, g: complex, z: float) -> complex | None:
        """Solve `z(g) = z` by Newton's method from `g`; None if there is no solution with a density."""

        def correction(x: Array, _: Array) -> Array:
            g = complex(x[0])
            slope = self._derivative(1, g)
            return np.array([(self._derivative(0, g) - z) / slope if slope else math.nan])

        def size(step: Array, x: Array) -> Array:
            after = np.abs(x - step)
            return np.where((after > _ZERO) & (after < 1 / _ZERO), np.abs(step) / after, math.nan)

        with np.errstate(all="ignore"):
            root = Newton(correction, size, _TOLERANCE, _NEWTON_STEPS).solve(np.array([g]))
        g = complex(root.x[0])
        return g if root.converged and g.imag < -_REAL * abs(g) else None

    def _square_root(self, x: Array) -> EdgeDensity:
        """Return the leading density at the edge, :eq:`fs-square-root`; `Im T/Im g` is `dT/dg`, :eq:`fs-coupling`."""
        density = x / (math.pi * math.sqrt(self.edge_curvature))
        coupling = self.mean(self.g_edge, 2, self.weight_y).real
        return EdgeDensity(x, density, np.full_like(x, coupling), self.p * self.N)
