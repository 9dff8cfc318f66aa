"""Plots of finite thresholds draw the numbers they are given."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import bendscape as bs


@pytest.fixture
def ax() -> Iterator[Axes]:
    with mpl.rc_context({"backend": "agg"}):
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


@pytest.fixture
def data() -> xr.Dataset:
    over = ("N", "a")
    table = {
        "alpha_half": (over, [[0.8, 0.9], [1.0, 1.2], [1.1, np.nan]]),
        "stderr": (over, np.full((3, 2), 0.01)),
        "width": (over, np.full((3, 2), 0.1)),
        "alpha_bbp": ("a", [1.3, 1.6]),
        "alpha_0": ("a", [0.9, -0.2]),
    }
    return xr.Dataset(table, coords={"N": [1e3, 1e6, 1.5e12], "a": [1.5, 2.0]}, attrs={"p": 2, "p_star": 1})


def test_threshold_draws_line_band_and_both_limits_for_each_value(ax: Axes, data: xr.Dataset) -> None:
    first, band, bbp, zero, symbols, second, *_ = bs.plot.finite_threshold(
        data, simulated=data.sel(N=[1e3], a=[1.5]), ax=ax
    )
    np.testing.assert_array_equal(first.get_ydata(), data.alpha_half.sel(a=1.5))
    np.testing.assert_array_equal(second.get_ydata(), [0.9, 1.2])
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (pytest.approx(0.7), pytest.approx(1.2))
    assert [line.get_ydata()[0] for line in (bbp, zero)] == [1.3, 0.9]
    np.testing.assert_array_equal(symbols.get_ydata(), [0.8])
    assert ax.get_xscale() == "log"


def test_threshold_takes_one_value_or_any_other_parameter(ax: Axes, data: xr.Dataset) -> None:
    assert len(bs.plot.finite_threshold(data.sel(a=1.5), ax=ax)) == 4
    assert len(bs.plot.finite_threshold(data.rename(a="p"), ax=ax)) == 8
    legend = ax.get_legend()
    assert legend is not None
    assert "$p = 2$" in [text.get_text() for text in legend.get_texts()]
    assert len(bs.plot.finite_threshold(data.sel(N=1e3), ax=ax)) == 8  # one point of each curve


def test_diagram_draws_a_line_for_each_size_beside_the_limits(ax: Axes, data: xr.Dataset) -> None:
    *sizes, bbp, zero = bs.plot.finite_phase_diagram(data, ax=ax)
    for line, n in zip(sizes, data.N.values, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), data.alpha_half.sel(N=n))
    np.testing.assert_array_equal(bbp.get_ydata(), [1.3, 1.6])
    np.testing.assert_array_equal(zero.get_ydata(), [0.9, np.nan])
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()][-3:] == ["$N = 1000$", "$N = 10^{6}$", "$N = 1.5e+12$"]


def test_the_library_s_own_data_can_be_drawn(ax: Axes) -> None:
    found = bs.phase_diagram(p=1, p_star=1, a=[0.5, 2.0], N=[300, 1e6], samples=4, seed=1)
    assert len(bs.plot.finite_threshold(found, ax=ax)) == 8
    assert len(bs.plot.finite_phase_diagram(found, ax=ax)) == 4
