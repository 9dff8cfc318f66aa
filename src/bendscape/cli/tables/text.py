"""Tables written as text: separator and heading are found, then NumPy reads the numbers.

Nothing is guessed in silence. A text is read in every way that fits its first lines. Two ways that give different
numbers are refused, and so is a first line that may be a heading or a sample; the message names the option that
decides. A cell that is no number, or a row of another length, is an error that names its line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..._types import Array
from ...errors import InvalidParameterError
from .cells import Refused, is_number, is_word, odd
from .dialect import BLANKS, Dialect
from .headings import find_heading
from .lines import Cut, filled_lines
from .separators import Trial, choose_cut

__all__ = ["Text", "read_text"]


@dataclass(frozen=True)
class Text:
    """A table read from text: names of columns (empty without a heading), numbers, and how the text was written.

    `heading` is the line of the heading, and `left_out` counts the lines that are neither heading nor sample.
    """

    names: list[str]
    numbers: Array
    dialect: Dialect
    heading: int | None
    left_out: int


def read_text(text: str, wanted: Dialect) -> Text:
    """Read the table in a text.

    Raises
    ------
    InvalidParameterError
        If the text can be read in no way or in several, or has cells that are no numbers; the message names the line.
    """
    lines = text.splitlines()
    try:
        trial = choose_cut(lines, wanted)
        return _read(lines, trial, wanted)
    except Refused as refused:
        raise InvalidParameterError(str(refused)) from None


def _read(lines: list[str], trial: Trial, wanted: Dialect) -> Text:
    heading = find_heading(lines, trial, wanted.header)
    cut, columns = trial.cut, trial.columns
    body = [(number, line) for number, line in filled_lines(lines, heading.start) if line.strip(f"{cut.separator} \t")]
    if not body:
        row = trial.rows[-1]
        if row.line == heading.line:
            raise Refused(f"it has no rows below line {row.line}, the heading: write one row for each sample")
        cell = next(filter(is_word, row.cells), row.cells[0])
        raise Refused(f"it has no row of numbers: line {row.line} has {odd(cell)}, or write it as 1.5 or 1.5e-3")
    try:
        numbers = np.loadtxt(
            (_plain(line, cut) for _, line in body),
            delimiter=None if cut.separator == BLANKS else "\x1f",
            comments=None,
            ndmin=2,
        )
    except ValueError as error:
        _explain(body, cut, columns, heading.names)
        raise Refused(f"it cannot be read ({error})") from None
    if numbers.shape[1] != columns or not np.isfinite(numbers).all():
        _explain(body, cut, columns, heading.names)
    filled = sum(1 for line in lines if line.strip())
    left_out = filled - len(body) - (heading.line is not None)
    dialect = Dialect(heading.line is not None, cut.separator, cut.decimal)
    return Text(heading.names, numbers, dialect, heading.line, left_out)


def _plain(line: str, cut: Cut) -> str:
    """Rewrite a line so that NumPy reads it."""
    if cut.separator == BLANKS and '"' not in line and cut.decimal == ".":
        return line
    mark = " " if cut.separator == BLANKS else "\x1f"
    if '"' in line or cut.decimal == "," or cut.trailing or cut.leading:
        return mark.join(cut.cells(line))
    return line.replace(cut.separator, mark)


def _explain(body: Iterable[tuple[int, str]], cut: Cut, columns: int, names: list[str]) -> None:
    """Raise the error of the first row of another length, or of the first cell that is no number."""
    last = 0
    for row, (line, text) in enumerate(body, 1):
        cells = cut.cells(text)
        last = line
        if len(cells) != columns:
            raise Refused(
                f"line {line} has {len(cells)} columns ({cut.name}), and most lines have {columns}: complete it, "
                "or leave it out (the file may be cut off; --separator says what lies between columns)"
            )
        for i, cell in enumerate(cells):
            if not is_number(cell) or not np.isfinite(float(cell)):
                column = f"column {i + 1}" + (f" ({names[i]})" if names else "")
                raise Refused(f"line {line} (row {row}), {column} has {odd(cell)}")
    raise Refused(f"line {last} cannot be read: complete it, or leave it out")
