"""A threshold of a general network: against finding it by simulation, and how its cost grows with `p`.

Run it with ``make bench``. By simulation means: the overlap of the lowest eigenvector at the sizes and numbers of
samples that an error of 1e-3 in `alpha` takes. The scatter of `alpha` from one size is measured and the number of
samples scaled, as errors fall with the root of their number; shifts with `N` are left out, in favour of the simulation.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import bendscape as bs

TOLERANCE, N, SAMPLES = 1e-3, 200, 24
WIDTHS = (1, 2, 5, 10, 20, 50)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came out."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def by_simulation(net: bs.Network, alpha: float) -> tuple[float, float]:
    """Seconds of the samples, and the standard error of `alpha` that they give.

    The line through `m^2` at 1.3 and 1.6 `alpha` is followed down to zero.
    """
    points = alpha * np.array([1.3, 1.6])
    seconds, means, errors = 0.0, [], []
    for i, x in enumerate(points):
        taken, data = timed(partial(bs.simulate, net, alpha=x, N=N, samples=SAMPLES, seed=(0, i), side="left"))
        values = data.overlap2.values[:, 0]
        seconds += taken
        means.append(values.mean())
        errors.append(values.std(ddof=1) / np.sqrt(SAMPLES))
    low, high = means
    width = points[1] - points[0]
    slopes = np.array([high, -low]) / (high - low) ** 2 * width
    return seconds, float(np.hypot(slopes[0] * errors[0], slopes[1] * errors[1]))


def main() -> None:
    """Print both tables."""
    net = bs.Network(2, 1, activation="tanh")
    averaging = bs.Averaging(tolerance=TOLERANCE, points=2**12, most=2**16)
    seconds, theory = timed(lambda: bs.threshold(net, side="left", averaging=averaging))
    sampled, error = by_simulation(net, theory.alpha)
    needed = sampled * (error / (TOLERANCE * theory.alpha)) ** 2
    table = Table(title=f"Threshold of {net}: {theory.alpha:.5f} +- {theory.error:.1g}, {theory.kind}")
    for heading in ("way", "standard error", "seconds", "at 1e-3, as a ratio"):
        table.add_column(heading)
    table.add_row("theory", f"{theory.error:.1g}", f"{seconds:.1f}", "1")
    name = f"{2 * SAMPLES} samples, N = {N}"
    table.add_row(name, f"{error:.2g}", f"{sampled:.1f}", f"{needed / seconds:.0f}, scaled from these samples")
    widths = Table(title="Cost of a spectrum, tanh, alpha = 6 p, 1024 points a replicate")
    for heading in ("p", "seconds", "ratio to p = 1", "edge"):
        widths.add_column(heading)
    few = bs.Averaging(tolerance=1.0, points=2**10, most=2**10)
    first = 0.0
    for p in WIDTHS:
        wide = bs.Network(p, 1, activation="tanh")
        taken, spectrum = timed(partial(bs.spectrum, wide, alpha=6.0 * p, averaging=few))
        first = first or taken
        edge = spectrum.left_edge
        widths.add_row(str(p), f"{taken:.2f}", f"{taken / first:.1f}", f"{edge.value:.4g} +- {edge.error:.1g}")
    Console().print(table, widths)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
