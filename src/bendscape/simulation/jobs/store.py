"""A file to which long runs add each result as it comes, so that they can be stopped, started again, and shared.

Lines of JSON: the first says which run it is, each of the others holds one result under a key. Numbers keep all digits;
nan and infinities are the texts "nan", "inf", "-inf", since JSON has none. Beside the file, while runs are at work,
lies a folder of locks: one for writing, and one for each result that somebody is computing. Locks are the system's, so
those of a process that died are free.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import re
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ...errors import InvalidParameterError, OutputError, StoreWarning
from .identity import same

__all__ = ["PATIENCE", "Store"]

Key = tuple[Any, ...]
PATIENCE = 0.2  # seconds between two looks at what another run has finished
_WITHOUT_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # what file systems say that have none
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_NAMELESS = re.compile(r" at 0x|\(vectorized\)|#unknown")  # in the text of a function that has no text of its own


def _number(value: Any) -> Any:
    """Numbers of NumPy as those of Python."""
    if hasattr(value, "item"):
        return value.item()
    raise InvalidParameterError(f"{value!r} cannot be written down in a store: give a plain number or name")


def _written(value: Any) -> Any:
    """Convert a value to types of JSON; numbers that are not finite become text."""
    if isinstance(value, dict):
        return {key: _written(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [_written(x) for x in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | None) else _written(_number(value))


def _read(value: Any) -> Any:
    """Convert a value from JSON back, the inverse of :func:`_written`."""
    if isinstance(value, dict):
        return {key: _read(x) for key, x in value.items()}
    if isinstance(value, list):
        return [_read(x) for x in value]
    return _SPECIAL.get(value, value) if isinstance(value, str) else value


def _key(parts: Any) -> Key:
    """A key, with numbers to the nine digits to which they tell samples apart."""
    return tuple(round(x, 9) if isinstance(x, float) else x for x in parts)


class Store:
    """Results of one run by key, in memory and, if a path is given, in a file.

    Parameters
    ----------
    path : str or Path or None
        Created if it does not exist. What it holds is read; a last line that was cut off is dropped.
    identity : dict
        What makes it this run and no other: numbers and strings; see :func:`.identity.same`.

    Raises
    ------
    OutputError
        If the file belongs to another run, holds something else, or cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str] | None, identity: dict[str, Any]) -> None:
        try:
            self.path = None if path is None else Path(path)
        except TypeError:
            raise InvalidParameterError(f"store = {path!r}: give the path of a file") from None
        if "\0" in str(path) or path == "":
            raise InvalidParameterError(f"store = {path!r}: give the path of a file")
        text = json.dumps(_written(identity), allow_nan=False)
        if self.path is not None and _NAMELESS.search(text):  # an address, which the next run will not have
            raise InvalidParameterError(
                f"store = {str(path)!r}: a user function has only an address as its text, which does not identify the "
                "run: leave the store out, or give an object whose repr has its parameters"
            )
        self.identity: dict[str, Any] = _read(json.loads(text))
        self.results: dict[Key, dict[str, Any]] = {}
        self._size, self._lines = 0, 0  # bytes and lines that were read
        self._claims: dict[Key, Any] = {}
        self._warned = self._soft = False
        self.refresh()

    def refresh(self) -> None:
        """Read what has come since, from other runs too."""
        if self.path is None:
            return
        with self._writing():
            if not self.path.exists():
                return
            if not self.path.is_file():
                raise OutputError(f"store {self.path} cannot be written: it is no file, give the path of one")
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._size:
                    raise OutputError(
                        f"{self.path} became shorter while this run was at work: leave it alone, and start again"
                    )
                file.seek(self._size)
                content = file.read()
        end = content.rfind(b"\n") + 1
        if self._size == end == 0 and not _begins(content, self.identity):
            raise OutputError(f"{self.path} is no store of bendscape: give another file")
        for line in content[:end].split(b"\n")[:-1]:
            self._lines += 1
            if self._lines == 1:
                self._check(line)
            else:
                key, result = self._record(line)
                self.results.setdefault(key, result)
        self._size += end

    def begin(self) -> None:
        """Make the file ready for results; until now it was only read."""
        if self.path is not None:
            with self._writing(), self._lock("writing"):
                self.path.touch()
                self._repair()
            self.refresh()

    def add(self, key: Key, result: dict[str, Any]) -> None:
        """Keep one result; it is in the file when this returns."""
        self.results[_key(key)] = result
        if self.path is not None:
            with self._writing(), self._lock("writing"):
                self.path.touch()
                self._repair()
                self._append({"key": list(key), "result": result})
            self._release(_key(key), done=True)

    def has(self, key: Key) -> bool:
        """Whether there is a result under this key."""
        return _key(key) in self.results

    def get(self, key: Key) -> dict[str, Any] | None:
        """The result under this key, or None."""
        return self.results.get(_key(key))

    def claim(self, key: Key) -> bool:
        """Whether the result is this run's to compute: it has none yet, and no other run is at it."""
        key = _key(key)
        if self.path is None or key in self._claims:
            return key not in self.results
        with self._writing():
            try:
                lock = self._lock(hashlib.sha256(repr(key).encode()).hexdigest()[:24], blocking=False)
            except TimeoutError:
                return False
        self._claims[key] = lock.lock
        self.refresh()
        if key in self.results:  # the other run finished between the last look and the claim
            self._release(key, done=True)
            return False
        return True

    def wait(self, what: str) -> None:
        """Some time for another run that shares the file, said once."""
        if not self._warned:
            warnings.warn(
                f"another run with the store {self.path} computes {what}: waiting", StoreWarning, stacklevel=2
            )
            self._warned = True
        time.sleep(PATIENCE)
        self.refresh()

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Compute while no other run with this file does, for results that follow from one another."""
        self.begin()
        while not self.claim((what,)):
            self.wait(what)
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """Give up all claims; the last run takes the folder of locks away."""
        for key in list(self._claims):
            self._release(key, done=False)
        if self.path is None or not self._folder.exists():
            return
        with suppress(OSError), self._lock("writing"):  # what cannot be taken away is in nobody's way
            left = list(self._folder.iterdir())
            if {entry.name for entry in left} <= {"writing", "writing.soft"}:
                for entry in left:
                    entry.unlink()
                self._folder.rmdir()

    @property
    def _folder(self) -> Path:
        assert self.path is not None
        return self.path.with_name(f"{self.path.name}.locks")

    def _lock(self, name: str, *, blocking: bool = True) -> Any:
        """A lock that is held until the end of a `with`, or until its `lock` is released."""
        from filelock import FileLock, SoftFileLock

        while True:
            try:
                self._folder.mkdir()
            except FileExistsError:
                if self._folder.is_file() or self._folder.is_symlink():
                    raise
            try:
                lock: Any = SoftFileLock(self._folder / f"{name}.soft") if self._soft else FileLock(self._folder / name)
                return lock.acquire(blocking=blocking)
            except FileNotFoundError:
                continue  # the last of the other runs took the folder away just then
            except OSError as error:
                if self._soft or error.errno not in _WITHOUT_LOCKS:
                    raise
                self._soft = True  # locks that are files, there as long as their process lives

    def _release(self, key: Key, *, done: bool) -> None:
        """The lock of a result that is in the file has no use any more; others may be waiting for any other one."""
        lock = self._claims.pop(key, None)
        if lock is None:
            return
        if done:
            with suppress(OSError):
                Path(lock.lock_file).unlink()
        lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OutputError:
            raise
        except (OSError, NotImplementedError) as error:
            folder = self.path.parent if self.path is not None else None
            remedy = f": make the folder {folder} first" if folder and not folder.is_dir() else ""
            raise OutputError(f"store {self.path} cannot be written: {error}{remedy}") from error

    def _repair(self) -> None:
        """Cut off what a run that died left of a line, and write the first line where there is none."""
        assert self.path is not None
        with self.path.open("r+b") as file:
            content_end = file.seek(0, os.SEEK_END)
            file.seek(max(0, content_end - 1))
            if content_end and file.read(1) != b"\n":
                file.seek(0)
                content_end = file.read().rfind(b"\n") + 1
                file.truncate(content_end)
        if content_end == 0:
            self._append(self.identity)

    def _append(self, content: dict[str, Any]) -> None:
        assert self.path is not None
        line = (json.dumps(_written(content), allow_nan=False) + "\n").encode()
        with self.path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _check(self, line: bytes) -> None:
        try:
            identity = _read(json.loads(line))
        except ValueError:
            identity = None
        if not isinstance(identity, dict) or "bendscape" not in identity:
            raise OutputError(f"{self.path} is no store of bendscape: give another file")
        for name, value in self.identity.items():
            if not same(name, identity.get(name), value):
                raise OutputError(
                    f"{self.path} holds a run with {name} = {identity.get(name)!r}, not {value!r}: give another file"
                )

    def _record(self, line: bytes) -> tuple[Key, dict[str, Any]]:
        try:
            record = json.loads(line)
            return _key(record["key"]), dict(_read(record["result"]))
        except (ValueError, KeyError, TypeError):
            raise OutputError(
                f"line {self._lines} of {self.path} is damaged: remove the line, or give another file"
            ) from None


def _begins(content: bytes, identity: dict[str, Any]) -> bool:
    """Whether it is the beginning of a first line that was cut off."""
    return json.dumps(_written(identity)).encode().startswith(content)
