"""Phase diagrams hold the thresholds and spectra of their points, under the right labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import AccuracyError
from bendscape.theory.verbs.sampled_spectrum import spectrum_of_samples

INF = math.inf
GRIDS: list[dict[str, Any]] = [
    {"p": [1, 3, INF], "p_star": 2, "a": [0.1, 1.0, 7.0]},
    {"p": 2, "p_star": [1, 4], "a": [1.5, 0.05, 0.7, 300.0, 1e-3]},  # `a` in no order
    {"p": [INF, 5], "p_star": [3, 1], "a": [0.7, 0.2]},
    {"p": [2, 100], "p_star": [1, 2, 9], "a": 0.7},
    {"p": [1, 2], "p_star": 1, "a": [1.5, 0.7], "alpha": [2.5, 0.5, 1.3]},
    {"p": INF, "p_star": 2, "a": [1.0, 0.0], "alpha": [0.5, 3.0]},
    {"p": [4, INF], "p_star": [2, 1], "a": [0.3, 20.0], "alpha": [1.0, 40.0]},
    {"p": 2, "p_star": 1, "a": 0.7, "alpha": 2.5},
]
NAMES = {
    "alpha_BBP": "alpha",
    "kind": "kind",
    "overlap2_jump": "overlap2_jump",
    "alpha_smooth": "alpha_smooth",
    "alpha_0_tangent": "alpha_0_tangent",
    "edge": "edge",
}


def networks(diagram: Any) -> Any:
    """Every point of the diagram with its network."""
    for p in np.atleast_1d(diagram.p):
        for p_star in np.atleast_1d(diagram.p_star):
            for a in np.atleast_1d(diagram.a):
                at = {name: value for name, value in (("p", p), ("p_star", p_star), ("a", a)) if name in diagram.dims}
                yield diagram.sel(at), bs.QuadraticNetwork(p, int(p_star), a)


@pytest.mark.parametrize("grid", GRIDS)
def test_thresholds_are_those_of_the_points(grid: dict[str, Any]) -> None:
    count = 0
    for point, net in networks(bs.phase_diagram(**grid)):
        found = bs.threshold(net)
        for column, attribute in NAMES.items():
            expected = getattr(found, attribute)
            if isinstance(expected, str):
                assert point[column].item() == expected, f"{net}: {column}"
            else:
                # a tangent far below zero, or a jump next to a_c, is a small difference of large numbers
                assert point[column].item() == pytest.approx(expected, rel=1e-11, abs=1e-12), f"{net}: {column}"
        count += 1
    assert count == math.prod(np.size(grid[name]) for name in ("p", "p_star", "a"))


@pytest.mark.parametrize("grid", [grid for grid in GRIDS if "alpha" in grid])
def test_spectra_are_those_of_the_points(grid: dict[str, Any]) -> None:
    for point, net in networks(bs.phase_diagram(**grid)):
        expected = bs.overlap(net, alpha=grid["alpha"])
        np.testing.assert_array_equal(point["edge_kind"].values, expected["edge_kind"].values.squeeze())
        for column in ("left_edge", "outlier", "overlap2"):
            np.testing.assert_allclose(
                point[column].values, expected[column].values.reshape(np.shape(grid["alpha"])), rtol=1e-12
            )


@pytest.mark.parametrize("alpha", [0.4, 1.0, 2.5, 30.0])
@pytest.mark.parametrize(("p", "p_star", "a"), [(2, 1, 0.7), (1, 3, 2.0), (INF, 1, 1.0)])
def test_overlap_is_that_of_the_spectrum(p: float, p_star: int, a: float, alpha: float) -> None:
    net = bs.QuadraticNetwork(p, p_star, a)
    point, spectrum = bs.overlap(net, alpha=alpha).squeeze("alpha"), bs.spectrum(net, alpha=alpha)
    left = [o for o in spectrum.outliers if o.side == "left" and o.sector == "teacher"]
    assert point.left_edge.item() == pytest.approx(spectrum.left_edge.value, rel=1e-12)
    assert point.edge_kind.item() == spectrum.left_edge.kind
    assert point.overlap2.item() == pytest.approx(left[0].overlap2_teacher if left else 0.0, rel=1e-10)
    assert point.outlier.item() == pytest.approx(left[0].value if left else math.nan, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("grid", GRIDS)
def test_arrays_become_dimensions_and_numbers_scalar_coordinates(grid: dict[str, Any]) -> None:
    diagram = bs.phase_diagram(**grid)
    assert dict(diagram.sizes) == {name: len(values) for name, values in grid.items() if np.ndim(values)}
    for name, values in grid.items():
        np.testing.assert_array_equal(diagram.coords[name], values)
    assert set(diagram.data_vars) == {*NAMES, "error", "side", "reason"} | (
        {"left_edge", "edge_kind", "outlier", "overlap2"} if "alpha" in grid else set()
    )


def test_one_element_lists_keep_their_dimension() -> None:
    assert dict(bs.phase_diagram(p=[2], p_star=1, a=[0.7]).sizes) == {"p": 1, "a": 1}


def test_everything_is_labelled() -> None:
    diagram = bs.phase_diagram(p=[2, INF], p_star=1, a=[0.7], alpha=[1.0])
    for name, values in diagram.variables.items():
        assert values.attrs.get("long_name"), f"{name} has no long_name"
    for name in ("edge", "left_edge", "outlier"):
        assert "H" in diagram[name].attrs["units"]


def test_overlap_says_which_network_it_is_of() -> None:
    data = bs.overlap(bs.QuadraticNetwork(INF, 3, 0.7), alpha=[1.0])
    assert (data.attrs["p"], data.attrs["p_star"], data.attrs["a"], data.attrs["unit"]) == (INF, 3, 0.7, "(p/2) H")
    for name, values in data.variables.items():
        assert values.attrs.get("long_name"), f"{name} has no long_name"


def test_duplicates_and_order_of_the_constants_do_not_matter() -> None:
    a = [3.0, 0.2, 0.7, 0.2]
    diagram = bs.phase_diagram(p=2, p_star=1, a=a)
    ordered = bs.phase_diagram(p=2, p_star=1, a=sorted(set(a)))
    for i, value in enumerate(a):
        assert diagram.alpha_BBP[i].item() == pytest.approx(ordered.alpha_BBP.sel(a=value).item(), rel=1e-12)


def test_zero_may_stand_beside_positive_constants() -> None:
    """At `a = 0` the law of `f` ends differently; it must not decide for the others."""
    grid = [1.0, 0.0, 0.01]
    data = bs.phase_diagram(p=[1, 2, 6], p_star=1, a=grid)
    for p in (1, 2, 6):
        for a in grid:
            single, point = bs.threshold(bs.QuadraticNetwork(p, 1, a)), data.sel(p=p, a=a)
            assert float(point.alpha_BBP) == pytest.approx(single.alpha, rel=1e-9)
            assert float(point.alpha_smooth) == pytest.approx(single.alpha_smooth, rel=1e-9)
            assert str(point.kind.item()) == single.kind


def test_one_point_that_is_not_solved_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    solve = bs.threshold

    def some(net: bs.Network, **options: Any) -> Any:
        if net.noise.additive == 1:
            raise AccuracyError("not this one: give more points")
        return solve(net, **options)

    monkeypatch.setattr("bendscape.theory._phase_diagram.threshold", some)
    net = bs.Network(1, 1, loss="huber")
    data = bs.phase_diagram(net, noise=[0.3, 1.0, 2.0])
    assert data.kind.values.tolist() == ["continuous", "undecided", "continuous"]
    assert data.reason.values[1] == "not this one: give more points"
    assert np.isnan(data.alpha_BBP.values).tolist() == [False, True, False]


def test_one_alpha_that_is_not_solved_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    solve = spectrum_of_samples

    def some(net: bs.Network, alpha: float, averaging: bs.Averaging) -> Any:
        if alpha == 3:
            raise AccuracyError("not this one: give more points")
        return solve(net, alpha, averaging)

    monkeypatch.setattr("bendscape.theory.verbs.sampled_overlap.spectrum_of_samples", some)
    few = bs.Averaging(points=64, most=64, replicates=4)
    data = bs.overlap(bs.Network(1, 1, activation="tanh"), alpha=[2.0, 3.0], side="left", averaging=few)
    assert data.edge_kind.values.tolist() == ["sharp", "undecided"]
    assert np.isnan(data.overlap2.values).tolist() == [False, True]
    assert not data.converged.values[1]


def test_a_network_without_a_threshold_says_why() -> None:
    data = bs.phase_diagram(bs.Network(1, 1, loss="squared"), noise=[0.0])
    assert data.kind.item() == "none"
    assert "unbounded" in data.reason.item()
