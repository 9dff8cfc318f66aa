"""The map that resumes: order, memory, what it reports, and chains of results that follow from one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bendscape.errors import Interrupted, MemoryLimitError
from bendscape.simulation.jobs import Job, Store, chain_resumable, map_resumable, sample_jobs

IDENTITY = {"bendscape": "test"}


def squared(x: int) -> dict[str, Any]:
    return {"square": x * x}


def jobs(*numbers: int, **size: Any) -> list[Job]:
    return [Job((x,), (x,), cost=x, **size) for x in numbers]


def squares(store: Store) -> dict[int, int]:
    return {x: result["square"] for (x,), result in store.results.items()}


def test_the_longest_jobs_begin_first_and_equal_keys_are_computed_once() -> None:
    seen: list[int] = []

    def work(x: int) -> dict[str, Any]:
        seen.append(x)
        return squared(x)

    found = map_resumable(work, jobs(1, 3, 2, 3), Store(None, IDENTITY), collect=squares)
    assert seen == [3, 2, 1]
    assert found == {3: 9, 2: 4, 1: 1}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_result_is_reported_once_those_of_the_store_first(tmp_path: Path, workers: int) -> None:
    path, reported = tmp_path / "store", []
    map_resumable(squared, jobs(1, 2), Store(path, IDENTITY), collect=squares)
    found = map_resumable(
        squared,
        jobs(4, 2, 3, 1),
        Store(path, IDENTITY),
        collect=squares,
        workers=workers,
        arrived=lambda key, result: reported.append((*key, result["square"])),
    )
    assert found == {1: 1, 2: 4, 3: 9, 4: 16}
    assert reported[:2] == [(2, 4), (1, 1)]
    assert sorted(reported[2:]) == [(3, 9), (4, 16)]


def test_memory_is_that_of_the_largest_missing_job_for_each_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bendscape.memory.available", lambda: 3 * 10**9)
    path = tmp_path / "store"
    large = [Job((9,), (9,), nbytes=2e9, size="x = 9"), *jobs(1, 2)]
    with pytest.raises(MemoryLimitError, match=r"2 squares at a time, x = 9, would take 4 GB, .*: smaller numbers do"):
        map_resumable(
            squared,
            large,
            Store(path, IDENTITY),
            collect=squares,
            workers=2,
            what="squares",
            remedy="smaller numbers do",
        )
    assert not path.exists()
    assert map_resumable(squared, large, Store(path, IDENTITY), collect=squares) == {9: 81, 1: 1, 2: 4}
    monkeypatch.setattr("bendscape.memory.available", lambda: 0)
    assert len(map_resumable(squared, large, Store(path, IDENTITY), collect=squares)) == 3


def test_a_sample_depends_on_its_number_and_the_seed_alone() -> None:
    few, many = (list(sample_jobs(Job((2.0,), ("shared",)), (1, 5), samples)) for samples in (2, 4))
    assert [job.key for job in many] == [(2.0, i) for i in range(4)]
    for job, other in zip(few, many, strict=False):
        shared, child = job.arguments
        assert shared == "shared"
        assert np.random.default_rng(child).random() == np.random.default_rng(other.arguments[1]).random()


def doubled(i: int, before: dict[str, Any] | None) -> dict[str, Any]:
    return {"value": 1 if before is None else 2 * before["value"], "number": i}


def chained(store: Store) -> list[int]:
    return [result["value"] for _, result in sorted(store.results.items())]


def run_chain(store: Store, step: Any = doubled, most: int = 100) -> list[int]:
    return chain_resumable(step, 6, store, collect=chained, ended=lambda r: r["value"] >= most, what="numbers")


@pytest.mark.parametrize("stop", range(7))
def test_a_chain_goes_on_from_its_last_result(tmp_path: Path, stop: int) -> None:
    def stopping(i: int, before: dict[str, Any] | None) -> dict[str, Any]:
        if i == stop:
            raise KeyboardInterrupt
        return doubled(i, before)

    path = tmp_path / "store"
    if stop < 6:
        with pytest.raises(Interrupted, match=f"after {stop} of 6 numbers; start it again") as caught:
            run_chain(Store(path, IDENTITY), stopping)
        assert caught.value.data == ([2**i for i in range(stop)] or None)
    assert run_chain(Store(path, IDENTITY)) == [1, 2, 4, 8, 16, 32]


def test_a_chain_that_ended_early_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "store"
    assert run_chain(Store(path, IDENTITY), most=4) == [1, 2, 4]
    assert run_chain(Store(path, IDENTITY), lambda *_: pytest.fail("computed again"), most=4) == [1, 2, 4]
