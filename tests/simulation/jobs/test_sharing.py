"""Several processes on one store: each result once, none lost, whatever the file system and whoever is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import OutputError
from bendscape.models import Inputs, Network
from bendscape.simulation import draw
from bendscape.simulation.identity import network_identity, sample_fingerprint
from bendscape.simulation.jobs import Store
from bendscape.simulation.jobs.identity import agree
from bendscape.simulation.jobs.seeds import plain_seed
from bendscape.simulation.sample import Sample

KEYS = [(1.0, i) for i in range(6)]
RUN = f"""
import errno, fcntl, random, sys, time, warnings
from bendscape.errors import StoreWarning
from bendscape.simulation.jobs import Job, Store, map_resumable

def refused(*_):
    raise OSError(int(sys.argv[3]), "no locks")

if sys.argv[3] != "0":
    fcntl.flock = refused
warnings.simplefilter("ignore", StoreWarning)
warnings.filterwarnings("ignore", message="flock not supported")
for number in range(int(sys.argv[2])):
    store = Store(f"{{sys.argv[1]}}{{number}}", {{"bendscape": "0"}})
    work = lambda job: time.sleep(random.random() * float(sys.argv[4])) or {{"value": float("nan")}}
    map_resumable(work, [Job(key, (key,)) for key in {KEYS!r}], store, collect=lambda kept: kept.results)
    assert len(store.results) == {len(KEYS)}
"""


def together(path: Path, processes: int, stores: int, refusal: int, pause: float) -> list[subprocess.Popen[str]]:
    command = [sys.executable, "-c", RUN, str(path), str(stores), str(refusal), str(pause)]
    return [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(processes)]


def assert_complete(path: Path, stores: int) -> None:
    for number in range(stores):
        first, *rest = path.with_name(f"{path.name}{number}").read_text().splitlines()
        assert json.loads(first) == {"bendscape": "0"}
        assert sorted(tuple(json.loads(line)["key"]) for line in rest) == KEYS
    assert not list(path.parent.glob("*.locks"))


@pytest.mark.parametrize("refusal", [0, 37])  # ENOLCK: a file system without locks
def test_equal_runs_share_the_work(tmp_path: Path, refusal: int) -> None:
    runs = together(tmp_path / "store", 3, 8, refusal, 0.002)
    assert [(run.communicate(timeout=60)[1], run.returncode) for run in runs] == [("", 0)] * 3
    assert_complete(tmp_path / "store", 8)


@pytest.mark.parametrize("refusal", [0, 37])
def test_what_a_killed_run_had_claimed_is_taken_over(tmp_path: Path, refusal: int) -> None:
    runs = together(tmp_path / "store", 3, 1, refusal, 1.0)
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("*.locks/*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    runs[0].kill()
    runs[0].communicate()
    assert [(run.communicate(timeout=60)[1], run.returncode) for run in runs[1:]] == [("", 0)] * 2
    assert_complete(tmp_path / "store", 1)


@pytest.mark.long
def test_eight_runs_three_of_them_killed(tmp_path: Path) -> None:
    runs = together(tmp_path / "store", 8, 40, 0, 0.05)
    for run in runs[:3]:
        time.sleep(2.0)
        run.kill()
        run.communicate()
    assert [(run.communicate(timeout=300)[1], run.returncode) for run in runs[3:]] == [("", 0)] * 5
    assert_complete(tmp_path / "store", 40)


def test_a_store_that_became_shorter_is_not_written_over(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", {"bendscape": "0"})
    store.begin()
    store.add((1,), {"value": 1.0})
    (tmp_path / "store").write_text('{"bendscape": "0"}\n')
    store.refresh()  # only what was read before counts
    other = Store(tmp_path / "store", {"bendscape": "0"})
    other.add((2,), {"value": 2.0})
    other.refresh()
    (tmp_path / "store").write_text("{")
    with pytest.raises(OutputError, match="became shorter while this run was at work"):
        other.refresh()


SEEDS = [
    np.random.SeedSequence(5),
    np.random.SeedSequence(2**127 + 3),
    np.random.SeedSequence((1, 2**70)),
    np.random.SeedSequence(5).spawn(3)[2],
    np.random.SeedSequence(2**200).spawn(2)[1].spawn(3)[2],
]


@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_a_seed_sequence_is_written_as_the_integers_of_its_streams(tmp_path: Path, seed: Any) -> None:
    same = np.random.SeedSequence(plain_seed(seed)).spawn(2)[1].generate_state(4)
    assert np.array_equal(same, seed.spawn(2)[1].generate_state(4))
    net, options = bs.QuadraticNetwork(1, 1, 0.5), dict[str, Any](alpha=2.0, N=10, samples=2)
    data = bs.simulate(net, seed=seed, store=tmp_path / "store", **options)
    again = bs.simulate(net, seed=plain_seed(seed), store=tmp_path / "store", **options)
    assert data.identical(again)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return draw(bs.QuadraticNetwork(1, 1, 0.5), alpha=2.0, N=20, seed=1)


def test_a_finished_training_is_read_where_nothing_can_be_written(
    tmp_path: Path, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"method": bs.GradientDescent(steps=6), "checkpoints": 3, "store": tmp_path / "store"}
    first = bs.train(sample, **options)
    before = (tmp_path / "store").read_bytes()

    def refused(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "read-only")

    monkeypatch.setattr(Store, "_lock", refused)
    assert bs.train(sample, **options).identical(first)
    assert (tmp_path / "store").read_bytes() == before
    with pytest.raises(OutputError, match="read-only"):
        bs.train(sample, **(options | {"store": tmp_path / "other"}))


def test_data_that_differ_in_the_last_row_have_another_identity(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bendscape.simulation.inputs.BLOCK_BYTES", 8 * 20 * 5)  # blocks of five rows
    inputs = sample.inputs.copy()
    inputs[-1, -1] += 0.1
    found, other = sample_fingerprint(sample), sample_fingerprint(replace(sample, inputs=inputs))
    assert agree(found, found)
    assert not agree(found, other)
    inputs[-1, -1] -= 0.1 * (1 - 1e-14)
    assert agree(found, sample_fingerprint(replace(sample, inputs=inputs)))


def test_rounding_in_the_small_eigenvalues_of_data_is_not_another_network() -> None:
    rng = np.random.default_rng(1)
    data = rng.standard_normal((15, 20))  # of rank 14 about its mean: the others are rounding alone
    first, second = (Network(1, 1, inputs=Inputs.of_data(X)) for X in (data, data[::-1] * 1.0000000000000002))
    assert first.inputs.eigenvalues != second.inputs.eigenvalues
    assert agree(network_identity(first), network_identity(second))
    other = Network(1, 1, inputs=Inputs.of_data(data * np.linspace(1, 1.001, 20)))
    assert not agree(network_identity(first), network_identity(other))
