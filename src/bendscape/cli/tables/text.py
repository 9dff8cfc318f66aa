"""Tables written as text: what separates columns, whether there is a heading, and the numbers.

Nothing is guessed in silence. A text is read in every way that fits all of its first lines; two ways that give
different numbers, or a first line that may be a heading of numbers as well as a sample, are refused with the option
that decides. NumPy reads the numbers, exactly and strictly: a cell that is no number, or a row of another length, is
an error that names its line.
"""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...errors import InvalidParameterError

__all__ = ["ANY", "BLANKS", "LABELS", "SEPARATORS", "Dialect", "Text", "decode", "dialect", "read_text"]

Array = npt.NDArray[np.float64]
LABELS = frozenset({"y", "label", "labels", "target"})  # names of a column of labels, in small letters
BLANKS = " "  # stands for any number of blanks and tabs
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", BLANKS: "blanks"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "nat", "null", "none", "nil", "-", "--", "?", "."}
_INFINITE = {"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
_RULE = re.compile(r"[-|:+=\s]*(---|===)[-|:+=\s]*|\"?sep=.\"?")  # drawn under a heading, or for spreadsheets
_SAMPLE = 200  # lines that decide how the others are read
_LONG = 6  # columns from which on a rising first line is no accident: one in 6! of random ones rises
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Dialect:
    """How a text is to be read; None is to be found out."""

    header: bool | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None


ANY = Dialect()  # all of it is to be found out


@dataclass(frozen=True)
class Text:
    """A table read from text: names of columns (empty without a heading), numbers, and how they were read."""

    names: list[str]
    numbers: Array
    dialect: Dialect
    heading: int | None
    left_out: int


class _Refused(Exception):  # noqa: N818  a message on its way to the name of the file
    """Why a text is no table, and what to do."""


def dialect(header: bool | None, separator: str | None, decimal: str | None, encoding: str | None) -> Dialect:
    """From what a user writes: marks, or their names.

    Raises
    ------
    InvalidParameterError
        If a separator is not one mark or could be part of a number, or the decimal mark is neither point nor comma.
    """
    named = {name: mark for mark, name in SEPARATORS.items()} | {"\\t": "\t", "blank": BLANKS, "space": BLANKS}
    mark = separator if separator is None else named.get(separator.lower(), separator)
    if mark is not None and (not re.fullmatch(r"[\t -~]", mark) or mark.isalnum() or mark in "+-.#%\"'"):
        wanted = "one mark, or comma, semicolon, tab, bar, blanks"
        raise InvalidParameterError(f"separator = {separator!r}: give {wanted}")
    if decimal not in (None, ".", ","):
        raise InvalidParameterError(f"decimal = {decimal!r}: give . or ,")
    return Dialect(header, mark, decimal, encoding)


def decode(raw: bytes, encoding: str | None) -> tuple[str, str]:
    """The text and its encoding.

    Without one given: what its first bytes say, else UTF-8, else Latin-1, in which every byte is a letter. Numbers are
    written alike in all encodings of one byte; only names of columns may come out wrong.

    Raises
    ------
    InvalidParameterError
        If there is no such encoding, or the bytes are no text in it.
    """
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    if encoding is not None:
        try:
            text = raw.decode("utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding)
        except (LookupError, UnicodeError, ValueError) as error:
            raise InvalidParameterError(f"encoding = {encoding!r}: {error}; give another one, such as utf-8") from None
        return text.removeprefix("\ufeff"), encoding
    if marked is None and b"\0" in raw[:4096]:
        raise InvalidParameterError("it is no text: if it is text in UTF-16, give --encoding utf-16-le or utf-16-be")
    try:
        return raw.decode(marked or "utf-8"), marked or "utf-8"
    except UnicodeDecodeError as error:
        if marked:
            raise InvalidParameterError(
                f"it begins as {marked}, and is not ({error}): write it again, it may be cut off"
            ) from None
    return raw.decode("latin-1"), "latin-1"


def read_text(text: str, wanted: Dialect) -> Text:
    """The table in a text.

    Raises
    ------
    InvalidParameterError
        If it can be read in no way or in several, or has cells that are no numbers; the message names the line.
    """
    lines = text.splitlines()
    try:
        reading = _choose(lines, wanted)
        return _read(lines, reading, wanted)
    except _Refused as refused:
        raise InvalidParameterError(str(refused)) from None


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _is_missing(cell: str) -> bool:
    return cell.lower() in _MISSING


def _is_word(cell: str) -> bool:
    return not _is_number(cell) and not _is_missing(cell) and cell.lower() not in _INFINITE


@dataclass(frozen=True)
class _Row:
    """A line that is neither blank nor a comment."""

    line: int
    cells: list[str]

    @property
    def is_words(self) -> bool:
        """Whether it has words and no numbers."""
        return not any(map(_is_number, self.cells)) and any(map(_is_word, self.cells))


@dataclass(frozen=True)
class _Reading:
    """One way to cut lines into cells."""

    separator: str
    decimal: str
    trailing: bool = False  # a separator ends every line
    leading: bool = False  # and begins it, as bars do

    def cells(self, line: str) -> list[str]:
        """Those of a line, with points in the place of decimal commas where a cell is then a number."""
        found = [self.point(cell.strip()) for cell in self._cut(line)]
        if self.trailing and len(found) > 1 and not found[-1]:
            found.pop()
        return found[1:] if self.leading and found and not found[0] else found

    def _cut(self, line: str) -> list[str]:
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
        """With a decimal point; a cell that has both marks, or a point beside decimal commas, stays what it is."""
        if self.decimal == ".":
            return cell
        other = cell.replace(",", ".", 1)
        if _is_number(other) and "," in cell and not cell.endswith(",") and not cell.startswith(","):
            return other
        return f"{cell} (a point beside decimal commas)" if "." in cell and _is_number(cell) else cell

    @property
    def name(self) -> str:
        """In words, as a message names it."""
        comma = " and decimal commas" if self.decimal == "," else ""
        return f"separator {SEPARATORS.get(self.separator, repr(self.separator))}{comma}"


def _is_comment(line: str) -> bool:
    return line.startswith(("#", "%"))


def _filled(lines: Iterable[str], start: int = 1) -> Iterator[tuple[int, str]]:
    """Lines with something in them, and their numbers, from a line on."""
    for number, line in enumerate(itertools.islice(lines, start - 1, None), start):
        content = line.strip()
        if content and not _is_comment(content):
            yield number, line


def _rows(lines: Iterable[str], reading: _Reading) -> Iterator[_Row]:
    """Cells of each line that has any; a line of nothing but separators has none."""
    for number, line in _filled(lines):
        cells = [] if _RULE.fullmatch(line.strip()) else reading.cells(line)
        if any(cells):
            yield _Row(number, cells)


@dataclass(frozen=True)
class _Trial:
    """What the first lines are in one reading."""

    reading: _Reading
    rows: list[_Row]
    columns: int

    @property
    def body(self) -> list[_Row]:
        """From the first row of numbers, or of numbers and words, on."""
        return list(itertools.dropwhile(lambda row: len(row.cells) != self.columns or row.is_words, self.rows))

    @property
    def fits(self) -> bool:
        """Whether what follows is one table of numbers; the first row may still be a heading with numbers in it."""
        body = self.body
        return bool(body) and all(
            len(row.cells) == self.columns and all(map(_is_number, row.cells)) for row in body[len(body) > 1 :]
        )

    @property
    def is_headed(self) -> bool:
        """Whether the same separator cuts a line of words into as many names."""
        return self.columns > 1 and any(row.is_words and len(row.cells) == self.columns for row in self.rows)

    @property
    def share(self) -> float:
        """Of cells that are numbers, to name what is wrong in the reading that comes closest."""
        cells = [cell for row in self.rows for cell in row.cells]
        return sum(map(_is_number, cells)) / max(len(cells), 1)

    @property
    def content(self) -> list[list[float]]:
        return [[float(cell) for cell in row.cells if _is_number(cell)] for row in self.body]


def _choose(lines: list[str], wanted: Dialect) -> _Trial:
    sample = [line for _, line in itertools.islice(_filled(lines), _SAMPLE)]
    if not sample:
        raise _Refused("it is empty: give a row a sample")
    trials = [_trial(lines, reading) for reading in _readings(sample, wanted)]
    fitting = [trial for trial in trials if trial.fits]
    if not fitting:
        return max(trials, key=lambda trial: (trial.share, trial.columns))
    first = max(fitting, key=lambda trial: trial.columns > 1)  # the first one of several columns, if there is any
    for other in [] if first.is_headed else fitting:
        if other.content != first.content:
            raise _Refused(
                f"it can be read with {first.reading.name} or with {other.reading.name}: give --separator and --decimal"
            )
    _refuse_thousands(first, wanted, sample)
    return first


def _readings(sample: Sequence[str], wanted: Dialect) -> list[_Reading]:
    joined = "\n".join(sample)
    separators = [wanted.separator] if wanted.separator else [s for s in SEPARATORS if s in joined or s == BLANKS]
    found = []
    for separator in separators:
        decimals = [wanted.decimal] if wanted.decimal else [".", ","]
        for decimal in decimals:
            unlikely = "," not in joined or (separator == "," and '"' not in joined)
            if decimal == "," and unlikely and None in (wanted.decimal, wanted.separator):
                continue
            found.append(_ends(sample, _Reading(separator, decimal)))
    empty_cells = "\t" in separators and any(re.search(r"\t *\t", line) for line in sample)
    if empty_cells and len(separators) > 1:  # what blanks would take for one separator is a missing value
        found = [reading for reading in found if reading.separator != BLANKS]
    return found


def _ends(sample: Sequence[str], reading: _Reading) -> _Reading:
    """Whether a separator ends each line, from the last half of them on: a heading may be without."""
    if reading.separator == BLANKS:
        return reading
    cut = [line.strip(" ") for line in sample[len(sample) // 2 :] if reading.separator in line]
    trailing = bool(cut) and all(line.endswith(reading.separator) for line in cut)
    bars = reading.separator == "|" and bool(cut) and all(line.startswith("|") for line in cut)
    return replace(reading, trailing=trailing, leading=bars)


def _trial(lines: list[str], reading: _Reading) -> _Trial:
    rows = list(itertools.islice(_rows(lines, reading), _SAMPLE))
    counts = [len(row.cells) for row in rows if not row.is_words] or [len(row.cells) for row in rows] or [0]
    return _Trial(reading, rows, max(counts, key=counts.count))


def _refuse_thousands(trial: _Trial, wanted: Dialect, sample: Sequence[str]) -> None:
    """1,234 is 1.234 or 1234: if every comma can be of either kind, nobody can tell."""
    if trial.reading.decimal == "." or wanted.decimal is not None:
        return
    plain = replace(trial.reading, decimal=".")
    cells = [cell for line in sample for cell in plain.cells(line) if "," in cell and cell[-1:].isdigit()]
    if cells and all(map(_THOUSANDS.fullmatch, cells)):
        raise _Refused(
            f"it has numbers such as {cells[0]}, with a decimal comma or with thousands separated: give --decimal , or "
            "write them without separators"
        )


@dataclass(frozen=True)
class _Heading:
    """Names of columns, the line they are in, and the line of the first row."""

    names: list[str]
    line: int | None
    start: int


def _read(lines: list[str], trial: _Trial, wanted: Dialect) -> Text:
    heading = _heading(lines, trial, wanted.header)
    reading, columns = trial.reading, trial.columns
    body = [(number, line) for number, line in _filled(lines, heading.start) if line.strip(f"{reading.separator} \t")]
    if not body:
        row = trial.rows[-1]
        if row.line == heading.line:
            raise _Refused(f"it has no rows below line {row.line}, the heading: give a row a sample")
        cell = next(filter(_is_word, row.cells), row.cells[0])
        raise _Refused(f"it has no row of numbers: line {row.line} has {_odd(cell)}, or write it as 1.5 or 1.5e-3")
    try:
        numbers = np.loadtxt(
            (_plain(line, reading) for _, line in body),
            delimiter=None if reading.separator == BLANKS else "\x1f",
            comments=None,
            ndmin=2,
        )
    except ValueError as error:
        _explain(body, reading, columns, heading.names)
        raise _Refused(f"it cannot be read ({error})") from None
    if numbers.shape[1] != columns or not np.isfinite(numbers).all():
        _explain(body, reading, columns, heading.names)
    filled = sum(1 for line in lines if line.strip())
    left_out = filled - len(body) - (heading.line is not None)
    dialect = Dialect(heading.line is not None, reading.separator, reading.decimal)
    return Text(heading.names, numbers, dialect, heading.line, left_out)


def _plain(line: str, reading: _Reading) -> str:
    """The line as NumPy reads it."""
    if reading.separator == BLANKS and '"' not in line and reading.decimal == ".":
        return line
    mark = " " if reading.separator == BLANKS else "\x1f"
    if '"' in line or reading.decimal == "," or reading.trailing or reading.leading:
        return mark.join(reading.cells(line))
    return line.replace(reading.separator, mark)


def _explain(body: Iterable[tuple[int, str]], reading: _Reading, columns: int, names: list[str]) -> None:
    """Raise the error of the first cell or row that is odd."""
    last = 0
    for row, (line, text) in enumerate(body, 1):
        cells = reading.cells(text)
        last = line
        if len(cells) != columns:
            raise _Refused(
                f"line {line} has {len(cells)} columns ({reading.name}), and most lines have {columns}: complete it, "
                "or leave it out (the file may be cut off; --separator says what lies between columns)"
            )
        for i, cell in enumerate(cells):
            if not _is_number(cell) or not np.isfinite(float(cell)):
                column = f"column {i + 1}" + (f" ({names[i]})" if names else "")
                raise _Refused(f"line {line} (row {row}), {column} has {_odd(cell)}")
    raise _Refused(f"line {last} cannot be read: complete it, or leave it out")


def _odd(cell: str) -> str:
    shown = repr(cell if len(cell) <= 40 else f"{cell[:40]}...")
    if _is_missing(cell) or cell.lower() in _INFINITE:
        return f"{shown if cell else 'nothing'}: leave such samples out (in the last line, the file may be cut off)"
    if _is_number(cell):
        return f"{shown}, beyond double precision: give smaller numbers"
    if re.fullmatch(r"\(?[+-]?[\d.]+(e[+-]?\d+)?[+-]+[\d.]+(e[+-]?\d+)?[ij]\)?", cell, re.IGNORECASE):
        return f"the complex number {shown}: write its real part, or its square"
    if _THOUSANDS.fullmatch(cell) or re.fullmatch(r"[+-]?\d+(,\d{3})+\.\d+", cell):
        return f"{shown}: write numbers without separators of thousands, or give --decimal"
    return f"{shown}, which is no number: leave the column out, or that line"


def _heading(lines: list[str], trial: _Trial, header: bool | None) -> _Heading:
    fitting = [row for row in trial.rows if len(row.cells) == trial.columns]
    above = list(itertools.takewhile(lambda row: row.is_words, fitting))
    rest = fitting[len(above) :]
    names = [row for row in above if not _is_title(row)]
    if header is False or not names:
        _refuse_other_lengths(lines, trial, rest)
    if header is False:
        if names:
            raise _Refused(f"line {names[0].line} has words, and --no-header calls it a sample: leave the option out")
        return _Heading([], None, _first(rest, "--no-header"))
    if names:
        chosen = next((row for row in names if LABELS & {cell.lower() for cell in row.cells}), names[0])
        return _Heading(_named(chosen), chosen.line, _after(above[-1], trial, lines))
    if not rest:
        raise _Refused("it has no line of numbers: give a row a sample")
    comment = _commented(lines, trial, rest[0].line)
    if (header and comment is None) or (header is None and _is_heading(rest, trial.fits)):
        return _Heading(_named(rest[0]), rest[0].line, _after(rest[0], trial, lines))
    return comment or _Heading([], None, rest[0].line)


def _after(heading: _Row, trial: _Trial, lines: list[str]) -> int:
    """The line of the row that follows, whatever its length."""
    return next((row.line for row in trial.rows if row.line > heading.line), len(lines) + 1)


def _first(rest: list[_Row], option: str) -> int:
    if not rest:
        raise _Refused(f"it has no line of numbers ({option}): give a row a sample")
    return rest[0].line


def _is_title(row: _Row) -> bool:
    """One cell of many is filled, as spreadsheets write a title."""
    return len(row.cells) > 2 and sum(map(bool, row.cells)) == 1


def _named(row: _Row) -> list[str]:
    if row.cells[0] == "" or row.cells[0].startswith("Unnamed"):
        raise _Refused("its first column has no name, as that of an index: write it without, index=False")
    if "" in row.cells:
        raise _Refused(f"line {row.line}, the heading, has no name for column {row.cells.index('') + 1}: give it one")
    return [cell.rstrip(",;") for cell in row.cells]


def _refuse_other_lengths(lines: list[str], trial: _Trial, rest: list[_Row]) -> None:
    """Lines above the numbers that are no titles: rows of another length, or names that are too few or too many."""
    above = [row for row in trial.rows if rest and row.line < rest[0].line]
    for row in above:
        text, columns = lines[row.line - 1], len(row.cells)
        if columns != trial.columns > 1 and _are_numbers(text, trial.columns):
            raise _Refused(
                f"line {row.line} has {trial.columns} numbers with another separator than the lines below "
                f"({trial.reading.name}): write all lines with one"
            )
        names = row is above[-1] and columns > 1 and trial.reading.separator != BLANKS
        of_index = row is above[-1] and columns == trial.columns - 1 and text.startswith((" ", '"'))
        if columns != trial.columns and (names or of_index or all(map(_is_number, row.cells))):
            raise _Refused(
                f"line {row.line} has {columns} columns, and the lines below have {trial.columns}: write a name for "
                "each column, or none"
            )


def _are_numbers(text: str, columns: int) -> bool:
    """Whether some separator cuts a line into so many numbers."""
    cut = (_Reading(separator, decimal).cells(text) for separator in SEPARATORS for decimal in (".", ","))
    return any(len(cells) == columns and all(map(_is_number, cells)) for cells in cut)


def _commented(lines: list[str], trial: _Trial, start: int) -> _Heading | None:
    """The last comment above, if it has a name for each column, as numpy.savetxt writes a heading."""
    for number in range(start - 1, 0, -1):
        content = lines[number - 1].strip()
        if _is_comment(content):
            for reading in (trial.reading, _Reading(BLANKS, "."), _Reading(",", ".")):
                cells = reading.cells(content.lstrip("#% "))
                if len(cells) == trial.columns and all(map(_is_word, cells)) and len(set(cells)) == len(cells):
                    return _Heading([cell.rstrip(",;") for cell in cells], number, start)
            return None
        if content:
            return None
    return None


@np.errstate(all="ignore")  # differences of the largest numbers overflow, and are not equal then
def _is_heading(rest: list[_Row], fits: bool) -> bool:
    """Whether the first line that has numbers is a heading nevertheless.

    Raises
    ------
    _Refused
        If it may be one, and may be a sample.
    """
    first, others = rest[0], rest[1:]
    if first.cells[0] == "" and _evenly([cell for cell in first.cells if _INTEGER.fullmatch(cell)]):
        _named(first)
    if any(map(_is_word, first.cells)):
        return _is_mixed_heading(first, others)
    if not others or not fits or not all(map(_is_number, first.cells)):
        return False
    verdict = _numbers_as_names(first.cells, [row.cells for row in others])
    if verdict is None:
        raise _Refused(
            f"line {first.line} may be a heading of numbers ({', '.join(first.cells[:3])}, ...) or a sample: give "
            "--header or --no-header"
        )
    return verdict


def _is_mixed_heading(first: _Row, others: list[_Row]) -> bool:
    """Words and numbers in one line: names such as 0, 1, 2, y, or a row with a column of text."""
    numbers = [cell for cell in first.cells if _is_number(cell)]
    below = others[0].cells if others else []
    if not others or any(map(_is_word, below)) or any(map(_is_missing, first.cells)):
        return False
    if all(map(_INTEGER.fullmatch, numbers)) and (_evenly(numbers) or not all(map(_INTEGER.fullmatch, below))):
        return True
    raise _Refused(
        f"line {first.line} has words and numbers ({', '.join(first.cells[:3])}, ...), as a heading or as a sample: "
        "give --header, or leave the words out"
    )


def _evenly(cells: Sequence[str]) -> bool:
    """Whether numbers rise in equal steps, as those of columns do."""
    values = [float(cell) for cell in cells]
    steps = np.diff(values)
    return len(values) > 1 and steps[0] != 0 and bool(np.allclose(steps, steps[0], rtol=1e-6, atol=0))


def _rising(cells: Sequence[str]) -> bool:
    steps = np.diff([float(cell) for cell in cells])
    return bool((steps > 0).all() or (steps < 0).all())


def _digits(cells: Sequence[str]) -> int:
    """Of a number in the middle, ordered by length."""
    return sorted(len(re.sub(r"[eE].*|\D", "", cell).lstrip("0")) for cell in cells)[len(cells) // 2]


def _numbers_as_names(first: list[str], others: list[list[str]]) -> bool | None:
    """Whether a first line of numbers is a heading; None if it may be.

    It is one if it has whole numbers in equal steps above a column without whole numbers, or whole numbers above rows
    of many digits each, none of them whole. It may be one if it stands out in any other way: whole numbers above a
    column without; fewer digits than each row below; a rise in equal steps, or over many columns, that no row below
    has; or if most of its numbers are far outside their columns.
    """
    whole = all(map(_INTEGER.fullmatch, first))
    columns = list(zip(*others, strict=True))
    broken = [not any(map(_INTEGER.fullmatch, column)) for column in columns]
    digits = min(map(_digits, others))
    if whole and any(broken) and len(first) > 2 and _evenly(first):
        return True
    if whole and all(broken) and digits >= _LONG and len(others) > 2:
        return True
    regular: list[tuple[Callable[[Sequence[str]], bool], int]] = [(_evenly, 3), (_rising, _LONG)]
    odd = [
        whole and any(broken),
        digits >= 8 and _digits(first) <= 3,
        *(
            len(first) >= least and rule(first) and sum(map(rule, others)) <= len(others) / 10
            for rule, least in regular
        ),
        whole and first == [str(int(first[0]) + i) for i in range(len(first))] and len(first) > 2,
        _outside(first, columns),
    ]
    if odd[2] and whole and len(first) >= _LONG and not any(map(_evenly, others)):
        return True
    return None if any(odd) else False


def _outside(first: list[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether most numbers are farther from their column than it is wide."""
    if len(columns[0]) < 10 or len(columns) < 3:
        return False
    values = np.array(columns, dtype=float)
    low, high = values.min(axis=1), values.max(axis=1)
    row = np.array(first, dtype=float)
    far = np.maximum(low - row, row - high) > high - low
    return bool(2 * np.count_nonzero(far) > len(row))
