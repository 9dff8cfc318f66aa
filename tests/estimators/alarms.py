"""How often findings speak of clean data, and how often labels of other inputs are called sufficient.

`python tests/estimators/alarms.py 1000 [FIRST SEED]` prints both tables; the suite runs a small version of each.
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
from bendscape.estimators import HessianSpectralEstimator, SpectralEstimator

Inputs = Callable[[np.random.Generator, int, int], Any]


def _white(rng: np.random.Generator, M: int, N: int) -> Any:
    return rng.standard_normal((M, N))


def _log_normal(rng: np.random.Generator, M: int, N: int) -> Any:
    return _white(rng, M, N) * np.exp(rng.uniform(0.1, 0.6) * rng.standard_normal((M, 1)))


def _correlated(rng: np.random.Generator, M: int, N: int) -> Any:
    return _white(rng, M, N) + np.roll(_white(rng, M, N), 1, axis=1) @ np.diag(np.linspace(0, 1, N))


def _repeated(rng: np.random.Generator, M: int, N: int) -> Any:
    return np.repeat(_white(rng, M // 2, N), 2, axis=0)


INPUTS: dict[str, Inputs] = {
    "white": _white,
    "rows of length exp(s g)": _log_normal,
    "rows of exponential intensity": lambda rng, M, N: _white(rng, M, N) * np.sqrt(rng.exponential(1, (M, 1))),
    "rows of Student's t": lambda rng, M, N: _white(rng, M, N) / np.sqrt(rng.chisquare(3, (M, 1)) / 3),
    "entries of Student's t, 3": lambda rng, M, N: rng.standard_t(3, (M, N)),
    "entries of Student's t, 5": lambda rng, M, N: rng.standard_t(5, (M, N)),
    "one long row": lambda rng, M, N: _white(rng, M, N) * np.where(np.arange(M) == 3, 30.0, 1.0)[:, None],
    "one large column": lambda rng, M, N: _white(rng, M, N) * np.where(np.arange(N) == 3, 1000.0, 1.0),
    "correlated": _correlated,
    "with a mean": lambda rng, M, N: _white(rng, M, N) + 1,
    "repeated": _repeated,
    "zeros and ones": lambda rng, M, N: (rng.random((M, N)) < 0.1).astype(float),
}


def _sizes(rng: np.random.Generator) -> tuple[int, int, int]:
    N = int(rng.choice([50, 100, 200]))
    return round(rng.uniform(1, 6) * N), N, int(rng.integers(1, 3))


def findings(seed: int) -> list[str]:
    """Of one clean sample."""
    rng = np.random.default_rng([seed, 1])
    M, N, p_star = _sizes(rng)
    X = _white(rng, M, N)
    y = np.sum((X @ np.linalg.qr(rng.standard_normal((N, p_star)))[0]) ** 2, axis=1)
    found = bs.simulation.standardise(bs.QuadraticNetwork(1, p_star, 1.0), X, y, rng=rng)
    return [each.about for each in found.findings]


def foreign(inputs: Inputs, seed: int, *, hot: bool) -> tuple[Any, Any]:
    """Both estimators fitted to labels of other inputs, one of them hot if asked for."""
    rng = np.random.default_rng([seed, 2])
    M, N, p_star = _sizes(rng)
    X = inputs(rng, M, N)
    y = rng.permutation(np.sum((X @ np.linalg.qr(rng.standard_normal((N, p_star)))[0]) ** 2, axis=1))
    y[7] *= 1e4 if hot else 1
    hessian = HessianSpectralEstimator(n_components=p_star, n_inits=2, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return SpectralEstimator(n_components=p_star).fit(X, y), hessian.fit(X, y)


def count_findings(seeds: Iterable[int]) -> Counter[str]:
    """How many samples have a finding of each kind."""
    return Counter(name for seed in seeds for name in set(findings(seed)))


def count_sufficient(inputs: Inputs, seeds: Iterable[int], *, hot: bool = False) -> tuple[int, int]:
    """How many samples of foreign labels each estimator calls sufficient."""
    both = [[each.verdict_.sufficient for each in foreign(inputs, seed, hot=hot)] for seed in seeds]
    spectral, hessian = np.sum(both, axis=0)
    return int(spectral), int(hessian)


def report(number: int, first: int = 0) -> Iterator[str]:
    """Both tables, line by line."""
    seeds = range(first, first + number)
    yield f"findings in {number} clean samples: {dict(count_findings(seeds))}"
    for name, inputs in INPUTS.items():
        for hot in (False, True):
            spectral, hessian = count_sufficient(inputs, seeds, hot=hot)
            yield f"{name}{', a hot label' if hot else ''}, {number} samples: spectral {spectral}, Hessians {hessian}"


if __name__ == "__main__":
    for line in report(*map(int, sys.argv[1:])):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
