"""The pool: a process that dies loses its own experiment and no other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bendscape.reproduction.experiment import Experiment, Part, Parts
from bendscape.reproduction.experiments import fig7_growing_teacher
from bendscape.reproduction.schedule import Schedule
from bendscape.reproduction.shelf import Shelf

REAL: Experiment[Any] = fig7_growing_teacher.EXPERIMENT


def dies(effort: int, _: int) -> Parts:
    """Parts of which one ends its process."""
    return {"good": Part(abs, (effort,), 0.1), "bad": Part(os._exit, (1,), 0.1)}


def never(*_: Any) -> Any:
    """What follows a part that fails."""
    raise AssertionError


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    toy = Experiment("toy", 1, "a toy", "", ("C0",), 1, 1, compute=never, judge=never, draw=never, parts=dies)
    shelf = Shelf(tmp_path / "store")
    shelf.begin({"seed": 0})
    return Schedule({"toy": toy, "fig7_growing_teacher": REAL}, "quick", 0, tmp_path, shelf)


def test_a_process_that_dies_loses_its_own_experiment_only(schedule: Schedule, tmp_path: Path) -> None:
    for _ in schedule.completed(2):
        pass
    assert set(schedule.done) == {"fig7"}
    assert schedule.done["fig7"].claims[0].verdict == "holds"
    assert "a worker was killed" in schedule.failed["toy"]
    assert (tmp_path / "fig7.svg").exists()
    assert schedule.left == 0


def test_the_shelf_keeps_results_of_one_run(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "store")
    shelf.begin({"seed": 0})
    shelf.add("toy", ("a", 1.5), {"x": 1})
    assert shelf.get("toy", ("a", 1.5)) == {"x": 1}
    assert shelf.get("toy", ("a", 2.5)) is None
    next(shelf.folder.glob("toy-*")).write_bytes(b"half a pick")
    assert shelf.get("toy", ("a", 1.5)) is None
    shelf.add("toy", "b", 2)
    Shelf(shelf.folder).begin({"seed": 0})
    assert shelf.has("toy", "b")
    Shelf(shelf.folder).begin({"seed": 1})
    assert not shelf.has("toy", "b")
