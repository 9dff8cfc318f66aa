"""Overlaps predicted and found where lengths of inputs differ: `python tests/estimators/lengths.py 50 [FIRST SEED]`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from sklearn.base import clone

import bendscape as bs
from bendscape.errors import DataWarning
from bendscape.estimators import HessianSpectralEstimator, SpectralEstimator

ESTIMATORS = {"spectral": SpectralEstimator(), "Hessians": HessianSpectralEstimator(random_state=0)}


def unequal(seed: int, spread: float, M: int, N: int) -> tuple[Any, Any, Any]:
    """Inputs of length `exp(spread g)`, labels, and the teacher's vector."""
    rng = np.random.default_rng([seed, 3])
    X = rng.standard_normal((M, N)) * np.exp(spread * rng.standard_normal((M, 1)))
    v = rng.standard_normal(N)
    return X, (X @ v) ** 2, v


def overlaps(name: str, spread: float, seeds: Iterable[int], M: int = 1000, N: int = 200) -> Any:
    """Found and predicted, a row a sample."""
    rows = []
    for seed in seeds:
        X, y, v = unequal(seed, spread, M, N)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            fitted = clone(ESTIMATORS[name]).fit(X, y)
        rows.append((bs.simulation.span_overlap2(fitted.components_, v[None]), fitted.predicted_overlap2_))
    return np.array(rows)


def report(samples: int, first: int = 0) -> Iterator[str]:
    """The table, line by line."""
    for name in ESTIMATORS:
        for spread in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5):
            found, predicted = overlaps(name, spread, range(first, first + samples)).T
            off = found - predicted
            error = off.std(ddof=1) / np.sqrt(samples)
            yield (
                f"{name}, s = {spread}: found {found.mean():.3f}, predicted {predicted.mean():.3f}, difference "
                f"{off.mean():.4f} +- {error:.4f} = {off.mean() / error:.1f} standard errors"
            )


if __name__ == "__main__":
    for line in report(*map(int, sys.argv[1:])):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
