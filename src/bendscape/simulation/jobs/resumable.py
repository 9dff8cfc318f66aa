"""Runs that can be stopped and started again: each result is kept in a store, and only what it lacks is computed.

:func:`map_resumable` is for jobs that are independent, :func:`chain_resumable` for results that follow from one
another. Both announce memory or wait for other runs before they begin, show a bar, and hand over what is finished when
they are interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ...arguments import seed_sequence
from ...errors import Interrupted
from ...memory import require_memory
from ...progress import progress_bar
from .processes import map_unordered
from .store import Key, Store

__all__ = ["Job", "chain_resumable", "map_resumable", "sample_jobs"]

Result = dict[str, Any]
Collected = TypeVar("Collected")


@dataclass(frozen=True)
class Job:
    """One computation of a run.

    Attributes
    ----------
    key : tuple of numbers and names
        Under it the store keeps the result; numbers count to nine digits.
    arguments : tuple
        Those of `work`.
    cost : float
        Relative time. The longest jobs begin first, so that all workers end together.
    nbytes : float
        Memory that it takes at its peak.
    size : str
        What this memory comes from, for the message if there is too little: ``"N = 20000"``.
    """

    key: Key
    arguments: tuple[Any, ...]
    cost: float = 0.0
    nbytes: float = 0.0
    size: str = ""


@dataclass(frozen=True)
class _Applied:
    """`work` as a function of a job; it can be sent to another process if `work` can."""

    work: Callable[..., Result]

    def __call__(self, job: Job) -> Result:
        return self.work(*job.arguments)


def sample_jobs(point: Job, seed: Any, samples: int) -> Iterator[Job]:
    """A job for each sample of one point, which is given as the job that they share.

    The key of sample `i` is that of the point and `i`. Its last argument, after those of the point, is child `i` of
    ``SeedSequence(seed)``, so that it does not depend on how many samples there are.
    """
    for i, child in enumerate(seed_sequence(seed).spawn(samples)):
        yield replace(point, key=(*point.key, i), arguments=(*point.arguments, child))


def map_resumable(
    work: Callable[..., Result],
    jobs: Iterable[Job],
    store: Store,
    *,
    collect: Callable[[Store], Collected],
    workers: int = 1,
    what: str = "samples",
    remedy: str = "fewer workers take less",
    progress: bool = False,
    arrived: Callable[[Key, Result], None] | None = None,
) -> Collected:
    """Compute each job whose key the store lacks, keep its result, and return what `collect` makes of the store.

    Results do not depend on `workers`, nor on how often the run was stopped. Other runs may fill the same store at the
    same time: each result is claimed before it is computed; what another run has claimed is waited for, and taken over
    if that run dies.

    Parameters
    ----------
    work : function
        Of the arguments of a job; its result is a dictionary of what JSON can hold. With more than one worker it has to
        be defined in a module.
    jobs : iterable of Job
        Those with a key that occurred before are left out.
    store : Store
        Of the path, or None, and of the identity of the run.
    collect : function
        Of the store: it makes the value returned, and the `data` of an interruption from what is finished by then.
    workers : int
        Processes.
    what : str
        The results, in the plural: the name of the bar, and a word of messages.
    remedy : str
        What takes less memory.
    progress : bool
        A bar on standard error.
    arrived : function, optional
        Called with the key and the result of each job: first for all results in the store, then for each result
        when it is finished.

    Raises
    ------
    MemoryLimitError
        If the jobs that are computed together do not fit in memory; nothing was taken.
    OutputError
        If the store cannot be written.
    Interrupted
        On Ctrl-C; its `data` is what `collect` makes of what is finished.
    InvalidParameterError, BendscapeError
        If workers cannot be reached, or are killed; see :func:`.processes.map_unordered`.

    Examples
    --------
    >>> from bendscape.simulation.jobs import Job, Store, map_resumable
    >>> def square(x):
    ...     return {"square": x * x}
    >>> store = Store(None, {"bendscape": "example"})
    >>> jobs = [Job(key=(x,), arguments=(x,), cost=x) for x in (1, 2, 3)]
    >>> map_resumable(square, jobs, store, collect=lambda store: [store.get((x,))["square"] for x in (1, 2, 3)])
    [1, 4, 9]
    """
    every = {job.key: job for job in jobs}
    missing = {key: job for key, job in every.items() if not store.has(key)}
    done = _announcer(store, arrived)
    for key in every:
        if key not in missing:
            done(key)
    if missing:
        together = min(workers, len(missing))
        _require_memory(list(missing.values()), together, what, remedy)
        with _handed_over(store, list(every), what, collect):
            _fill(store, work, missing, workers=together, what=what, progress=progress, done=done)
    return collect(store)


def chain_resumable(
    step: Callable[[int, Result | None], Result],
    length: int,
    store: Store,
    *,
    collect: Callable[[Store], Collected],
    ended: Callable[[Result], bool],
    what: str,
    progress: bool = False,
) -> Collected:
    """Compute results that follow from one another, from the last one that the store has.

    Parameters
    ----------
    step : function
        Of the number of a result, from zero, and the result before it (None for the first); it returns the result.
    length : int
        How many there are.
    store, collect, what, progress
        As for :func:`map_resumable`; the key of a result is ``(number,)``.
    ended : function
        Whether a result is the last one, though there could be more.

    Raises
    ------
    OutputError, Interrupted
        As :func:`map_resumable`; an interruption before the first result has no data.
    """
    keys = [(i,) for i in range(length)]
    complete = all(map(store.has, keys)) or any(map(ended, store.results.values()))
    if complete:
        return collect(store)
    with (
        _handed_over(store, keys, what, lambda kept: collect(kept) if kept.results else None),
        store.alone("this run"),
        progress_bar(what if progress else None, length) as move,
    ):
        result: Result | None = None
        for key in keys:
            if result is None or not ended(result):  # the bar goes to its end in any case
                if not store.has(key):
                    store.add(key, step(*key, result))
                result = store.get(key)
            move()
    return collect(store)


def _announcer(store: Store, arrived: Callable[[Key, Result], None] | None) -> Callable[[Key], None]:
    def done(key: Key) -> None:
        result = store.get(key)
        if arrived is not None and result is not None:
            arrived(key, result)

    return done


def _require_memory(jobs: list[Job], together: int, what: str, remedy: str) -> None:
    """Raise MemoryLimitError unless `together` of the largest jobs fit in the available memory."""
    largest = max(jobs, key=lambda job: job.nbytes)
    size = f", {largest.size}," if largest.size else ""
    number = f"{together} {what} at a time" if together > 1 else f"one of the {what}"
    require_memory(together * largest.nbytes, f"{number}{size}", remedy)


@contextmanager
def _handed_over(store: Store, keys: list[Key], what: str, collect: Callable[[Store], Any]) -> Iterator[None]:
    """On Ctrl-C raise :class:`Interrupted` with what is finished."""
    try:
        yield
    except KeyboardInterrupt:
        number = sum(map(store.has, keys))
        hint = "give it a store, to go on after an interruption" if store.path is None else "start it again to go on"
        message = f"interrupted after {number} of {len(keys)} {what}; {hint}"
        raise Interrupted(message, collect(store)) from None


def _fill(
    store: Store,
    work: Callable[..., Result],
    jobs: Mapping[Key, Job],
    *,
    workers: int,
    what: str,
    progress: bool,
    done: Callable[[Key], None],
) -> None:
    """Compute all these jobs, the longest first; the store has none of them."""
    store.begin()
    ordered = sorted(jobs.values(), key=lambda job: -job.cost)
    try:
        with progress_bar(what if progress else None, len(jobs)) as move:

            def finished(key: Key) -> None:
                done(key)
                move()

            for job, result in map_unordered(_Applied(work), _claimed(store, ordered, finished, what), workers):
                store.add(job.key, result)
                finished(job.key)
    finally:
        store.close()


def _claimed(store: Store, jobs: list[Job], finished: Callable[[Key], None], what: str) -> Iterator[Job | None]:
    """Jobs that are this run's to do, and None while only those are left that another run computes."""
    left = {job.key: job for job in jobs}
    while left:
        for key in list(left):
            if store.claim(key):
                yield left.pop(key)
            elif store.has(key):
                left.pop(key)
                finished(key)
        if left:
            yield None
            store.wait(f"{len(left)} of the {what}")
