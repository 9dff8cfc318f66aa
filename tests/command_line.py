"""Runs ``bendscape`` in this process, for tests."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any, NamedTuple

from bendscape.cli import main


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def bendscape(*arguments: str) -> Ran:
    """Run ``bendscape ARGUMENTS``."""
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv, code = ["bendscape", *arguments], 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.argv = before
    return Ran(code, out.getvalue(), err.getvalue())


def printed(*arguments: str) -> str:
    """Standard output of a command that succeeds."""
    ran = bendscape(*arguments)
    assert ran.code == 0, ran.err
    return ran.out


def document(*arguments: str) -> Any:
    """The JSON of a command that succeeds."""
    return json.loads(printed(*arguments, "--json"))


def assert_refused(*arguments: str, message: str) -> Ran:
    """The command prints nothing, names the mistake on standard error, and ends with exit code 2."""
    ran = bendscape(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert "Traceback" not in ran.err
    return ran
