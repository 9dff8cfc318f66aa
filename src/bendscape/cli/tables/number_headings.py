"""Headings with numbers in them: a first line of numbers may be names of columns, or a sample."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from .cells import Refused, is_integer, is_missing, is_number, is_word
from .lines import Row

__all__ = ["is_heading", "names_of"]

_LONG = 6  # columns from which on a rising first line is no accident: one in 6! of random ones rises


@np.errstate(all="ignore")  # differences of the largest numbers overflow, and then are not equal
def is_heading(rest: list[Row], fits: bool) -> bool:
    """Whether the first line that has numbers is a heading.

    Raises
    ------
    Refused
        If it may be a heading or a sample.
    """
    first, others = rest[0], rest[1:]
    if first.cells[0] == "" and _evenly([cell for cell in first.cells if is_integer(cell)]):
        names_of(first)
    if any(map(is_word, first.cells)):
        return _is_mixed_heading(first, others)
    if not others or not fits or not all(map(is_number, first.cells)):
        return False
    verdict = _numbers_as_names(first.cells, [row.cells for row in others])
    if verdict is None:
        raise Refused(
            f"line {first.line} may be a heading of numbers ({', '.join(first.cells[:3])}, ...) or a sample: give "
            "--header or --no-header"
        )
    return verdict


def names_of(row: Row) -> list[str]:
    """Names of columns in a heading; raises `Refused` where one is lacking."""
    if row.cells[0] == "" or row.cells[0].startswith("Unnamed"):
        raise Refused("its first column has no name, like an index that pandas writes: write the file with index=False")
    if "" in row.cells:
        raise Refused(f"line {row.line}, the heading, has no name for column {row.cells.index('') + 1}: give it one")
    return [cell.rstrip(",;") for cell in row.cells]


def _is_mixed_heading(first: Row, others: list[Row]) -> bool:
    """Whether a line of words and numbers is a heading, such as 0, 1, 2, y, and not a row with a column of text."""
    numbers = [cell for cell in first.cells if is_number(cell)]
    below = others[0].cells if others else []
    if not others or any(map(is_word, below)) or any(map(is_missing, first.cells)):
        return False
    if all(map(is_integer, numbers)) and (_evenly(numbers) or not all(map(is_integer, below))):
        return True
    raise Refused(
        f"line {first.line} has words and numbers ({', '.join(first.cells[:3])}, ...), as a heading or as a sample: "
        "give --header, or leave the words out"
    )


def _evenly(cells: Sequence[str]) -> bool:
    """Whether numbers rise in equal steps, as numbers of columns do."""
    values = [float(cell) for cell in cells]
    steps = np.diff(values)
    return len(values) > 1 and steps[0] != 0 and bool(np.allclose(steps, steps[0], rtol=1e-6, atol=0))


def _rising(cells: Sequence[str]) -> bool:
    steps = np.diff([float(cell) for cell in cells])
    return bool((steps > 0).all() or (steps < 0).all())


def _digits(cells: Sequence[str]) -> int:
    """Median number of digits of the cells."""
    return sorted(len(re.sub(r"[eE].*|\D", "", cell).lstrip("0")) for cell in cells)[len(cells) // 2]


def _numbers_as_names(first: list[str], others: list[list[str]]) -> bool | None:
    """Whether a first line of numbers is a heading; None if it may be.

    It is one if it has whole numbers in equal steps above a column without whole numbers, or whole numbers above rows
    of many digits each, none of them whole. It may be one if it stands out in any other way: whole numbers above a
    column without; fewer digits than each row below; a rise in equal steps, or over many columns, that no row below
    has; or if most of its numbers are far outside their columns.
    """
    whole = all(map(is_integer, first))
    columns = list(zip(*others, strict=True))
    broken = [not any(map(is_integer, column)) for column in columns]
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
    """Whether most numbers are farther from the range of their column than this range is wide."""
    if len(columns[0]) < 10 or len(columns) < 3:
        return False
    values = np.array(columns, dtype=float)
    low, high = values.min(axis=1), values.max(axis=1)
    row = np.array(first, dtype=float)
    far = np.maximum(low - row, row - high) > high - low
    return bool(2 * np.count_nonzero(far) > len(row))
