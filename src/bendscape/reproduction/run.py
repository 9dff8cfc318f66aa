"""``bendscape reproduce``: decide every claim, draw every figure, and write the page as it grows."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import bendscape as bs

from ..errors import Interrupted, OutputError
from ..progress import work_bar
from .experiment import Claim, Experiment
from .figure import FORMATS
from .page import Progress, in_order, render
from .registry import chosen, find_experiments
from .schedule import FINISH, Schedule
from .shelf import Shelf, identity, write_whole

__all__ = ["Reproduction", "reproduce"]

_PAGE, _MANIFEST, _STORE = "index.html", "claims.json", "store"
_PAUSE = 2.0  # seconds between two pages that differ in nothing but the time that is left


@dataclass(frozen=True)
class Reproduction:
    """The claims that a run has decided, and why experiments failed, by the names of their figures."""

    claims: list[Claim]
    failed: Mapping[str, str] = field(default_factory=dict)


def _own(out: Path, shelf: Shelf, experiments: Mapping[str, Experiment[Any]], path: Path) -> bool:
    """Whether a file in the folder is one that a run writes."""
    if path.parent == shelf.folder:
        return shelf.owns(path.name)
    names = [_PAGE, _MANIFEST, *(f"figures/{e.name}.{kind}" for e in experiments.values() for kind in FORMATS)]
    parts = [str(Path(name).with_name(f".{Path(name).name}.part")) for name in names]
    return path.relative_to(out).as_posix() in {*names, *parts}


def prepare(out: Path, about: Mapping[str, Any], experiments: Mapping[str, Experiment[Any]], *, force: bool) -> Shelf:
    """Make the folder, or say why it cannot be used; files of another run are replaced only if asked."""
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file: give a folder")
    shelf = Shelf(out / _STORE)
    files = (p for p in out.rglob("*") if p.is_file()) if out.exists() else iter(())
    foreign = (p.relative_to(out).as_posix() for p in files if not _own(out, shelf, experiments, p))
    if names := list(islice(foreign, 3)):  # a folder may hold a whole disk
        raise OutputError(f"{out} holds files that are not of an earlier run ({', '.join(names)}): give another folder")
    earlier = shelf.identity()
    if not force and earlier != about and any((out / name).is_file() for name in (_PAGE, _MANIFEST)):
        differs = [
            f"{key} {earlier[key]}, not {about[key]}" for key in about if earlier and earlier.get(key) != about[key]
        ]
        why = f" ({'; '.join(differs)})" if differs else ""
        raise OutputError(f"{out} holds an earlier run{why}: give another folder, or --force to replace it")
    try:
        (out / "figures").mkdir(parents=True, exist_ok=True)
        probe = out / "figures" / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}): give another folder") from error
    if force:
        shelf.clear()
    shelf.begin(dict(about))
    return shelf


class _Writer:
    """Writes the page and the claims as they come."""

    def __init__(self, out: Path, schedule: Schedule) -> None:
        self.out, self.schedule = out, schedule
        self.begin, self.written = time.monotonic(), -math.inf
        self.date = datetime.now(UTC).strftime("%Y-%m-%d")

    def write(self, state: str) -> None:
        """Page and claims, each replaced at once."""
        schedule, seconds = self.schedule, time.monotonic() - self.begin
        pace = seconds / schedule.spent if schedule.spent else math.nan
        page = render(schedule, Progress(state, self.date, seconds, pace), bs.__version__)
        write_whole(self.out / _PAGE, page.encode())
        manifest = [claim.as_dict() for claim in self.claims()]
        write_whole(self.out / _MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
        self.written = time.monotonic()

    def grown(self, finished: bool) -> None:
        """Write it if an experiment is finished, or after a while."""
        if finished or time.monotonic() - self.written > _PAUSE:
            self.write("running")

    def claims(self) -> list[Claim]:
        """Those that are decided."""
        return in_order([claim for done in self.schedule.done.values() for claim in done.claims])


def reproduce(
    out: Path,
    *,
    quick: bool,
    seed: int,
    only: str | None = None,
    force: bool = False,
    workers: int = 1,
    progress: bool = False,
) -> Reproduction:
    """Check the paper's claims and write the evidence into a folder: page, figures, `claims.json`.

    The page is there after seconds, with what is still to come, and grows. What is finished is kept in the folder, and
    the same call goes on after an interruption.

    Parameters
    ----------
    out : Path
        New, empty, of this run, or, with `force`, of an earlier run.
    quick : bool
        Minutes instead of hours: smaller simulations, coarser curves, the same claims.
    seed : int
        From which everything random is drawn.
    only : str, optional
        Names of experiments with commas between them; see :func:`.registry.chosen`.
    force : bool
        Replace an earlier run.
    workers : int
        Processes. The numbers do not depend on it.
    progress : bool
        A bar on standard error.

    Returns
    -------
    Reproduction
        All claims that are decided, and the experiments that failed.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds anything that would be lost.
    InvalidParameterError
        If `only` names no experiment.
    Interrupted
        On Ctrl-C; its `data` has the claims that are decided.
    """
    every = find_experiments()
    asked = {experiment.name for experiment in chosen(every, only)}
    effort = "quick" if quick else "full"
    shelf = prepare(out, identity(effort, seed), every, force=force)
    shown = {module: e for module, e in every.items() if e.name in asked or shelf.has(e.name, FINISH)}
    schedule = Schedule(shown, effort, seed, out / "figures", shelf)
    writer = _Writer(out, schedule)
    writer.write("running")
    try:
        with work_bar("reproduce" if progress else None, schedule.left) as step:
            for job in schedule.completed(workers):
                writer.grown(job.is_last)
                step(job.seconds, ", ".join(schedule.at_work))
    except KeyboardInterrupt:
        writer.write("interrupted")
        count = f"{len(schedule.done)} of {len(shown)} figures"
        raise Interrupted(f"interrupted after {count}; the same command goes on", writer.claims()) from None
    writer.write("done")
    return Reproduction(writer.claims(), schedule.failed)
