"""The heading of a table: names of columns, in a line of words, in a comment, or in a line of numbers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from .cells import Refused, is_number, is_word
from .dialect import BLANKS, SEPARATORS
from .lines import Cut, Row, is_comment
from .number_headings import is_heading, names_of
from .separators import Trial

__all__ = ["LABELS", "Heading", "find_heading"]

LABELS = frozenset({"y", "label", "labels", "target"})  # names of a column of labels, in small letters


@dataclass(frozen=True)
class Heading:
    """Names of columns, the line they stand in (None without a heading), and the line of the first sample."""

    names: list[str]
    line: int | None
    start: int


def find_heading(lines: list[str], trial: Trial, header: bool | None) -> Heading:
    """The heading of a table; `header` says whether there is one, None that this is found out.

    Raises
    ------
    Refused
        If there are no samples, if names and columns differ in number, or if a line may be a heading or a sample.
    """
    fitting = [row for row in trial.rows if len(row.cells) == trial.columns]
    above = list(itertools.takewhile(lambda row: row.is_words, fitting))
    rest = fitting[len(above) :]
    names = [row for row in above if not _is_title(row)]
    if header is False or not names:
        _refuse_other_lengths(lines, trial, rest)
    if header is False:
        if names:
            raise Refused(f"line {names[0].line} has words, so it is not a sample: leave out --no-header")
        return Heading([], None, _first(rest, "--no-header"))
    if names:
        chosen = next((row for row in names if LABELS & {cell.lower() for cell in row.cells}), names[0])
        return Heading(names_of(chosen), chosen.line, _after(above[-1], trial, lines))
    if not rest:
        raise Refused("it has no line of numbers: write one row for each sample")
    comment = _commented(lines, trial, rest[0].line)
    if (header and comment is None) or (header is None and is_heading(rest, trial.fits)):
        return Heading(names_of(rest[0]), rest[0].line, _after(rest[0], trial, lines))
    return comment or Heading([], None, rest[0].line)


def _after(heading: Row, trial: Trial, lines: list[str]) -> int:
    """Line of the row that follows, of any length."""
    return next((row.line for row in trial.rows if row.line > heading.line), len(lines) + 1)


def _first(rest: list[Row], option: str) -> int:
    if not rest:
        raise Refused(f"it has no line of numbers ({option}): write one row for each sample")
    return rest[0].line


def _is_title(row: Row) -> bool:
    """Whether only one cell of several is filled, as in a title of a spreadsheet."""
    return len(row.cells) > 2 and sum(map(bool, row.cells)) == 1


def _refuse_other_lengths(lines: list[str], trial: Trial, rest: list[Row]) -> None:
    """Refuse a row above the numbers that has another length and is no title."""
    above = [row for row in trial.rows if rest and row.line < rest[0].line]
    for row in above:
        text, columns = lines[row.line - 1], len(row.cells)
        if columns != trial.columns > 1 and _are_numbers(text, trial.columns):
            raise Refused(
                f"line {row.line} has {trial.columns} numbers with another separator than the lines below "
                f"({trial.cut.name}): write all lines with one"
            )
        names = row is above[-1] and columns > 1 and trial.cut.separator != BLANKS
        of_index = row is above[-1] and columns == trial.columns - 1 and text.startswith((" ", '"'))
        if columns != trial.columns and (names or of_index or all(map(is_number, row.cells))):
            raise Refused(
                f"line {row.line} has {columns} columns, and the lines below have {trial.columns}: write a name for "
                "each column, or none"
            )


def _are_numbers(text: str, columns: int) -> bool:
    """Whether some separator cuts the text into that many numbers."""
    ways = (Cut(separator, decimal).cells(text) for separator in SEPARATORS for decimal in (".", ","))
    return any(len(cells) == columns and all(map(is_number, cells)) for cells in ways)


def _commented(lines: list[str], trial: Trial, start: int) -> Heading | None:
    """The heading in the last comment above, as numpy.savetxt writes it; None if it has not a name for each column."""
    for number in range(start - 1, 0, -1):
        content = lines[number - 1].strip()
        if is_comment(content):
            for cut in (trial.cut, Cut(BLANKS, "."), Cut(",", ".")):
                cells = cut.cells(content.lstrip("#% "))
                if len(cells) == trial.columns and all(map(is_word, cells)) and len(set(cells)) == len(cells):
                    return Heading([cell.rstrip(",;") for cell in cells], number, start)
            return None
        if content:
            return None
    return None
