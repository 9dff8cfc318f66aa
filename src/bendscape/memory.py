"""Memory: what a computation will take, what there is, and an error before it is taken instead of after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .errors import MemoryLimitError

__all__ = ["available", "gigabytes", "reserve"]

_CGROUP, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
# files of a control group that hold its limit and, beside others, the bytes in use that cannot be given back
_FILES = (("memory.max", "anon"), ("memory.limit_in_bytes", "total_rss"))
_SMALL = 10**6  # bytes that are taken without a look: to ask the system takes as long as to draw a small sample


def available() -> int:
    """Bytes that can be taken now: on this machine, in a container or a job of a cluster, below ``ulimit -v``."""
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
    """A number of bytes as people read it."""
    return f"{size / 1e9:.3g} GB"


def reserve(size: float, what: str, remedy: str) -> None:
    """Raise unless that many bytes are free; a megabyte is not asked for.

    Raises
    ------
    MemoryLimitError
        If they are not; the message has both numbers and the remedy.
    """
    if size <= _SMALL:
        return
    free = available()
    if size > free:
        raise MemoryLimitError(f"{what} would take {gigabytes(size)}, and {gigabytes(free)} is free: {remedy}")
