"""What a store writes, waits for and refuses, and what workers say when they fail."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import InvalidParameterError, OutputError, StoreWarning
from bendscape.simulation.jobs import Job, Store, map_resumable
from bendscape.simulation.jobs.identity import described

IDENTITY = {"bendscape": "test"}


def test_a_run_waits_for_another_and_says_so(tmp_path: Path) -> None:
    first, second = (Store(tmp_path / "store", IDENTITY) for _ in range(2))
    first.begin()
    assert first.claim((1,))
    assert not second.claim((1,))
    timer = threading.Timer(0.3, first.add, [(1,), {"x": 1.0}])
    timer.start()
    with pytest.warns(StoreWarning, match="another run with the store .*store computes 1 of the samples"):
        map_resumable(lambda: {"x": -1.0}, [Job((1,), ()), Job((2,), ())], second, collect=lambda kept: kept.results)
    timer.join()
    assert (second.get((1,)), second.get((2,))) == ({"x": 1.0}, {"x": -1.0})


def test_claims_are_free_again_after_an_error(tmp_path: Path) -> None:
    def broken() -> dict[str, Any]:
        raise ZeroDivisionError

    store = Store(tmp_path / "store", IDENTITY)
    with pytest.raises(ZeroDivisionError):
        map_resumable(broken, [Job((1,), ())], store, collect=lambda kept: kept.results)
    again = Store(tmp_path / "store", IDENTITY)
    map_resumable(lambda: {"x": 2.0}, [Job((1,), ())], again, collect=lambda kept: kept.results)
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
from bendscape.simulation import RandomStart, run_starts
class Mine(RandomStart):
    pass
def double(y):
    return (y - 1) / (y + 1)
net = bs.QuadraticNetwork(1, 1, 0.5)
options = {"alpha": [2.0], "N": 20, "samples": 2, "seed": 1, "method": bs.GradientDescent(steps=2)}
own = bs.simulation.SpectralStart(bs.models.CustomPreprocessing(double, largest=1.0))
for start, name in ((Mine(), "Mine"), (own, "double")):
    try:
        run_starts(net, **options, starts={"mine": start}, workers=2)
    except bs.errors.InvalidParameterError as error:
        assert str(error).startswith(f"{name} is defined in a notebook or in typed-in lines"), error
    else:
        raise SystemExit("no error")
    run_starts(net, **options, starts={"mine": start}, workers=1)
print(bs.simulate(net, alpha=2.0, N=20, samples=2, seed=1, workers=2).sizes["sample"])
"""


def test_functions_that_only_this_process_has_are_named() -> None:
    done = subprocess.run([sys.executable, "-"], input=TYPED_IN, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "2"), done.stderr


def test_an_error_of_a_worker_arrives_as_itself() -> None:
    net = bs.QuadraticNetwork(1, 1, 0.5)
    with pytest.raises(InvalidParameterError, match="eigsh") as caught:
        bs.simulate(net, alpha=2.0, N=5, samples=2, seed=1, workers=2, eigenvalues=5, solver=bs.simulation.Eigsh())
    assert "arpack" in str(caught.value.__cause__)  # where it was raised


UNREADABLE = """
import bendscape as bs
from bendscape.simulation import RandomStart, run_starts
class TwoArguments(Exception):
    def __init__(self, one, other):
        super().__init__(f"{one} {other}")
class Failing(RandomStart):
    def __call__(self, sample, rng):
        raise TwoArguments("first", "second")
if __name__ == "__main__":
    net = bs.QuadraticNetwork(1, 1, 0.5)
    run_starts(net, alpha=[2.0], N=20, samples=2, seed=1, starts={"failing": Failing()}, workers=2)
"""


def test_an_answer_that_cannot_be_read_is_not_called_a_killed_worker(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(UNREADABLE)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "what a worker sent back cannot be read" in done.stderr.splitlines()[-1]
    assert "other" in done.stderr.splitlines()[-1]


START = """
from bendscape.simulation import RandomStart
from dataclasses import dataclass
@dataclass(frozen=True)
class Mine(RandomStart):
    size: int = 1
    def __call__(self, sample, rng):
        return {factor} * super().__call__(sample, rng)
"""


def test_a_start_of_ones_own_whose_code_changed_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for name, factor in (("one", 1.0), ("two", 1.0), ("three", -1.0)):
        (tmp_path / f"start_{name}.py").write_text(START.format(factor=factor))
        mine = __import__(f"start_{name}").Mine()
        found.append(described([mine, bs.GradientDescent(steps=3)]))
    assert found[0] == found[1]
    assert found[0] != found[2]
    assert described(bs.GradientDescent(steps=3)) == repr(bs.GradientDescent(steps=3))


def test_a_start_whose_code_cannot_be_read_takes_no_store(tmp_path: Path) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(START.format(factor=1.0), space)
    options: dict[str, Any] = {"alpha": [2.0], "N": 10, "samples": 1, "seed": 1, "starts": {"mine": space["Mine"]()}}
    options["method"] = bs.GradientDescent(steps=1)
    net = bs.QuadraticNetwork(1, 1, 0.5)
    assert bs.simulation.run_starts(net, **options).sizes["start"] == 1
    with pytest.raises(InvalidParameterError, match="does not identify the run"):
        bs.simulation.run_starts(net, **options, store=tmp_path / "store")


def test_a_store_without_a_place_says_what_to_do(tmp_path: Path) -> None:
    net = bs.QuadraticNetwork(1, 1, 1.0)
    with pytest.raises(InvalidParameterError, match="store = ''"):
        bs.simulate(net, alpha=1.0, N=10, samples=1, seed=1, store="")
    with pytest.raises(OutputError, match=r"make the folder .*no first"):
        bs.simulate(net, alpha=1.0, N=10, samples=1, seed=1, store=tmp_path / "no" / "store.jsonl")
