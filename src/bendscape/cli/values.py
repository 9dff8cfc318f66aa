"""Numbers and grids of a command line: texts are parsed here."""

from __future__ import annotations

import math

from ..errors import InvalidParameterError

__all__ = ["parse_grid", "parse_integer", "parse_number", "parse_numbers", "parse_real"]


def parse_number(name: str, text: str) -> float:
    """The number in `2`, `0.7` or `inf`; the library decides later whether it is allowed.

    Digits and marks are those of ASCII, and there is no underscore: `1_000` is a slip more often than a number.

    Raises
    ------
    InvalidParameterError
        If the text is no number.
    """
    try:
        return _float(text)
    except ValueError:
        raise InvalidParameterError(f"{name} = {_shown(text)}: give a number") from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}...")


def _plain(text: str) -> str:
    if "_" in text or not text.isascii() or not text.strip():
        raise ValueError(text)
    return text


def _float(text: str) -> float:
    value = float(_plain(text))
    return int(value) if value.is_integer() and abs(value) < 1e15 else value  # 1e308 stays a float


def parse_integer(text: str) -> int:
    """The integer in a text; raises `ValueError`, which Typer reports."""
    return int(_plain(str(text)))


def parse_real(text: str) -> float:
    """The real number in a text; raises `ValueError`, which Typer reports."""
    return float(_plain(str(text)))


def parse_numbers(name: str, text: str) -> list[float]:
    """The numbers of a list `1,0.5`; a comma may end it."""
    return [parse_number(name, part) for part in text.removesuffix(",").split(",")]


def parse_grid(name: str, text: str) -> float | list[float]:
    """The numbers of `1,2,inf`, of the integers `1:10`, of `low:high:count` or of `low:high:count:log`.

    A single number is returned as a number and not as a list, so that it becomes no dimension of a table. Widths in a
    range are rounded to integers.

    Raises
    ------
    InvalidParameterError
        If the text is none of these.
    """
    if "," not in text and ":" not in text:
        return parse_number(name, text)
    try:
        values = parse_numbers(name, text) if "," in text else _range(name, text)
    except InvalidParameterError:
        values = []
    if not values:
        raise InvalidParameterError(
            f"{name} = {_shown(text)}: give a number, a list 1,2,inf, integers 1:10, low:high:count, or "
            "low:high:count:log"
        )
    return values


def _range(name: str, text: str) -> list[float]:
    """The values of a range; an empty list if the text is no range."""
    parts = text.split(":")
    spacing = parts.pop() if len(parts) == 4 else "lin"
    numbers = [parse_number(name, part) for part in parts]
    if len(numbers) == 2 and all(isinstance(x, int) for x in numbers):
        return [float(x) for x in range(int(numbers[0]), int(numbers[1]) + 1)]
    if len(numbers) != 3 or not isinstance(numbers[2], int) or spacing not in {"lin", "log"}:
        return []
    low, high, points = numbers
    if points < 1 or not (math.isfinite(low) and math.isfinite(high)) or (spacing == "log" and min(low, high) <= 0):
        return []
    import numpy as np

    values = (np.geomspace if spacing == "log" else np.linspace)(low, high, int(points))
    whole = name in {"p", "p_star"}
    return [float(x) for x in (np.unique(values.round()) if whole else values)]
