"""A store loses nothing and repeats nothing: not when a run is killed, not when it is interrupted, not to a mistake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

import bendscape as bs
from bendscape.errors import BendscapeError, InvalidParameterError, MemoryLimitError, OutputError
from bendscape.simulation import Dense, draw
from swept import swept

MODULE = sys.modules["bendscape.simulation._simulate"]  # the package's attribute of that name is the function
NET = bs.QuadraticNetwork(1, 1, 0.5)
FEW: dict[str, Any] = {"alpha": 2.0, "N": 10, "samples": 3, "seed": 4}
LONG: dict[str, Any] = {"alpha": 2.0, "N": 300, "samples": 40, "seed": 5}  # a second or two

SCRIPT = f"""
import json, signal, sys
import bendscape as bs
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a shell it is ignored
try:
    bs.simulate(bs.QuadraticNetwork(1, 1, 0.5), **{LONG!r}, workers=int(sys.argv[2]), store=sys.argv[1])
except bs.errors.Interrupted as stopped:
    print(json.dumps({{"message": str(stopped), "samples": stopped.data.sample.values.tolist(),
                      "captured": stopped.data.captured.values.tolist()}}))
"""


def run(net: bs.QuadraticNetwork = NET, **change: Any) -> Any:
    return bs.simulate(net, **(FEW | change))


def records(path: Path) -> list[dict[str, Any]]:
    """All lines that are complete, without the first."""
    lines = path.read_bytes().split(b"\n")[1:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def spawned(process: psutil.Process) -> list[psutil.Process]:
    """The workers, without the helper of multiprocessing."""
    found = []
    for child in process.children():
        with suppress(psutil.Error):
            found += [child] if "spawn_main" in " ".join(child.cmdline()) else []
    return found


@contextmanager
def started(path: Path, workers: int, samples: int = 4) -> Iterator[psutil.Popen]:
    """A run of its own, with so many samples finished, or only just with its workers."""
    process = psutil.Popen(
        [sys.executable, "-c", SCRIPT, str(path), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while len(records(path)) < samples or len(spawned(process)) < (workers if workers > 1 else 0):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def gone(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)  # nobody may wait for an orphan
    except psutil.NoSuchProcess:
        return True


def all_end(processes: list[psutil.Process]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if all(gone(process) for process in processes):
            return True
        time.sleep(0.05)
    return False


@contextmanager
def drawn() -> Iterator[list[tuple[Any, ...]]]:
    """What is computed here: seed and spawn key of each sample drawn."""
    seen: list[tuple[Any, ...]] = []

    def recording(*args: Any, **options: Any) -> Any:
        seen.append((options["alpha"], options["N"], options["seed"].spawn_key[-1]))
        return draw(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE, "draw", recording)
        yield seen


@pytest.fixture(scope="module")
def uninterrupted() -> Any:
    return bs.simulate(NET, **LONG)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, uninterrupted: Any, workers: int) -> None:
    path = tmp_path / "store"
    with started(path, workers) as process:
        children = process.children(recursive=True)
        assert workers == 1 or children
        process.kill()
        process.wait()
    assert all_end(children)  # no worker lives on
    finished = records(path)
    assert 4 <= len(finished) < LONG["samples"]
    complete = path.read_bytes().rpartition(b"\n")[0]
    with drawn() as seen:
        data = bs.simulate(NET, **LONG, store=path)
    assert data.identical(uninterrupted)
    done = {record["key"][-1] for record in finished}
    assert sorted(i for *_, i in seen) == sorted(set(range(LONG["samples"])) - done)
    assert path.read_bytes().startswith(complete + b"\n")
    assert len(records(path)) == LONG["samples"]


@pytest.mark.parametrize("whole_group", [False, True])  # a shell sends Ctrl-C to the workers, too
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_run_gives_what_is_finished(
    tmp_path: Path, uninterrupted: Any, workers: int, whole_group: bool
) -> None:
    path = tmp_path / "store"
    with started(path, workers) as process:
        children = process.children(recursive=True)
        if whole_group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert all_end(children)
    found = json.loads(out)
    many = len(found["samples"])
    assert 4 <= many < LONG["samples"]
    assert found["message"] == f"interrupted after {many} of {LONG['samples']} samples; start it again to go on"
    assert found["captured"] == uninterrupted.captured.sel(sample=found["samples"]).values.tolist()
    assert sorted(record["key"][-1] for record in records(path)) == found["samples"]


def test_an_interruption_while_workers_start_is_quiet(tmp_path: Path) -> None:
    with started(tmp_path / "store", 2, samples=0) as process:
        children = process.children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["samples"] == []
    assert all_end(children)


def test_what_is_finished_is_not_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "store"
    first = run(store=path)
    before = path.read_bytes()
    with drawn() as seen:
        assert run(store=path).identical(first)
        fewer = run(store=path, samples=2)
        assert not seen
        assert path.read_bytes() == before
        more = run(store=path, samples=5)
        assert [i for *_, i in seen] == [3, 4]
    assert path.read_bytes().startswith(before)
    assert fewer.identical(run(samples=2))
    assert more.identical(run(samples=5))


def test_a_finished_store_is_read_without_memory_for_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(store=tmp_path / "store")
    monkeypatch.setattr("bendscape.memory.available", lambda: 10**6)
    assert run(store=tmp_path / "store").identical(first)


def test_a_store_does_not_depend_on_how_it_is_filled(tmp_path: Path) -> None:
    first = run(store=tmp_path / "store", samples=2)
    again = run(store=tmp_path / "store", workers=2, threads=1, samples=4, progress=False)
    assert again.isel(sample=slice(2)).drop_attrs().equals(first.drop_attrs())
    assert again.identical(run(samples=4))


def test_a_sweep_takes_further_points_and_samples_later(tmp_path: Path) -> None:
    path = tmp_path / "store"
    options: dict[str, Any] = {"N": [8, 10], "seed": 4, "samples": 2}
    swept(NET, alpha=[1.0, 2.0], store=path, **options)
    with drawn() as seen:
        wider = swept(NET, alpha=[1.0, 1.5, 2.0], store=path, **options)
        assert {(alpha, i) for alpha, _, i in seen} == {(1.5, 0), (1.5, 1)}
        del seen[:]
        more = swept(NET, alpha=[2.0], N=[10, 12], samples=[3, 1], seed=4, store=path)
        assert sorted(seen) == [(2.0, 10, 2), (2.0, 12, 0)]
    assert wider.identical(swept(NET, alpha=[1.0, 1.5, 2.0], **options))
    assert more.identical(swept(NET, alpha=[2.0], N=[10, 12], samples=[3, 1], seed=4))


def test_a_point_given_twice_is_computed_once() -> None:
    with drawn() as seen:
        data = swept(NET, alpha=[2.0, 2.0], N=10, samples=2, seed=4)
    assert len(seen) == 2
    assert data.isel(alpha=0).equals(data.isel(alpha=1))


def test_names_of_every_kind_and_an_empty_file_will_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for store in (empty, str(tmp_path / "text"), tmp_path / "with space and ü.jsonl"):
        assert run(store=store).identical(run())
        assert len(records(Path(store))) == 3


CUTS: dict[str, Callable[[bytes], bytes]] = {
    "in the last line": lambda whole: whole[:-20],
    "before the end of the last line": lambda whole: whole[:-1],
    "in the first line": lambda whole: whole[:30],
    "after one letter": lambda whole: whole[:1],
    "in a line added": lambda whole: whole + b'{"key": [2.0, 1',
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path, cut: str) -> None:
    path = tmp_path / "store"
    first = run(store=path)
    whole = path.read_bytes()
    path.write_bytes(CUTS[cut](whole))
    assert run(store=path).identical(first)
    assert run(store=path, samples=4).identical(run(samples=4))
    assert path.read_bytes().startswith(whole)
    assert len(records(path)) == 4


@pytest.mark.parametrize("line", [b"{", b"[1, 2]", b"", b'{"key": 3, "result": {}}', b'{"result": {}}', b"\xff\x00"])
def test_a_damaged_line_is_named_and_nothing_is_lost(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "store"
    first = run(store=path)
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:2], line, *lines[3:]]) + b'{"half')
    before = path.read_bytes()
    with pytest.raises(OutputError, match=r"line 3 of .*store is damaged: remove the line"):
        run(store=path)
    assert path.read_bytes() == before
    path.write_bytes(b"\n".join([*lines[:2], *lines[3:]]))
    with drawn() as seen:
        assert run(store=path).identical(first)
        assert [i for *_, i in seen] == [1]


FOREIGN = [
    b"precious",
    b"precious\n",
    b"precious\nwork",
    b"{}",
    b"\n",
    b"\xff\xfe\x00\n\x00",
    b'["bendscape"]\n',
    b'{"bendscape": "something else"}',
    b'{"bendscape": "something else"}\n',
    b'{"bendscape": "something else"}\n{"half',
    b'{"precious": 1}\n{"precious": 2}',
]


@pytest.mark.parametrize("content", FOREIGN)
def test_a_foreign_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(content)
    for call in (run, lambda **options: swept(NET, **(FEW | options))):
        with pytest.raises(OutputError, match=r"foreign .*give another file"):
            call(store=path)
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"alpha": 2.5}, "alpha = 2.0, not 2.5"),
        ({"N": 11}, "N = 10, not 11"),
        ({"seed": 5}, "seed = 4, not 5"),
        ({"seed": (4, 0)}, r"seed = 4, not \[4, 0\]"),
        ({"eigenvalues": 5}, r"eigenvalues = 'p p_star \+ 8', not 5"),
        ({"N": 10, "solver": Dense()}, r"solver = 'default', not 'Dense\(\)'"),
        ({"dtype": "float32"}, "dtype = 'float64', not 'float32'"),
        ({"regenerate": True}, "inputs = 'stored', not 'regenerated'"),
        ({"library": "array_api_strict"}, "library = 'numpy', not 'array_api_strict'"),
        ({"net": bs.QuadraticNetwork(2, 1, 0.5)}, "p = 1, not 2"),
        ({"net": bs.QuadraticNetwork(1, 2, 0.5)}, "p_star = 1, not 2"),
        ({"net": bs.QuadraticNetwork(1, 1, 0.6)}, "a = 0.5, not 0.6"),
    ],
)
@pytest.mark.parametrize("tail", [b"", b'{"half'])
def test_a_store_of_another_run_is_refused_with_what_differs(
    tmp_path: Path, change: dict[str, Any], named: str, tail: bytes
) -> None:
    path = tmp_path / "store"
    run(store=path)
    path.write_bytes(path.read_bytes() + tail)  # perhaps the other run is writing
    before = path.read_bytes()
    with pytest.raises(OutputError, match=f"store holds a run with {named}: give another file"):
        run(store=path, **change)
    assert path.read_bytes() == before


def test_a_run_and_a_sweep_do_not_share_a_store(tmp_path: Path) -> None:
    run(store=tmp_path / "run")
    swept(NET, **FEW, store=tmp_path / "sweep")
    with pytest.raises(OutputError, match="give another file"):
        swept(NET, **FEW, store=tmp_path / "run")
    with pytest.raises(OutputError, match="give another file"):
        run(store=tmp_path / "sweep")


def test_a_place_that_cannot_be_written_is_found_before_anything_is_computed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with drawn() as seen:
        for path in (tmp_path, tmp_path / "missing" / "store", tmp_path / "file" / "store", "/proc/store", "a" * 300):
            with pytest.raises(OutputError, match="cannot be written"):
                run(store=path)
        assert not seen


@pytest.mark.parametrize("store", [3, True, b"bytes", ["store"]])
def test_a_store_is_a_path(store: Any) -> None:
    with pytest.raises(InvalidParameterError, match="store = "):
        run(store=store)


def test_a_full_disk_says_so_and_what_is_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, left = tmp_path / "store", iter(range(3))

    def full(_: int) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"store cannot be written: .*No space left"):
        run(store=path)
    monkeypatch.undo()
    assert len(records(path)) >= 2
    assert run(store=path).identical(run())


def test_a_refused_call_leaves_no_store_in_the_way_of_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    with pytest.raises(InvalidParameterError):
        run(store=path, eigenvalues=11)
    with monkeypatch.context() as patch:
        patch.setattr("bendscape.memory.available", lambda: 10**6)
        with pytest.raises(MemoryLimitError, match="float32"):
            run(store=path)
    assert run(store=path, dtype="float32").identical(run(dtype="float32"))


def test_a_worker_that_is_killed_is_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with started(path, 2) as process:
        for child in spawned(process):
            child.kill()
        _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert f"{BendscapeError.__name__}: a worker was killed" in err
    assert 4 <= len(records(path)) < LONG["samples"]


UNGUARDED = """
import sys
import bendscape as bs
bs.simulate(bs.QuadraticNetwork(1, 1, 0.5), alpha=2.0, N=10, samples=2, seed=1, workers=2)
"""


def test_a_script_without_a_main_block_is_told_about_it(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(UNGUARDED)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert 'if __name__ == "__main__":' in done.stderr.splitlines()[-1]
