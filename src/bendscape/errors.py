"""What can go wrong, one exception for each kind of mistake; every message names the value and the remedy."""

from __future__ import annotations

from typing import Any

__all__ = [
    "AccuracyError",
    "BendscapeError",
    "DataWarning",
    "Interrupted",
    "InvalidParameterError",
    "LimitError",
    "MemoryLimitError",
    "MissingPackageError",
    "OutputError",
    "StoreWarning",
    "install",
]


def install(extra: str) -> str:
    """How to get the packages of an extra; bendscape itself is on no package index."""
    return f"pip install '.[{extra}]' in a clone of bendscape"


class BendscapeError(Exception):
    """Base of every error that bendscape raises on purpose."""


class InvalidParameterError(BendscapeError, ValueError):
    """A parameter lies outside its domain (a width that is no positive integer, a negative `a`, an empty grid).

    Cause: the value named in the message. Cure: the range given there.
    """


class LimitError(BendscapeError, ValueError):
    """The quantity asked for does not exist for these parameters, for instance a moment that diverges at `a = 0`.

    Cause: the integral named in the message diverges. Cure: another `a`, or another quantity.
    """


class AccuracyError(BendscapeError, ArithmeticError):
    """The accuracy that the documentation states was not reached; the message carries the error that was.

    Cause: parameters outside the tested domain (`p, p_star` up to 100 or `inf`, `a` from 1e-3 to 1e3).
    Cure: move the parameters inside it, or report the case.
    """


class MemoryLimitError(BendscapeError, MemoryError):
    """A computation would take more memory than is free; nothing was taken.

    Cause: the sizes named in the message. Cure: the remedy given there.
    """


class Interrupted(KeyboardInterrupt):
    """A long run was stopped by the user (Ctrl-C); `data` holds what was finished, or None.

    Cause: a key. Cure: use `data`; or give the run a `store`, and start it again to go on where it stopped.
    """

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.data = data


class OutputError(BendscapeError, OSError):
    """A file or folder cannot be written without losing something, or at all.

    Cause: named in the message. Cure: another folder, or `--force` where the folder holds an earlier run.
    """


class MissingPackageError(BendscapeError, ImportError):
    """A package of an extra is not installed.

    Cause: the package named in the message. Cure: install the extra named there.
    """


class DataWarning(UserWarning):
    """The data are not what the theory is about, or too few; the answer may be worthless.

    Cause: said in the message. Cure: the remedy given there, more data, or other parameters.
    """


class StoreWarning(UserWarning):
    """Another run is at work with the same store; this one waits for the results that it computes.

    Cause: two equal commands. Cure: none is needed; each result is computed once, and both runs get all of them.
    """
