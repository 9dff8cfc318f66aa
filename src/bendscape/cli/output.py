"""What a command prints: tables for people, JSON for programs, figures into files."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from ..errors import InvalidParameterError, MissingPackageError, OutputError, install

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["check_plot", "number", "print_json", "print_table", "save_plot", "with_error"]

Row = Sequence[str]
_EXACT = 1e-9  # relative error below which a number is printed without one


def _plain(value: Any) -> Any:
    """For JSON, which has no infinity and no nan: the string ``"inf"``, and null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def print_json(content: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(_plain(content), indent=2, allow_nan=False))  # noqa: T201


def number(value: float | None, digits: int = 6) -> str:
    """A number in a table."""
    if value is None or math.isnan(value):
        return "-"
    return "inf" if math.isinf(value) else f"{value:.{digits}g}"


def with_error(value: float, error: float, digits: int = 6) -> str:
    """A number in a table, with its error unless that is below the digits."""
    exact = not error > _EXACT * abs(value)
    if exact:
        return number(value, digits)
    if value and math.isfinite(error):  # two digits more than are certain
        digits = max(2, min(digits, math.ceil(math.log10(abs(value) / error)) + 2))
    return f"{number(value, digits)} +- {number(error, 2)}"


def print_table(title: str, columns: Sequence[str], rows: Iterable[Row], caption: str | None = None) -> None:
    """A table on standard output."""
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for heading in columns:
        table.add_column(heading, overflow="fold")  # on a narrow terminal numbers wrap; they are never cut
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def check_plot(path: Path | None, *, force: bool) -> None:
    """Before anything is computed: whether a picture can be written there.

    Raises
    ------
    OutputError
        If the file exists and `force` was not given.
    InvalidParameterError
        If its ending is of no known format.
    MissingPackageError
        If Matplotlib is not installed.
    """
    if path is None:
        return
    if path.exists() and not force:
        raise OutputError(f"{path} exists: give another name, or --force to replace it")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path} cannot be written: its folder does not exist or is not yours to write in")
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError as error:
        raise MissingPackageError(f"figures need Matplotlib: {install('plot')}") from error
    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in known:
        raise InvalidParameterError(f"plot = {str(path)!r}: end the name in one of .{', .'.join(sorted(known))}")


def save_plot(path: Path, draw: Callable[[Axes], Any]) -> None:
    """Draw into a new figure and save it; the ending of the name says the format."""
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
