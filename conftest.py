"""The examples of the README and of the documentation run as tests; those in docstrings are pytest's own business.

Fenced `python` blocks with `>>>` are doctests; in `console` blocks each `$ bendscape ...` runs and prints what follows.
"""

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sybil import Example, Sybil
from sybil.example import SybilFailure
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

FLAGS = ELLIPSIS | NORMALIZE_WHITESPACE


def console(example: Example) -> str | None:
    """Run the commands of a block in this process, in an empty folder; say where they print something else."""
    environment = {"COLUMNS": "100", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), mock.patch.dict(os.environ, environment):
        for command, expected in re.findall(r"^\$ bendscape (.*)\n((?:(?!\$ ).*\n?)*)", example.parsed, re.MULTILINE):
            code, text = _printed(shlex.split(command))
            if not OutputChecker().check_output(expected, text, FLAGS):
                return f"bendscape {command}\nexpected:\n{expected}\nprinted (exit code {code}):\n{text}"
    return None


def _printed(arguments: list[str]) -> tuple[int, str]:
    from bendscape.cli import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    with mock.patch.object(sys, "argv", ["bendscape", *arguments]):
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
        except SystemExit as stop:
            code = int(stop.code or 0)
    return code, out.getvalue() + err.getvalue()


PAGES = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=FLAGS), CodeBlockParser("console", console)],
    patterns=["README.md", "docs/*.md", "docs/howto/*.md"],
)


class Page(pytest.File):
    """A page is one test, for its examples build on each other and parallel workers would tear them apart."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test, if there are examples."""
        if list(PAGES.parse(self.path).examples()):
            yield Examples.from_parent(self, name="examples")


class Examples(pytest.Item):
    """All examples of a page, in order."""

    def runtest(self) -> None:
        """Stop at the first that prints something else."""
        for example in PAGES.parse(self.path).examples():
            example.evaluate()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected, and what came."""
        return str(excinfo.value) if isinstance(excinfo.value, SybilFailure) else super().repr_failure(excinfo, style)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Page | None:
    """Pages beside the files that pytest knows."""
    return Page.from_parent(parent, path=file_path) if PAGES.should_parse(file_path) else None
