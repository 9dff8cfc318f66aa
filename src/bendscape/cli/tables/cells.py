"""Cells of a table: numbers, missing values, words, and what is wrong with a cell that is no number."""

from __future__ import annotations

import re

__all__ = ["Refused", "is_integer", "is_missing", "is_number", "is_thousands", "is_word", "odd"]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "nat", "null", "none", "nil", "-", "--", "?", "."}
_INFINITE = {"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}


class Refused(Exception):  # noqa: N818  becomes a BendscapeError once the name of the file is added
    """A text is no table; the message says why and what to do."""


def is_number(cell: str) -> bool:
    """Whether a cell is a finite decimal number."""
    return _NUMBER.fullmatch(cell) is not None


def is_missing(cell: str) -> bool:
    """Whether a cell is a mark for a missing value."""
    return cell.lower() in _MISSING


def is_word(cell: str) -> bool:
    """Whether a cell is neither a number nor a mark for a missing or infinite value."""
    return not is_number(cell) and not is_missing(cell) and cell.lower() not in _INFINITE


def is_integer(cell: str) -> bool:
    """Whether a cell is a number without a decimal mark."""
    return _INTEGER.fullmatch(cell) is not None


def is_thousands(cell: str) -> bool:
    """Whether a cell is a number whose commas may separate thousands."""
    return _THOUSANDS.fullmatch(cell) is not None


def odd(cell: str) -> str:
    """The end of a message: what is wrong with a cell that is no finite number, and what to do."""
    shown = repr(cell if len(cell) <= 40 else f"{cell[:40]}...")
    if is_missing(cell) or cell.lower() in _INFINITE:
        return f"{shown if cell else 'nothing'}: leave such samples out (in the last line, the file may be cut off)"
    if is_number(cell):
        return f"{shown}, beyond double precision: give smaller numbers"
    if re.fullmatch(r"\(?[+-]?[\d.]+(e[+-]?\d+)?[+-]+[\d.]+(e[+-]?\d+)?[ij]\)?", cell, re.IGNORECASE):
        return f"the complex number {shown}: write its real part, or its square"
    if _THOUSANDS.fullmatch(cell) or re.fullmatch(r"[+-]?\d+(,\d{3})+\.\d+", cell):
        return f"{shown}: write numbers without separators of thousands, or give --decimal"
    return f"{shown}, which is no number: leave the column out, or that line"
