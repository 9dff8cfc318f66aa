"""Separator and decimal mark of a text: all are tried on its first lines, and two that fit are refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .cells import Refused, is_number, is_thousands
from .dialect import BLANKS, SEPARATORS, Dialect
from .lines import Cut, Row, filled_lines, rows_of

__all__ = ["Trial", "choose_cut"]

_SAMPLE = 200  # lines that decide how the others are read


@dataclass(frozen=True)
class Trial:
    """The first lines of a text, cut in one way."""

    cut: Cut
    rows: list[Row]
    columns: int

    @property
    def body(self) -> list[Row]:
        """Rows from the first one that has numbers on."""
        return list(itertools.dropwhile(lambda row: len(row.cells) != self.columns or row.is_words, self.rows))

    @property
    def fits(self) -> bool:
        """Whether the body is a table of numbers; its first row may be a heading with numbers in it."""
        body = self.body
        return bool(body) and all(
            len(row.cells) == self.columns and all(map(is_number, row.cells)) for row in body[len(body) > 1 :]
        )

    @property
    def is_headed(self) -> bool:
        """Whether the same separator cuts a line of words into as many names."""
        return self.columns > 1 and any(row.is_words and len(row.cells) == self.columns for row in self.rows)

    @property
    def share(self) -> float:
        """Share of cells that are numbers: where no cut fits, the message is about the one with the largest share."""
        cells = [cell for row in self.rows for cell in row.cells]
        return sum(map(is_number, cells)) / max(len(cells), 1)

    @property
    def content(self) -> list[list[float]]:
        """Numbers of the body, row by row."""
        return [[float(cell) for cell in row.cells if is_number(cell)] for row in self.body]


def choose_cut(lines: list[str], wanted: Dialect) -> Trial:
    """The first lines in the one cut that makes them a table of numbers, or else in the cut that comes closest.

    Raises
    ------
    Refused
        If two cuts fit and give different numbers, or commas may be decimal marks or separate thousands.
    """
    sample = [line for _, line in itertools.islice(filled_lines(lines), _SAMPLE)]
    if not sample:
        raise Refused("it is empty: write one row for each sample")
    trials = [_trial(lines, cut) for cut in _cuts(sample, wanted)]
    fitting = [trial for trial in trials if trial.fits]
    if not fitting:
        return max(trials, key=lambda trial: (trial.share, trial.columns))
    first = max(fitting, key=lambda trial: trial.columns > 1)  # prefer several columns to one
    for other in [] if first.is_headed else fitting:
        if other.content != first.content:
            raise Refused(
                f"it can be read with {first.cut.name} or with {other.cut.name}: give --separator and --decimal"
            )
    _refuse_thousands(first, wanted, sample)
    return first


def _cuts(sample: Sequence[str], wanted: Dialect) -> list[Cut]:
    joined = "\n".join(sample)
    separators = [wanted.separator] if wanted.separator else [s for s in SEPARATORS if s in joined or s == BLANKS]
    cuts = []
    for separator in separators:
        decimals = [wanted.decimal] if wanted.decimal else [".", ","]
        for decimal in decimals:
            unlikely = "," not in joined or (separator == "," and '"' not in joined)
            if decimal == "," and unlikely and None in (wanted.decimal, wanted.separator):
                continue
            cuts.append(_ends(sample, Cut(separator, decimal)))
    empty_cells = "\t" in separators and any(re.search(r"\t *\t", line) for line in sample)
    if empty_cells and len(separators) > 1:  # blanks would swallow a missing value between two tabs
        cuts = [cut for cut in cuts if cut.separator != BLANKS]
    return cuts


def _ends(sample: Sequence[str], cut: Cut) -> Cut:
    """The cut, with whether lines end or begin with a separator; only the last half counts, for headings may differ."""
    if cut.separator == BLANKS:
        return cut
    ended = [line.strip(" ") for line in sample[len(sample) // 2 :] if cut.separator in line]
    trailing = bool(ended) and all(line.endswith(cut.separator) for line in ended)
    bars = cut.separator == "|" and bool(ended) and all(line.startswith("|") for line in ended)
    return replace(cut, trailing=trailing, leading=bars)


def _trial(lines: list[str], cut: Cut) -> Trial:
    rows = list(itertools.islice(rows_of(lines, cut), _SAMPLE))
    counts = [len(row.cells) for row in rows if not row.is_words] or [len(row.cells) for row in rows] or [0]
    return Trial(cut, rows, max(counts, key=counts.count))


def _refuse_thousands(trial: Trial, wanted: Dialect, sample: Sequence[str]) -> None:
    """Refuse 1,234, which is 1.234 or 1234, if every comma may be of either kind."""
    if trial.cut.decimal == "." or wanted.decimal is not None:
        return
    plain = replace(trial.cut, decimal=".")
    cells = [cell for line in sample for cell in plain.cells(line) if "," in cell and cell[-1:].isdigit()]
    if cells and all(map(is_thousands, cells)):
        raise Refused(
            f"it has numbers such as {cells[0]}, whose comma may be a decimal mark or separate thousands: give "
            "--decimal , or write them without separators"
        )
