"""Parts that every plot shares: its axes, the properties that the user passes, and the artists it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cbook import normalize_kwargs
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..arguments import shown
from ..errors import InvalidParameterError
from ..expected import instance

__all__ = ["Artists", "axes", "drawable", "line_properties", "members", "tried"]


class Artists(list[Any]):
    """The artists of a plot: a list in the order of drawing, with a name for each artist.

    Examples
    --------
    >>> import bendscape as bs
    >>> with bs.plot.style():
    ...     drawn = bs.plot.overlap(bs.overlap(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=[1.0, 2.0]))
    >>> drawn.names, drawn.curve is drawn[0]
    (('curve', 'simulated', 'best'), True)
    """

    def __init__(self, order: Sequence[Any] | None = None, /, **named: Any) -> None:
        super().__init__(order or ())
        self._named = named
        for value in () if order else named.values():
            self.extend([value] if isinstance(value, Artist) else value or [])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the artists; a name holds one artist, a list of them, or None where nothing was drawn."""
        return tuple(self._named)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_named"][name]
        except KeyError:
            names = ", ".join(self.__dict__.get("_named", ()))
            raise AttributeError(f"{name!r} is no artist of this plot: it has {names}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._named]


def axes(ax: Any) -> Axes:
    """Return the given axes, or new ones."""
    return plt.subplots()[1] if ax is None else instance("ax", ax, Axes, "Matplotlib axes, or nothing")


def tried(draw: Callable[[Axes], Any], given: dict[str, Any]) -> None:
    """Raise unless Matplotlib accepts the user's properties, tried in a figure that is thrown away.

    Raises
    ------
    InvalidParameterError
        If Matplotlib raises an error; the message contains it.
    """
    if not given:
        return
    try:
        draw(Figure().subplots())
    except (ArithmeticError, AttributeError, TypeError, ValueError, LookupError) as error:
        named = ", ".join(f"{name} = {shown(value)}" for name, value in given.items())
        raise InvalidParameterError(f"{named}: Matplotlib says {error}") from None


def line_properties(given: dict[str, Any], **own: Any) -> dict[str, Any]:
    """Merge properties of a line: the user's, under any name that Matplotlib accepts, replace ours."""
    given = {name: value for name, value in given.items() if value is not None}
    tried(lambda ax: ax.plot([0.0], [0.0], **given), given)
    return normalize_kwargs(own, Line2D) | normalize_kwargs(given, Line2D)


def members(given: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """List the properties of each curve of a family: `color` and `label` may be lists with one for each curve."""
    rows: list[dict[str, Any]] = [dict(given) for _ in range(count)]
    for name in ("color", "label"):
        value = given.get(name)
        if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) and not _one_colour(name, value):
            if len(value) != count:
                raise InvalidParameterError(f"{name} = {shown(value)}: give one, or one for each of {count} curves")
            for row, own in zip(rows, value, strict=True):
                row[name] = own
    return rows


def _one_colour(name: str, value: Any) -> bool:
    from matplotlib.colors import is_color_like

    return name == "color" and is_color_like(value)


def drawable(name: str, data: xr.Dataset, variable: str) -> xr.Dataset:
    """Return the data; raise unless the variable has a finite number to draw."""
    values = data[variable].values.astype(float)
    if not np.isfinite(values).any():
        what = "no points" if values.size == 0 else f"no finite {variable}"
        raise InvalidParameterError(f"{name} has {what}: give data that have something to draw")
    return data
