"""Answers of all commands: a table for people, JSON for programs, a picture in a file."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidParameterError, MissingPackageError, OutputError, install
from .options import AsJson, Force, Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Output", "Table", "check_plot", "number", "print_answer", "print_table", "sampling_note", "with_error"]

_EXACT = 1e-9  # relative error below which a number is printed without one


@dataclass(frozen=True)
class Table:
    """A table of texts, with a title above and a caption below."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str | None = None


@dataclass(frozen=True)
class Output:
    """The options that say how a command gives its answer."""

    json: AsJson = False
    plot: Plot = None
    force: Force = False

    def check(self) -> None:
        """Raise an error before anything is computed if the picture cannot be saved.

        Raises
        ------
        OutputError
            If the file exists and `force` was not given, or its folder cannot be written in.
        InvalidParameterError
            If the ending of the name is not a format that Matplotlib writes.
        MissingPackageError
            If Matplotlib is not installed.
        """
        if self.plot is not None:
            check_plot(self.plot, force=self.force)

    def show(self, record: Callable[[], Any], table: Callable[[], Table], draw: Callable[[Axes], Any]) -> None:
        """Save the picture if one was asked for, then print the record as JSON, or else the table."""
        if self.plot is not None:
            _save_plot(self.plot, draw)
        print_answer(record, table, as_json=self.json)


def print_answer(record: Callable[[], Any], table: Callable[[], Table], *, as_json: bool) -> None:
    """Print the record as JSON, or else the table, on standard output; for commands that draw nothing."""
    if as_json:
        print(json.dumps(_plain(record()), indent=2, allow_nan=False))  # noqa: T201
    else:
        print_table(table())


def _plain(value: Any) -> Any:
    """The value for JSON, which has no infinity and no nan: they become the string ``"inf"`` and null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def number(value: float | None, digits: int = 6) -> str:
    """The text of a number in a table; a dash for nan."""
    if value is None or math.isnan(value):
        return "-"
    return "inf" if math.isinf(value) else f"{value:.{digits}g}"


def with_error(value: float, error: float, digits: int = 6) -> str:
    """The text of a number in a table, with its error unless that is below the digits."""
    if not error > _EXACT * abs(value):
        return number(value, digits)
    if value and math.isfinite(error):  # two digits more than the error leaves certain
        digits = max(2, min(digits, math.ceil(math.log10(abs(value) / error)) + 2))
    return f"{number(value, digits)} +- {number(error, 2)}"


def sampling_note(result: Any) -> str:
    """A caption on the sampled averages of a threshold or spectrum; empty where none were sampled."""
    used = result.averaging
    if used is None:
        return ""
    note = f"Standard errors from {used.replicates} replicates of {result.points} points."
    return (
        note if result.converged else f"{note} Not all are within the tolerance {used.tolerance:g}: give a larger one."
    )


def print_table(table: Table) -> None:
    """Print a table on standard output."""
    from rich.console import Console
    from rich.table import Table as RichTable

    rich = RichTable(title=table.title, caption=table.caption, title_justify="left", caption_justify="left")
    for heading in table.columns:
        rich.add_column(heading, overflow="fold")  # on a narrow terminal numbers wrap; they are never cut
    for row in table.rows:
        rich.add_row(*row)
    Console().print(rich)


def check_plot(path: Path, *, force: bool) -> None:
    """Raise an error before anything is computed if a picture cannot be saved there."""
    if path.exists() and not force:
        raise OutputError(f"{path} exists: give another name, or --force to replace it")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} cannot be written: its folder does not exist or is not yours to write in")
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError as error:
        raise MissingPackageError(f"figures need Matplotlib: {install('plot')}") from error
    endings = FigureCanvasBase.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in endings:
        raise InvalidParameterError(f"plot = {str(path)!r}: end the name in one of .{', .'.join(sorted(endings))}")


def _save_plot(path: Path, draw: Callable[[Axes], Any]) -> None:
    """Draw into a new figure and save it; the ending of the file name is the format."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    from ..plot import style

    with style():
        figure, ax = plt.subplots(figsize=(7.0, 4.0), layout="constrained")
        try:
            draw(ax)
            figure.savefig(path)
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error.strerror}): give another place") from error
        finally:
            plt.close(figure)
