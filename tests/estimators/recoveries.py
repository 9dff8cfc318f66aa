"""Overlaps that `recover` reaches on data of every kind, with expected ones, times, and those of an earlier version.

`python tests/estimators/recoveries.py measure FILE 20 [CASE ..]` writes a line for each sample (those in FILE are not
computed again); run it with `PYTHONPATH` of an earlier version for its column. `python tests/estimators/recoveries.py
table NOW BEFORE ..` prints the table: of each case the best of the earlier files is shown.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import bendscape as bs
from bendscape.errors import DataWarning
from bendscape.simulation import span_overlap2

Change = Callable[[Any, Any, np.random.Generator], tuple[Any, Any]]
RECOVERED = 0.99


def _white(rng: np.random.Generator, M: int, N: int) -> Any:
    return rng.standard_normal((M, N))


def _series(memory: float) -> Callable[[np.random.Generator, int, int], Any]:
    """Inputs whose neighbouring components are correlated, AR(1)."""

    def drawn(rng: np.random.Generator, M: int, N: int) -> Any:
        X = rng.standard_normal((M, N))
        for j in range(1, N):
            X[:, j] = memory * X[:, j - 1] + np.sqrt(1 - memory**2) * X[:, j]
        return X

    return drawn


@dataclass(frozen=True)
class Case:
    """One kind of data: sizes, the law of the inputs, and what happens to labels of mean one."""

    p_star: int
    alpha: float
    inputs: Callable[[np.random.Generator, int, int], Any] = _white
    labels: Callable[[np.random.Generator, Any], Any] = lambda rng, y: y  # noqa: ARG005
    remedy: Callable[[Any, Any], tuple[Any, Any]] | None = None

    def draw(self, seed: int, N: int) -> tuple[Any, Any, Any]:
        """Inputs, labels and the vectors."""
        rng = np.random.default_rng([seed, 21, N])
        X = self.inputs(rng, round(self.alpha * N), N)
        V = np.linalg.qr(rng.standard_normal((N, self.p_star)))[0].T
        y = np.sum((X @ V.T) ** 2, axis=1)
        return X, self.labels(rng, y / y.mean()), V


def _noise(size: float) -> Callable[[np.random.Generator, Any], Any]:
    return lambda rng, y: y + size * rng.standard_normal(len(y))


def _counts(mean: float) -> Callable[[np.random.Generator, Any], Any]:
    return lambda rng, y: rng.poisson(mean * y).astype(float)


def _lengths(rng: np.random.Generator, M: int, N: int) -> Any:
    return _white(rng, M, N) * np.exp(0.4 * rng.standard_normal((M, 1)))


CASES: dict[str, Case] = {
    **{f"clean, p* = {p}, alpha = {a}": Case(p, a) for p, a in ((1, 1.3), (1, 1.6), (1, 2.5), (2, 2.3), (2, 3.5))},
    **{f"clean, p* = {p}, alpha = {a}": Case(p, a) for p, a in ((3, 3.4), (3, 5.0), (4, 4.6))},
    **{
        f"noise {size:g}, alpha = {a}": Case(1, a, labels=_noise(size))
        for size in (0.01, 0.05, 0.2)
        for a in (1.6, 2.5)
    },
    "noise 0.2, p* = 2, alpha = 4": Case(2, 4.0, labels=_noise(0.2)),
    **{
        f"counts of mean {m:g}, alpha = {a}": Case(1, a, labels=_counts(m))
        for m, a in ((0.3, 6), (1, 4), (10, 2), (100, 2))
    },
    "saturated at 2, alpha = 2": Case(1, 2.0, labels=lambda _, y: np.minimum(y, 2.0)),
    "amplitudes, alpha = 1.6": Case(1, 1.6, labels=lambda _, y: np.sqrt(y), remedy=lambda X, y: (X, y**2)),
    "amplitudes, alpha = 2.5": Case(1, 2.5, labels=lambda _, y: np.sqrt(y), remedy=lambda X, y: (X, y**2)),
    "lengths exp(0.4 g), alpha = 1.6": Case(1, 1.6, _lengths),
    "lengths exp(0.4 g), alpha = 2.5": Case(1, 2.5, _lengths),
    **{f"AR(1) {r:g}, alpha = {a}": Case(1, a, _series(r)) for r in (0.3, 0.6, 0.9) for a in (1.6, 2.5)},
    "+-1, alpha = 1.6": Case(1, 1.6, lambda rng, M, N: rng.choice([-1.0, 1.0], (M, N))),
    "+-1, alpha = 2.5": Case(1, 2.5, lambda rng, M, N: rng.choice([-1.0, 1.0], (M, N))),
    "0/1, alpha = 1.6": Case(1, 1.6, lambda rng, M, N: rng.choice([0.0, 1.0], (M, N))),
    "0/1, alpha = 2.5": Case(1, 2.5, lambda rng, M, N: rng.choice([0.0, 1.0], (M, N))),
    "Student t, 5, alpha = 1.6": Case(1, 1.6, lambda rng, M, N: rng.standard_t(5, (M, N))),
    "Student t, 3, alpha = 2.5": Case(1, 2.5, lambda rng, M, N: rng.standard_t(3, (M, N))),
}


def measured(case: Case, seed: int, N: int = 400, *, remedied: bool = False, **options: Any) -> dict[str, Any]:
    """Overlap found and expected, processor time and method of one sample."""
    X, y, V = case.draw(seed, N)
    if remedied and case.remedy is not None:
        X, y = case.remedy(X, y)
    begun = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        answer = bs.recover(X, y, p_star=case.p_star, seed=seed, **options)
    return {
        "seconds": time.process_time() - begun,
        "overlap2": span_overlap2(answer.weights, V),
        "expected": float(getattr(answer, "expected_overlap2", np.nan)),
        "method": str(getattr(answer, "method", "descent")),
        "sufficient": answer.verdict.sufficient,
        "complete": answer.verdict.complete,
        "unexplained": answer.unexplained,
    }


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The samples measured so far."""
    if path.exists():
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def measure(path: Path, samples: int, names: Iterable[str], **options: Any) -> None:
    """Measure what is not in the file, and add it there."""
    done = {(each["case"], each["seed"]) for each in lines(path)}
    for name in names:
        for seed in range(samples):
            if (name, seed) not in done:
                with path.open("a", encoding="utf-8") as file:
                    record = {"case": name, "seed": seed} | measured(CASES[name], seed, **options)
                    file.write(json.dumps(record) + "\n")


def summary(rows: list[dict[str, Any]]) -> tuple[float, float, int, float, float]:
    """Mean overlap, its error, samples recovered, mean expected overlap, median time."""
    overlaps = np.array([each["overlap2"] for each in rows])
    error = overlaps.std(ddof=1) / np.sqrt(len(overlaps)) if len(overlaps) > 1 else np.nan
    expected = float(np.mean([each["expected"] for each in rows]))
    return (
        float(overlaps.mean()),
        float(error),
        int(np.sum(overlaps > RECOVERED)),
        expected,
        float(np.median([each["seconds"] for each in rows])),
    )


def table(now: Path, before: Iterable[Path]) -> Iterator[str]:
    """The table, line by line."""
    earlier = [list(lines(each)) for each in before]
    yield "| data | found | expected | recovered | s | found before | recovered before | s before | by |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name in CASES:
        rows = [each for each in lines(now) if each["case"] == name]
        if not rows:
            continue
        mean, error, share, expected, seconds = summary(rows)
        olds = [summary(kept) for file in earlier if (kept := [each for each in file if each["case"] == name])]
        old = max(olds, default=(np.nan, np.nan, 0, np.nan, np.nan))
        methods = sorted({each["method"] for each in rows})
        by = ", ".join(f"{each} {sum(row['method'] == each for row in rows)}" for each in methods)
        yield (
            f"| {name} | {mean:.3f} +- {error:.3f} | {expected:.3f} | {share} of {len(rows)} | {seconds:.2f} "
            f"| {old[0]:.3f} +- {old[1]:.3f} | {old[2]} | {old[4]:.2f} | {by} |"
        )


if __name__ == "__main__":
    verb, target, *rest = sys.argv[1:]
    if verb == "measure":
        measure(Path(target), int(rest[0]), rest[1:] or CASES)
    elif verb == "remedied":  # as an earlier version advises, from the start that is best there
        optimal = bs.simulation.SpectralStart(bs.models.Optimal(floor=0.1))
        measure(Path(target), int(rest[0]), rest[1:] or CASES, start=optimal, remedied=True)
    else:
        for line in table(Path(target), map(Path, rest)):
            sys.stdout.write(f"{line}\n")
