"""Every dataset goes into a file of every kind and comes back, with its attributes."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import bendscape as bs
from bendscape.attributes import plain_attrs
from every_dataset import datasets

ENGINES = {"scipy": "scipy", "h5netcdf": "h5netcdf", "netcdf4": "netCDF4", "zarr": "zarr"}
WIDE = 2**100 + 1


@cache
def everything(seed: int = 1) -> dict[str, Any]:
    return dict(datasets(seed))


pytestmark = pytest.mark.filterwarnings("ignore:.*does not have a Zarr V3 specification")  # of texts, by zarr


def saved(data: Any, engine: str, folder: Path) -> Any:
    if find_spec(ENGINES[engine]) is None:
        pytest.skip(f"{ENGINES[engine]} is not installed")
    if engine == "zarr":
        data.to_zarr(folder / "data.zarr", consolidated=False)
        return xr.load_dataset(folder / "data.zarr", engine="zarr", consolidated=False)
    data.to_netcdf(folder / "data.nc", engine=engine)
    return xr.load_dataset(folder / "data.nc", engine=engine)


def assert_equal(one: Any, other: Any) -> None:
    assert {*one.variables} == {*other.variables}
    assert dict(one.sizes) == dict(other.sizes)
    for name, variable in one.variables.items():
        assert variable.dims == other[name].dims
        np.testing.assert_array_equal(variable.values, other[name].values.astype(variable.dtype))
        assert_attributes(variable.attrs, other[name].attrs)
    assert_attributes(one.attrs, other.attrs)


def assert_attributes(one: dict[Any, Any], other: dict[Any, Any]) -> None:
    assert {*one} == {*other}
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name])
        assert isinstance(other[name], str) == isinstance(value, str)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_dataset_is_saved_and_read_back(engine: str, tmp_path: Path) -> None:
    for number, data in enumerate(everything().values()):
        (folder := tmp_path / str(number)).mkdir()
        assert_equal(data, saved(data, engine, folder))


@pytest.mark.parametrize("engine", ENGINES)
def test_seeds_of_any_width_are_saved(engine: str, tmp_path: Path) -> None:
    for number, name in enumerate(("simulate", "sweep", "recovery", "finite_size", "phase_diagram at finite N")):
        (folder := tmp_path / str(number)).mkdir()
        data = everything(WIDE)[name]
        back = saved(data, engine, folder)
        assert_equal(data, back)
        assert int(back.attrs["seed"]) == WIDE


def test_what_was_read_back_is_compared_as_before(tmp_path: Path) -> None:
    for name in ("simulate", "sweep"):
        data = everything()[name]
        (folder := tmp_path / name).mkdir()
        back = saved(data, "scipy", folder)
        assert_equal(bs.compare(data), bs.compare(back))
    assert_equal(bs.comparison.crossing(everything()["sweep"]), bs.comparison.crossing(back))


def test_a_run_read_back_is_followed_along(tmp_path: Path) -> None:
    sample = bs.simulation.draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=3.0, N=30, seed=1)
    run = saved(everything()["train"], "scipy", tmp_path)
    assert_equal(bs.comparison.hessian_trajectory(sample, run), everything()["along"])


def test_attributes_become_plain() -> None:
    given = {"a": np.float64(2.0), "b": np.int64(3), "c": True, "d": None, "e": (1, 2**40), "f": (1, 2), "g": ["x"]}
    expected = {"a": 2.0, "b": 3, "c": "True", "e": "[1, 1099511627776]", "f": (1, 2), "g": "['x']"}
    assert plain_attrs(given) == expected
