r"""Where the law of `F` ends: over all pre-activations, not only those that were drawn.

Left of the bulk `F - Gamma^{-1}` is positive definite for every pre-activation. The real solution ends where that
fails, if `dz/dtau` is still positive there: a smooth edge. If `F` has no lower bound there is no left edge at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from ...models.general import Network
from .curve import Averages, Place
from .points import Array

__all__ = ["Support", "support_of"]

_RADII = (0.0, 1e-4, 1e-2, 0.5, 1.0, 2.0, 4.0, 10.0, 100.0, 1e4)
_EXTREME = {1e-4, 1e4}
_NOISE = (0.0, 3.0, 1e4)
_USUAL = 4.0  # up to which values count as usual
_LIMIT = np.arcsinh(1e7)
_REFINED = 4
_INFINITE = 1e200


@dataclass(frozen=True, eq=False)
class Support:
    """Lower end of the law of `sign F`.

    Attributes
    ----------
    net : Network
    sign : float
        1 for the left of a spectrum, -1 for its right.
    t : array, shape (n, d)
        Pre-activations of student and teacher, and noise, in all directions and of all sizes.
    extreme : array, shape (n,)
        Which of them are very large or very small.
    """

    net: Network
    sign: float
    t: Array
    extreme: npt.NDArray[np.bool_]

    def matrices(self, t: Array) -> Array:
        """`sign F`, shape (n, p, p); zero where it is undefined, infinity minus infinity."""
        p, q = self.net.p, self.net.p_star
        with np.errstate(all="ignore"):
            y = self.net.labels(t[:, p : p + q], t[:, p + q :])
            F = self.sign * self.net.curvature(t[:, :p], y).dense()
        defined = ~np.any(np.isnan(F), axis=(1, 2), keepdims=True)
        return np.where(defined, np.clip(F, -_INFINITE, _INFINITE), 0.0)

    @cached_property
    def _lowest(self) -> Array:
        return np.asarray(np.linalg.eigvalsh(self.matrices(self.t))[:, 0])

    @cached_property
    def unbounded(self) -> str:
        """Why there is no end; empty if there is one."""
        near, far = float(self._lowest[~self.extreme].min()), float(self._lowest.min())
        usual = np.abs(self.t).max(axis=1) <= _USUAL
        if far > -_INFINITE and far >= 1.2 * near - 1e-3 * float(np.median(np.abs(self._lowest[usual]))):
            return ""
        worst, p = self.t[np.argmin(self._lowest)], self.net.p
        where = f"u = {_short(worst[:p])}, s = {_short(worst[p : p + self.net.p_star])}"
        bound = "below" if self.sign > 0 else "above"
        return f"the curvature of a sample is unbounded {bound} ({self.sign * far:.3g} at {where}), so the bulk is too"

    def worst(self, inverse: Array, hint: Array | None = None) -> tuple[float, Array]:
        """The smallest eigenvalue of `sign F - Gamma^{-1}` over all pre-activations, and where it is.

        The search starts at the lowest of all that are known, or at `hint`.
        """
        from scipy.optimize import minimize

        def lowest(t: Array) -> Array:
            return np.asarray(np.linalg.eigvalsh(self.matrices(t) - inverse)[:, 0])

        def value(v: Array) -> tuple[float, Array]:
            step = 1e-6
            around = v + step * np.concatenate([np.eye(len(v)), -np.eye(len(v))])
            values = lowest(np.sinh(np.vstack([v, around])))
            up, down = np.split(values[1:], 2)
            return float(values[0]), (up - down) / (2 * step)

        if hint is None:
            first = lowest(self.t)
            starts = self.t[np.argsort(first)[:_REFINED]]
        else:
            starts = hint[None]
        best, where = self._at(starts[0], inverse), starts[0]
        for start in starts:
            v = np.clip(np.arcsinh(start) + 1e-3, -_LIMIT, _LIMIT)
            found = minimize(value, v, jac=True, method="L-BFGS-B", bounds=[(-_LIMIT, _LIMIT)] * len(v))
            if found.fun < best:
                best, where = float(found.fun), np.sinh(found.x)
        return best, where

    def depth(self, t: Array, averages: Averages, place: Place) -> float:
        """The smallest eigenvalue of `sign F - Gamma^{-1}` at one pre-activation, seen from one place of the axis."""
        return self._at(t, np.linalg.inv(averages.matrix(place.gamma)))

    def _at(self, t: Array, inverse: Array) -> float:
        return float(np.linalg.eigvalsh(self.matrices(t[None])[0] - inverse)[0])


def _short(values: Array) -> str:
    return "(" + ", ".join(f"{x:.3g}" for x in values[:3]) + (", ..)" if len(values) > 3 else ")")


@lru_cache(maxsize=64)
def support_of(net: Network, sign: float) -> Support:
    """Both ends are made of the same pre-activations."""
    rng, p, q = np.random.default_rng(3), net.p, net.p_star
    random = 24 if p <= 8 else 6
    parts = []
    for width in (p, q, 2):
        axes = np.vstack([np.ones(width), -np.ones(width), np.eye(width)[:2], -np.eye(width)[:2]])
        unit = rng.standard_normal((random, width))
        parts.append(np.vstack([axes, unit]))
    t, extreme = [], []
    for radii in product(_RADII, _RADII, _NOISE if net.noise else (0.0,)):
        for _ in range(random):
            t.append(np.concatenate([r * part[rng.integers(len(part))] for r, part in zip(radii, parts, strict=True)]))
            extreme.append(bool(_EXTREME & set(radii)))
    return Support(net, sign, np.array(t), np.array(extreme))
