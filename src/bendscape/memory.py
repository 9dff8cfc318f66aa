"""Memory: what a computation will take, what there is, and an error before it is taken instead of after."""

from __future__ import annotations

from pathlib import Path

from .errors import MemoryLimitError

__all__ = ["available", "gigabytes", "reserve"]

_CGROUP = Path("/sys/fs/cgroup")


def available() -> int:
    """Bytes that can be taken now, on this machine and within the limit of a container."""
    import psutil

    free = int(psutil.virtual_memory().available)
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())["anon"]
        return free if limit == "max" else min(free, int(limit) - int(used))
    except (OSError, ValueError, KeyError):  # no container, or an older kind
        return free


def gigabytes(size: float) -> str:
    """A number of bytes as people read it."""
    return f"{size / 1e9:.3g} GB"


def reserve(size: float, what: str, remedy: str) -> None:
    """Nothing, if that many bytes are free.

    Raises
    ------
    MemoryLimitError
        If they are not; the message has both numbers and the remedy.
    """
    free = available()
    if size > free:
        raise MemoryLimitError(f"{what} would take {gigabytes(size)}, and {gigabytes(free)} is free: {remedy}")
