"""Verdicts on recovered signals: `python benchmarks/signal_verdicts.py`, 32 x 32 pixels behind masks of random phases.

A line for each sample: verdict, the squared overlap with the signal that made the labels, that which the posterior
expects, that by labels held out, that of theory, and the noise that was learnt over the squared mean label.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import bendscape as bs
from bendscape.errors import DataWarning
from bendscape.simulation import signal_overlap2
from bendscape.simulation.sensing import CodedDiffraction, random_masks

SIDE = 32


def problems() -> Iterator[tuple[int, Any, float, int]]:
    """Patterns, kind of labels, and mean count or variance of noise; seed."""
    yield from ((patterns, "intensity", 0.0, seed) for patterns in (2, 3, 4) for seed in range(10))
    yield from ((4, "counts", mean, seed) for mean in (100.0, 10.0, 1.0) for seed in range(3))
    yield from ((4, "intensity", variance, seed) for variance in (0.01, 0.1, 1.0) for seed in range(3))


def measure(patterns: int, kind: Any, level: float, seed: int) -> str:
    """One sample."""
    rng = np.random.default_rng(seed)
    A = CodedDiffraction(random_masks(patterns, (SIDE, SIDE), seed=seed))
    x = rng.standard_normal((SIDE, SIDE)) + 1j * rng.standard_normal((SIDE, SIDE))
    clean = A.intensities(x)
    mean = float(clean.mean())
    if kind == "counts":
        y = rng.poisson(clean * level / mean).astype(float)
    else:
        y = clean + level**0.5 * mean * rng.standard_normal(clean.shape)
    start = time.perf_counter()
    answer = bs.recover(A, y, kind=kind, seed=seed)
    held, noise = answer.evidence.held_out, answer.noise / mean**2
    return (
        f"L={patterns} {kind} {level:g}: {answer.verdict.status}, overlap {signal_overlap2(answer.signal, x):.4f}, "
        f"expected {answer.expected_overlap2:.4f}, held out {held.overlap2:.3f} ({held.low:.3f} to {held.high:.3f}), "
        f"theory {answer.evidence.prediction.overlap2:.4f}, noise {noise:.4f}, {time.perf_counter() - start:.1f} s"
    )


if __name__ == "__main__":
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        for each in problems():
            print(measure(*each), flush=True)
