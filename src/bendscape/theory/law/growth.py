r"""The lower end of a function over arguments of all sizes: bounded, unbounded, or not decided.

The lowest value `m(R)` within a radius `R` is computed for radii `10^e` whose exponents `e` double. Successive falls
`D = m(10^e) - m(10^2e)` tell even slow growth from a limit: they grow exponentially for a power of `R`, double for a
logarithm, and stay equal for `log log R`; where `m` has a limit they shrink, by a half if it is approached as slowly as
`1/log R`. What lies between is not decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..._types import Array

__all__ = ["FURTHER", "Extent", "Status", "extent", "extent_on_a_line"]

Status = Literal["bounded", "unbounded", "undecided"]
_EXPONENTS = (0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 48.0)  # radii are ten to these powers
_NO_FALL = 1e-5  # in units of the function: a smaller fall counts as none
_GROWS, _SHRINKS = 0.9, 0.7  # least ratio of successive falls without a bound; largest ratio with one
_RADII_MIN = 4  # radii before a function counts as bounded; one less for an unbounded fall in a thin valley
_HIDDEN, _MISSED = 3e-8, 1e-3  # relative widths of valleys that rounding hides, or a descent misses, at the next radius
_INFINITE = 1e100  # a value below minus this counts as unbounded
FURTHER = 10.0  # factor by which an argument is enlarged to test whether the function is defined beyond it
_ROUNDED = 1e12  # in units of typical values: rounding may hide the rest of a fall that is deeper
_FINE, _POINTS_A_DECADE = np.linspace(-12.0, 12.0, 4801), 240  # points on a line: equally spaced; in a factor of ten


@dataclass(frozen=True, eq=False)
class Extent:
    """The lower end of a function, and the argument at which it is.

    Attributes
    ----------
    status : {"bounded", "unbounded", "undecided"}
    value, error : float
        Lowest value (`-inf` where there is no bound), and how much lower the function may still fall.
    where : array
        Argument of the lowest value.
    radius : float
        Size of the largest arguments that were searched.
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
    """Find the lower end of a function, from its lowest values within growing radii.

    Parameters
    ----------
    lowest : callable
        Takes a radius, and the arguments of the lowest values within smaller radii; returns the lowest value within
        the radius, and its argument.
    scale : float
        Size of typical values.
    defined : callable
        Whether the function is finite at arguments `FURTHER` times as large. Where it is not, because numbers
        overflow, the search ends without a decision.
    thin : callable
        Whether the valley at an argument is thinner than a relative width.
    """
    values: list[float] = []
    arguments: list[Array] = []
    for exponent in _EXPONENTS:
        value, where = lowest(10.0**exponent, arguments)
        # a search may miss a minimum that a smaller radius has shown
        if values and value >= values[-1]:
            value, where = values[-1], arguments[-1]
        values.append(value)
        arguments.append(where)
        if value <= -_INFINITE:
            return Extent("unbounded", -np.inf, 0.0, where, 10.0**exponent)
        if len(values) < _RADII_MIN - 1:
            continue
        status, rest = _judged(values, scale)
        if status == "unbounded" and (exponent == _EXPONENTS[-1] or thin(where, _HIDDEN)):
            return Extent(status, -np.inf, 0.0, where, 10.0**exponent)
        if status == "bounded" and len(values) >= _RADII_MIN:
            if abs(value) > _ROUNDED * scale or not defined(where) or _lost(values, arguments, scale, thin):
                break
            return Extent(status, value, rest, where, 10.0**exponent)
    return Extent("undecided", values[-1], np.inf, arguments[-1], 10.0**exponent)


def _judged(values: list[float], scale: float) -> tuple[Status, float]:
    """Status that the last falls imply, and the fall that is still to come: the rest of a geometric series."""
    falls = 0.0 - np.diff(values[-4:])  # no minus zero, by which a ratio would be minus infinity
    if falls[-1] <= _NO_FALL * max(scale, abs(values[-1])):
        return "bounded", float(falls[-1])
    with np.errstate(divide="ignore"):
        ratios = falls[1:] / falls[:-1]
    if ratios[-1] <= _SHRINKS and np.all(np.diff(ratios) <= 0):
        return "bounded", float(falls[-1] * ratios[-1] / (1 - ratios[-1]))
    return ("unbounded" if np.all(ratios >= _GROWS) else "undecided"), np.inf


def _lost(values: list[float], arguments: list[Array], scale: float, thin: Callable[[Array, float], bool]) -> bool:
    """Whether the last fall led into a thin valley that the search may lose further out, where it may go on."""
    falls = np.flatnonzero(-np.diff(values) > _NO_FALL * max(scale, abs(values[-1])))
    return falls.size > 0 and thin(arguments[falls[-1] + 1], _MISSED)


def extent_on_a_line(function: Callable[[Array], Array], scale: float = 1.0) -> Extent:
    """Find the lower end of a function of one number: the lowest of dense points, refined by minimisation.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.theory.law.growth import extent_on_a_line
    >>> end = extent_on_a_line(lambda x: x**4 - x**2)
    >>> end.status, round(end.value, 9)
    ('bounded', -0.25)
    >>> [extent_on_a_line(f).status for f in (np.tanh, lambda x: -np.log1p(x**2), lambda x: 1/np.log(2 + x**2))]
    ['bounded', 'unbounded', 'bounded']
    """
    from scipy.optimize import minimize_scalar

    def values(x: Array) -> Array:
        with np.errstate(all="ignore"):
            y = np.asarray(function(x), dtype=float)
        return np.where(np.isnan(y), np.inf, y)

    def lowest(radius: float, known: list[Array]) -> tuple[float, Array]:  # noqa: ARG001
        reach = np.log10(radius)
        large = np.logspace(-3.0, reach, int(_POINTS_A_DECADE * (reach + 3)))
        x = np.unique(np.concatenate([-large, _FINE[np.abs(_FINE) <= radius], large]))
        y = values(x)
        i = int(np.argmin(y))
        ends = float(x[max(i - 1, 0)]), float(x[min(i + 1, len(x) - 1)])
        near = minimize_scalar(lambda x: float(values(np.array([x]))[0]), bounds=ends, method="bounded")
        return (float(near.fun), np.array([near.x])) if near.fun < y[i] else (float(y[i]), x[i : i + 1])

    return extent(lowest, scale, lambda where: bool(np.all(np.isfinite(values(FURTHER * where)))))
