"""Stacks of patterns and masks in files: npy, npz, HDF5; and signals written into files."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidParameterError, MissingPackageError, OutputError, install
from ..memory import require_memory

if TYPE_CHECKING:
    import numpy as np

    from ..estimators import SignalRecovery

__all__ = ["READ_STACK", "check_signal_file", "read_stack", "save_signal", "save_signal_picture"]

READ_STACK = "npy, npz or HDF5, with :NAME behind the file name for one of several arrays"
_HDF5 = (".h5", ".hdf5", ".hdf", ".he5", ".nxs", ".cxi", ".nc", ".mat")
_WRITTEN = (".npz", ".npy")


def read_stack(given: str, usual: Sequence[str]) -> np.ndarray:
    """Return the array of a file, ``FILE`` or ``FILE:NAME``; of several, the only one that has a usual name.

    Raises
    ------
    InvalidParameterError
        If there is no such file, or no such array in it, or it cannot be read.
    MissingPackageError
        If HDF5 is not installed.
    """
    path, name = _split(given)
    if not path.is_file():
        raise InvalidParameterError(f"{path} does not exist, or is no file: give {READ_STACK}")
    kind = path.suffix.lower()
    reader: Callable[[Path, str, Sequence[str]], np.ndarray]
    if kind == ".npy" and not name:
        reader = _npy
    elif kind == ".npz":
        reader = _npz
    elif kind in _HDF5:
        reader = _hdf5
    else:
        raise InvalidParameterError(f"{given} is not of a format that is read: give {READ_STACK}")
    try:
        array = reader(path, name, usual)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise InvalidParameterError(f"{path} cannot be read ({error}): give a complete file, {READ_STACK}") from error
    if array.dtype.kind not in "biufc":
        raise InvalidParameterError(f"{given} has entries of type {array.dtype}: give an array of numbers")
    return array


def _split(given: str) -> tuple[Path, str]:
    """The file and the name of an array in it; a file whose name has a colon is one."""
    if Path(given).exists() or ":" not in given:
        return Path(given), ""
    file, _, name = given.rpartition(":")
    return Path(file), name


def _npy(path: Path, name: str, usual: Sequence[str]) -> np.ndarray:  # noqa: ARG001
    import numpy as np

    return np.asarray(np.load(path, allow_pickle=False))


def _npz(path: Path, name: str, usual: Sequence[str]) -> np.ndarray:
    import numpy as np

    with np.load(path, allow_pickle=False) as arrays:
        return np.asarray(arrays[_chosen(path, list(arrays), name, usual)])


def _hdf5(path: Path, name: str, usual: Sequence[str]) -> np.ndarray:
    import numpy as np

    try:
        import h5py
    except ImportError as error:
        raise MissingPackageError(f"{path} needs h5py: {install('hdf5')}") from error
    with h5py.File(path) as file:
        names: list[str] = []
        file.visititems(lambda key, each: names.append(key) if isinstance(each, h5py.Dataset) else None)
        data = file[_chosen(path, names, name.strip("/"), usual)]
        require_memory(2 * data.size * data.dtype.itemsize, f"the array {data.name} of {path}", "give a part of it")
        return np.asarray(data[()])


def _chosen(path: Path, names: Sequence[str], wanted: str, usual: Sequence[str]) -> str:
    """The array that is wanted, or the only one, or the only one of a usual name."""
    if wanted in names:
        return wanted
    likely = [name for name in names if name.rpartition("/")[2] in usual]
    only = list(names) if len(names) == 1 else likely
    if wanted or len(only) != 1:
        listed = ", ".join(names[:10]) or "none"
        raise InvalidParameterError(f"{path} has the arrays {listed}: name one of them, {path}:NAME")
    return only[0]


def check_signal_file(path: Path, read: Sequence[str | None], *, force: bool) -> None:
    """Check, before anything is computed, that a signal can be written there and that no input is lost.

    Raises
    ------
    InvalidParameterError
        If the name has another ending than npz or npy.
    OutputError
        If the file exists and `force` was not given, or is one of the files to read, or cannot be written.
    """
    if path.suffix.lower() not in _WRITTEN:
        raise InvalidParameterError(f"out = {str(path)!r}: end the name of a signal in one of {', '.join(_WRITTEN)}")
    if path.is_dir():
        raise OutputError(f"{path} is a folder: give the name of a file")
    if any(path.exists() and _split(other)[0].exists() and path.samefile(_split(other)[0]) for other in read if other):
        raise OutputError(f"{path} holds the data: give another name")
    if path.exists() and not force:
        raise OutputError(f"{path} exists: give another name, or --force to replace it")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} cannot be written: its folder does not exist or is not yours to write in")


def save_signal(path: Path, answer: SignalRecovery) -> None:
    """Write `signal`, `amplitude`, `phase` and `stderr` as npz, or the signal alone as npy."""
    import numpy as np

    signal = np.asarray(answer.signal)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            new = Path(folder) / path.name
            if path.suffix.lower() == ".npy":
                np.save(new, signal)
            else:
                parts = {"amplitude": np.abs(signal), "phase": np.angle(signal)}
                np.savez(new, signal=signal, stderr=np.asarray(answer.stderr), **parts)
            new.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}): give another place") from error


def save_signal_picture(path: Path, signal: Any) -> None:
    """Draw amplitude and phase side by side."""
    import matplotlib as mpl
    import numpy as np

    mpl.use("agg")
    import matplotlib.pyplot as plt

    from ..plot import signal as draw
    from ..plot import style

    with style():
        figure, both = plt.subplots(1, 2, figsize=(9.0, 4.0), layout="constrained")
        try:
            for ax, part in zip(both, ("amplitude", "phase"), strict=True):
                image = draw(signal, part=part, ax=ax)[0]
                if np.ndim(signal) == 2:
                    figure.colorbar(image, ax=ax, label=part)
            figure.savefig(path)
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error.strerror}): give another place") from error
        finally:
            plt.close(figure)
