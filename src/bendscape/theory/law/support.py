r"""The lower end of the law of `F`, over all pre-activations, not only those that were drawn.

Left of the bulk `F - Gamma^{-1}` is positive definite for every pre-activation. The real solution ends where that
fails, if `dz/dtau` is still positive there: a smooth edge. If `F` has no lower bound, there is no left edge.

`F` depends on the student's pre-activations `u` and on the label `y`, which is independent of them and takes all values
of an interval. The smallest eigenvalue of `F` is a minimum over `(u, y)`. It can be deep in a valley that is as thin as
the difference of two large numbers (where `yhat - y` is small, say), so that `y` is searched in several coordinates:
its value, its distance from `yhat`, and its distance from an end of its range.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._types import Array
from ...errors import AccuracyError
from ...models.general import Network
from .growth import FURTHER, Extent, Status, extent, extent_on_a_line
from .matrix_averages import MatrixAverages

__all__ = ["Support", "support_of"]

_POINT_COST, _POINTS_MIN, _POINTS_MAX = 4e6, 60, 600  # points within a radius: `_POINT_COST/p^3`, within limits
_DESCENTS, _ITERATIONS = 4, 60  # minimisations from the lowest points, and the steps of one, at most
_ROUNDING, _SLOW = 1e-12, 1e-3  # relative: a value that is rounding; an error that leaves the end undecided
_HUGE = 1e200  # a finite number in the place of infinity
_VALUE, _DISTANCE, _LOW, _HIGH = range(4)  # coordinates of a label


@dataclass(frozen=True, eq=False)
class Support:
    """The lower end of the law of `sign F`, and the search for it.

    An argument is a row `(u_1 .. u_p, x, c, d)`: the label is `x` (`c = 0`), `yhat - x` (1), or at a distance `|x|`
    from the lower (2) or upper end (3) of its range, and never closer to an end than `d`.

    Attributes
    ----------
    net : Network
    sign : float
        1 for the left of a spectrum, -1 for its right.
    """

    net: Network
    sign: float

    @cached_property
    def labels(self) -> tuple[float, float]:
        """Lower and upper end of the labels.

        Raises
        ------
        AccuracyError
            If it is not decided whether the labels are bounded.
        """
        return _range_of_labels(self.net)

    @cached_property
    def end(self) -> Extent:
        """The lower end of the smallest eigenvalue of `sign F`."""

        def lowest(radius: float, known: list[Array]) -> tuple[float, Array]:
            starts = [*self._pushed(known, radius), *self._best(self._points(radius))]
            return self._descended(starts, radius)

        return extent(lowest, self.scale, self._defined, self._thin)

    @cached_property
    def scale(self) -> float:
        """Typical size of the smallest eigenvalue; where that is rounding, the typical size of `F`."""
        t = self._usual()
        values, size = np.abs(self.values(t)), float(np.median(np.abs(self._curvature(t).dense()).max(axis=(1, 2))))
        scale = float(np.median(values)) or float(values.max()) or 1.0
        return scale if scale > _ROUNDING * size else size

    @property
    def positive(self) -> bool:
        """Whether `sign F` has no negative eigenvalue: then the Hessian has none either."""
        return self.status == "bounded" and self.end.value >= -_ROUNDING * self.scale

    @cached_property
    def status(self) -> Status:
        """Whether there is an end; "undecided" where it is approached so slowly that its value stays uncertain."""
        try:
            end = self.end
        except AccuracyError:
            return "undecided"
        slow = end.status == "bounded" and end.error > _SLOW * max(self.scale, abs(end.value))
        return "undecided" if slow else end.status

    @cached_property
    def reason(self) -> str:
        """Reason why there is no end, or why that is not decided; empty if there is an end."""
        if self.status == "bounded":
            return ""
        try:
            u, y = self.sample(self.end.where)
        except AccuracyError as error:
            return str(error)
        bound = "below" if self.sign > 0 else "above"
        at = f"{self.sign * self.values(self.end.where[None])[0]:.3g} at u = {_short(u)}, y = {y:.3g}"
        if self.status == "undecided" and not self._defined(self.end.where):
            return (
                f"whether the curvature of a sample is bounded {bound} is not decided ({at}): for larger arguments it "
                "is not a finite number; give the functions of the network as formulas, or so that they do not overflow"
            )
        if self.status == "undecided":
            return (
                f"whether and where the curvature of a sample is bounded {bound} is not decided ({at}): it changes too "
                "slowly, or too fast, with its arguments; give another loss or activation"
            )
        return f"the curvature of a sample is unbounded {bound} ({at}), so the bulk is too"

    def values(self, t: Array, inverse: Any = 0.0) -> Array:
        """Smallest eigenvalue of `sign F - inverse` at each row; huge where `F` is undefined."""
        return self._quotients(t, inverse)[0]

    def worst(self, inverse: Array, hint: Array | None = None) -> tuple[float, Array]:
        """Smallest eigenvalue of `sign F - Gamma^{-1}` over all pre-activations, and its argument.

        The search starts at the end of the law of `sign F`, and at the lowest points of all sizes; with a `hint`, at
        the hint and only the lowest point.
        """
        if self.net.p == 1:
            return float(self.values(self._deepest[None], inverse)[0]), self._deepest
        starts = self._best(self._everywhere, inverse)
        if hint is not None:
            starts = [hint, starts[0]]
        return self._descended([self._deepest, *starts], self.end.radius, inverse)

    def depth(self, t: Array, averages: MatrixAverages, gamma: Array) -> float:
        """Smallest eigenvalue of `sign F - Gamma^{-1}` at one argument."""
        return float(self.values(t[None], np.linalg.inv(averages.matrix(gamma)))[0])

    def sample(self, t: Array) -> tuple[Array, float]:
        """Pre-activations of the student, and the label, of one argument."""
        with np.errstate(all="ignore"):
            return t[: self.net.p], float(self._label(t[None])[0])

    def _label(self, t: Array) -> Array:
        (low, high), x, coordinate, margin = self.labels, *t[:, self.net.p :].T
        yhat, distance = self.net.outputs(t[:, : self.net.p]), np.abs(x)
        y = np.choose(coordinate.astype(int), [x, yhat - x, low + distance, high - distance])
        return np.asarray(np.clip(y, low + margin, high - margin))

    def _curvature(self, t: Array) -> Any:
        return self.net.curvature(t[:, : self.net.p], self._label(t))

    def _quotients(self, t: Array, inverse: Any) -> tuple[Array, Array]:
        """Smallest eigenvalues of `sign F - inverse` and their eigenvectors.

        They are Rayleigh quotients of the diagonal and of the rank-one part, each without cancellation: rounding of
        large positive parts cannot make one negative.
        """
        p = self.net.p
        with np.errstate(all="ignore"):
            F = self._curvature(t)
            dense = np.nan_to_num(np.clip(self.sign * F.dense(), -_HUGE, _HUGE)) - inverse
            vectors = np.linalg.eigh(dense)[1] if p > 1 else np.ones((len(t), 1, 1))
            along = np.einsum("nk,nkj->nj", F.direction, vectors)
            values = self.sign * (np.einsum("nk,nkj->nj", F.diagonal, vectors**2) + _form(F.weight[:, None], along))
            values = _finite(values)
            if np.ndim(inverse):
                values = values - np.einsum("nij,ik,nkj->nj", vectors, inverse, vectors)
        best = np.argmin(values, axis=1)
        rows = np.arange(len(t))
        return values[rows, best], vectors[rows, :, best]

    def _along(self, t: Array, e: Array, inverse: Any) -> Array:
        """Return `e^T (sign F - inverse) e` at each row; at an eigenvector `e` its slope is that of the eigenvalue."""
        with np.errstate(all="ignore"):
            F = self._curvature(t)
            values = _finite(self.sign * (F.diagonal @ e**2 + _form(F.weight, F.direction @ e)))
        return np.asarray(values - e @ inverse @ e if np.ndim(inverse) else values)

    def _descended(self, starts: list[Array], radius: float, inverse: Any = 0.0) -> tuple[float, Array]:
        """Return the lowest value, and its argument, of the minima near these arguments and of the arguments."""
        tried = [self._descent(start, radius, inverse) for start in starts] + starts
        values = self.values(np.array(tried), inverse)
        best = int(np.argmin(values))
        return float(values[best]), tried[best]

    def _descent(self, start: Array, radius: float, inverse: Any) -> Array:
        """Minimise in the coordinates `t = sinh(v)/radius`, which resolve `1/radius` and reach the radius."""
        from scipy.optimize import minimize

        p, scale, step = self.net.p, self.scale, 1e-6
        coordinate, ends = start[p + 1 :], np.arcsinh(np.append(np.full(p, radius), self._reach(radius)) * radius)

        def rows(v: Array) -> Array:
            t = np.sinh(np.atleast_2d(v)) / radius
            return np.column_stack([t, np.tile(coordinate, (len(t), 1))])

        def function(v: Array) -> tuple[float, Array]:
            # arcsinh keeps values of all sizes comparable; the gradient is that of e^T (..) e, by central differences
            value, e = self._quotients(rows(v), inverse)
            around = v + step * np.concatenate([np.eye(p + 1), -np.eye(p + 1)])
            up, down = np.split(np.arcsinh(self._along(rows(around), e[0], inverse) / scale), 2)
            return float(np.arcsinh(value[0] / scale)), (up - down) / (2 * step)

        v, bounds = np.clip(np.arcsinh(start[: p + 1] * radius), -ends, ends), list(zip(-ends, ends, strict=True))
        minimum = minimize(function, v, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _ITERATIONS})
        return np.asarray(rows(minimum.x)[0])

    def _reach(self, radius: float) -> float:
        """Largest size of labels, and of their distances from `yhat`, in a search within this radius."""
        largest = np.full((2, self.net.p), radius) * np.array([[1.0], [-1.0]])
        with np.errstate(all="ignore"):
            outputs = np.abs(self.net.outputs(largest))
        return float(radius * min(1 + np.nan_to_num(outputs, posinf=1e50).max(), 1e50))

    def _margin(self, radius: float) -> float:
        """Smallest distance of labels from a finite end of their range, in a search within this radius."""
        low, high = self.labels
        return min(1.0, high - low) / radius if np.isfinite(low) or np.isfinite(high) else 0.0

    def _defined(self, t: Array) -> bool:
        """Whether the curvature is finite at an argument several times as large."""
        out = t.copy()
        out[: self.net.p + 1] *= FURTHER
        with np.errstate(all="ignore"):
            F = self._curvature(out[None])
        return all(bool(np.all(np.isfinite(part))) for part in (F.diagonal, F.weight, F.direction))

    def _thin(self, t: Array, width: float) -> bool:
        """Whether relative changes of an argument by `width` leave the valley on both sides; a step is no valley."""
        u, y = self.sample(t)
        steps = width * np.concatenate([np.eye(self.net.p + 1), -np.eye(self.net.p + 1)])
        moved = np.column_stack([np.append(u, y) * (1 + steps), np.full(len(steps), _VALUE), np.zeros(len(steps))])
        value = self.values(t[None])[0]
        left = np.abs(self.values(moved) - value) > 0.1 * abs(value)
        return bool(np.any(left[: self.net.p + 1] & left[self.net.p + 1 :]))

    def _pushed(self, known: list[Array], radius: float) -> list[Array]:
        """Return the last minimum, and the argument with its large entries pushed further out."""
        if not known:
            return []
        p, before = self.net.p, np.sqrt(radius)
        t = np.append(known[-1][:-1], self._margin(radius))
        out = t.copy()
        out[: p + 1] *= np.where(np.abs(t[: p + 1]) > np.sqrt(before), before, 1.0)
        return [t] if np.all(out == t) else [t, out]

    def _best(self, t: Array, inverse: Any = 0.0) -> list[Array]:
        """Return the lowest row for each coordinate of the labels, then the lowest of the others."""
        order = t[np.argsort(self.values(t, inverse))]
        first = [order[order[:, -2] == c][0] for c in np.unique(order[:, -2])]
        return first + list(order[1 : 1 + max(0, _DESCENTS - len(first))])

    @cached_property
    def _everywhere(self) -> Array:
        """Points of all sizes: the eighth of them that is lowest, along any of three shifts of `F`."""
        radii = [r for r in (10.0**0.75, 10.0**1.5, 1e3, 1e6) if r <= self.end.radius]
        points = np.vstack([self._usual(), *(self._points(r) for r in radii)])
        points[:, -1] = 0.0  # the ends of the labels are included
        shared = np.full((self.net.p, self.net.p), self.scale / self.net.p)
        sides: tuple[Any, ...] = (0.0, shared, -shared)
        lowest = [np.argsort(self.values(points, side))[: len(points) // 8] for side in sides]
        return np.asarray(points[np.unique(np.concatenate(lowest))])

    @cached_property
    def _deepest(self) -> Array:
        """Argument at which the smallest eigenvalue of `sign F` is lowest, the ends of the labels included."""
        starts = [np.append(self.end.where[:-1], 0.0), *self._best(self._everywhere)]
        return self._descended(starts, self.end.radius)[1]

    def _usual(self) -> Array:
        rng, net = np.random.default_rng(3), self.net
        n = self._number
        y = net.labels(rng.standard_normal((n, net.p_star)), rng.standard_normal((n, 2)))
        return np.column_stack([rng.standard_normal((n, net.p)), y, np.full(n, _VALUE), np.zeros(n)])

    @property
    def _number(self) -> int:
        return int(np.clip(_POINT_COST / self.net.p**3, _POINTS_MIN, _POINTS_MAX))

    def _points(self, radius: float) -> Array:
        """Arguments of all sizes up to a radius: neurons all alike, two alike, one large, or all typical."""
        rng, n, p = np.random.default_rng(4), self._number, self.net.p
        powers = rng.choice([-1.0, 0.0, 0.5, 1.0], size=(n, p))
        mixed = rng.choice([-1.0, 1.0], size=(n, p)) * radius**powers
        usual = 2 * rng.standard_normal((n, p))
        alike, paired, single = mixed[:, :1] * np.ones(p), usual.copy(), usual.copy()
        single[:, 0] = mixed[:, 0]
        if p > 1:
            paired[:, 0] = mixed[:, 0]
            paired[:, 1] = mixed[:, 0] * rng.choice([-1.0, 1.0], size=n)
        # five kinds of rows, at random; the first row is zero
        kinds = rng.integers(5, size=n)
        u = np.choose(kinds[:, None], [mixed, usual, alike, paired, single])
        u[0] = 0.0
        x = rng.choice([-1.0, 1.0], size=n) * radius ** rng.choice([-1.0, 0.0, 0.5, 1.0], size=n)
        x = x * np.where(rng.random(n) < 0.3, np.abs(rng.standard_normal(n)), 1.0)
        x = np.where(rng.random(n) < 0.2, 0.0, np.where(rng.random(n) < 0.15, self._reach(radius) * np.sign(x), x))
        ends = [c for c, end in zip((_LOW, _HIGH), self.labels, strict=True) if np.isfinite(end)]
        return np.column_stack([u, x, rng.choice([_VALUE, _DISTANCE, *ends], size=n), np.full(n, self._margin(radius))])


def _form(weight: Array, along: Array) -> Array:
    """Return `weight along^2`, also where the square alone overflows."""
    value = weight * along**2
    return np.where(np.isfinite(value), value, (weight * along) * along)


def _finite(values: Array) -> Array:
    """Replace values beyond the huge ones by these, and nan by the huge positive value."""
    return np.asarray(np.clip(np.nan_to_num(values, nan=_HUGE), -_HUGE, _HUGE))


def _range_of_labels(net: Network) -> tuple[float, float]:
    ends = []
    for sign in (1.0, -1.0):
        parts = [_end_of_labels(net, sign, weight) for weight in (net.teacher_weights if net.link is None else (1.0,))]
        if any(part.status == "undecided" for part in parts):
            raise AccuracyError(f"{net}: whether its labels are bounded is not decided: give another teacher")
        ends.append(sign * sum(part.value for part in parts))
    low, high = ends
    if net.noise.additive > 0 or (net.noise.multiplicative > 0 and (low, high) != (0.0, 0.0)):
        return -np.inf, np.inf
    return float(low), float(high)


def _end_of_labels(net: Network, sign: float, weight: float) -> Extent:
    if net.link is None:
        return extent_on_a_line(lambda s: sign * weight * net.teacher_activation.value(s), abs(weight))
    return _end_of_link(net, sign)


def _end_of_link(net: Network, sign: float) -> Extent:
    """Lower end of a link, a formula in several numbers: minima downhill from points of all sizes."""
    from scipy.optimize import minimize

    def value(s: Array) -> Array:
        return _finite(sign * np.asarray(net.link(*np.atleast_2d(s).T)))

    def lowest(radius: float, known: list[Array]) -> tuple[float, Array]:
        rng, size = np.random.default_rng(4), (_POINTS_MAX, net.p_star)
        s = rng.standard_normal(size) * radius ** rng.choice([-1.0, 0.0, 0.5, 1.0], size=size) / 3
        s = np.clip(np.vstack([np.zeros(net.p_star), s, *known]), -radius, radius)
        best, end = s[np.argsort(value(s))[:_DESCENTS]], np.arcsinh(radius**2)
        for start in best:
            minimum = minimize(
                lambda v: float(np.arcsinh(value(np.sinh(v) / radius)[0])),
                np.arcsinh(start * radius),
                method="L-BFGS-B",
                bounds=[(-end, end)] * net.p_star,
            )
            best = np.vstack([best, np.sinh(minimum.x) / radius])
        return float(value(best).min()), best[np.argmin(value(best))]

    return extent(lowest, 1.0, lambda where: bool(np.isfinite(net.link(*(FURTHER * where)))))


def _short(values: npt.NDArray[Any]) -> str:
    return "(" + ", ".join(f"{x:.3g}" for x in values[:3]) + (", ..)" if len(values) > 3 else ")")


@lru_cache(maxsize=64)
def support_of(net: Network, sign: float) -> Support:
    """Return the lower end of `sign F`, cached: many callers ask for it."""
    return Support(net, sign)
