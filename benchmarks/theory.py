"""Speed, as ratios within one run to a straightforward SciPy implementation of the same equations.

Run it with ``make bench``. The reference integrates every average with `scipy.integrate.dblquad` over both labels and
solves for the threshold with `brentq`, as one would write it in an afternoon. It is slow, so it is timed on a few
points and scaled to the size of the task; the table says on how many. Linear algebra runs on one thread.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.integrate import dblquad, quad_vec
from scipy.optimize import brentq, fsolve
from scipy.special import gammaln
from threadpoolctl import threadpool_limits

import bendscape as bs
from bendscape.theory.law import quadrature
from bendscape.theory.law.labels import nodes

P, P_STAR, A, ALPHA = 2, 1, 0.7, 2.5


def label_density(x: Any, width: int) -> Any:
    """Density of `t = sqrt(label)`, which is regular at zero."""
    k = width / 2
    return 2 * np.exp(k * math.log(k) - gammaln(k) + (width - 1) * np.log(x) - k * x**2)


def average(kernel: Callable[[float, float], float], p: int, p_star: int, a: float) -> float:
    """`<kernel(y, f)>` by adaptive integration over both labels, mode by mode."""

    def integrand(t: float, r: float) -> float:
        y, yhat = t * t, r * r
        f0, f1 = (yhat - y) / (a + y), (3 * yhat - y) / (a + y)
        mixed = (p - 1) / p * kernel(y, f0) + kernel(y, f1) / p
        return float(mixed * label_density(t, p_star) * label_density(r, p))

    return float(dblquad(integrand, 1e-12, 9.0, 1e-12, 9.0, epsabs=1e-9, epsrel=1e-8)[0])


def reference_threshold(p: int, p_star: int, a: float) -> float:
    """Equation (15) on the continuous branch, with the discontinuous one tried first."""

    def mean(g: float, power: int, weight: Callable[[float], float]) -> float:
        return average(lambda y, f: weight(y) * (f / (1 - g * f)) ** power, p, p_star, a)

    def one(_: float) -> float:
        return 1.0

    at_end = -1.0 / mean(-1.0, 1, lambda y: y - 1)
    if at_end <= 1.0 / mean(-1.0, 2, one):
        return at_end
    g: float = brentq(lambda g: g * mean(g, 2, one) - mean(g, 1, lambda y: y - 1), -1.0, -0.05, xtol=1e-9)
    return 1.0 / (g**2 * mean(g, 2, one))


def reference_density(x: float, start: complex) -> complex:
    """`g(x + i eta)` by `fsolve` on equation (14), with nested vector quadrature for the complex average."""
    eta = 1e-3

    def inner(r: float, g: complex) -> complex:
        def integrand(t: float) -> complex:
            y, yhat = t * t, r * r
            f = np.array([(yhat - y) / (A + y), (3 * yhat - y) / (A + y)])
            weights = np.array([(P - 1) / P, 1 / P])
            return complex((weights * f / (1 - g * f)).sum() * label_density(t, P_STAR))

        return complex(complex(quad_vec(integrand, 1e-12, 9.0, epsabs=1e-7)[0]) * label_density(r, P))

    def equation(parts: Any) -> list[float]:
        g = complex(*parts)
        mean = quad_vec(lambda r: inner(r, g), 1e-12, 9.0, epsabs=1e-6)[0]
        gap = 1 / g + ALPHA * mean - (x + 1j * eta)
        return [gap.real, gap.imag]

    return complex(*fsolve(equation, [start.real, start.imag], xtol=1e-6))


def seconds(run: Callable[[], Any], repeats: int) -> float:
    """Median wall time."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def fresh(run: Callable[[], Any]) -> Callable[[], Any]:
    """Return a call that empties the caches of quadrature rules first."""

    def emptied() -> Any:
        for cached in (nodes, quadrature._refined, quadrature.contour_measure, quadrature._resolution):
            cached.cache_clear()
        return run()

    return emptied


def main() -> None:
    """Time the three tasks and print the ratios."""
    net = bs.QuadraticNetwork(P, P_STAR, A)
    widths, constants = np.arange(1, 101), np.geomspace(0.05, 5.0, 100)
    bs.phase_diagram(p=2, p_star=1, a=[0.7, 0.8])  # imports

    threshold = seconds(fresh(lambda: bs.threshold(net)), 9)
    diagram = seconds(fresh(lambda: bs.phase_diagram(p=widths, p_star=1, a=constants)), 3)
    x = np.linspace(-0.88, 6.0, 1000)
    density = seconds(fresh(lambda: bs.spectrum(net, alpha=ALPHA).density(x)), 5)

    slow_threshold = seconds(lambda: reference_threshold(P, P_STAR, A), 1)
    some = [(1, 0.3), (5, 0.2), (20, 1.5), (60, 3.0)]
    start = time.perf_counter()
    slow = [reference_threshold(p, 1, a) for p, a in some]
    slow_diagram = (time.perf_counter() - start) / len(some) * widths.size * constants.size
    worst = max(
        abs(v / bs.threshold(bs.QuadraticNetwork(p, 1, a)).alpha - 1) for v, (p, a) in zip(slow, some, strict=True)
    )

    spectrum = bs.spectrum(net, alpha=ALPHA)
    points = (0.3, 3.0)
    start = time.perf_counter()
    guesses = [complex(spectrum.stieltjes(v + 0.01j)) for v in points]
    densities = [reference_density(v, g) for v, g in zip(points, guesses, strict=True)]
    slow_density = (time.perf_counter() - start) / len(points) * x.size
    off = max(abs(g - complex(spectrum.stieltjes(v + 1e-3j))) for g, v in zip(densities, points, strict=True))

    table = Table("task", "bendscape (s)", "reference (s)", "ratio", "reference timed on", "largest difference")
    for name, fast, plain, how, difference in (
        ("a threshold (p=2, p*=1, a=0.7)", threshold, slow_threshold, "the task", "-"),
        ("a 1000-point density", density, slow_density, f"{len(points)} points", f"{off:.1e}"),
        ("a 100 x 100 diagram in (a, p)", diagram, slow_diagram, f"{len(some)} points", f"{worst:.1e}"),
    ):
        table.add_row(name, f"{fast:.4f}", f"{plain:.4g}", f"{plain / fast:.0f}", how, difference)
    Console(width=120).print(table)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
