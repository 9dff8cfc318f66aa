"""Many independent jobs in processes; what is finished is handed over at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pickle import PicklingError
from typing import Any

from ..errors import BendscapeError, InvalidParameterError
from ..progress import progress_bar

__all__ = ["finished"]

Job = tuple[Any, ...]


def _prepare_worker() -> None:
    """A worker ends with Ctrl-C at once, and with its parent."""
    import signal
    from multiprocessing import parent_process
    from threading import Thread

    def follow() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=follow, daemon=True).start()


def finished(
    work: Callable[[Job], Any], jobs: Sequence[Job], workers: int, progress: str | None
) -> Iterator[tuple[Job, Any]]:
    """Each job with its result, in the order in which they finish.

    Raises
    ------
    BendscapeError
        If a worker is killed, as a system does that is out of memory.
    """
    with progress_bar(progress, len(jobs)) as step:
        for pair in _one_by_one(work, jobs) if workers == 1 else _in_processes(work, jobs, workers):
            yield pair
            step()


def _one_by_one(work: Callable[[Job], Any], jobs: Iterable[Job]) -> Iterator[tuple[Job, Any]]:
    return ((job, work(job)) for job in jobs)


def _in_processes(work: Callable[[Job], Any], jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Any]]:
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context

    before = set(active_children())
    pool = ProcessPoolExecutor(
        min(workers, max(len(jobs), 1)), mp_context=get_context("spawn"), initializer=_prepare_worker
    )
    try:
        with _deaf_children():
            futures = {pool.submit(work, job): job for job in jobs}
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    except (PicklingError, AttributeError, TypeError) as error:
        if not _about_pickling(error):
            raise
        raise InvalidParameterError(
            f"workers = {workers}: a function of your own cannot be sent to them ({error}); define it in a module, or "
            "take one worker"
        ) from error
    except BrokenProcessPool as error:
        raise BendscapeError(
            "a worker was killed; if the system did it for want of memory, take fewer workers or a smaller N; in a "
            'script, several workers need the call to be under if __name__ == "__main__":'
        ) from error
    except BaseException:
        for child in set(active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _about_pickling(error: Exception) -> bool:
    return isinstance(error, PicklingError) or "pickle" in str(error)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes started here hear Ctrl-C only when they are ready for it, and so do not die with a traceback."""
    import signal
    from multiprocessing import resource_tracker

    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
