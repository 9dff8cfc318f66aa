"""The dialect of a text: separator, decimal mark, heading, encoding."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import InvalidParameterError

__all__ = ["ANY", "BLANKS", "SEPARATORS", "Dialect", "dialect"]

BLANKS = " "  # stands for any number of blanks and tabs
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", BLANKS: "blanks"}


@dataclass(frozen=True)
class Dialect:
    """Options for reading a text; an option that is None is determined from the text."""

    header: bool | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None


ANY = Dialect()  # everything is determined from the text


def dialect(header: bool | None, separator: str | None, decimal: str | None, encoding: str | None) -> Dialect:
    """The dialect in the words of a user: marks, or their names.

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
