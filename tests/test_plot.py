"""Plots draw the numbers they are given, into the axes they are given."""

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


def test_spectrum_draws_density_and_outlier(ax: Axes) -> None:
    found = bs.spectrum(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.5)
    artists = bs.plot.spectrum(found, eigenvalues=[-1.0, 0.2, 0.3, 2.0], points=50, ax=ax)
    assert len(artists) == 4
    x, density = np.asarray(artists[1].get_xydata()).T  # type: ignore[attr-defined]
    np.testing.assert_allclose(density, found.density(x))
    low, high = ax.get_xlim()
    assert low < found.outliers[0].value < high
    assert ax.get_xlabel() == "eigenvalue of $H$"


@pytest.mark.parametrize("alpha", [0.5, 2.0])
def test_spectrum_at_infinite_width(ax: Axes, alpha: float) -> None:
    found = bs.spectrum(bs.QuadraticNetwork(float("inf"), 1, 0.7), alpha=alpha)
    bs.plot.spectrum(found, points=40, ax=ax)
    assert found.right_edge is not None
    assert ax.get_xlim()[1] > found.right_edge.value


def test_overlap_draws_curve_and_symbols(ax: Axes) -> None:
    data = bs.overlap(bs.QuadraticNetwork(2, 1, 1.5), alpha=[1.0, 1.5, 2.0])
    table = xr.Dataset(
        {"overlap2": (("N", "ratio"), [[0.1, 0.2]]), "stderr": (("N", "ratio"), [[0.01, 0.02]])},
        coords={"N": [50], "alpha": ("ratio", [1.5, 2.0])},
    )
    curve, symbols = bs.plot.overlap(data, simulated=table, ax=ax)
    np.testing.assert_array_equal(curve.get_ydata(), data.overlap2)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(symbols.get_ydata(), [0.1, 0.2])  # type: ignore[attr-defined]


def test_threshold_draws_both_branches(ax: Axes) -> None:
    data = bs.phase_diagram(p=[1, 2], p_star=1, a=[0.5, 0.9, 1.5, 2.0])
    lines = bs.plot.threshold(data, ax=ax)
    assert len(lines) == 4
    solid, dashed = (np.asarray(line.get_ydata()) for line in lines[2:])  # type: ignore[attr-defined]
    row = data.alpha_BBP.sel(p=2).values
    np.testing.assert_array_equal(solid[~np.isnan(solid)], row[:1])
    np.testing.assert_array_equal(dashed[~np.isnan(dashed)], row)
    bs.plot.threshold(data.sel(p=1), ax=ax)
    three = bs.phase_diagram(p=[1, 2], p_star=[1, 2], a=[0.5, 0.9])
    with pytest.raises(ValueError, match="dimensions"):
        bs.plot.threshold(three, ax=ax)


def test_phase_diagram_maps_its_variable(ax: Axes) -> None:
    data = bs.phase_diagram(p=[1, 2, 4, 30], p_star=1, a=[0.1, 0.5, 3.0])
    mesh, *line = bs.plot.phase_diagram(data, ax=ax)
    np.testing.assert_array_equal(mesh.get_array(), data.alpha_BBP)  # type: ignore[attr-defined]
    assert line, "both kinds occur on this grid, so the border must be drawn"
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
