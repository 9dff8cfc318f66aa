"""What can go wrong, one exception for each kind of mistake; every message names the value and the remedy."""

from __future__ import annotations

__all__ = [
    "AccuracyError",
    "BendscapeError",
    "InvalidParameterError",
    "LimitError",
    "MissingPackageError",
    "OutputError",
]


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
    """The promised accuracy was not reached; the message carries the error that was.

    Cause: parameters outside the tested domain (`p, p_star` up to 100 or `inf`, `a` from 1e-3 to 1e3).
    Cure: move the parameters inside it, or report the case.
    """


class OutputError(BendscapeError, OSError):
    """A file or folder cannot be written without losing something, or at all.

    Cause: named in the message. Cure: another folder, or `--force` where the folder holds an earlier run.
    """


class MissingPackageError(BendscapeError, ImportError):
    """A package of an extra is not installed.

    Cause: the package named in the message. Cure: install the extra named there.
    """
