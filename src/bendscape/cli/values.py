"""Numbers and grids as they are written on a command line."""

from __future__ import annotations

from ..errors import InvalidParameterError

__all__ = ["parse_grid", "parse_number"]


def parse_number(name: str, text: str) -> float:
    """`2`, `0.7` or `inf`; whether the number is allowed is for the library to say."""
    try:
        value = float(text)
    except ValueError:
        raise InvalidParameterError(f"{name} = {text!r}: give a number") from None
    return int(value) if value.is_integer() else value


def parse_grid(name: str, text: str) -> float | list[float]:
    """A number; a list `1,2,inf`; a range of integers `1:10`; `low:high:count`, or `low:high:count:log`.

    A number stays a number, so that it becomes no dimension.
    """
    if "," in text:
        return [parse_number(name, part) for part in text.split(",") if part.strip()]
    parts = text.split(":")
    if len(parts) == 1:
        return parse_number(name, text)
    spacing = parts.pop() if parts[-1] in {"log", "lin"} else "lin"
    ends = [parse_number(name, part) for part in parts]
    if len(ends) == 2 and all(isinstance(x, int) for x in ends):
        return [float(x) for x in range(int(ends[0]), int(ends[1]) + 1)]
    if len(ends) != 3 or not isinstance(ends[2], int) or ends[2] < 1 or (spacing == "log" and min(ends[:2]) <= 0):
        raise InvalidParameterError(
            f"{name} = {text!r}: give a number, a list 1,2,inf, integers 1:10, low:high:count or low:high:count:log"
        )
    import numpy as np

    make = np.geomspace if spacing == "log" else np.linspace
    return [float(x) for x in make(ends[0], ends[1], int(ends[2]))]
