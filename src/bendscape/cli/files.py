"""Arrays in files: npy and npz by NumPy, csv and parquet by pandas. Nothing is written before all is there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidParameterError, MissingPackageError, OutputError

__all__ = ["check_out", "read_data", "save_array"]

Array = npt.NDArray[np.float64]
_TABLES = (".csv", ".parquet")
KNOWN = (".npy", ".npz", *_TABLES)


def read_data(path: Path, labels: Path | None, column: str | None) -> tuple[Array, Array]:
    """Inputs and labels.

    An `npz` file has them as `X` and `y`. In any other they are one table: labels are the named column, by default the
    last one (of a csv or parquet file, `y` if there is such a column), or lie in a file of their own.

    Raises
    ------
    InvalidParameterError
        If a file does not exist, cannot be read, or holds something else.
    """
    if path.suffix == ".npz":
        return _bundle(path)
    names, table = _table(path)
    if labels is not None:
        if column is not None:
            raise InvalidParameterError(f"label-column = {column!r}: the labels are in {labels}; leave one out")
        alone = _table(labels)[1]
        if alone.shape[1] != 1:
            raise InvalidParameterError(f"{labels} has {alone.shape[1]} columns: give one column of labels")
        return table, alone[:, 0]
    if table.shape[1] < 2:
        raise InvalidParameterError(f"{path} has {table.shape[1]} column: give inputs and labels, or --labels FILE")
    if column is not None and column not in names:
        raise InvalidParameterError(f"label-column = {column!r}: {path} has {_listed(names)}")
    where = names.index(column if column is not None else "y") if column is not None or "y" in names else -1
    where %= table.shape[1]
    return np.delete(table, where, axis=1), table[:, where]


def _listed(names: list[str]) -> str:
    if not names:
        return "no names of columns"
    return f"the columns {', '.join(names[:3])}" + (f", ..., {names[-1]}" if len(names) > 3 else "")


def _bundle(path: Path) -> tuple[Array, Array]:
    found = _reading(path, lambda: dict(np.load(path, allow_pickle=False)))
    lacking = [name for name in ("X", "y") if name not in found]
    if lacking:
        raise InvalidParameterError(f"{path} has no {', '.join(lacking)}: save it with numpy.savez(file, X=..., y=...)")
    return _numbers(path, found["X"]), _numbers(path, found["y"]).ravel()


def _table(path: Path) -> tuple[list[str], Array]:
    """Names of columns, where the file has them, and numbers of shape (rows, columns)."""
    if path.suffix not in KNOWN or path.suffix == ".npz":
        raise InvalidParameterError(f"{path}: give a file that ends in {', '.join(KNOWN)}")
    if path.suffix == ".npy":
        array = _numbers(path, _reading(path, lambda: np.load(path, allow_pickle=False)))
        return [], array.reshape(-1, 1) if array.ndim == 1 else array
    import pandas as pd

    read = pd.read_csv if path.suffix == ".csv" else pd.read_parquet
    frame = _reading(path, lambda: read(path))
    names = [str(name) for name in frame.columns]
    if path.suffix == ".csv" and _all_numbers(names):  # no header: the first line is data
        frame = _reading(path, lambda: pd.read_csv(path, header=None))
        names = []
    odd = [str(name) for name in frame.columns if frame[name].dtype.kind not in "iufb"]
    if odd:
        raise InvalidParameterError(f"{path}: the column {odd[0]} has entries that are no numbers; leave it out")
    return names, _numbers(path, frame.to_numpy(dtype=float))


def _all_numbers(names: list[str]) -> bool:
    try:
        [float(name) for name in names]
    except ValueError:
        return False
    return True


def _numbers(path: Path, array: Any) -> Array:
    if array.dtype.kind not in "iufb" or array.ndim not in (1, 2):
        raise InvalidParameterError(
            f"{path} holds an array of shape {array.shape} and type {array.dtype}: give a table of numbers"
        )
    return np.asarray(array, dtype=float)


def _reading(path: Path, read: Callable[[], Any]) -> Any:
    if not path.is_file():
        raise InvalidParameterError(f"{path} is no file: give one that exists")
    try:
        return read()
    except ImportError as error:
        raise MissingPackageError(f"{path} needs PyArrow ({error}): pip install 'bendscape[parquet]'") from error
    except Exception as error:  # readers of broken files raise whatever the bytes lead them to
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidParameterError(
            f"{path} cannot be read ({first}): it may be cut off or of another format"
        ) from error


def check_out(path: Path, *, force: bool) -> None:
    """Before anything is computed: whether an array can be written there."""
    if path.suffix not in (".npy", *_TABLES):
        raise InvalidParameterError(f"out = {str(path)!r}: end the name in .npy, .csv or .parquet")
    if path.exists() and not force:
        raise OutputError(f"{path} exists: give another name, or --force to replace it")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} cannot be written: its folder does not exist or is not yours to write in")


def save_array(path: Path, rows: Array) -> None:
    """Rows as a table; an earlier file is there until the new one is complete."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        new = Path(folder) / path.name
        if path.suffix == ".npy":
            np.save(new, rows)
        else:
            import pandas as pd

            frame = pd.DataFrame(rows, columns=[f"x{i}" for i in range(rows.shape[1])])
            frame.to_csv(new, index=False) if path.suffix == ".csv" else frame.to_parquet(new)
        new.replace(path)
