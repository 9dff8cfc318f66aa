"""The entry point: runs a command, and turns errors that the user can mend into one line and exit code 2."""

from __future__ import annotations

import io
import sys
import warnings
from typing import Any

from ..errors import BendscapeError, DataWarning, StoreWarning
from . import commands  # noqa: F401  adds every command to the application
from .application import app

__all__ = ["main"]


def main() -> None:
    """Run a command; an error that the user can mend is one line, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the terminal does not have is written as its code
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            app()
    except BendscapeError as error:
        sys.stderr.write(f"bendscape: {error}\n")
        raise SystemExit(2) from None
    except OSError as error:  # a full disk
        sys.stderr.write(f"bendscape: {error.strerror or error}\n")
        raise SystemExit(2) from None
    except MemoryError as error:
        sys.stderr.write(f"bendscape: not enough memory ({error}): give smaller sizes\n")
        raise SystemExit(2) from None


def _warn(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    if issubclass(category, (DataWarning, StoreWarning)):
        sys.stderr.write(f"bendscape: warning: {message}\n")
    else:
        _default_warning(message, category, *where, **more)


_default_warning = warnings.showwarning
