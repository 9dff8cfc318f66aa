"""Tables of numbers: csv and parquet files by pandas, npy files by NumPy; what is odd in them has a name."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DataWarning, InvalidParameterError, MissingPackageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KNOWN", "Array", "numbers", "reading", "table"]

Array = npt.NDArray[np.float64]
KNOWN = (".npy", ".csv", ".parquet")


def table(path: Path) -> tuple[list[str], Array]:
    """Names of columns, where the file has them, and numbers of shape (rows, columns).

    Raises
    ------
    InvalidParameterError
        If the file does not exist, cannot be read, or holds something else than numbers.
    """
    kind = path.suffix.lower()
    if kind not in KNOWN:
        raise InvalidParameterError(f"{path}: give a file that ends in {', '.join(KNOWN)}")
    if kind == ".npy":
        array = numbers(path, reading(path, lambda: np.load(path, allow_pickle=False)))
        return [], array.reshape(-1, 1) if array.ndim == 1 else array
    import pandas as pd

    if kind == ".csv":
        return _csv(path)
    frame = reading(path, lambda: pd.read_parquet(path))
    if not isinstance(frame.index, pd.RangeIndex):
        raise InvalidParameterError(
            f"{path} has an index ({frame.index.name}): write it without, as a column or not at all"
        )
    return _checked(path, [str(name) for name in frame.columns], frame)


def _csv(path: Path) -> tuple[list[str], Array]:
    """The first line decides what separates columns, and whether they have names.

    Left to themselves pandas takes a repeated number for a name and a surplus column for an index, without a word.
    """
    import pandas as pd

    above, first, whole = reading(path, lambda: _ends(path))
    separator = max(",;\t", key=lambda mark: len(_cells(first, mark)))
    cells = _cells(first, separator)
    if not cells:
        raise InvalidParameterError(f"{path} cannot be read (it is empty): it may be cut off or of another format")
    if not whole:
        message = f"{path} does not end with a line break, so its last line may be cut off"
        warnings.warn(message, DataWarning, stacklevel=2)
    named = _are_names(path, cells)
    options: dict[str, Any] = {"sep": separator, "skiprows": above, "encoding": "utf-8-sig", "index_col": False}
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # of columns that it would drop
        frame = reading(path, lambda: pd.read_csv(path, header=0 if named else None, **options))
    if frame.shape[1] != len(cells):
        raise InvalidParameterError(f"{path}: its rows have more columns than its first line, which has {len(cells)}")
    return _checked(path, cells if named else [], frame)


def _are_names(path: Path, cells: list[str]) -> bool:
    """Whether the first line has names: words, or 0, 1, 2, ... as pandas writes above columns without."""
    words = [cell for cell in cells if cell and not _is_number(cell)]
    named = bool(words) or (len(cells) > 2 and cells == [str(i) for i in range(len(cells))])
    if cells[0] == "" or cells[0].startswith("Unnamed"):
        raise InvalidParameterError(f"{path}: its first column has no name, as that of an index; write it without")
    if not named and "" in cells:
        raise InvalidParameterError(f"{path}: its first line has nothing at column {cells.index('') + 1}; leave it out")
    return named


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]


def _ends(path: Path) -> tuple[int, str, bool]:
    """Comments and blank lines above, the first line below them, and whether the last one is complete."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1))
        whole = file.read() in (b"\n", b"\r")
    with path.open(encoding="utf-8-sig") as file:
        for above, line in enumerate(file):
            if line.strip() and not line.startswith("#"):
                return above, line.rstrip("\n"), whole
    return 0, "", whole


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _checked(path: Path, names: list[str], frame: pd.DataFrame) -> tuple[list[str], Array]:
    """The numbers, all of them there."""
    if len(frame) == 0:
        raise InvalidParameterError(f"{path} has no rows: give a row a sample")
    import pandas as pd

    called = names or [str(i + 1) for i in range(frame.shape[1])]
    found = np.empty(frame.shape)
    for i, name in enumerate(called):
        column = frame.iloc[:, i]
        values = pd.to_numeric(column, errors="coerce")
        odd = column[values.isna() & column.notna()]
        if len(odd):
            raise InvalidParameterError(
                f"{path}: the column {name} has entries that are no numbers, such as {str(odd.iloc[0])!r}; leave it out"
            )
        found[:, i] = values
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        row, column = bad[0]
        raise InvalidParameterError(
            f"{path}: row {row + 1} has {found[row, column]} in the column {called[column]}; leave such samples out ("
            "in the last row, the file may be cut off)"
        )
    return names, numbers(path, found)


def numbers(path: Path, array: Any) -> Array:
    """As double precision, if it is a table of numbers."""
    if array.dtype.kind not in "iufb" or array.ndim not in (1, 2):
        raise InvalidParameterError(
            f"{path} holds an array of shape {array.shape} and type {array.dtype}: give a table of numbers"
        )
    return np.asarray(array, dtype=float)


def reading(path: Path, read: Callable[[], Any]) -> Any:
    """What a reader gives; any error of its is one about the file."""
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
