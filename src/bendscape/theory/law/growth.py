r"""How low a function falls over arguments of all sizes: bounded, unbounded, or not decided.

The lowest value `m(R)` within a radius `R` is found for radii `10^e` whose exponents `e` double. Their successive
falls `D = m(10^e) - m(10^2e)` tell growth apart, however slow: a power of `R` makes them grow beyond all measure, a
logarithm doubles them, `log log R` leaves them equal; where `m` has a limit they shrink, by a half if it is approached
as slowly as `1/log R`. What lies between is not decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..._types import Array

__all__ = ["FURTHER", "Extent", "Status", "extent", "extent_on_a_line"]

Status = Literal["bounded", "unbounded", "undecided"]
_EXPONENTS = (0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 48.0)
_STILL = 1e-5  # a fall that is none, in units of the function
_GROWS, _SHRINKS = 0.9, 0.7  # a fall over the one before
_LEAST = 4  # radii before a function is bounded; one less for what falls in a thin valley
_HIDDEN, _FOLLOWED = 3e-8, 1e-3  # widths of valleys that rounding hides, or a descent misses, at the next radius
_INFINITE = 1e100
FURTHER = 10.0  # how much further out the function has to be defined
_ROUNDED = 1e12  # usual values; where a fall that is deeper ends, rounding may have hidden the rest of a thin valley
_FINE, _LOGARITHMIC = np.linspace(-12.0, 12.0, 4801), 240  # points on a line: all together, in a factor of ten


@dataclass(frozen=True, eq=False)
class Extent:
    """The lower end of a function.

    Attributes
    ----------
    status : {"bounded", "unbounded", "undecided"}
    value, error : float
        The lowest value found, `-inf` where there is no bound, and how much lower the function may still come.
    where : array
        Its argument.
    radius : float
        Up to which arguments were searched.
    """

    status: Status
    value: float
    error: float
    where: Array
    radius: float


def extent(
    lowest: Callable[[float, list[Array]], tuple[float, Array]],
    scale: float,
    defined: Callable[[Array], bool],
    thin: Callable[[Array, float], bool] = lambda where, width: False,  # noqa: ARG005
) -> Extent:
    """The lower end, from the lowest values within growing radii.

    Parameters
    ----------
    lowest : callable
        From a radius and the arguments found within smaller ones, the lowest value within it and its argument.
    scale : float
        The size of usual values.
    defined : callable
        Whether the function is a finite number somewhat further out than an argument. Where it is not, as beyond the
        exponents of the machine, a search stops that may have had further to fall.
    thin : callable
        Whether the valley at an argument is thinner than a relative width.
    """
    values: list[float] = []
    known: list[Array] = []
    for exponent in _EXPONENTS:
        value, where = lowest(10.0**exponent, known)
        if values and value >= values[-1]:
            value, where = values[-1], known[-1]
        values.append(value)
        known.append(where)
        if value <= -_INFINITE:
            return Extent("unbounded", -np.inf, 0.0, where, 10.0**exponent)
        if len(values) < _LEAST - 1:
            continue
        status, rest = _judged(values, scale)
        if status == "unbounded" and (exponent == _EXPONENTS[-1] or thin(where, _HIDDEN)):
            return Extent(status, -np.inf, 0.0, where, 10.0**exponent)
        if status == "bounded" and len(values) >= _LEAST:
            if abs(value) > _ROUNDED * scale or not defined(where) or _lost(values, known, scale, thin):
                break
            return Extent(status, value, rest, where, 10.0**exponent)
    return Extent("undecided", values[-1], np.inf, known[-1], 10.0**exponent)


def _judged(values: list[float], scale: float) -> tuple[Status, float]:
    """What the last falls say, and how much is still to come: a geometric series."""
    falls = 0.0 - np.diff(values[-4:])  # no minus zero, by which a ratio would be minus infinity
    if falls[-1] <= _STILL * max(scale, abs(values[-1])):
        return "bounded", float(falls[-1])
    with np.errstate(divide="ignore"):
        ratios = falls[1:] / falls[:-1]
    if ratios[-1] <= _SHRINKS and np.all(np.diff(ratios) <= 0):
        return "bounded", float(falls[-1] * ratios[-1] / (1 - ratios[-1]))
    return ("unbounded" if np.all(ratios >= _GROWS) else "undecided"), np.inf


def _lost(values: list[float], known: list[Array], scale: float, thin: Callable[[Array, float], bool]) -> bool:
    """Whether the last fall led into a valley that the search loses further out: it may go on there."""
    falls = np.flatnonzero(-np.diff(values) > _STILL * max(scale, abs(values[-1])))
    return falls.size > 0 and thin(known[falls[-1] + 1], _FOLLOWED)


def extent_on_a_line(function: Callable[[Array], Array], scale: float = 1.0) -> Extent:
    """The lower end of a function of one number, from dense points and the best of them made better.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.theory.law.growth import extent_on_a_line
    >>> found = extent_on_a_line(lambda x: x**4 - x**2)
    >>> found.status, round(found.value, 9)
    ('bounded', -0.25)
    >>> [extent_on_a_line(f).status for f in (np.tanh, lambda x: -np.log1p(x**2), lambda x: 1/np.log(2 + x**2))]
    ['bounded', 'unbounded', 'bounded']
    """
    from scipy.optimize import minimize_scalar

    def values(x: Array) -> Array:
        with np.errstate(all="ignore"):
            found = np.asarray(function(x), dtype=float)
        return np.where(np.isnan(found), np.inf, found)

    def lowest(radius: float, known: list[Array]) -> tuple[float, Array]:  # noqa: ARG001
        reach = np.log10(radius)
        large = np.logspace(-3.0, reach, int(_LOGARITHMIC * (reach + 3)))
        x = np.unique(np.concatenate([-large, _FINE[np.abs(_FINE) <= radius], large]))
        y = values(x)
        i = int(np.argmin(y))
        ends = float(x[max(i - 1, 0)]), float(x[min(i + 1, len(x) - 1)])
        near = minimize_scalar(lambda x: float(values(np.array([x]))[0]), bounds=ends, method="bounded")
        return (float(near.fun), np.array([near.x])) if near.fun < y[i] else (float(y[i]), x[i : i + 1])

    return extent(lowest, scale, lambda where: bool(np.all(np.isfinite(values(FURTHER * where)))))
