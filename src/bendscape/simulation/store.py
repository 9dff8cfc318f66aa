"""A file to which a long run adds each result as it comes, so that it can be stopped and started again.

Lines of JSON: the first says which run it is, each of the others holds one result under a key. Numbers keep all digits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InvalidParameterError, OutputError

__all__ = ["Store"]

Key = tuple[Any, ...]


def _plain(value: Any) -> Any:
    """Numbers of NumPy as those of Python."""
    if hasattr(value, "item"):
        return value.item()
    raise InvalidParameterError(f"{value!r} cannot be written down in a store: give a plain number or name")


class Store:
    """Results of one run by key, in memory and, if a path is given, in a file.

    Parameters
    ----------
    path : str or Path or None
        Created if it does not exist. What it holds is read; a last line that was cut off is dropped.
    identity : dict
        What makes it this run and no other: numbers and strings.

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
        text = json.dumps(identity, default=_plain)
        if self.path is not None and " at 0x" in text:  # the address of an object, which the next run will not have
            raise InvalidParameterError(
                f"store = {path!r}: a run with a function of your own cannot be known again; leave the store out, or "
                "give an object whose repr says what it is"
            )
        self.identity = json.loads(text)
        self.results: dict[Key, dict[str, Any]] = {}
        self.size = 0  # bytes of the lines that were written to their end
        with self._writing():
            lines = self._complete_lines()
            if lines:
                self._check(lines[0])
                self.results = dict(self._record(number, line) for number, line in enumerate(lines[1:], 2))

    def begin(self) -> None:
        """Make the file ready for results; until now it was only read."""
        if self.path is not None:
            with self._writing():
                if self.path.exists() and self.path.read_bytes().rfind(b"\n") + 1 != self.size:
                    raise OutputError(f"another run is writing to {self.path}: wait for it, or give another file")
                with self.path.open("ab") as file:
                    file.truncate(self.size)
                if self.size == 0:
                    self._append(self.identity)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OutputError:
            raise
        except OSError as error:
            raise OutputError(f"store {self.path} cannot be written: {error}") from error

    def _complete_lines(self) -> list[str]:
        if self.path is None or not self.path.exists():
            return []
        content = self.path.read_bytes()
        self.size = content.rfind(b"\n") + 1
        if self.size == 0 and not json.dumps(self.identity).encode().startswith(content):
            raise OutputError(f"{self.path} is no store of bendscape: give another file")
        return content[: self.size].decode(errors="replace").split("\n")[:-1]

    def _check(self, line: str) -> None:
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict) or "bendscape" not in found:
            raise OutputError(f"{self.path} is no store of bendscape: give another file")
        for name, value in self.identity.items():
            if found.get(name) != value:
                raise OutputError(
                    f"{self.path} holds a run with {name} = {found.get(name)!r}, not {value!r}: give another file"
                )

    def _record(self, number: int, line: str) -> tuple[Key, dict[str, Any]]:
        try:
            record = json.loads(line)
            return tuple(record["key"]), record["result"]
        except (ValueError, KeyError, TypeError):
            raise OutputError(
                f"line {number} of {self.path} is damaged: remove the line, or give another file"
            ) from None

    def _append(self, content: dict[str, Any]) -> None:
        assert self.path is not None
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(content) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def add(self, key: Key, result: dict[str, Any]) -> None:
        """Keep one result; it is in the file when this returns."""
        self.results[key] = result
        if self.path is not None:
            with self._writing():
                self._append({"key": list(key), "result": result})
