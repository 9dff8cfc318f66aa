"""Whether `recover` is right about its own errors: `python tests/estimators/calibration.py [coverage|claims] 200`.

`coverage`: the share of components within one and two of their uncertainties, 68 and 95 % if errors are Gaussian.
`claims`: of the answers that are called recovered, those that are not.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

import bendscape as bs
from bendscape.errors import DataWarning
from bendscape.simulation import span_overlap2

RATIOS = (0.5, 0.8, 1.1, 1.4, 2.0, 3.0)  # samples for each input and vector, from below to above the thresholds
NOISES = (0.0, 0.1, 0.3)  # of the mean label


def drawn(N: int, ratio: float, p_star: int, noise: float, seed: int) -> tuple[Any, Any, Any]:
    """Inputs, labels, and the orthogonal vectors in their units."""
    rng = np.random.default_rng([seed, N, p_star, 77])
    X = rng.standard_normal((round(ratio * p_star * N), N))
    V = np.linalg.qr(rng.standard_normal((N, p_star)))[0].T / np.sqrt(p_star)
    return X, np.sum((X @ V.T) ** 2, axis=1) + noise * rng.standard_normal(len(X)), V


def answer(X: Any, y: Any, p_star: int, **options: Any) -> Any:
    """The answer, without warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return bs.recover(X, y, p_star=p_star, **options)


def errors(result: Any, V: Any) -> Any:
    """The errors of the components over their uncertainties, for the rotation of the vectors that is nearest."""
    left, _, right = np.linalg.svd(result.weights @ V.T)
    return ((result.weights - left @ right @ V) / result.uncertainty).ravel()


def coverage(
    seeds: Iterable[int], ratio: float, p_star: int, noise: float, N: int = 100, **options: Any
) -> tuple[float, float, float, float, int]:
    """Share of components within one and two uncertainties, mean overlap and expected one, answers without any."""
    inside, overlaps, expected, without = [], [], [], 0
    for seed in seeds:
        X, y, V = drawn(N, ratio, p_star, noise, seed)
        result = answer(X, y, p_star, seed=seed, **options)
        if np.isnan(result.expected_overlap2):
            without += 1
            continue
        size = np.abs(errors(result, V))
        inside.append((np.mean(size < 1), np.mean(size < 2)))
        overlaps.append(span_overlap2(result.weights, V))
        expected.append(result.expected_overlap2)
    if not inside:
        return np.nan, np.nan, np.nan, np.nan, without
    one, two = np.mean(inside, axis=0)
    return float(one), float(two), float(np.mean(overlaps)), float(np.mean(expected)), without


def claims(
    seeds: Iterable[int], N: int = 100, level: float = 0.99, most: int = 2, **options: Any
) -> tuple[int, int, int]:
    """Count answers called recovered, those of them that are not, and recovered ones that are not called so.

    Of one to `most` vectors. With noise overlaps scatter, so that a claim of 0.99 is wrong below 0.95.
    """
    called = wrong = missed = 0
    for seed in seeds:
        rng = np.random.default_rng([seed, 3])
        p_star, noise = int(rng.integers(1, most + 1)), float(rng.choice(NOISES[:2]))
        X, y, V = drawn(N, float(rng.uniform(0.5, 2.5)), p_star, noise, seed)
        result = answer(X, y, p_star, seed=seed, **options)
        says = result.verdict.sufficient and result.expected_overlap2 > level
        overlap2 = span_overlap2(result.weights, V)
        called, wrong, missed = (
            called + says,
            wrong + (says and overlap2 < 0.95),
            missed + (overlap2 > level and not says),
        )
    return called, wrong, missed


def report(what: str, samples: int, **options: Any) -> Iterator[str]:
    """The table, line by line."""
    if what == "claims":
        called, wrong, missed = claims(range(samples), **options)
        yield f"{samples} samples: {called} called recovered, {wrong} of them are not; {missed} others are recovered"
        return
    for p_star in (1, 2):
        for noise in NOISES:
            for ratio in RATIOS:
                one, two, overlap2, expected, without = coverage(range(samples), ratio, p_star, noise, **options)
                yield (
                    f"p* = {p_star}, noise {noise:g}, alpha = {ratio * p_star:g}: within one {one:.3f}, two {two:.3f}; "
                    f"overlap {overlap2:.3f}, expected {expected:.3f}; without uncertainty {without} of {samples}"
                )


if __name__ == "__main__":
    options = {"method": sys.argv[3]} if len(sys.argv) > 3 else {}
    for line in report(sys.argv[1], int(sys.argv[2]), **options):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
