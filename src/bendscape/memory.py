"""Memory: the bytes available to this process, and an error before a computation takes more than that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .errors import MemoryLimitError

__all__ = ["available", "gigabytes", "require_memory"]

_CGROUP, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
# of a control group: the file with its limit, and the entry of memory.stat with the bytes that cannot be reclaimed
_FILES = (("memory.max", "anon"), ("memory.limit_in_bytes", "total_rss"))
_UNCHECKED = 10**6  # bytes; asking the system for a smaller size takes as long as drawing a small sample


def available() -> int:
    """Return the bytes available now: the least of the machine's, the container's or job's, and ``ulimit -v``'s."""
    import psutil

    return int(max(0, min(psutil.virtual_memory().available, *_groups(), _address_space())))


def _groups() -> Iterator[int]:
    """Yield the bytes left in each control group of Linux that contains this process, of either version."""
    yield from _left(_CGROUP)
    try:
        lines = [line.split(":", 2) for line in _OWN.read_text().splitlines()]
    except OSError:  # another system
        return
    for _, controllers, path in lines:
        if controllers in ("", "memory"):
            root = _CGROUP / controllers
            folder = root / path.strip("/")
            for each in (folder, *folder.parents):
                if each.is_relative_to(root):
                    yield from _left(each)


def _left(folder: Path) -> Iterator[int]:
    """Yield the bytes left in one control group, if it has a limit."""
    for limit, used in _FILES:
        try:
            most = int((folder / limit).read_text())
            taken = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())[used]
            yield most - int(taken)
        except (OSError, ValueError, KeyError):  # no such group, or no limit, which is written "max"
            continue


def _address_space() -> float:
    """Bytes that ``ulimit -v`` leaves to this process; infinite without a limit."""
    import psutil

    try:
        import resource
    except ImportError:  # Windows
        return float("inf")
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else limit - psutil.Process().memory_info().vms


def gigabytes(size: float) -> str:
    """Return a number of bytes as text in gigabytes.

    Examples
    --------
    >>> gigabytes(3.2e9)
    '3.2 GB'
    """
    return f"{size / 1e9:.3g} GB"


def require_memory(size: float, what: str, remedy: str) -> None:
    """Raise MemoryLimitError unless `size` bytes are available; sizes up to a megabyte pass unchecked.

    Parameters
    ----------
    size : float
        Bytes that the computation takes.
    what : str
        Subject of the message, for instance ``"a dense matrix of 40000 rows"``.
    remedy : str
        End of the message: what to change.

    Raises
    ------
    MemoryLimitError
        If less memory is available; the message has both numbers and the remedy.

    Examples
    --------
    >>> require_memory(8 * 100**2, "a dense matrix of 100 rows", "give a smaller N")
    >>> require_memory(1e18, "a dense matrix", "give a smaller N")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    bendscape.errors.MemoryLimitError: a dense matrix would take 1e+09 GB, and ... GB is free: give a smaller N
    """
    if size <= _UNCHECKED:
        return
    free = available()
    if size > free:
        raise MemoryLimitError(f"{what} would take {gigabytes(size)}, and {gigabytes(free)} is free: {remedy}")
