"""Several runs fill one store: each result is computed once, none is lost, whoever dies."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import InvalidParameterError, OutputError, StoreWarning
from bendscape.simulation.resume import fill
from bendscape.simulation.store import Store

IDENTITY = {"bendscape": "test"}
SCRIPT = """
import os, sys, time, warnings
import bendscape as bs
from bendscape.simulation.resume import fill
from bendscape.simulation.store import Store
warnings.simplefilter("ignore", bs.errors.StoreWarning)
def work(job):
    with open(sys.argv[2], "a") as log:
        log.write(f"{job[0]} {os.getpid()}\\n")
    time.sleep(0.02)
    return {"square": job[0] ** 2, "by": os.getpid()}
store = Store(sys.argv[1], {"bendscape": "test"})
fill(store, work, {(i,): (i,) for i in range(int(sys.argv[3]))}, workers=1, progress=False)
print(sum(store.get((i,))["square"] for i in range(int(sys.argv[3]))))
"""


def together(folder: Path, runs: int, killed: int, jobs: int) -> tuple[list[str], list[tuple[int, int]], list[int]]:
    """What several runs print, what they computed, and the processes killed on the way."""
    command = [sys.executable, "-c", SCRIPT, str(folder / "store"), str(folder / "log"), str(jobs)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(runs)]
    log = folder / "log"
    while not log.exists() or len(log.read_text().splitlines()) < jobs // 4:
        time.sleep(0.01)
    for process in processes[:killed]:
        process.kill()
    printed = [process.communicate(timeout=120)[0].strip() for process in processes]
    computed = [tuple(map(int, line.split())) for line in log.read_text().splitlines()]
    return printed[killed:], [(job, by) for job, by in computed], [process.pid for process in processes[:killed]]


@pytest.mark.parametrize(("runs", "killed", "jobs"), [(3, 0, 40), pytest.param(8, 3, 200, marks=pytest.mark.long)])
def test_each_result_is_computed_once(tmp_path: Path, runs: int, killed: int, jobs: int) -> None:
    assert_shared(tmp_path, runs, killed, jobs)


def test_what_a_killed_run_had_claimed_is_taken_over(tmp_path: Path) -> None:
    assert_shared(tmp_path, 3, 1, 40)


def assert_shared(folder: Path, runs: int, killed: int, jobs: int) -> None:
    printed, computed, dead = together(folder, runs, killed, jobs)
    assert printed == [str(sum(i**2 for i in range(jobs)))] * (runs - killed)
    lines = (folder / "store").read_text().splitlines()
    assert sorted(json.loads(line)["key"][0] for line in lines[1:]) == list(range(jobs))
    twice = [job for job in range(jobs) if sum(each == job for each, _ in computed) > 1]
    begun_by_the_dead = [job for job, by in computed if by in dead]
    assert {*twice} <= {*begun_by_the_dead}
    assert len(twice) <= killed
    assert {path.name for path in folder.iterdir()} == {"store", "log"}  # no locks are left


def test_a_run_waits_for_another_and_says_so(tmp_path: Path) -> None:
    first, second = (Store(tmp_path / "store", IDENTITY) for _ in range(2))
    first.begin()
    assert first.claim((1,))
    assert not second.claim((1,))
    timer = threading.Timer(0.3, first.add, [(1,), {"x": 1.0}])
    timer.start()
    with pytest.warns(StoreWarning, match="another run with the store .*store computes 1 of the samples"):
        fill(second, lambda _: {"x": -1.0}, {(1,): ("job",), (2,): ("job",)}, workers=1, progress=False)
    timer.join()
    assert (second.get((1,)), second.get((2,))) == ({"x": 1.0}, {"x": -1.0})


def test_claims_are_free_again_after_an_error(tmp_path: Path) -> None:
    def broken(job: Any) -> dict[str, Any]:
        raise ZeroDivisionError(job)

    store = Store(tmp_path / "store", IDENTITY)
    with pytest.raises(ZeroDivisionError):
        fill(store, broken, {(1,): ("job",)}, workers=1, progress=False)
    again = Store(tmp_path / "store", IDENTITY)
    fill(again, lambda _: {"x": 2.0}, {(1,): ("job",)}, workers=1, progress=False)
    assert again.get((1,)) == {"x": 2.0}
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_line_cut_off_by_a_killed_run_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store, other = Store(path, IDENTITY), Store(path, IDENTITY)
    store.begin()
    store.add((1,), {"x": 1.0})
    with path.open("ab") as file:
        file.write(b'{"key": [2], "resu')
    store.add((3,), {"x": 3.0})
    other.refresh()
    assert other.results == {(1,): {"x": 1.0}, (3,): {"x": 3.0}}
    assert [json.loads(line) for line in path.read_text().splitlines()][1]["key"] == [1]


@pytest.mark.filterwarnings("ignore::bendscape.errors.StoreWarning")
def test_two_trainings_on_one_store_take_turns(tmp_path: Path) -> None:
    sample = bs.simulation.draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=4.0, N=200, seed=1)
    options: dict[str, Any] = {"method": bs.GradientDescent(steps=200), "tolerance": 1e-30, "store": tmp_path / "store"}
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(bs.train(sample, **options))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0].identical(found[1])
    keys = [json.loads(line)["key"] for line in (tmp_path / "store").read_text().splitlines()[1:]]
    assert keys == [[i] for i in range(found[0].sizes["checkpoint"])]


def test_a_store_is_json_and_keeps_nan_infinities_and_wide_seeds(tmp_path: Path) -> None:
    path, result = tmp_path / "store", {"x": [np.nan, np.inf, -np.inf, 0.1], "n": 2**200, "name": "nothing"}
    store = Store(path, IDENTITY | {"seed": 2**128 + 1})
    store.begin()
    store.add((0.1, 2), result)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for line in path.read_text().splitlines():
        json.loads(line, parse_constant=refuse)
    back = Store(path, IDENTITY | {"seed": 2**128 + 1}).get((0.1 * (1 + 1e-12), 2))
    assert back is not None
    np.testing.assert_array_equal(back.pop("x"), result.pop("x"))
    assert back == result
    with pytest.raises(OutputError, match="seed"):
        Store(path, IDENTITY | {"seed": 2**128})


def test_a_store_with_the_literals_of_earlier_versions_is_read(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_text('{"bendscape": "test"}\n{"key": [1.0], "result": {"x": [NaN, Infinity]}}\n')
    np.testing.assert_array_equal(Store(path, IDENTITY).results[1.0,]["x"], [np.nan, np.inf])


@pytest.mark.parametrize("place", ["/dev/full", "/dev/null"])
def test_a_device_is_no_store(place: str) -> None:
    with pytest.raises(OutputError, match="it is no file"):
        bs.simulate(bs.QuadraticNetwork(1, 1, 0.5), alpha=2.0, N=10, samples=1, seed=1, store=place)


TYPED_IN = """
import bendscape as bs
from bendscape.simulation import RandomStart, recoveries
class Mine(RandomStart):
    pass
def double(y):
    return (y - 1) / (y + 1)
net = bs.QuadraticNetwork(1, 1, 0.5)
options = {"alpha": [2.0], "N": 20, "samples": 2, "seed": 1, "method": bs.GradientDescent(steps=2)}
own = bs.simulation.SpectralStart(bs.models.CustomPreprocessing(double, largest=1.0))
for start, name in ((Mine(), "Mine"), (own, "double")):
    try:
        recoveries(net, **options, starts={"mine": start}, workers=2)
    except bs.errors.InvalidParameterError as error:
        assert str(error).startswith(f"{name}: defined in a notebook or in typed-in lines"), error
    else:
        raise SystemExit("no error")
    recoveries(net, **options, starts={"mine": start}, workers=1)
print(bs.simulate(net, alpha=2.0, N=20, samples=2, seed=1, workers=2).sizes["sample"])
"""


def test_functions_that_only_this_process_has_are_named() -> None:
    done = subprocess.run([sys.executable, "-"], input=TYPED_IN, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "2"), done.stderr


def test_an_error_of_a_worker_arrives_as_itself() -> None:
    net = bs.QuadraticNetwork(1, 1, 0.5)
    with pytest.raises(InvalidParameterError, match="eigsh") as caught:
        bs.simulate(net, alpha=2.0, N=5, samples=2, seed=1, workers=2, eigenvalues=5, solver=bs.simulation.Eigsh())
    assert "eigenpairs" in str(caught.value.__cause__)  # where it was raised
