"""Counts how often the number of vectors is right: `python tests/estimators/counts.py 40 [recover]` prints the table.

With `recover` it is the number that :func:`bendscape.recover` ends with, which tests it on labels held out.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

import bendscape as bs
from bendscape.errors import DataWarning
from bendscape.estimators import VectorCount, count_vectors


def made(N: int, ratio: float, lengths: Iterable[float], noise: float, seed: int, *, foreign: bool = False) -> Any:
    """Inputs and labels of orthogonal vectors of these lengths, `ratio` samples for each input and vector.

    `noise` is in units of the mean label; foreign labels are those of other inputs.
    """
    size = np.array(tuple(lengths))
    rng = np.random.default_rng([seed, N, len(size)])
    X = rng.standard_normal((round(ratio * len(size) * N), N))
    V = np.linalg.qr(rng.standard_normal((N, len(size))))[0] * size / np.linalg.norm(size)
    y = np.sum((X @ V) ** 2, axis=1)
    y += noise * rng.standard_normal(len(y))
    return X, rng.permutation(y) if foreign else y


def recovered(X: Any, y: Any) -> VectorCount:
    """The number that `recover` ends with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        vectors: VectorCount | None = bs.recover(X, y).vectors
    assert vectors is not None
    return vectors


def outcome(vectors: VectorCount, true: int) -> str:
    """Right, too small or too large, with the status; nothing is claimed where it is not decided."""
    if vectors.status == "not decided":
        return vectors.status
    size = "right" if vectors.count == true else "too small" if vectors.count < true else "too large"
    return f"{size} ({vectors.status})"


def outcomes(run: Callable[[Any, Any], VectorCount], samples: Iterable[int], **given: Any) -> Counter[str]:
    """Counts of each outcome; foreign labels depend on no vector."""
    true = 0 if given.get("foreign") else len(given["lengths"])
    return Counter(outcome(run(*made(seed=seed, **given)), true) for seed in samples)


def report(samples: int, run: Callable[[Any, Any], VectorCount]) -> Iterator[str]:
    """The table, line by line."""
    for N in (200, 400):
        for lengths in ((1,), (1, 1), (1, 1, 1), (2, 1), (4, 1)):
            for noise in (0.0, 0.3):
                for foreign, ratios in ((False, (0.5, 0.75, 1.0, 1.5, 2.0, 4.0)), (True, (1.0, 4.0))):
                    for ratio in ratios:
                        given = {"N": N, "ratio": ratio, "lengths": lengths, "noise": noise, "foreign": foreign}
                        yield f"{given}: {dict(outcomes(run, range(samples), **given))}"


if __name__ == "__main__":
    chosen = recovered if sys.argv[2:] == ["recover"] else count_vectors
    for line in report(int(sys.argv[1]), chosen):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
