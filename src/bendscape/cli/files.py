"""Inputs and labels from files, and vectors into files. Nothing is written before all is there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import InvalidParameterError, MissingPackageError, OutputError
from .tables import KNOWN, Array, numbers, reading, table

__all__ = ["check_out", "read_data", "save_array"]


def read_data(path: Path, labels: Path | None, column: str | None) -> tuple[Array, Array]:
    """Inputs and labels.

    An `npz` file has them as `X` and `y`. In any other they are one table: labels are the named column, by default the
    last one (of a csv or parquet file, `y` if there is such a column), or lie in a file of their own.

    Raises
    ------
    InvalidParameterError
        If a file does not exist, cannot be read, or holds something else, or if labels are in two places.
    """
    if labels is not None and column is not None:
        raise InvalidParameterError(f"label-column = {column!r}: the labels are in {labels}; leave one out")
    if path.suffix.lower() == ".npz":
        if labels is not None or column is not None:
            raise InvalidParameterError(f"{path} has its own labels: leave out --labels and --label-column")
        return _bundle(path)
    names, content = table(path)
    if labels is not None:
        if "y" in names:
            raise InvalidParameterError(f"{path} has a column y, and the labels are in {labels}: leave one out")
        alone = table(labels)[1]
        if alone.shape[1] != 1:
            raise InvalidParameterError(f"{labels} has {alone.shape[1]} columns: give one column of labels")
        return content, alone[:, 0]
    if content.shape[1] < 2:
        raise InvalidParameterError(f"{path} has {content.shape[1]} column: give inputs and labels, or --labels FILE")
    where = _position(path, names, column)
    return np.delete(content, where, axis=1), content[:, where]


def _position(path: Path, names: list[str], column: str | None) -> int:
    """Where the labels are: the named column, y, or the last."""
    if column is not None and column not in names:
        raise InvalidParameterError(f"label-column = {column!r}: {path} has {_listed(names)}")
    wanted = "y" if column is None else column
    if names.count(wanted) > 1:
        raise InvalidParameterError(
            f"{path} has the column {wanted} {names.count(wanted)} times: leave all but one out"
        )
    return names.index(wanted) if wanted in names else -1


def _listed(names: list[str]) -> str:
    if not names:
        return "no names of columns"
    return f"the columns {', '.join(names[:3])}" + (f", ..., {names[-1]}" if len(names) > 3 else "")


def _bundle(path: Path) -> tuple[Array, Array]:
    found = reading(path, lambda: dict(np.load(path, allow_pickle=False)))
    lacking = [name for name in ("X", "y") if name not in found]
    if lacking:
        raise InvalidParameterError(f"{path} has no {', '.join(lacking)}: save it with numpy.savez(file, X=..., y=...)")
    return numbers(path, found["X"]), numbers(path, found["y"]).ravel()


def check_out(path: Path, read: Sequence[Path | None], *, force: bool) -> None:
    """Before anything is computed: whether an array can be written there, and is not read from there."""
    kind = path.suffix.lower()
    if kind not in KNOWN:
        raise InvalidParameterError(f"out = {str(path)!r}: end the name in {', '.join(KNOWN)}")
    if path.is_dir():
        raise OutputError(f"{path} is a folder: give the name of a file")
    if any(other is not None and path.exists() and other.exists() and path.samefile(other) for other in read):
        raise OutputError(f"{path} holds the data: give another name")
    if path.exists() and not force:
        raise OutputError(f"{path} exists: give another name, or --force to replace it")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} cannot be written: its folder does not exist or is not yours to write in")
    if kind == ".parquet":
        try:
            import pyarrow  # noqa: F401  whether it is there
        except ImportError as error:
            raise MissingPackageError(f"{path} needs PyArrow: pip install 'bendscape[parquet]'") from error


def save_array(path: Path, rows: Array) -> None:
    """Rows as a table; an earlier file is there until the new one is complete."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            new = Path(folder) / path.name
            if path.suffix.lower() == ".npy":
                np.save(new, rows)
            else:
                import pandas as pd

                frame = pd.DataFrame(rows, columns=[f"x{i}" for i in range(rows.shape[1])])
                frame.to_csv(new, index=False) if path.suffix.lower() == ".csv" else frame.to_parquet(new)
            new.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})") from error
