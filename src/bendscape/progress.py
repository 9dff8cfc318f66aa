"""Progress of long runs, on standard error: a bar on a terminal and in a notebook, one line a minute in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Any, TextIO

__all__ = ["progress_bar", "tracked", "work_bar"]

_TERMINAL, _LOG = 0.1, 60.0  # seconds between two states of the bar


class _Lines:
    """A stream for logs: each state of a bar becomes a line, without control characters."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> None:
        line = text.replace("\r", "").replace("\x1b[A", "").strip()
        if line:
            self.stream.write(line + "\n")

    def flush(self) -> None:
        self.stream.flush()


def _redrawn(stream: TextIO) -> bool:
    """Whether a carriage return goes back to the start of the line: true on a terminal and in a notebook."""
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")


@contextmanager
def progress_bar(description: str | None, total: int | None) -> Iterator[Callable[[], None]]:
    """Yield a function to call after each of `total` steps, which moves the bar; without a description there is no bar.

    The bar is text, so that notebooks need no widgets. The total may be None if it is unknown.

    Examples
    --------
    >>> from bendscape.progress import progress_bar
    >>> with progress_bar(None, 3) as step:
    ...     for _ in range(3):
    ...         step()
    """
    if description is None:
        yield lambda: None
        return
    from tqdm import tqdm

    stream = sys.stderr
    redrawn = _redrawn(stream)
    bar = tqdm(
        total=total,
        desc=description,
        file=stream if redrawn else _Lines(stream),
        mininterval=_TERMINAL if redrawn else _LOG,
        miniters=1,
        ascii=None if redrawn else True,
        dynamic_ncols=redrawn,
    )
    try:
        yield lambda: bar.update() and None
    finally:
        bar.close()


@contextmanager
def work_bar(description: str | None, seconds: float) -> Iterator[Callable[[float, str], None]]:
    """A bar of work whose amount is estimated in seconds of computing, and the time on the clock that is left.

    It yields a function to call after each piece, with its estimate and a word on what runs.

    Examples
    --------
    >>> from bendscape.progress import work_bar
    >>> with work_bar(None, 2.5) as step:
    ...     step(1.5, "what comes next")
    """
    if description is None:
        yield lambda _seconds, _running: None
        return
    from tqdm import tqdm

    stream = sys.stderr
    redrawn = _redrawn(stream)
    bar = tqdm(
        total=max(seconds, 1e-9),
        desc=description,
        file=stream if redrawn else _Lines(stream),
        mininterval=_TERMINAL if redrawn else _LOG,
        miniters=0,
        smoothing=0,  # the mean pace: pieces are of very different kinds
        ascii=None if redrawn else True,
        dynamic_ncols=redrawn,
        bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}, about {remaining} left{postfix}",
    )

    def step(amount: float, running: str) -> None:
        bar.set_postfix_str(running, refresh=False)
        bar.update(min(amount, bar.total - bar.n))

    try:
        yield step
    finally:
        bar.close()


def tracked(items: Iterable[Any], description: str | None, total: int | None = None) -> Iterator[Any]:
    """Yield the items, and move a bar after each of them."""
    steps = len(items) if total is None and isinstance(items, Sized) else total
    with progress_bar(description, steps) as step:
        for item in items:
            yield item
            step()
