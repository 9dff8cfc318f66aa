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
from bendscape.errors import InvalidParameterError
from swept import swept


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
    x, density = np.asarray(artists[1].get_xydata()).T
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
        {"captured": (("N", "alpha"), [[0.1, 0.2]]), "captured_stderr": (("N", "alpha"), [[0.01, 0.02]])},
        coords={"N": [50], "alpha": [1.5, 2.0]},
    )
    curve, symbols = bs.plot.overlap(data, simulated=table, ax=ax)
    np.testing.assert_array_equal(curve.get_ydata(), data.overlap2)
    np.testing.assert_array_equal(symbols.get_ydata(), [0.1, 0.2])


def test_threshold_draws_both_branches(ax: Axes) -> None:
    data = bs.phase_diagram(p=[1, 2], p_star=1, a=[0.5, 0.9, 1.5, 2.0])
    lines = bs.plot.threshold(data, ax=ax)
    assert len(lines) == 4
    solid, dashed = (np.asarray(line.get_ydata()) for line in lines[2:])
    row = data.alpha_BBP.sel(p=2).values
    np.testing.assert_array_equal(solid[~np.isnan(solid)], row[:1])
    np.testing.assert_array_equal(dashed[~np.isnan(dashed)], row)
    bs.plot.threshold(data.sel(p=1), ax=ax)
    three = bs.phase_diagram(p=[1, 2], p_star=[1, 2], a=[0.5, 0.9])
    with pytest.raises(InvalidParameterError, match="alpha_BBP over p_star too: select one"):
        bs.plot.threshold(three, ax=ax)


def test_phase_diagram_maps_its_variable(ax: Axes) -> None:
    data = bs.phase_diagram(p=[1, 2, 4, 30], p_star=1, a=[0.1, 0.5, 3.0])
    mesh, *line = bs.plot.phase_diagram(data, ax=ax)
    np.testing.assert_array_equal(mesh.get_array(), data.alpha_BBP)
    assert line, "both kinds occur on this grid, so the border must be drawn"
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_phi_draws_a_curve_for_each_size(ax: Axes) -> None:
    net = bs.QuadraticNetwork(1, 1, 0.5)
    data = swept(net, alpha=[1.0, 2.0], N=[20, 30], samples=4, seed=1)
    lines = bs.plot.phi(data, "captured", exponent=1 / 3, threshold=1.4, ax=ax)
    assert len(lines) == 3
    for line, n in zip(lines, (20, 30), strict=False):
        np.testing.assert_allclose(line.get_ydata(), n ** (1 / 3) * data.captured.sel(N=n))
    np.testing.assert_array_equal(lines[2].get_xdata(), 1.4)


def test_spectrum_with_an_estimate_draws_theory_at_the_same_width(ax: Axes) -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    sample = bs.simulation.draw(net, alpha=2.5, N=40, seed=1)
    estimate = bs.simulation.density(
        bs.simulation.Hessian(sample), method=bs.simulation.LanczosQuadrature(probes=2, steps=20)
    )
    found = bs.spectrum(net, alpha=2.5)
    artists = bs.plot.spectrum(found, estimate=estimate, width=0.3, points=30, ax=ax)
    x, theory = np.asarray(artists[1].get_xydata()).T
    expected = [-complex(found.stieltjes(complex(v, 0.3))).imag / np.pi for v in x]
    np.testing.assert_allclose(theory, expected)


def test_phase_diagram_puts_simulations_in_the_same_colours(ax: Axes) -> None:
    data = bs.phase_diagram(p=1, p_star=1, a=[0.5, 1.0, 2.0], alpha=[1.0, 2.0, 3.0])
    simulated = xr.DataArray([[0.1, 0.3]], dims=("a", "alpha"), coords={"a": [0.5], "alpha": [1.5, 2.5]})
    mesh, points = bs.plot.phase_diagram(data, "overlap2", x="a", y="alpha", simulated=simulated, ax=ax)[:2]
    np.testing.assert_allclose(points.get_offsets(), np.array([[0.5, 1.5], [0.5, 2.5]]))
    assert points.norm is mesh.norm


def test_eigenvalues_draws_all_pairs_and_the_limit(ax: Axes) -> None:
    data = bs.simulate(bs.QuadraticNetwork(2, 1, 0.7), alpha=3.0, N=30, samples=3, seed=1)
    rest, low, edge, star = bs.plot.eigenvalues(
        data, theory={"left_edge": -0.8, "outlier": -1.0, "overlap2": 0.4}, ax=ax
    )
    assert len(low.get_offsets()) == 6
    assert len(rest.get_offsets()) == 24
    assert (edge.get_xdata()[0], star.get_xdata()[0]) == (-0.8, -1.0)
