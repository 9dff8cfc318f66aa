"""A function of many items, in several processes; each result is handed over at once."""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import PicklingError
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import BendscapeError, InvalidParameterError

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["map_unordered"]

Item = TypeVar("Item")
_END: Any = object()
_PAUSE = 0.2  # seconds to wait for work under way before asking for another item


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


def map_unordered(
    work: Callable[[Item], Any], items: Iterable[Item | None], workers: int
) -> Iterator[tuple[Item, Any]]:
    """Yield each item with `work(item)`, in the order in which they finish.

    An item that is None means that no item is available at present: the function waits for running work, or for a short
    time, before it takes the next item.

    Raises
    ------
    InvalidParameterError
        If an item cannot be sent to another process.
    BendscapeError
        If a worker is killed, as a system does that is out of memory.
    """
    if workers == 1:
        return ((item, work(item)) for item in items if item is not None)
    return _in_processes(work, iter(items), workers)


def _in_processes(
    work: Callable[[Item], Any], items: Iterator[Item | None], workers: int
) -> Iterator[tuple[Item, Any]]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context

    before = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare_worker)
    try:
        yield from _through(pool, work, items, workers)
    except (PicklingError, AttributeError, TypeError) as error:
        if not _about_pickling(error):
            raise
        raise InvalidParameterError(
            f"workers = {workers}: a function of your own cannot be sent to them ({error}); define it in a module, or "
            "take one worker"
        ) from error
    except BrokenProcessPool as error:
        raise BendscapeError(_why_broken(error)) from error
    except BaseException:
        for child in set(active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _through(
    pool: Executor, work: Callable[[Item], Any], items: Iterator[Item | None], workers: int
) -> Iterator[tuple[Item, Any]]:
    """As many items at a time as there are workers."""
    from concurrent.futures import FIRST_COMPLETED, wait

    futures: dict[Any, Item] = {}
    ended = checked = False
    while True:
        paused = False
        while not (ended or paused or len(futures) >= workers):
            item = next(items, _END)
            ended, paused = item is _END, item is None
            if not ended and item is not None:
                if not checked:
                    _require_importable(work, item)
                    checked = True
                with _deaf_children(), _main_that_exists():
                    futures[pool.submit(work, item)] = item
        if not futures:
            if ended:
                return
            continue  # the iterator itself waits
        for future in wait(futures, _PAUSE if paused else None, FIRST_COMPLETED).done:
            yield futures.pop(future), future.result()


class _Names(pickle.Unpickler):
    """Unpickler that collects the names of functions and classes of `__main__`."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self.names: list[str] = []

    def find_class(self, module: str, name: str) -> Any:
        """Called for every function and class that the pickle names."""
        if module == "__main__":
            self.names.append(name)
        return super().find_class(module, name)


def _require_importable(work: Any, item: Any) -> None:
    """Raise if an item has functions or classes that only this process has: of a notebook, or of typed-in lines."""
    main = sys.modules.get("__main__")
    if getattr(main, "__spec__", None) is not None or Path(str(getattr(main, "__file__", "<stdin>"))).exists():
        return  # a program or a script: workers import it again
    collector = _Names(pickle.dumps((work, item)))
    collector.load()
    if collector.names:
        raise InvalidParameterError(
            f"{', '.join(dict.fromkeys(collector.names))} is defined in a notebook or in typed-in lines, and another "
            "process cannot import it from there; put it into a module (a file of its own), or give workers=1"
        )


def _why_broken(error: BaseException) -> str:
    """Return the likely reason why the workers ended, as text."""
    if error.__cause__ is not None:  # what came from a worker, as text
        last = str(error.__cause__).strip().strip("'\"").splitlines()[-1]
        return f"what a worker sent back cannot be read ({last}): give results and errors that can be pickled"
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        guarded = script is None or "__main__" in Path(script).read_text(encoding="utf-8", errors="replace")
    except OSError:
        guarded = True
    if not guarded:
        return (
            f"workers could not start, since {script} makes them anew when they import it: put the call under "
            'if __name__ == "__main__":'
        )
    return (
        "a worker was killed, most likely by the system for want of memory: take fewer workers or a smaller N; what "
        "was finished is in the store, if there is one"
    )


def _about_pickling(error: Exception) -> bool:
    return isinstance(error, PicklingError) or "pickle" in str(error)


@contextmanager
def _main_that_exists() -> Iterator[None]:
    """A program read from standard input says that its file is `<stdin>`, and workers would try to read that."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if file is None or Path(file).exists():
        yield
        return
    del main.__file__
    try:
        yield
    finally:
        main.__file__ = file


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
