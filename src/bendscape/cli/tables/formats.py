"""Tables of numbers in files of several formats; the first bytes of a file say its format, not its name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...errors import DataWarning, InvalidParameterError, MissingPackageError, install
from ...memory import available, require_memory
from ...user_arrays import Array, numbers_of
from .dialect import Dialect
from .encoding import decode
from .text import read_text

__all__ = ["READ", "STDIN", "Table", "read_file", "reading"]

READ = "npy, npz (X, y), text (csv, tsv, txt, dat), parquet, feather; text and npy also as gz, bz2, xz or zip"
STDIN = Path("-")
_PACKED: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_FOREIGN = {
    b"\x89HDF": "an HDF5 or netCDF4 file",
    b"CDF": "a netCDF file",
    b"MATLAB": "a MATLAB file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"%PDF": "a PDF file",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"\x80": "a pickle",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "HTML or XML",
}


@dataclass(frozen=True)
class Table:
    """Names of columns (empty if there are none), numbers of shape (rows, columns), and how they were read."""

    names: list[str]
    numbers: Array
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        """Whether the table was read from text, to which options for text apply."""
        return bool(self.about["format"] == "text")


def read_file(path: Path, wanted: Dialect) -> dict[str, Array] | Table:
    """Read the arrays of an npz file, or the one table of any other file.

    Raises
    ------
    InvalidParameterError
        If the file does not exist, cannot be read, or holds anything but numbers.
    """
    with _opened(path) as file:
        return _content(path, file, wanted)


def _opened(path: Path) -> BinaryIO:
    """Open a file, or read standard input, so that it can be read from any position."""
    if path == STDIN:
        if sys.stdin.isatty():
            raise InvalidParameterError("-: standard input is a terminal: send the data through a pipe")
        return io.BytesIO(_bounded("standard input", sys.stdin.buffer))
    if not path.is_file():
        kind = (
            "is a folder" if path.is_dir() else "does not exist" if not path.exists() else "is a device or a named pipe"
        )
        raise InvalidParameterError(f"{path} {kind}: give the name of a file, or - for standard input")
    return reading(path, lambda: path.open("rb"))  # type: ignore[no-any-return]


def _bounded(name: Any, file: Any) -> bytes:
    """Read a whole stream of unknown length, if it and the table made of it fit into memory."""
    most = available() // 4
    raw: bytes = file.read(most + 1)
    if len(raw) > most:
        require_memory(4.0 * len(raw), f"the data in {name}", "give fewer samples, or a .npy file")
    return raw


def _content(path: Path, file: BinaryIO, wanted: Dialect) -> dict[str, Array] | Table:
    head = file.read(512)
    file.seek(0)
    unpack = next((unpack for mark, unpack in _PACKED.items() if head.startswith(mark)), None)
    if unpack:
        inside = reading(path, lambda: _bounded(path, unpack(file)))
        return _content(path, io.BytesIO(inside), wanted)
    if head.startswith(b"PK"):
        return _zipped(path, file, wanted)
    if head.startswith(b"\x93NUMPY"):
        array = reading(path, lambda: np.load(file, allow_pickle=False))
        return Table([], _numbers(path, array), {"format": "npy"})
    if head.startswith((b"PAR1", b"ARROW1", b"FEA1")):
        return _frame(path, file, parquet=head.startswith(b"PAR1"))
    foreign = next((what for mark, what in _FOREIGN.items() if head.lstrip().startswith(mark)), None)
    if foreign:
        raise InvalidParameterError(f"{path} is {foreign}: give one of {READ}")
    return _text(path, reading(path, file.read), wanted)


def _zipped(path: Path, file: BinaryIO, wanted: Dialect) -> dict[str, Array] | Table:
    """Read the arrays of an npz file, or the one table in an archive."""
    archive = reading(path, lambda: zipfile.ZipFile(file))
    inside = [name for name in archive.namelist() if not name.endswith("/")]
    if "[Content_Types].xml" in inside:
        raise InvalidParameterError(f"{path} is an Excel workbook: save the sheet as csv")
    if inside and all(name.endswith(".npy") for name in inside) and (len(inside) > 1 or path.suffix == ".npz"):
        file.seek(0)
        return reading(path, lambda: dict(np.load(file, allow_pickle=False)))  # type: ignore[no-any-return]
    if len(inside) != 1:
        raise InvalidParameterError(f"{path} is an archive of {len(inside)} files: give one with a single table")
    return _content(path, io.BytesIO(reading(path, lambda: _bounded(path, archive.open(inside[0])))), wanted)


def _numbers(path: Path, content: Any) -> Array:
    """The array in double precision, with one column if it has one axis."""
    array = numbers_of(f"{path}: the array", content)
    if array.ndim not in (1, 2):
        raise InvalidParameterError(f"{path} holds an array of shape {array.shape}: give a table of numbers")
    return array.reshape(-1, 1) if array.ndim == 1 else array


def _frame(path: Path, file: BinaryIO, *, parquet: bool) -> Table:
    import pandas as pd

    frame = reading(path, lambda: pd.read_parquet(file) if parquet else pd.read_feather(file))
    if not isinstance(frame.index, pd.RangeIndex):
        raise InvalidParameterError(
            f"{path} has an index ({frame.index.name}): make it a column, or write the file without it"
        )
    names = [str(name) for name in frame.columns]
    columns = [numbers_of(f"{path}: the column {name}", frame.iloc[:, i]) for i, name in enumerate(names)]
    numbers = np.column_stack(columns) if columns else np.empty((len(frame), 0))
    return Table(names, numbers, {"format": "parquet" if parquet else "feather"})


def _text(path: Path, raw: bytes, wanted: Dialect) -> Table:
    require_memory(6.0 * len(raw), f"the table in {path}", "give fewer samples, or a .npy file")
    try:
        text, encoding = decode(raw, wanted.encoding)
        table = read_text(text, wanted)
    except InvalidParameterError as error:
        message = str(error)
        raise InvalidParameterError(message if message.startswith("encoding") else f"{path}: {message}") from None
    if not text.endswith(("\n", "\r")):
        message = f"{path} does not end with a line break, so its last line may be cut off"
        warnings.warn(message, DataWarning, stacklevel=2)
    about = {
        "format": "text",
        "encoding": encoding,
        "separator": table.dialect.separator,
        "decimal": table.dialect.decimal,
        "header": table.dialect.header,
        "header_line": table.heading,
        "lines_left_out": table.left_out,
    }
    return Table(table.names, table.numbers, about)


def reading(path: Path, read: Callable[[], Any]) -> Any:
    """Result of a reader; any error it raises becomes one about the file."""
    try:
        return read()
    except (InvalidParameterError, MemoryError):
        raise
    except ImportError as error:
        raise MissingPackageError(f"{path} needs PyArrow ({error}): {install('parquet')}") from error
    except Exception as error:  # readers of broken files raise many kinds of errors
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidParameterError(
            f"{path} cannot be read ({first}): write it again, it may be cut off or of another format"
        ) from error
