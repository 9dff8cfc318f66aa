"""Exceptions, one for each kind of mistake; every message names the value, the cause and the remedy."""

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
    """Return the command that installs the packages of an extra; bendscape itself is on no package index."""
    return f"pip install '.[{extra}]' in a clone of bendscape"


class BendscapeError(Exception):
    """Base of every error that bendscape raises on purpose."""


class InvalidParameterError(BendscapeError, ValueError):
    """A parameter lies outside its domain (a width that is not a positive integer, a negative `a`, an empty grid).

    Cause: the value named in the message. Cure: the range given there.
    """


class LimitError(BendscapeError, ValueError):
    """The requested quantity does not exist for these parameters, such as a moment that diverges at `a = 0`.

    Cause: the integral named in the message diverges. Cure: another `a`, or another quantity.
    """


class AccuracyError(BendscapeError, ArithmeticError):
    """The documented accuracy was not reached; the message contains the error that was.

    Cause: parameters outside the tested domain (`p, p_star` up to 100 or `inf`, `a` from 1e-3 to 1e3).
    Cure: move the parameters inside it, or report the case.
    """


class MemoryLimitError(BendscapeError, MemoryError):
    """A computation would need more memory than is free; nothing was allocated.

    Cause: the sizes named in the message. Cure: the remedy given there.
    """


class Interrupted(KeyboardInterrupt):
    """The user stopped a long run (Ctrl-C); `data` holds the finished part, or None.

    Cause: a key. Cure: use `data`; or give the run a `store`, and start it again to resume it.
    """

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.data = data


class OutputError(BendscapeError, OSError):
    """A file or folder cannot be written, or only by overwriting something.

    Cause: named in the message. Cure: another folder, or `--force` where the folder holds an earlier run.
    """


class MissingPackageError(BendscapeError, ImportError):
    """A package of an extra is not installed.

    Cause: the package named in the message. Cure: install the extra named there.
    """


class DataWarning(UserWarning):
    """The data violate an assumption of the theory, or are too few; the answer may be worthless.

    Cause: named in the message. Cure: the remedy given there, more data, or other parameters.
    """


class StoreWarning(UserWarning):
    """Another run uses the same store; this run waits for the results that the other computes.

    Cause: two equal commands. Cure: none is needed; each result is computed once, and both runs get all results.
    """
