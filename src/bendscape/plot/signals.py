"""Recovered signals as pictures: amplitude and phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidParameterError
from ..expected import choice
from ..user_arrays import check_finite, complex_array
from .artists import Artists, axes, tried
from .style import label_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["signal"]

PARTS = ("amplitude", "phase")


def signal(data: Any, *, part: str = "amplitude", ax: Axes | None = None, **image: Any) -> Artists:
    """Draw the amplitude or the phase of a signal of one or two axes.

    Intensities leave the global phase open: here the mean of the signal times its amplitude is positive.

    Parameters
    ----------
    data : array_like, or xarray.DataArray
        A signal, such as that of :func:`bendscape.recover` with an operator.
    part : {"amplitude", "phase"}
    ax : matplotlib.axes.Axes, optional
    **image
        Properties of the image, or of the curve of a signal with one axis.

    Returns
    -------
    Artists
        The image, or the curve, under the name of the part.

    Raises
    ------
    InvalidParameterError
        If the signal has more than two axes, or a number that is not finite, or Matplotlib does not accept a property.
    """
    choice("part", part, PARTS)
    x = complex_array("data", data)
    if x.ndim not in (1, 2) or x.size == 0:
        raise InvalidParameterError(f"data has shape {x.shape}: give a signal of one or two axes, or a slice of it")
    check_finite("data", x, "give finite numbers")
    mean = np.sum(x * np.abs(x))
    values = np.abs(x) if part == "amplitude" else np.angle(x * np.conj(mean))
    names = [str(name) for name in getattr(data, "dims", ("row", "column") if x.ndim == 2 else ("place",))]
    given = {"label": part, **image} if x.ndim == 1 else {**_colours(part), **image}
    tried(lambda trial: _drawn(trial, values, given), image)
    ax = axes(ax)
    artist = _drawn(ax, values, given)
    if x.ndim == 1:
        label_axes(ax, xlabel=names[0], ylabel=part)
    else:
        label_axes(ax, xlabel=names[1], ylabel=names[0], title=part)
    return Artists([artist], **{part: artist})


def _colours(part: str) -> dict[str, Any]:
    """A scale of grey from zero for amplitudes, and a cyclic one for phases."""
    return {"cmap": "gray", "vmin": 0.0} if part == "amplitude" else {"cmap": "twilight", "vmin": -np.pi, "vmax": np.pi}


def _drawn(ax: Any, values: Any, given: dict[str, Any]) -> Any:
    return ax.plot(values, **given)[0] if values.ndim == 1 else ax.imshow(values, **given)
