"""Speed of finite-N predictions, as a ratio to diagonalising one sample of the same size.

Run it with ``make bench``. A prediction here is what one diagonalised sample gives: the lowest `p p_star + 8`
eigenvalues, overlaps, and `phi` of one sample, its labels included. Linear algebra runs on one thread.
"""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import bendscape as bs

NET, N, RATIO, DRAWS = bs.QuadraticNetwork(p=4, p_star=1, a=1.5), 10_000, 0.9, 50


def seconds_each(alpha: float, n: float) -> float:
    """Return the seconds that one predicted sample takes."""
    bs.finite_size(NET, alpha=alpha, N=n, samples=2, seed=0)  # rules and tables that are kept
    start = time.perf_counter()
    bs.finite_size(NET, alpha=alpha, N=n, samples=DRAWS, seed=1)
    return (time.perf_counter() - start) / DRAWS


def main() -> None:
    """One table."""
    alpha = RATIO * bs.threshold(NET).alpha
    table = Table("N", "seconds a sample", "ratio", title=f"{NET}, alpha = {alpha:.3f}")
    with threadpool_limits(1):
        start = time.perf_counter()
        bs.simulate(NET, alpha=alpha, N=N, samples=1, seed=1)
        diagonalised = time.perf_counter() - start
        table.add_row(f"{N:g} diagonalised", f"{diagonalised:.1f}", "1")
        for n in (N, 1e12):
            each = seconds_each(alpha, n)
            table.add_row(f"{n:g} predicted", f"{each:.3f}", f"{diagonalised / each:.0f}")
        start = time.perf_counter()
        bs.finite_threshold(NET, N=1e12, samples=DRAWS, seed=1)
        table.add_row(f"finite_threshold, 1e12, {DRAWS} samples", f"{time.perf_counter() - start:.1f}", "")
    Console().print(table)


if __name__ == "__main__":
    main()
