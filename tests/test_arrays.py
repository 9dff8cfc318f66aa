"""The same simulation on the arrays of other libraries: the strict standard, and PyTorch where it is installed."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import InvalidParameterError, MissingPackageError
from bendscape.simulation import BlockLanczos, Dense, Hessian, Sample, draw, gradient, hessian, loss, lowest
from bendscape.simulation.arrays import library, namespace, to_numpy

Array = np.ndarray
NET = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
ROUNDING = {"float64": 1e-12, "float32": 1e-5}

precisions = pytest.mark.parametrize("dtype", ["float64", "float32"])
held_or_not = pytest.mark.parametrize("regenerate", [False, True])


@pytest.fixture(params=["array_api_strict", "torch"])
def name(request: pytest.FixtureRequest) -> str:
    """A library that is here."""
    pytest.importorskip(request.param)
    return str(request.param)


def pair(name: str, N: int = 60, **options: Any) -> tuple[Sample, Sample]:
    """A sample in NumPy, and the same elsewhere."""
    sample = draw(NET, alpha=3.0, N=N, seed=4, **options)
    return sample, sample.to(name, device="cpu" if name == "torch" else None)


def close(found: Any, expected: Array, dtype: str) -> None:
    """Equal within rounding of the largest number."""
    np.testing.assert_allclose(to_numpy(found), expected, rtol=0, atol=ROUNDING[dtype] * float(np.abs(expected).max()))


@precisions
@held_or_not
def test_loss_gradient_and_hessian_agree_with_numpy(name: str, dtype: str, regenerate: bool) -> None:
    sample, moved = pair(name, dtype=dtype, regenerate=regenerate)
    for scale in (None, 1.3):
        one, other = (None if scale is None else each.student * scale for each in (sample, moved))
        assert loss(moved, other) == pytest.approx(loss(sample, one), rel=ROUNDING[dtype])
        assert namespace(gradient(moved, other)) is namespace(moved.labels)
        close(gradient(moved, other), gradient(sample, one), dtype)
        matrix = hessian(moved, other)
        assert isinstance(matrix, np.ndarray)
        assert matrix.dtype == np.float64
        close(matrix, hessian(sample, one), dtype)


@precisions
@held_or_not
def test_products_agree_with_numpy_and_stay_in_their_library(name: str, dtype: str, regenerate: bool) -> None:
    sample, moved = pair(name, dtype=dtype, regenerate=regenerate)
    H, other = Hessian(sample), Hessian(moved)
    assert (other.shape, other.dtype, other.multiplicity, other.nbytes) == (H.shape, H.dtype, H.multiplicity, H.nbytes)
    rows = np.random.default_rng(0).standard_normal((5, 120)).astype(dtype)
    product = other.product(other.native(rows))
    assert namespace(product) is namespace(moved.labels)
    assert to_numpy(product).dtype == np.dtype(dtype)
    close(product, H.product(rows), dtype)
    column = other @ rows[0].astype(float)  # as SciPy uses it: NumPy in, NumPy out
    assert isinstance(column, np.ndarray)
    close(column, H @ rows[0].astype(float), dtype)


@precisions
@held_or_not
def test_block_lanczos_finds_the_pairs_that_a_dense_solver_finds(name: str, dtype: str, regenerate: bool) -> None:
    sample, moved = pair(name, dtype=dtype, regenerate=regenerate)
    exact = lowest(Hessian(sample), 3, solver=Dense())
    for solver in (Dense(), BlockLanczos(), BlockLanczos(basis=12)):
        found = lowest(Hessian(moved), 3, solver=solver)
        assert found.converged, found
        assert all(type(part) is np.ndarray for part in (found.values, found.vectors, found.residuals))
        np.testing.assert_allclose(found.values, exact.values, rtol=0, atol=found.tolerance + exact.tolerance)
        np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(3), atol=ROUNDING[dtype])


@held_or_not
def test_blocks_of_regenerated_inputs_arrive_one_by_one(name: str, regenerate: bool) -> None:
    # 262 rows make a generated block at N = 1000: eleven and a part
    sample, moved = pair(name, N=1000, regenerate=regenerate)
    rows = np.random.default_rng(0).standard_normal((1, 2000))
    close(Hessian(moved).product(Hessian(moved).native(rows)), Hessian(sample).product(rows), "float64")


def test_there_and_back_nothing_is_lost(name: str) -> None:
    for regenerate in (False, True):
        sample, moved = pair(name, dtype="float32", regenerate=regenerate)
        back = moved.to("numpy")
        assert back.net == moved.net == sample.net
        for part in ("labels", "student", "teacher"):
            assert type(getattr(back, part)) is np.ndarray
            assert np.array_equal(getattr(back, part), getattr(sample, part))
        assert loss(back) == loss(sample)
        if not regenerate:
            assert back.inputs.dtype == np.float32
            assert np.array_equal(back.inputs, sample.inputs)


def test_to_numpy_is_no_copy_of_what_is_numpy_already(name: str) -> None:
    sample, moved = pair(name)
    assert to_numpy(sample.inputs) is sample.inputs
    assert type(to_numpy(moved.inputs)) is np.ndarray
    assert np.array_equal(to_numpy(moved.inputs), sample.inputs)


def test_threads_are_those_of_the_other_library(name: str) -> None:
    with pytest.raises(InvalidParameterError, match="threads = 2: for arrays of another library set them there"):
        Hessian(pair(name)[1], threads=2)


def test_a_student_of_the_wrong_shape_is_named_there_too(name: str) -> None:
    moved = pair(name)[1]
    with pytest.raises(InvalidParameterError, match=r"student has shape \(1, 60\)"):
        loss(moved, moved.student[:1, :])


@pytest.mark.parametrize("unknown", ["jax", "", "NumPy", "os", "numpy.linalg"])
def test_only_known_libraries_are_imported(unknown: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"library = '{unknown}': give 'numpy', 'torch' or 'cupy'"):
        library(unknown)


@pytest.mark.parametrize("missing", ["torch", "cupy"])
def test_a_library_that_is_not_installed_is_named_with_the_remedy(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"array_api_compat.{missing}", None)  # as if it were not there
    with pytest.raises(MissingPackageError, match=f"pip install {missing}"):
        library(missing)
    with pytest.raises(MissingPackageError, match=f"{missing} is not installed"):
        draw(NET, alpha=1.0, N=5, seed=1).to(missing)


def test_numpy_is_always_there() -> None:
    sample = draw(NET, alpha=1.0, N=5, seed=1)
    assert namespace(sample.inputs) is library("numpy")
    assert np.array_equal(sample.to("numpy").inputs, sample.inputs)
