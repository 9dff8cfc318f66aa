"""Numbers, counts and flags of users: in any scalar container the same, beyond their limits refused with the value."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bendscape as bs
from bendscape.arguments import RUNS, TOGETHER, count, flag, grid, number, positive, seed_sequence
from bendscape.errors import InvalidParameterError
from swept import swept

NET = bs.QuadraticNetwork(2, 1, 0.7)
SCALARS: dict[str, Callable[[float], Any]] = {
    "numpy": np.float64,
    "without axes": np.array,
    "xarray": lambda x: pytest.importorskip("xarray").DataArray(x),
    "torch": lambda x: pytest.importorskip("torch").tensor(x, dtype=pytest.importorskip("torch").float64),
    "pandas": lambda x: pytest.importorskip("pandas").Series([x])[0],
    "polars": lambda x: pytest.importorskip("polars").Series([x])[0],
    "fraction": Fraction,
    "decimal": Decimal,
    "masked but not": lambda x: np.ma.masked_array(x, mask=False),
}


@pytest.mark.parametrize("name", SCALARS)
@given(x=st.floats(1e-300, 1e300))
def test_a_number_in_any_scalar_container_is_that_number(name: str, x: float) -> None:
    assert positive("x", SCALARS[name](x)) == x
    assert number("x", SCALARS[name](-x)) == -x


@given(n=st.integers(1, 10**6))
def test_a_count_in_any_scalar_container_is_that_count(n: int) -> None:
    xarray = pytest.importorskip("xarray")
    for value in (np.int64(n), np.uint32(n), np.array(n), xarray.DataArray(n)):
        found = count("n", value)
        assert type(found) is int
        assert found == n


@pytest.mark.parametrize("value", [True, False])
def test_a_flag_may_be_of_numpy(value: bool) -> None:
    xarray = pytest.importorskip("xarray")
    for each in (np.bool_(value), np.array(value), xarray.DataArray(value)):
        assert flag("yes", each) is value
    for wrong in (int(value), float(value), str(value), None, np.int8(value), [value], np.array([value])):
        with pytest.raises(InvalidParameterError, match=r"yes = .*: give True or False"):
            flag("yes", wrong)


@pytest.mark.parametrize(
    "value",
    [True, np.bool_(1), "1", None, math.nan, math.inf, -1.0, 0, 10**400, -(10**400), 1j, [1.0], np.array([1.0]), int],
)
def test_what_is_no_positive_number_is_refused(value: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"x = .*: give one positive finite number"):
        positive("x", value)


@pytest.mark.parametrize("value", [0, -1, 2**64, 10**400, 1.0, "1", None, True, math.nan, np.float64(2)])
def test_what_is_no_count_is_refused_with_the_limit(value: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"n = .*: give a positive integer up to 1000"):
        count("n", value, 1000)


def test_a_grid_of_one_axis_may_come_from_anywhere() -> None:
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    for value in (range(1, 4), (1, 2, 3), np.arange(1, 4), pandas.Series([1, 2, 3]), xarray.DataArray([1, 2, 3])):
        assert grid("alpha", value).tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(InvalidParameterError, match=r"alpha .*missing value at 1"):
        grid("alpha", np.ma.masked_array([1.0, 2.0], mask=[False, True]))


def test_seeds_of_any_width_are_taken_and_generators_are_not() -> None:
    for seed in (3, np.int64(3), np.array(3), (3,), [3], np.array([3])):
        state = seed_sequence(seed).generate_state(4)
        assert np.array_equal(state, np.random.SeedSequence(3).generate_state(4))
    assert seed_sequence(2**128).entropy == 2**128
    with pytest.raises(InvalidParameterError, match=r"a generator keeps no seed, draw one from it"):
        seed_sequence(np.random.default_rng(0))
    for wrong in (True, 1.5, -1, "1", [1.5], np.array(1.5)):
        with pytest.raises(InvalidParameterError, match=r"seed = .*: give an integer, zero or positive"):
            seed_sequence(wrong)


def test_coordinates_of_a_dataset_are_taken_where_they_came_from() -> None:
    data = bs.overlap(NET, alpha=[1.5, 2.5])
    for a in data.alpha:
        assert bs.spectrum(NET, alpha=a) == bs.spectrum(NET, alpha=float(a))
    diagram = bs.phase_diagram(p=[1, 2], p_star=1, a=[0.5, 0.7])
    for p in diagram.p:
        for a in diagram.a:
            assert bs.QuadraticNetwork(p, diagram.p_star, a) == bs.QuadraticNetwork(int(p), 1, float(a))
    samples = swept(NET, alpha=[2.0], N=[12, 14], samples=2, seed=1)
    for n in samples.N:
        yes: Any = np.bool_(1)
        bs.simulation.draw(NET, alpha=samples.alpha[0], N=n, seed=1, regenerate=yes)
    two: Any = np.int64(2)
    found = bs.finite_size(NET, alpha=samples.alpha[0], N=samples.N[0] * 100, samples=two, seed=two)
    assert found.sizes["sample"] == 2


LARGE = (2**64, 10**400)
COUNTS: dict[str, Callable[[Any], Any]] = {
    "N": lambda n: bs.simulation.draw(NET, alpha=1.0, N=n, seed=1),
    "samples": lambda n: bs.simulate(NET, alpha=1.0, N=10, samples=n, seed=1),
    "workers": lambda n: bs.simulate(NET, alpha=1.0, N=10, samples=1, seed=1, workers=n),
    "threads": lambda n: bs.simulation.draw(NET, alpha=1.0, N=10, seed=1, threads=n),
    "students": lambda n: bs.HessianMethod(NET, students=n),
    "steps": lambda n: bs.GradientDescent(steps=n),
    "probes": lambda n: bs.simulation.LanczosQuadrature(probes=n),
    "points": lambda n: bs.Averaging(points=n),
    "size": lambda n: bs.Inputs.power_law(1.0, size=n),
    "n": lambda n: bs.spectrum(NET, alpha=2.0).moment(n),
    "checkpoints": lambda n: bs.train(bs.simulation.draw(NET, alpha=2.0, N=9, seed=1), checkpoints=n),
}


@pytest.mark.parametrize("large", LARGE, ids=["2^64", "10^400"])
@pytest.mark.parametrize("name", COUNTS)
def test_counts_that_never_end_are_refused_with_value_and_limit(name: str, large: int) -> None:
    with pytest.raises(
        InvalidParameterError, match=rf"{name} = (18446744073709551616|an integer of 401 digits): .*\d$"
    ):
        COUNTS[name](large)


def test_limits_are_there_to_be_reached() -> None:
    assert count("samples", RUNS, RUNS) == RUNS
    assert bs.simulation.HessianStart(inits=RUNS).inits == RUNS
    with pytest.raises(InvalidParameterError, match=f"inits = {RUNS + 1}"):
        bs.simulation.HessianStart(inits=RUNS + 1)
    with pytest.raises(InvalidParameterError, match=f"workers = {TOGETHER + 1}"):
        bs.simulate(NET, alpha=1.0, N=10, samples=1, seed=1, workers=TOGETHER + 1)


def test_the_command_line_says_the_largest_size_that_it_takes() -> None:
    from typer.testing import CliRunner

    from bendscape.cli import app

    run = CliRunner()
    text = run.invoke(app, ["finite-size", "--help"], env={"COLUMNS": "200"}).output
    assert "up to 1e20" in text
    with pytest.raises(InvalidParameterError, match=r"N = 1e\+21: give a number from .* to 1e20"):
        bs.finite_size(NET, alpha=1.0, N=1e21, samples=1, seed=1)
    bs.finite_size(NET, alpha=1.0, N=1e20, samples=1, seed=1)


def test_a_grid_has_as_many_numbers_as_there_are_runs() -> None:
    with pytest.raises(InvalidParameterError, match="alpha has 1000001 numbers: give at most 1000000"):
        bs.overlap(NET, alpha=np.broadcast_to(2.0, 10**6 + 1))
    with pytest.raises(InvalidParameterError, match="knots has 1000001 numbers"):
        bs.models.LabelWeight(np.arange(1.0, 10**6 + 2), np.broadcast_to(1.0, 10**6 + 1))  # type: ignore[arg-type]


def test_the_constant_of_the_loss_is_a_number_as_others_are() -> None:
    assert bs.QuadraticNetwork(2, 1, Decimal("2.5")) == bs.QuadraticNetwork(2, 1, 2.5)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterError, match="a = Decimal"):
        bs.QuadraticNetwork(2, 1, Decimal("sNaN"))  # type: ignore[arg-type]
