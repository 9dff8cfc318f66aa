"""Vectors written into a file as a table, a row for each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import InvalidParameterError, MissingPackageError, OutputError, install
from ...user_arrays import Array

__all__ = ["check_out", "save_array"]

_ENDINGS = (".npy", ".csv", ".tsv", ".txt", ".parquet", ".feather")


def check_out(path: Path, read: Sequence[Path | None], *, force: bool) -> None:
    """Check, before anything is computed, that an array can be written into a file and that no input is lost.

    Raises
    ------
    InvalidParameterError
        If the ending of the name is not a format that can be written.
    OutputError
        If the file exists and `force` was not given, if it is one of the files to read, or if it cannot be written.
    MissingPackageError
        If the format needs a package that is not installed.
    """
    kind = path.suffix.lower()
    if kind not in _ENDINGS:
        raise InvalidParameterError(f"out = {str(path)!r}: end the name in one of {', '.join(_ENDINGS)}")
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
            import pyarrow  # noqa: F401  is it installed?
        except ImportError as error:
            raise MissingPackageError(f"{path} needs PyArrow: {install('parquet')}") from error


def save_array(path: Path, rows: Array) -> None:
    """Write rows as a table; an earlier file is replaced when the new one is complete."""
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
