"""Lines of a text, cut into cells in one of several ways."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .cells import is_number, is_word
from .dialect import BLANKS, SEPARATORS

__all__ = ["Cut", "Row", "filled_lines", "is_comment", "rows_of"]

_RULE = re.compile(r"[-|:+=\s]*(---|===)[-|:+=\s]*|\"?sep=.\"?")  # drawn under a heading, or for spreadsheets


@dataclass(frozen=True)
class Row:
    """A line that is neither blank nor a comment."""

    line: int
    cells: list[str]

    @property
    def is_words(self) -> bool:
        """Whether the row has words and no numbers."""
        return not any(map(is_number, self.cells)) and any(map(is_word, self.cells))


@dataclass(frozen=True)
class Cut:
    """One way to cut lines into cells."""

    separator: str
    decimal: str
    trailing: bool = False  # every line ends with a separator
    leading: bool = False  # and begins with one, as tables drawn with bars do

    def cells(self, line: str) -> list[str]:
        """Cells of a line; a decimal comma becomes a point where the cell is then a number."""
        cells = [self.point(cell.strip()) for cell in self._split(line)]
        if self.trailing and len(cells) > 1 and not cells[-1]:
            cells.pop()
        return cells[1:] if self.leading and cells and not cells[0] else cells

    def _split(self, line: str) -> list[str]:
        if self.separator == BLANKS:
            line = line.replace("\t", " ").strip()
            if '"' not in line:
                return line.split()
        elif '"' not in line:
            return line.split(self.separator)
        try:
            return next(csv.reader([line], delimiter=self.separator, skipinitialspace=True), [])
        except csv.Error:  # a quote that does not end, or longer than any table's cell
            return [line]

    def point(self, cell: str) -> str:
        """The cell with a decimal point in the place of a comma, where it is then a number."""
        if self.decimal == ".":
            return cell
        other = cell.replace(",", ".", 1)
        if is_number(other) and "," in cell and not cell.endswith(",") and not cell.startswith(","):
            return other
        return f"{cell} (a point beside decimal commas)" if "." in cell and is_number(cell) else cell

    @property
    def name(self) -> str:
        """Separator and decimal mark in words, for messages."""
        comma = " and decimal commas" if self.decimal == "," else ""
        return f"separator {SEPARATORS.get(self.separator, repr(self.separator))}{comma}"


def is_comment(line: str) -> bool:
    """Whether a line is a comment."""
    return line.startswith(("#", "%"))


def filled_lines(lines: Iterable[str], start: int = 1) -> Iterator[tuple[int, str]]:
    """Numbers and texts of lines that are neither blank nor comments, from line `start` on."""
    for number, line in enumerate(itertools.islice(lines, start - 1, None), start):
        content = line.strip()
        if content and not is_comment(content):
            yield number, line


def rows_of(lines: Iterable[str], cut: Cut) -> Iterator[Row]:
    """Rows of a text; lines of separators alone, and rules, are left out."""
    for number, line in filled_lines(lines):
        cells = [] if _RULE.fullmatch(line.strip()) else cut.cells(line)
        if any(cells):
            yield Row(number, cells)
