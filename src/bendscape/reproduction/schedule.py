"""The order in which the parts of all experiments are computed, in one pool of processes.

Experiments that are computed within seconds come first, so that the page shows them at once. Then come the longest
ones, and of each its longest parts, so that all processes end together. An experiment is finished (tables, verdicts,
figure) as soon as its parts and the experiments that it needs are.
"""

from __future__ import annotations

import importlib
import time
import traceback
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import BendscapeError, InvalidParameterError
from ..simulation.jobs import map_unordered
from . import experiments
from .experiment import Claim, Data, Experiment, Part, Run
from .figure import save_figure
from .shelf import Shelf

__all__ = ["Finished", "Job", "Schedule"]

_AT_ONCE = 10.0  # seconds of computing up to which an experiment comes first
FINISH = "finish"  # the key of the last job of an experiment, and of its result on the shelf


@dataclass(frozen=True)
class Finished:
    """An experiment that is done: its tables, its claims, and the seconds of processor time that it took."""

    data: Data
    claims: tuple[Claim, ...]
    seconds: float


@dataclass(frozen=True)
class Job:
    """One call, of a part of an experiment or of what finishes it."""

    experiment: str
    key: Hashable
    part: Part
    order: tuple[float, ...]

    @property
    def name(self) -> tuple[str, Hashable]:
        """Key of the job in the schedule."""
        return self.experiment, self.key

    @property
    def seconds(self) -> float:
        """About how long it takes."""
        return self.part.seconds

    @property
    def is_last(self) -> bool:
        """Whether its experiment is finished with it."""
        return self.key == FINISH


@dataclass(frozen=True)
class _Outcome:
    value: Any
    error: str
    seconds: float


def _attempt(call: tuple[Any, Callable[..., Any], tuple[Any, ...]]) -> _Outcome:
    """The result of a call, or what it raised, and the seconds of processor time that it took."""
    _, work, arguments = call
    begin = time.process_time()
    try:
        value, error = work(*arguments), ""
    except Exception as raised:
        place = traceback.extract_tb(raised.__traceback__)[-1]
        value, error = None, f"{type(raised).__name__}: {raised} ({Path(place.filename).name}, line {place.lineno})"
    return _Outcome(value, error, time.process_time() - begin)


def _finish(module: str, run: Run[Any], folder: Path) -> tuple[Data, tuple[Claim, ...]]:
    """Tables and claims of an experiment whose parts are there; its figure is drawn into the folder."""
    experiment: Experiment[Any] = importlib.import_module(f"{experiments.__name__}.{module}").EXPERIMENT
    data = experiment.compute(run)
    claims = experiment.judge(data, run.effort)
    judged = [claim.id for claim in claims]
    if sorted(judged) != sorted(experiment.claims):
        raise InvalidParameterError(
            f"judge returned the claims {', '.join(judged)}, and EXPERIMENT lists {', '.join(experiment.claims)}: give "
            "both the same ids"
        )
    save_figure(folder, experiment, data)
    return data, claims


@dataclass
class Schedule:
    """Jobs that are to come, that run, that are done, and that failed.

    Attributes
    ----------
    modules : mapping
        The experiments by the names of their modules.
    effort : str
        ``"quick"`` or ``"full"``.
    done, failed : dict
        Finished experiments and reasons of failure, by names of figures.
    running : dict
        Jobs that a process is at.
    left, spent : float
        Estimated seconds of computing that are to come, and that are over.
    """

    modules: Mapping[str, Experiment[Any]]
    effort: str
    seed: int
    folder: Path
    shelf: Shelf
    done: dict[str, Finished] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    running: dict[tuple[str, Hashable], Job] = field(default_factory=dict)
    spent: float = 0.0

    def __post_init__(self) -> None:
        """Queue what is not on the shelf."""
        self._experiments = {experiment.name: experiment for experiment in self.modules.values()}
        self._module = {experiment.name: module for module, experiment in self.modules.items()}
        self._results: dict[str, dict[Hashable, Any]] = {}
        self._seconds: dict[str, float] = {}
        self._waiting: dict[tuple[str, Hashable], Job] = {}
        self._suspects: list[Job] = []
        self._alone = False
        for number, experiment in enumerate(self._experiments.values()):
            self._plan(experiment, number)
        self._waiting = dict(sorted(self._waiting.items(), key=lambda item: item[1].order))

    def effort_of(self, experiment: Experiment[Any]) -> Any:
        """The quick or the full effort of an experiment."""
        return experiment.quick if self.effort == "quick" else experiment.full

    def _plan(self, experiment: Experiment[Any], number: int) -> None:
        """Queue what is not on the shelf."""
        name, stored = experiment.name, self.shelf.get(experiment.name, FINISH)
        if stored is not None:
            self.done[name] = stored
            return
        parts = experiment.parts(self.effort_of(experiment), self.seed)
        total = experiment.seconds + sum(part.seconds for part in parts.values())
        place = (0.0, total, number) if total <= _AT_ONCE else (1.0, -total, number)
        self._results[name], self._seconds[name] = {}, 0.0
        for key, part in parts.items():
            value = self.shelf.get(name, key)
            if value is None:
                self._waiting[name, key] = Job(name, key, part, (*place, -part.seconds))
            else:
                self._results[name][key] = value
        last = Part(_finish, (), experiment.seconds, after=tuple(parts))
        self._waiting[name, FINISH] = Job(name, FINISH, last, (-1.0, *place))

    @property
    def left(self) -> float:
        """Estimated seconds of computing that are to come."""
        return sum(job.part.seconds for job in (*self._waiting.values(), *self.running.values(), *self._suspects))

    def left_of(self, name: str) -> float:
        """Estimated seconds of computing that one experiment still needs."""
        jobs = (*self._waiting.values(), *self.running.values(), *self._suspects)
        return sum(job.part.seconds for job in jobs if job.experiment == name)

    @property
    def at_work(self) -> list[str]:
        """Experiments of which something runs."""
        return list(dict.fromkeys(job.experiment for job in self.running.values()))

    def completed(self, workers: int) -> Iterator[Job]:
        """Compute what is to come; each job when it is done.

        A process that dies does not end the run: what ran then is tried again, one job at a time, and an experiment
        fails if its job is alone when a process dies again.
        """
        while self._waiting or self._suspects:
            try:
                for (name, *_), outcome in map_unordered(_attempt, self._calls(), workers):
                    job = self.running.pop(name)
                    self._record(job, outcome)
                    yield job
            except BendscapeError as error:
                self._died(str(error))

    def _calls(self) -> Iterator[tuple[Any, ...] | None]:
        """Calls that can be computed now, and None while they depend on what runs."""
        while self._waiting or self._suspects:
            job = self._next()
            if job is None:
                yield None
            else:
                self.running[job.name] = job
                yield (job.name, job.part.work, self._arguments(job))

    def _next(self) -> Job | None:
        if self._alone and self.running:
            return None
        self._alone = bool(self._suspects)
        if self._suspects:
            return None if self.running else self._suspects.pop(0)
        ready = next((job for job in self._waiting.values() if self._is_ready(job)), None)
        return None if ready is None else self._waiting.pop(ready.name)

    def _is_ready(self, job: Job) -> bool:
        needs = self._experiments[job.experiment].needs if job.key == FINISH else ()
        there = self._results[job.experiment]
        return all(name in self.done for name in needs) and all(key in there for key in job.part.after)

    def _arguments(self, job: Job) -> tuple[Any, ...]:
        there = self._results[job.experiment]
        if job.key != FINISH:
            return (*job.part.arguments, *(there[key] for key in job.part.after))
        experiment = self._experiments[job.experiment]
        needs = {name: self.done[name].data for name in experiment.needs}
        run = Run(self.effort_of(experiment), self.seed, there, needs)
        return self._module[job.experiment], run, self.folder

    def _record(self, job: Job, outcome: _Outcome) -> None:
        name = job.experiment
        self.spent += job.part.seconds
        self._seconds[name] += outcome.seconds
        if outcome.error:
            self._fail(name, outcome.error)
        elif job.key == FINISH:
            data, claims = outcome.value
            self.done[name] = Finished(data, claims, self._seconds[name])
            self.shelf.add(name, FINISH, self.done[name])
            for key in job.part.after:
                self.shelf.drop(name, key)
        elif name not in self.failed:
            self._results[name][job.key] = outcome.value
            self.shelf.add(name, job.key, outcome.value)

    def _fail(self, name: str, reason: str) -> None:
        """Give up an experiment and those that need it."""
        if name in self.failed:
            return
        self.failed[name] = reason
        self._waiting = {key: job for key, job in self._waiting.items() if job.experiment != name}
        self._suspects = [job for job in self._suspects if job.experiment != name]
        for other in self._experiments.values():
            if name in other.needs and other.name not in self.done:
                self._fail(other.name, f"it needs {name}, which failed")

    def _died(self, reason: str) -> None:
        jobs = list(self.running.values())
        self.running.clear()
        if len(jobs) == 1 and self._alone:
            self._fail(jobs[0].experiment, reason)
        else:
            self._suspects += [job for job in jobs if job.experiment not in self.failed]
