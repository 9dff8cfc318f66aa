"""Where curves of two sizes cross: found where it was put, with an error that covers, and not found where it is not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import bendscape as bs
from bendscape.errors import InvalidParameterError

ALPHA = np.linspace(0.6, 1.6, 9)
SIZES = np.array([100, 200, 400])


def curves(where: float, stderr: float, noise: np.random.Generator | None = None, exponent: float = 0.0) -> xr.Dataset:
    """Straight lines whose slopes grow with size, all through one point."""
    mean = (0.5 + 0.1 * SIZES[:, None] ** 0.3 * (ALPHA - where)) / SIZES[:, None] ** exponent
    error = np.full(mean.shape, stderr) / SIZES[:, None] ** exponent
    if noise is not None:
        mean = mean + error * noise.standard_normal(mean.shape)
    dims = ("N", "alpha")
    return xr.Dataset({"phi": (dims, mean), "phi_stderr": (dims, error)}, coords={"N": SIZES, "alpha": ALPHA})


@pytest.mark.parametrize("exponent", [0.0, 1 / 3])
def test_a_crossing_is_found_where_it_is(exponent: float) -> None:
    found = bs.comparison.crossing(curves(1.1, 1e-6, exponent=exponent), exponent=exponent)
    np.testing.assert_allclose(found.crossing, 1.1, atol=1e-4)
    assert found.N.values.tolist() == [200, 400]
    assert float(found["mean"]) == pytest.approx(1.1, abs=1e-4)


def test_errors_cover() -> None:
    rng = np.random.default_rng(1)
    founds = [bs.comparison.crossing(curves(1.1, 0.004, rng), seed=i) for i in range(60)]
    pulls = np.array([(f.crossing.values - 1.1) / f.stderr.values for f in founds])
    joint = np.array([(float(f["mean"]) - 1.1) / float(f.mean_stderr) for f in founds])
    assert 0.7 < np.sqrt(np.mean(pulls**2)) < 1.35
    assert 0.65 < np.sqrt(np.mean(joint**2)) < 1.4


def test_nothing_is_found_in_noise_or_outside_of_the_grid() -> None:
    for where, stderr in ((1.1, 5.0), (3.0, 1e-3)):
        found = bs.comparison.crossing(curves(where, stderr))
        assert bool(found.crossing.isnull().all())
        assert np.isnan(float(found["mean"]))


def test_points_without_an_error_are_left_out() -> None:
    data = curves(1.1, 1e-6)
    data.phi_stderr[1, 2] = np.nan
    np.testing.assert_allclose(bs.comparison.crossing(data).crossing, 1.1, atol=1e-4)


def test_bad_input_is_named() -> None:
    data = curves(1.1, 1e-3)
    with pytest.raises(InvalidParameterError, match="variable = 'psi'"):
        bs.comparison.crossing(data, "psi")
    with pytest.raises(InvalidParameterError, match="at least two N"):
        bs.comparison.crossing(data.isel(N=[0]))
    with pytest.raises(InvalidParameterError, match="exponent = 'a'"):
        bs.comparison.crossing(data, exponent="a")  # type: ignore[arg-type]
