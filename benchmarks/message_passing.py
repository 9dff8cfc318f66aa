"""Share of samples that message passing recovers, against alpha and N, and the alpha of one half beside its limit.

`python benchmarks/message_passing.py [most N] [samples]` prints a table for one and for two vectors, labels without
noise, from the spectral guess. A sample counts as recovered at a squared overlap above 0.99.
"""

from __future__ import annotations

import sys

import numpy as np
from rich.console import Console
from threadpoolctl import threadpool_limits

import bendscape as bs
from bendscape.models import Noiseless
from bendscape.simulation import draw, message_passing, span_overlap2

SIZES = (200, 400, 1000, 2000, 4000)
RATIOS = (0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3)


def share(p_star: int, alpha: float, N: int, samples: int) -> float:
    """Return the share of samples with an overlap above 0.99."""
    net = bs.QuadraticNetwork(p_star, p_star, 1.0)
    hits = 0
    for seed in range(samples):
        sample = draw(net, alpha=alpha, N=N, seed=seed)
        answer = message_passing(sample, Noiseless(p_star))
        hits += span_overlap2(answer.weights, sample.teacher) > 0.99
    return hits / samples


def middle(alpha: list[float], shares: list[float]) -> float:
    """Return where the share, made monotonic, first passes one half."""
    rising = np.maximum.accumulate(shares)
    return float(np.interp(0.5, rising + 1e-9 * np.arange(len(rising)), alpha))


def main(largest: int = 2000, samples: int = 20) -> None:
    """One table for each number of vectors."""
    say = Console(width=140, highlight=False).print
    with threadpool_limits(1):
        for p_star in (1, 2):
            limit = bs.threshold(bs.BayesOptimal(Noiseless(p_star))).alpha_perfect
            alpha = [ratio * float(limit) for ratio in RATIOS]
            say(f"p*={p_star}, alpha_AMP = {limit:.5f}; alpha:", *(f"{a:.3f}" for a in alpha))
            for N in (n for n in SIZES if n <= largest):
                each = max(samples * 400 // max(N, 400), 6)
                shares = [share(p_star, a, N, each) for a in alpha]
                say(
                    f"N={N:5d}, {each:2d} samples:",
                    *(f"{s:5.2f}" for s in shares),
                    f"half at {middle(alpha, shares):.3f}",
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
