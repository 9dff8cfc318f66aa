"""Results that a run has finished, in files beside its page, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Hashable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import bendscape as bs

__all__ = ["Shelf", "identity", "write_whole"]

_IDENTITY, _SUFFIX = "run.json", ".pickle"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new one, and nothing between."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


@cache
def _source_digest() -> str:
    """A digest of the library's code: results of other code are not gone on with."""
    digest, root = hashlib.sha256(), Path(bs.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def identity(effort: str, seed: int) -> dict[str, Any]:
    """Version, code, effort and seed: two runs that agree in them are one run."""
    return {"version": bs.__version__, "code": _source_digest(), "effort": effort, "seed": seed}


class Shelf:
    """One file for each result, by the name of its experiment and a key.

    Parameters
    ----------
    folder : Path
        Created by :meth:`begin`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def identity(self) -> dict[str, Any] | None:
        """Identity of the run whose results these are; None where there are none."""
        try:
            return dict(json.loads((self.folder / _IDENTITY).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def owns(self, name: str) -> bool:
        """Whether a file of this name in the folder is one of the shelf's."""
        return name == _IDENTITY or name.endswith((_SUFFIX, f"{_SUFFIX}.part"))

    def begin(self, about: dict[str, Any]) -> None:
        """Make the folder for the results of this run, without those of any other."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.identity() != about:
            self.clear()
            write_whole(self.folder / _IDENTITY, json.dumps(about).encode())

    def clear(self) -> None:
        """Take all results away."""
        for path in self.folder.glob(f"*{_SUFFIX}"):
            path.unlink()

    def _path(self, experiment: str, key: Hashable) -> Path:
        return self.folder / f"{experiment}-{hashlib.sha256(repr(key).encode()).hexdigest()[:20]}{_SUFFIX}"

    def add(self, experiment: str, key: Hashable, result: Any) -> None:
        """Keep a result; it is in its file when this returns."""
        write_whole(self._path(experiment, key), pickle.dumps(result))

    def get(self, experiment: str, key: Hashable) -> Any:
        """A result, or None where there is none that can be read."""
        with suppress(OSError, EOFError, pickle.UnpicklingError):
            return pickle.loads(self._path(experiment, key).read_bytes())
        return None

    def has(self, experiment: str, key: Hashable) -> bool:
        """Whether there is such a result."""
        return self._path(experiment, key).exists()

    def drop(self, experiment: str, key: Hashable) -> None:
        """Take away a result that has become part of another one."""
        with suppress(OSError):
            self._path(experiment, key).unlink()
