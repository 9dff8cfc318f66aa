"""Fill a store with what it lacks, alone or beside other runs that share it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..progress import progress_bar
from .parallel import Job, finished
from .store import Key, Store

__all__ = ["fill"]


def fill(
    store: Store,
    work: Callable[[Job], dict[str, Any]],
    jobs: Mapping[Key, Job],
    *,
    workers: int,
    progress: bool,
    what: str = "samples",
) -> None:
    """Compute each job whose key the store lacks, and keep its result.

    Other runs may fill the same store at the same time. Each result is claimed before it is computed; what another run
    has claimed is waited for, and taken over if that run dies.

    Raises
    ------
    InvalidParameterError, BendscapeError
        As :func:`.parallel.finished`.
    OutputError
        If the store cannot be written.
    """
    missing = {key: job for key, job in jobs.items() if not store.has(key)}
    if not missing:
        return
    store.begin()
    keys = {id(job): key for key, job in missing.items()}
    try:
        with progress_bar(what if progress else None, len(missing)) as step:
            for job, result in finished(work, _claimed(store, missing, step, what), workers):
                store.add(keys[id(job)], result)
                step()
    finally:
        store.close()


def _claimed(store: Store, jobs: Mapping[Key, Job], step: Callable[[], None], what: str) -> Iterator[Job | None]:
    """Jobs that are this run's to do, and None while only those are left that another run is at."""
    left = dict(jobs)
    while left:
        for key in list(left):
            if store.claim(key):
                yield left.pop(key)
            elif store.has(key):
                left.pop(key)
                step()
        if left:
            yield None
            store.wait(f"{len(left)} of the {what}")
