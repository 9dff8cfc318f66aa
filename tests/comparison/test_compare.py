"""Simulation beside theory: the numbers of both, and their difference in standard errors."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import bendscape as bs
from bendscape.comparison import limit
from bendscape.errors import InvalidParameterError
from swept import swept

NET = bs.QuadraticNetwork(2, 1, 0.7)
THRESHOLD = bs.threshold(NET).alpha
PAIRS = [("outlier", "outlier"), ("captured", "overlap2")]


@pytest.fixture(scope="module")
def samples() -> xr.Dataset:
    return bs.simulate(NET, alpha=3.0, N=40, samples=12, seed=1)


@pytest.fixture(scope="module")
def grid() -> xr.Dataset:
    return swept(NET, alpha=[0.5, 3.0, 2.0], N=[20, 30], samples=[5, 4], seed=1)


def test_means_and_errors_are_those_of_the_samples(samples: xr.Dataset) -> None:
    found = bs.compare(samples)
    for name in ("smallest_eigenvalue", "outlier", "gap", "captured", "log_captured", "excess", "dominance"):
        values = samples[name].values
        assert float(found[name]) == pytest.approx(values.sum() / 12, rel=1e-12)
        error = math.sqrt(np.sum((values - values.mean()) ** 2) / 11 / 12)
        assert float(found[f"{name}_stderr"]) == pytest.approx(error, rel=1e-12)
    q = (samples.phi.values.sum() + 1) / 14
    assert float(found.phi_stderr) == pytest.approx(math.sqrt(q * (1 - q) / 12), rel=1e-12)
    assert (found.N, found.alpha, found.samples) == (40, 3.0, 12)


def test_limits_are_those_of_the_theory(samples: xr.Dataset) -> None:
    theory, found = bs.overlap(NET, alpha=3.0).isel(alpha=0), bs.compare(samples)
    outlier = bs.spectrum(NET, alpha=3.0).outliers[0]
    assert float(found.left_edge) == float(theory.left_edge)
    assert float(found.outlier_limit) == pytest.approx(outlier.value, rel=1e-9)
    assert float(found.overlap2_limit) == pytest.approx(outlier.overlap2_teacher, rel=1e-9)
    assert limit(NET, 3.0) == {name: theory[name].item() for name in ("left_edge", "outlier", "overlap2")}


def test_a_sweep_has_the_limit_of_every_point(grid: xr.Dataset) -> None:
    found = bs.compare(grid)
    xr.testing.assert_identical(found[list(grid)], grid)
    theory = bs.overlap(NET, alpha=grid.alpha.values)
    for name, key in (("left_edge", "left_edge"), ("outlier_limit", "outlier"), ("overlap2_limit", "overlap2")):
        np.testing.assert_array_equal(found[name].values, theory[key].values)
    assert found.captured_deviation.dims == ("N", "alpha")


def test_deviations_count_standard_errors(samples: xr.Dataset, grid: xr.Dataset) -> None:
    for data in (bs.compare(samples), bs.compare(grid)):
        for simulated, name in PAIRS:
            off = (data[simulated] - data[f"{name}_limit"]) / data[f"{simulated}_stderr"]
            found = data[f"{simulated}_deviation"]
            np.testing.assert_allclose(found.values, off.transpose(*found.dims).values)
            assert found.attrs["units"] == "standard errors"


def test_without_an_outlier_there_is_no_limit_to_deviate_from(grid: xr.Dataset) -> None:
    assert THRESHOLD > 0.5
    below = bs.compare(grid).sel(alpha=0.5)
    assert below.outlier_limit.isnull().all()
    assert below.outlier_deviation.isnull().all()
    assert (below.overlap2_limit == 0).all()
    assert limit(NET, 0.5)["overlap2"] == 0.0


def test_every_variable_is_named(samples: xr.Dataset, grid: xr.Dataset) -> None:
    for data in (bs.compare(samples), bs.compare(grid)):
        for name in data:
            assert data[name].attrs.get("long_name"), name
        for name in ("outlier", "outlier_stderr", "outlier_limit", "left_edge", "smallest_eigenvalue", "gap"):
            assert data[name].attrs.get("units") == "H", name


def test_a_sweep_of_one_point_compares_as_its_samples_do() -> None:
    one = bs.compare(swept(NET, alpha=3.0, N=40, samples=12, seed=1)).isel(N=0, alpha=0)
    other = bs.compare(bs.simulate(NET, alpha=3.0, N=40, samples=12, seed=(1, 40, 3 * 10**9)))
    assert set(one) == set(other)
    for name in other:
        assert float(one[name]) == float(other[name]), name


def test_data_from_a_file_compare_the_same(samples: xr.Dataset, grid: xr.Dataset, tmp_path: Path) -> None:
    for number, data in enumerate((samples, grid)):
        data.to_netcdf(tmp_path / f"{number}.nc", engine="scipy")
        back = xr.load_dataset(tmp_path / f"{number}.nc", engine="scipy")
        assert bs.compare(back).equals(bs.compare(data))
        bs.compare(back).to_netcdf(tmp_path / "compared.nc", engine="scipy")


@pytest.mark.parametrize(
    "make",
    [
        lambda _: xr.Dataset(),
        lambda _: bs.overlap(NET, alpha=[2.0]),
        lambda _: bs.phase_diagram(p=2, p_star=1, a=0.7),
        lambda _: None,
        lambda _: {"p": 2},
        lambda data: data.isel(sample=0),
        lambda data: data.isel(sample=[]),
        lambda data: data.drop_attrs(),
        lambda data: data.captured,
        lambda data: data.drop_vars("outlier"),
    ],
)
def test_data_from_elsewhere_are_refused(make: Any, samples: xr.Dataset) -> None:
    with pytest.raises(InvalidParameterError, match=r"bs\.simulate"):
        bs.compare(make(samples))
