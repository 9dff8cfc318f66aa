"""The equations (docs/theory.md, sections 2 to 6) written out as they stand: slow, literal, on its own.

Everything is in units of `2/p`. The laws are `y ~ chi2_{p*}/p*` and `yhat ~ chi2_p/p`.

Nothing is imported from bendscape. Two ways to average over them, which share only where panels end:

* :class:`Plain`: float64, Gauss-Legendre panels in `t = sqrt(y)` and `t = sqrt(yhat)`. The integrand is `A` itself,
  whose denominator `a - g c + (1 + g) y` is a sum of positive terms for `-1 <= g < 0`, so nothing cancels.
* :class:`Precise`: mpmath, the average over `y` in closed form, `E[1/(d + y)] = k e^{kd} E_k(kd)` with `k = p*/2` and
  the generalised exponential integral `E_k`, and Gauss-Legendre rules of 28 nodes with 30 digits in `t = sqrt(yhat)`.

Why `Plain` is good to 1e-10: `test_transcription.py` compares it with `Precise` (agreement to 1e-12 of the average
of absolute values, at the corners of the domain too), and results do not change with other panels.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import mpmath as mp
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln

Array = NDArray[Any]
Rule = tuple[Array, Array]
Weights = tuple[Any, Any]  # what multiplies A_0 and A_1


def panels(scale: float, narrow: float, reach: float) -> Array:
    """Ends of panels on `(0, reach)`: halved towards zero until below `scale`, nowhere wider than `narrow`."""
    halvings = max(0, math.ceil(math.log2(reach / scale)) + 1)
    ends = np.concatenate([[0.0], reach * 0.5 ** np.arange(halvings, -1, -1)])
    parts = [np.linspace(lo, hi, max(2, math.ceil((hi - lo) / narrow) + 1))[:-1] for lo, hi in itertools.pairwise(ends)]
    return np.concatenate([*parts, [reach]])


def chi2_over(k: int, scale: float, order: int) -> Rule:
    """Points and weights for `chi2_k/k`, by panels in its root `t`; no singularity lies nearer to zero than `scale`.

    The density of `t` is `2 (k/2)^{k/2} t^{k-1} exp(-k t^2/2) / Gamma(k/2)`, of width about `1/sqrt(2k)` around one.
    """
    reach = 1.0 + 9.5 / math.sqrt(k)
    ends = panels(scale, 1.2 / math.sqrt(k), reach)
    x, w = np.polynomial.legendre.leggauss(order)
    half = np.diff(ends) / 2
    t = (ends[:-1, None] + half[:, None] * (x + 1)).ravel()
    log_density = math.log(2) + k / 2 * math.log(k / 2) - gammaln(k / 2) + (k - 1) * np.log(t) - k * t**2 / 2
    weight = (half[:, None] * w).ravel() * np.exp(log_density)
    kept = weight > 1e-26 * weight.max()
    return t[kept] ** 2, weight[kept] / weight[kept].sum()  # the sum is one but for the rounding of log Gamma


class Plain:
    """The equations, with averages by product panels in float64."""

    def __init__(self, p: float, p_star: int, a: float, order: int = 12) -> None:
        self.p, self.p_star, self.a = p, p_star, a
        near = math.sqrt(a / 3) if a > 0 else 1e-8  # poles at yhat = -a/(3|g|), y = -(a + |g| c)/(1 - |g|)
        self.y, wy = chi2_over(p_star, near, order)
        yhat, wyhat = (np.ones(1), np.ones(1)) if math.isinf(p) else chi2_over(int(p), near, order)
        self.yhat = yhat[:, None]
        self.w = wyhat[:, None] * wy

    @property
    def trace(self) -> Weights:
        """`<.> = E[((p-1)/p) (.)_0 + (1/p) (.)_1]`."""
        return 1 - 1 / self.p, 1 / self.p

    def A(self, g: Any, c: float) -> Array:
        """`f/(1 - g f)` with `f = (c yhat - y)/(a + y)`, `c = 1` for `f_0` and `3` for `f_1`."""
        top = c * self.yhat - self.y
        return np.asarray(top / (self.a + self.y - g * top))

    def E(self, values: Array) -> Any:
        """Average over `y` and `yhat`."""
        return (self.w * values).sum()

    def mean(
        self, function: Callable[[Array], Array], weights: Weights | None = None, label: Any = 1.0, g: Any = 0
    ) -> Any:
        """`E[label (w_0 function(A_0) + w_1 function(A_1))]`."""
        w0, w1 = self.trace if weights is None else weights
        both = ((w0, 1.0), (w1, 3.0))
        return sum(w * self.E(label * function(self.A(g, c))) for w, c in both if w != 0)

    # section 2
    def z(self, alpha: float, g: Any) -> Any:
        """(14): `z(g) = 1/g + alpha <A>`."""
        return 1 / g + alpha * self.mean(lambda A: A, g=g)

    def dz(self, alpha: float, g: Any) -> Any:
        """`z'(g) = -1/g^2 + alpha <A^2>`."""
        return -1 / g**2 + alpha * self.mean(lambda A: A**2, g=g)

    def d2z(self, alpha: float, g: Any) -> Any:
        """`z''(g) = 2/g^3 + 2 alpha <A^3>`."""
        return 2 / g**3 + 2 * alpha * self.mean(lambda A: A**3, g=g)

    def f_moment(self, n: int) -> float:
        """`<f^n>`: `A` at `g = 0`."""
        return float(self.mean(lambda A: A**n))

    # section 3
    def smooth_tail(self, alpha: float, delta: float) -> tuple[float, float]:
        """A point just inside a smooth edge, `z` at `1/g = -1 + delta`, and the density there.

        `Im <A(g - i0)> = -pi h(1/g)/g^2` with `h` the density of `f`, so `rho = alpha h(1/g)/(g^2 |z'(g)|)` to first
        order in `h`, which is exponentially small: the pole lies at a `y` whose weight is of the same order.
        `f = x` at `y = (c - a x)/(1 + x)`, `|dy/df| = (a + c)/(1 + x)^2`.
        """
        x, k = delta - 1, self.p_star / 2
        g = 1 / x

        def h(c: Array) -> Array:
            y = (c - self.a * x) / delta
            return np.asarray(
                np.exp(k * math.log(k) - gammaln(k) + (k - 1) * np.log(y) - k * y) * (self.a + c) / delta**2
            )

        total = sum(
            w * self.E(h(c * self.yhat) * np.ones_like(self.y)) for w, c in zip(self.trace, (1, 3), strict=True)
        )
        return float(self.z(alpha, g)), float(alpha * total / (g**2 * abs(self.dz(alpha, g))))

    @cached_property
    def alpha_smooth(self) -> float:
        """`1/alpha_s = E[((p-1)/p) ((yhat-y)/(a+yhat))^2 + (1/p) ((3 yhat-y)/(a+3 yhat))^2]`."""
        w0, w1 = self.trace
        return float(
            1
            / sum(w * self.E(((c * self.yhat - self.y) / (self.a + c * self.yhat)) ** 2) for w, c in ((w0, 1), (w1, 3)))
        )

    def edge_g(self, alpha: float) -> float:
        """`g_-`: where `z' = 0` in `(-1, 0)`, or `-1` if `z'(-1) <= 0`."""
        if self.dz(alpha, -1.0) <= 0:
            return -1.0
        return -self._root(lambda g: g**2 * self.dz(alpha, g))

    def left_edge(self, alpha: float) -> float:
        return float(self.z(alpha, self.edge_g(alpha)))

    # section 4
    def T(self, g: Any, sector: str = "teacher", power: int = 1) -> Any:
        """`<y A>` of the teacher, and the student's three; with `power = 2` their derivatives in `g`."""
        mixed = 2 / (self.p + 2)
        label, weights = {
            "teacher": (self.y, self.trace),
            "trace": (self.yhat, (0, 1)),
            "antisym": (self.yhat, (1, 0)),
            "sym": (self.yhat, (1 - mixed, mixed)),
        }[sector]
        return self.mean(lambda A: A**power, weights, label, g)

    def outlier_g(self, alpha: float, sector: str = "teacher", epsilon: float = 0.0) -> float:
        """`g` in `(g_-, 0)` at which `z(g) + epsilon = alpha T(g)`; nan if it has none."""

        def gap(g: float) -> float:
            return float(g * (self.z(alpha, g) + epsilon - alpha * self.T(g, sector)))

        edge = self.edge_g(alpha)
        return math.nan if gap(edge) >= 0 else -self._root(gap, -edge)

    def overlap2(self, alpha: float, g: float, sector: str = "teacher") -> float:
        """`m^2 = 1/(1 - alpha <y A^2>/z'(g))`."""
        return float(1 / (1 - alpha * self.T(g, sector, power=2) / self.dz(alpha, g)))

    # section 5
    @cached_property
    def alpha_jump(self) -> float:
        """`(p*/2) / E_yhat[((p-1)/p)/(a + yhat) + (1/p)/(a + 3 yhat)]`, which is `p*(a+1)/2` at `p = inf`."""
        w0, w1 = self.trace
        one = np.ones_like(self.y)
        return float(
            self.p_star / 2 / sum(w * self.E(one / (self.a + c * self.yhat)) for w, c in ((w0, 1), (w1, 3)) if w)
        )

    @cached_property
    def kind(self) -> str:
        return "discontinuous" if self.alpha_jump <= self.alpha_smooth else "continuous"

    @cached_property
    def alpha_bbp(self) -> float:
        """`lambda_*(alpha) = lambda_-(alpha)`, solved directly: the gap at the edge changes sign in `alpha`.

        Below it the edge's own gap `z(g_-) - alpha <y A(g_-)>` is negative. On the discontinuous branch `g_-` is -1
        and the closed form holds.
        """
        if self.kind == "discontinuous":
            return self.alpha_jump

        def gap(log_alpha: float) -> float:
            alpha = math.exp(log_alpha)
            g = self.edge_g(alpha)
            return float(1 + alpha * g * (self.mean(lambda A: A, g=g) - self.T(g)))

        low = high = math.log(self.alpha_smooth)
        while gap(high) > 0:
            high += 1.0
        return math.exp(brentq(gap, low, high, xtol=1e-15, rtol=1e-14))

    @cached_property
    def edge_at_threshold(self) -> float:
        return self.left_edge(self.alpha_bbp)

    @cached_property
    def jump(self) -> float:
        """`m^2` at `alpha_BBP+`: zero at a sharp edge, where `z' = 0`."""
        return self.overlap2(self.alpha_bbp, -1.0) if self.kind == "discontinuous" else 0.0

    @cached_property
    def alpha_0_tangent(self) -> float:
        """Where the tangent to `m^2(alpha)` at `alpha_BBP+` vanishes, from a three-point derivative."""
        if self.kind == "continuous":
            return self.alpha_bbp

        def at(g: float) -> tuple[float, float]:
            alpha = float(1 / (g * (self.T(g) - self.mean(lambda A: A, g=g))))
            return alpha, self.overlap2(alpha, g)

        h = 1e-5
        (x0, m0), (x1, m1), (x2, m2) = (at(-1.0 + j * h) for j in range(3))
        slope = (-3 * m0 + 4 * m1 - m2) / (-3 * x0 + 4 * x1 - x2)
        return x0 - m0 / slope

    @staticmethod
    def _root(function: Callable[[float], float], largest: float = 1.0) -> float:
        """`|g|` below `largest` where `function(-|g|)` vanishes; it has opposite signs at `largest` and near zero."""
        u = brentq(lambda u: function(-largest * math.exp(-u)), 0.0, 60.0, xtol=1e-15, rtol=1e-14)
        return largest * math.exp(-u)


def settled(p: float, p_star: int, a: float, quantity: str, *args: Any) -> Any:
    """A method of :class:`Plain`, with panels of rising order until two agree: at complex `g` poles come near."""
    before = getattr(Plain(p, p_star, a), quantity)(*args)
    for order in (20, 40, 80, 160):
        after = getattr(Plain(p, p_star, a, order), quantity)(*args)
        if abs(after - before) <= 1e-11 * abs(after):
            return after
        before = after
    raise ArithmeticError(f"p = {p}, p* = {p_star}, a = {a}: panels of order 160 still move {quantity}{args}")


class Precise:
    """The averages of the same equations with 30 digits: closed form in `y`, quadrature in `yhat`."""

    def __init__(self, p: float, p_star: int, a: float, digits: int = 30) -> None:
        self.p, self.k, self.a, self.digits = p, mp.mpf(p_star) / 2, mp.mpf(a), digits

    def averages(self, g: Any) -> tuple[Any, Any, Any, Any]:
        """`<A>, <A^2>, <y A>, <y A^2>` at real or complex `g`.

        With `b = 1 + g`, `d = (a - g c)/b`: `A = ((c + d)/(d + y) - 1)/b`, so that all four follow from
        `R_n = E[(d + y)^-n]`, `R_1 = k e^{kd} E_k(kd)`, `R_2 = k^2 e^{kd} (E_{k-1}(kd) - E_k(kd))`.
        """
        with mp.workdps(self.digits + 15):  # as g -> -1, d is large and the differences below lose digits
            g = mp.mpmathify(g)
            if mp.isinf(mp.mpf(self.p)):
                return self._given(g, mp.mpf(1))
            p = mp.mpf(int(self.p))
            ends = [mp.mpf(x) for x in self._panels()]

            def density(t: Any) -> Any:
                return 2 * (p / 2) ** (p / 2) / mp.gamma(p / 2) * t ** (p - 1) * mp.exp(-p * t**2 / 2)

            total = [mp.mpf(0)] * 4
            # rather than mpmath.quad, which would integrate the four one after the other
            nodes = _legendre(28)
            for lo, hi in itertools.pairwise(ends):
                for x, w in nodes:
                    t = lo + (hi - lo) * (x + 1) / 2
                    weight = w * (hi - lo) / 2 * density(t)
                    across, along = self._given(g, t**2), self._given(g, 3 * t**2)
                    total = [
                        s + weight * ((1 - 1 / p) * u + v / p) for s, u, v in zip(total, across, along, strict=True)
                    ]
            return total[0], total[1], total[2], total[3]

    def density(self, alpha: float, z: float, guess: complex) -> float:
        """`-Im g/pi` at a real point, by Newton's method on `z(g)` in the lower half plane."""
        g = mp.mpmathify(guess)
        for _ in range(12):
            first, second, _, _ = self.averages(g)
            step = (1 / g + alpha * first - z) / (alpha * second - 1 / g**2)
            g -= step
            if abs(step) < 1e-6 * abs(mp.im(g)):  # the error left is the square of it
                return float(-mp.im(g) / mp.pi)
        raise ArithmeticError(f"no g at z = {z} from {guess}")

    def _given(self, g: Any, c: Any) -> tuple[Any, Any, Any, Any]:
        b, k = 1 + g, self.k
        if b == 0:  # A = (c - y)/(a + c), with E[y] = 1, E[y^2] = 1 + 1/k, E[y^3] = (1 + 1/k)(1 + 2/k)
            y2, s = 1 + 1 / k, self.a + c
            y3 = y2 * (1 + 2 / k)
            return (c - 1) / s, (c**2 - 2 * c + y2) / s**2, (c - y2) / s, (c**2 - 2 * c * y2 + y3) / s**2
        d = (self.a - g * c) / b
        high = scaled_expint(k, k * d)
        low = scaled_expint(k - 1, k * d)
        r1, r2 = k * high, k**2 * (low - high)
        q = c + d
        yr1, yr2 = 1 - d * r1, r1 - d * r2  # E[y/(d + y)], E[y/(d + y)^2]
        return (
            (q * r1 - 1) / b,
            (q**2 * r2 - 2 * q * r1 + 1) / b**2,
            (q * yr1 - 1) / b,
            (q**2 * yr2 - 2 * q * yr1 + 1) / b**2,
        )

    def _panels(self) -> list[float]:
        near = math.sqrt(float(self.a) / 3)
        return [float(x) for x in panels(near, 3.0 / math.sqrt(self.p), 1.0 + 10.5 / math.sqrt(self.p))]


def scaled_expint(n: Any, x: Any) -> Any:
    """`e^x E_n(x)`: from a continued fraction (DLMF 8.19.17, contracted) where it converges fast, else by mpmath."""
    if abs(x) < 4 or mp.re(x) < 0:
        return mp.exp(x) * mp.expint(n, x)
    b, c, d = x + n, mp.inf, mp.mpf(0)
    d = 1 / b
    h = d
    for j in range(1, 10000):
        step = -j * (n - 1 + j)
        b += 2
        d = 1 / (b + step * d)
        c = b + step / c
        h *= c * d
        if abs(c * d - 1) < mp.eps * 4:
            return h
    raise ArithmeticError(f"the continued fraction of E_{n}({x}) does not converge")


def _legendre(order: int) -> list[tuple[Any, Any]]:
    """Gauss-Legendre nodes and weights on (-1, 1) with the digits of the moment."""
    result = []
    for guess in np.polynomial.legendre.leggauss(order)[0]:
        x = mp.findroot(lambda t: mp.legendre(order, t), mp.mpf(float(guess)))
        slope = order * (x * mp.legendre(order, x) - mp.legendre(order - 1, x)) / (x**2 - 1)
        result.append((x, 2 / ((1 - x**2) * slope**2)))
    return result
