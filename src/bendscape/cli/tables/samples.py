"""Samples from files: inputs and labels."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataWarning, InvalidParameterError
from ...expected import nearest
from ...user_arrays import Array, real_array
from ...user_arrays import column as one_column
from .dialect import ANY, SEPARATORS, Dialect
from .formats import STDIN, Table, read_file
from .headings import LABELS

__all__ = ["Data", "read_data"]

_SENTINELS = (-999.0, -9999.0, -99999.0)  # what instruments write for a missing value


@dataclass(frozen=True)
class Data:
    """Inputs of shape (M, N), labels of shape (M,), and how the files were read."""

    X: Array
    y: Array
    about: dict[str, Any]

    @property
    def line(self) -> str:
        """One line that says how the files were read."""
        about = self.about
        parts = []
        if about["format"] == "text":
            parts.append(f"separator {SEPARATORS.get(about['separator'], repr(about['separator']))}")
            parts += ["decimal comma"] if about["decimal"] == "," else []
            parts.append(f"heading in line {about['header_line']}" if about["header"] else "no heading")
            parts.append(about["encoding"])
            parts += [f"{about['lines_left_out']} other lines left out"] if about["lines_left_out"] else []
        else:
            parts.append(about["format"])
        where = about["label_column"]
        if about["labels"] is not None:
            parts.append(f"labels from {about['labels']}")
        elif where is not None:
            name = f" ({where})" if where != str(about["label_position"]) else ""
            parts.append(f"labels in column {about['label_position']} of {about['columns']}{name}")
        parts.append(f"{self.X.shape[0]} samples of {self.X.shape[1]} inputs")
        return f"{about['data']}: {', '.join(parts)}"


def read_data(path: Path, labels: Path | None, column: str | None, wanted: Dialect = ANY) -> Data:
    """Read inputs and labels.

    An `npz` file has them as arrays `X` and `y`. Any other file has one table; the labels are the column with the given
    name or number, by default the column `y`, `label`, `labels` or `target`, else the last one. Labels may also be in
    a separate file.

    Raises
    ------
    InvalidParameterError
        If a file does not exist, cannot be read, or is no table of numbers, if labels are in two places, or if an
        option for text is given and no file is text.
    """
    if labels is not None and column is not None:
        raise InvalidParameterError(f"label_column = {column!r}: the labels are in {labels}; leave one out")
    if labels == path == STDIN:
        raise InvalidParameterError("labels = '-': standard input has the data; give the labels in a file")
    content = read_file(path, wanted)
    if isinstance(content, dict):
        if labels is not None or column is not None:
            raise InvalidParameterError(f"{path} contains the labels: leave out --labels and --label-column")
        _refuse_text_options(wanted, path)
        return _bundle(path, content)
    _check_finite(path, content)
    if labels is not None:
        return _with_labels(path, content, labels, wanted)
    if not content.is_text:
        _refuse_text_options(wanted, path)
    columns: int = content.numbers.shape[1]
    if columns < 2:
        remedy = "give inputs and labels, or --labels FILE" + ("; --separator if there are more" * content.is_text)
        raise InvalidParameterError(f"{path} has {columns} column: {remedy}")
    where = _position(path, content, column)
    about = {"label_column": content.names[where] if content.names else str(where + 1), "label_position": where + 1}
    X, y = np.delete(content.numbers, where, axis=1), content.numbers[:, where]
    _warn_of_row_numbers(path, content)
    return Data(X, y, _about(path, content) | about)


def _about(path: Path, content: Table) -> dict[str, Any]:
    rows, columns = content.numbers.shape
    about: dict[str, Any] = {"data": str(path), "labels": None, "rows": rows, "columns": columns}
    return about | {"label_column": None, "label_position": None} | content.about


def _with_labels(path: Path, content: Table, labels: Path, wanted: Dialect) -> Data:
    if "y" in content.names:
        raise InvalidParameterError(f"{path} has a column y, and the labels are in {labels}: leave one out")
    alone = read_file(labels, wanted)
    if isinstance(alone, dict):
        raise InvalidParameterError(f"{labels} is an npz file: give a file with one column of labels")
    _check_finite(labels, alone)
    if not content.is_text and not alone.is_text:
        _refuse_text_options(wanted, path)
    if alone.numbers.shape[1] != 1:
        raise InvalidParameterError(f"{labels} has {alone.numbers.shape[1]} columns: give one column of labels")
    if len(alone.numbers) != len(content.numbers):
        raise InvalidParameterError(
            f"{labels} has {len(alone.numbers)} labels, and {path} has {len(content.numbers)} rows: give a label for "
            "each row (--header or --no-header says whether the first line has names)"
        )
    _warn_of_row_numbers(path, content)
    about = _about(path, content) | {"labels": str(labels)}
    return Data(content.numbers, alone.numbers[:, 0], about)


def _refuse_text_options(wanted: Dialect, path: Path) -> None:
    given = [name for name, value in vars(wanted).items() if value is not None]
    if given:
        raise InvalidParameterError(
            f"{given[0]} = {getattr(wanted, given[0])!r}: {path} is not text; leave the option out"
        )


def _check_finite(path: Path, content: Table) -> None:
    """Refuse nan and infinity; warn of numbers that instruments write for a missing value."""
    called = content.names or [str(i + 1) for i in range(content.numbers.shape[1])]
    if content.numbers.size == 0:
        raise InvalidParameterError(f"{path} has no rows: write one row for each sample")
    for row, i in np.argwhere(~np.isfinite(content.numbers))[:1]:
        place = f"row {row + 1} has {content.numbers[row, i]} in the column {called[i]}"
        raise InvalidParameterError(f"{path}: {place}; leave such samples out")
    for row, i in np.argwhere(np.isin(content.numbers, _SENTINELS))[:1]:
        value = content.numbers[row, i]
        if abs(value) > 20 * np.median(np.abs(content.numbers[:, i])):
            message = f"{path}: row {row + 1} has {value:g} in the column {called[i]}, as instruments write for a "
            warnings.warn(message + "missing value; if it is one, leave such samples out", DataWarning, stacklevel=2)


def _warn_of_row_numbers(path: Path, content: Table) -> None:
    """Warn of a first column that counts the rows, which is hardly an input; refuse it if nothing names it."""
    first = content.numbers[:, 0]
    if len(first) > 2 and first[0] in (0, 1) and np.array_equal(first, first[0] + np.arange(len(first))):
        name = f" ({content.names[0]})" if content.names else ""
        if not content.names and content.is_text:
            raise InvalidParameterError(f"{path}: its first column counts the rows, like an index: leave it out")
        message = f"{path}: its first column{name} counts the rows, like an index; if it is one, leave it out"
        warnings.warn(message, DataWarning, stacklevel=2)


def _position(path: Path, content: Table, column: str | None) -> int:
    """Index of the column of labels: the one asked for, one whose name is usual for labels, or the last."""
    names, columns = content.names, int(content.numbers.shape[1])
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


def _bundle(path: Path, arrays: dict[str, Array]) -> Data:
    lacking = [name for name in ("X", "y") if name not in arrays]
    if lacking:
        raise InvalidParameterError(f"{path} has no {', '.join(lacking)}: save it with numpy.savez(file, X=..., y=...)")
    remedy = "leave such samples out"
    X = real_array(f"{path}: X", arrays["X"], ("M", "N"), remedy=remedy)
    y = one_column(f"{path}: y", arrays["y"], remedy=remedy)
    about: dict[str, Any] = {"data": str(path), "labels": None, "rows": len(X), "columns": X.shape[1]}
    return Data(X, y, about | {"label_column": "y", "label_position": None, "format": "npz"})
