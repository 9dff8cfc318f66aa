"""Pictures of signals: amplitude and phase, up to the global phase."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes

import bendscape as bs
from bendscape.errors import InvalidParameterError

X = np.array([[1.0, 2.0], [3.0, 4.0]]) * np.exp(1j * np.array([[0.0, 0.1], [0.2, -0.3]]))


@pytest.fixture
def ax() -> Iterator[Axes]:
    with mpl.rc_context({"backend": "agg"}):
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


def test_a_picture_does_not_depend_on_the_global_phase(ax: Axes) -> None:
    for part in ("amplitude", "phase"):
        one, two = (bs.plot.signal(np.exp(1j * angle) * X, part=part, ax=ax)[0].get_array() for angle in (0.0, 2.0))
        np.testing.assert_allclose(one, two, atol=1e-12)
    np.testing.assert_allclose(bs.plot.signal(X, ax=ax).amplitude.get_array(), np.abs(X))


def test_axes_have_the_names_of_dimensions(ax: Axes) -> None:
    bs.plot.signal(xr.DataArray(X, dims=("height", "width")), part="phase", ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("width", "height", "phase")


def test_one_axis_is_a_curve_with_the_properties_of_the_user(ax: Axes) -> None:
    line = bs.plot.signal(X.ravel(), ax=ax, linestyle=":").amplitude
    assert line.get_linestyle() == ":"
    np.testing.assert_allclose(line.get_ydata(), [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (np.ones((2, 2, 2)), {}, "one or two axes"),
        (np.array([1.0, np.nan]), {}, "data has the entry nan"),
        ("text", {}, "data is 'text'"),
        (X, {"part": "modulus"}, "part = 'modulus'"),
        (X, {"cmap": "none such"}, "cmap"),
        (X, {"ax": "axes"}, "ax = "),
    ],
)
def test_wrong_data_and_properties_are_named(data: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        bs.plot.signal(data, **options)
