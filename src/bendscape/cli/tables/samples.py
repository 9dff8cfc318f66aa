"""Inputs and labels from files, and vectors into files. Nothing is written before all is there."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataWarning, InvalidParameterError, MissingPackageError, OutputError, install
from ...expected import nearest
from ...user_arrays import Array, real_array
from ...user_arrays import column as one_column
from .formats import STDIN, WRITTEN, Table, read_file
from .text import ANY, LABELS, SEPARATORS, Dialect

__all__ = ["Data", "check_out", "read_data", "save_array"]

_SENTINELS = (-999.0, -9999.0, -99999.0)  # what instruments write for a missing value


@dataclass(frozen=True)
class Data:
    """Inputs of shape (M, N), labels of shape (M,), and how the files were read."""

    X: Array
    y: Array
    about: dict[str, Any]

    @property
    def line(self) -> str:
        """What was decided about the files, in one line."""
        found = self.about
        parts = []
        if found["format"] == "text":
            parts.append(f"separator {SEPARATORS.get(found['separator'], repr(found['separator']))}")
            parts += ["decimal comma"] if found["decimal"] == "," else []
            parts.append(f"heading in line {found['header_line']}" if found["header"] else "no heading")
            parts.append(found["encoding"])
            parts += [f"{found['lines_left_out']} other lines left out"] if found["lines_left_out"] else []
        else:
            parts.append(found["format"])
        where = found["label_column"]
        if found["labels"] is not None:
            parts.append(f"labels from {found['labels']}")
        elif where is not None:
            name = f" ({where})" if where != str(found["label_position"]) else ""
            parts.append(f"labels in column {found['label_position']} of {found['columns']}{name}")
        parts.append(f"{self.X.shape[0]} samples of {self.X.shape[1]} inputs")
        return f"{found['data']}: {', '.join(parts)}"


def read_data(path: Path, labels: Path | None, column: str | None, wanted: Dialect = ANY) -> Data:
    """Inputs and labels.

    An `npz` file has them as `X` and `y`. In any other they are one table: labels are the column that is named or
    numbered, by default the one called `y`, `label`, `labels` or `target`, else the last; or they lie in a file of
    their own.

    Raises
    ------
    InvalidParameterError
        If a file does not exist, cannot be read, or holds something else, if labels are in two places, or if an option
        for text is given and there is none.
    """
    if labels is not None and column is not None:
        raise InvalidParameterError(f"label_column = {column!r}: the labels are in {labels}; leave one out")
    if labels == path == STDIN:
        raise InvalidParameterError("labels = '-': standard input has the data; give the labels in a file")
    found = read_file(path, wanted)
    if isinstance(found, dict):
        if labels is not None or column is not None:
            raise InvalidParameterError(f"{path} has its own labels: leave out --labels and --label-column")
        _refuse_text_options(wanted, path)
        return _bundle(path, found)
    _check_finite(path, found)
    if labels is not None:
        return _with_labels(path, found, labels, wanted)
    if not found.is_text:
        _refuse_text_options(wanted, path)
    columns: int = found.numbers.shape[1]
    if columns < 2:
        remedy = "give inputs and labels, or --labels FILE" + ("; --separator if there are more" * found.is_text)
        raise InvalidParameterError(f"{path} has {columns} column: {remedy}")
    where = _position(path, found, column)
    about = {"label_column": found.names[where] if found.names else str(where + 1), "label_position": where + 1}
    X, y = np.delete(found.numbers, where, axis=1), found.numbers[:, where]
    _warn_of_row_numbers(path, found)
    return Data(X, y, _about(path, found) | about)


def _about(path: Path, found: Table) -> dict[str, Any]:
    rows, columns = found.numbers.shape
    about: dict[str, Any] = {"data": str(path), "labels": None, "rows": rows, "columns": columns}
    return about | {"label_column": None, "label_position": None} | found.about


def _with_labels(path: Path, found: Table, labels: Path, wanted: Dialect) -> Data:
    if "y" in found.names:
        raise InvalidParameterError(f"{path} has a column y, and the labels are in {labels}: leave one out")
    alone = read_file(labels, wanted)
    if isinstance(alone, dict):
        raise InvalidParameterError(f"{labels} is an npz file: give a file with one column of labels")
    _check_finite(labels, alone)
    if not found.is_text and not alone.is_text:
        _refuse_text_options(wanted, path)
    if alone.numbers.shape[1] != 1:
        raise InvalidParameterError(f"{labels} has {alone.numbers.shape[1]} columns: give one column of labels")
    if len(alone.numbers) != len(found.numbers):
        raise InvalidParameterError(
            f"{labels} has {len(alone.numbers)} labels, and {path} has {len(found.numbers)} rows: give a label for "
            "each row (--header or --no-header says whether the first line has names)"
        )
    _warn_of_row_numbers(path, found)
    about = _about(path, found) | {"labels": str(labels)}
    return Data(found.numbers, alone.numbers[:, 0], about)


def _refuse_text_options(wanted: Dialect, path: Path) -> None:
    given = [name for name, value in vars(wanted).items() if value is not None]
    if given:
        raise InvalidParameterError(f"{given[0]} = {getattr(wanted, given[0])!r}: {path} is no text; leave it out")


def _check_finite(path: Path, found: Table) -> None:
    """Every number is there; those that stand for a missing one are named."""
    called = found.names or [str(i + 1) for i in range(found.numbers.shape[1])]
    if found.numbers.size == 0:
        raise InvalidParameterError(f"{path} has no rows: give a row a sample")
    for row, i in np.argwhere(~np.isfinite(found.numbers))[:1]:
        place = f"row {row + 1} has {found.numbers[row, i]} in the column {called[i]}"
        raise InvalidParameterError(f"{path}: {place}; leave such samples out")
    for row, i in np.argwhere(np.isin(found.numbers, _SENTINELS))[:1]:
        value = found.numbers[row, i]
        if abs(value) > 20 * np.median(np.abs(found.numbers[:, i])):
            message = f"{path}: row {row + 1} has {value:g} in the column {called[i]}, as instruments write for a "
            warnings.warn(message + "missing value; if it is one, leave such samples out", DataWarning, stacklevel=2)


def _warn_of_row_numbers(path: Path, found: Table) -> None:
    """A first column that counts the rows is hardly an input."""
    first = found.numbers[:, 0]
    if len(first) > 2 and first[0] in (0, 1) and np.array_equal(first, first[0] + np.arange(len(first))):
        name = f" ({found.names[0]})" if found.names else ""
        if not found.names and found.is_text:
            raise InvalidParameterError(f"{path}: its first column counts the rows, as an index does: leave it out")
        message = f"{path}: its first column{name} counts the rows, as an index does; if it is one, leave it out"
        warnings.warn(message, DataWarning, stacklevel=2)


def _position(path: Path, found: Table, column: str | None) -> int:
    """Where the labels are: the column named or numbered, one with the name of labels, or the last."""
    names, columns = found.names, int(found.numbers.shape[1])
    if column is None:
        likely = sorted({name for name in names if name.lower() in LABELS})
        if len(likely) > 1:
            raise InvalidParameterError(f"{path} has the columns {', '.join(likely)}: name one with --label-column")
        if not likely:
            return columns - 1
        column = likely[0]
    if names.count(column) > 1:
        raise InvalidParameterError(
            f"{path} has the column {column} {names.count(column)} times: leave all but one out"
        )
    if column in names:
        return names.index(column)
    if re.fullmatch("[0-9]{1,9}", column) and 1 <= int(column) <= columns:
        return int(column) - 1
    listed = _listed(names, columns) + nearest(column, names)
    raise InvalidParameterError(f"label_column = {column!r}: {path} has {listed}")


def _listed(names: list[str], columns: int) -> str:
    if not names:
        return f"no names of columns: give a number from 1 to {columns}"
    listed = ", ".join(names[:3]) + (f", ..., {names[-1]}" if len(names) > 3 else "")
    return f"the columns {listed}: give one of them, or a number from 1 to {columns}"


def _bundle(path: Path, found: dict[str, Array]) -> Data:
    lacking = [name for name in ("X", "y") if name not in found]
    if lacking:
        raise InvalidParameterError(f"{path} has no {', '.join(lacking)}: save it with numpy.savez(file, X=..., y=...)")
    remedy = "leave such samples out"
    X = real_array(f"{path}: X", found["X"], ("M", "N"), remedy=remedy)
    y = one_column(f"{path}: y", found["y"], remedy=remedy)
    about: dict[str, Any] = {"data": str(path), "labels": None, "rows": len(X), "columns": X.shape[1]}
    return Data(X, y, about | {"label_column": "y", "label_position": None, "format": "npz"})


def check_out(path: Path, read: Sequence[Path | None], *, force: bool) -> None:
    """Before anything is computed: whether an array can be written there, and is not read from there."""
    kind = path.suffix.lower()
    if kind not in WRITTEN:
        raise InvalidParameterError(f"out = {str(path)!r}: end the name in one of {', '.join(WRITTEN)}")
    if path.is_dir():
        raise OutputError(f"{path} is a folder: give the name of a file")
    if any(other is not None and path.exists() and other.exists() and path.samefile(other) for other in read):
        raise OutputError(f"{path} holds the data: give another name")
    if path.exists() and not force:
        raise OutputError(f"{path} exists: give another name, or --force to replace it")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} cannot be written: its folder does not exist or is not yours to write in")
    if kind in (".parquet", ".feather"):
        try:
            import pyarrow  # noqa: F401  whether it is there
        except ImportError as error:
            raise MissingPackageError(f"{path} needs PyArrow: {install('parquet')}") from error


def save_array(path: Path, rows: Array) -> None:
    """Rows as a table; an earlier file is there until the new one is complete."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            new = Path(folder) / path.name
            _write(new, path.suffix.lower(), rows)
            new.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}): give another place") from error


def _write(path: Path, kind: str, rows: Array) -> None:
    if kind == ".npy":
        np.save(path, rows)
        return
    import pandas as pd

    frame = pd.DataFrame(rows, columns=[f"x{i}" for i in range(rows.shape[1])])
    if kind == ".parquet":
        frame.to_parquet(path)
    elif kind == ".feather":
        frame.to_feather(path)
    else:
        frame.to_csv(path, index=False, sep="," if kind == ".csv" else "\t")
