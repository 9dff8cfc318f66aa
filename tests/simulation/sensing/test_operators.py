"""Sensing operators: adjoints, Gram matrices and sizes, all against the dense matrix."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import random_array
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from bendscape.errors import InvalidParameterError
from bendscape.simulation.sensing import (
    Cascade,
    CodedDiffraction,
    FourierPtychography,
    Functions,
    Matrix,
    PartialCosine,
    PartialFourier,
    PartialHadamard,
    Ptychography,
    Restricted,
    Sensing,
    as_sensing,
    gaussian,
    orthogonal,
    random_masks,
    scan,
)

Array = np.ndarray


def normal(*shape: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def pair(masks: Array, shape: tuple[int, ...]) -> Functions:
    """Coded diffraction as a pair of functions."""
    return Functions(
        lambda x: np.fft.fft2(masks * x, norm="ortho"),
        lambda z: np.sum(masks.conj() * np.fft.ifft2(z, norm="ortho"), axis=0),
        shape,
    )


MAKERS: dict[str, Callable[[int, int, int], Sensing]] = {
    "matrix": lambda h, w, seed: Matrix(normal(3 * h, w, seed=seed)),
    "real Gaussian": lambda h, w, seed: gaussian(h, w, complex_entries=False, seed=seed),
    "orthogonal": lambda h, w, seed: orthogonal(h + w, w, seed=seed),
    "Fourier, columns": lambda h, w, seed: PartialFourier(h, h + w, seed),
    "Fourier, rows": lambda h, w, seed: PartialFourier(h + w, h, seed),
    "cosine, columns": lambda h, w, seed: PartialCosine(h, h + w, seed),
    "cosine, rows": lambda h, w, seed: PartialCosine(h + w, h, seed),
    "Hadamard, columns": lambda h, w, seed: PartialHadamard(min(h, 8), 8 if w < 4 else 16, seed),
    "Hadamard, rows": lambda h, w, seed: PartialHadamard(16, h, seed),  # noqa: ARG005
    "coded diffraction": lambda h, w, seed: CodedDiffraction(random_masks(2, (h, w), seed=seed)),
    "any masks": lambda h, w, seed: CodedDiffraction(normal(2, h, w, seed=seed)),
    "one axis": lambda h, w, seed: CodedDiffraction(random_masks(w, h, seed=seed)),
    "cascade": lambda h, w, seed: Cascade(random_masks(2, (h, w), layers=3, seed=seed)),
    "cascade of any masks": lambda h, w, seed: Cascade(normal(2, 2, h, w, seed=seed)),
    "ptychography": lambda h, w, seed: Ptychography(
        normal(3, 2, seed=seed), scan((h + 3, w + 3), (3, 2), 2), (h + 3, w + 3)
    ),
    "Fourier ptychography": lambda h, w, seed: FourierPtychography(
        normal(3, 2, seed=seed), scan((h + 3, w + 3), (3, 2), 1), (h + 3, w + 3)
    ),
    "support": lambda h, w, seed: Restricted(
        CodedDiffraction(normal(2, h, w, seed=seed)), np.arange(h * w).reshape(h, w) % 3 != 1
    ),
    "functions": lambda h, w, seed: pair(random_masks(2, (h, w), seed=seed), (h, w)),
}
sizes = st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(0, 3))


@pytest.mark.parametrize("kind", MAKERS)
@given(size=sizes)
@settings(max_examples=12)
def test_adjoint_and_blocks_are_those_of_the_matrix(kind: str, size: tuple[int, int, int]) -> None:
    operator = MAKERS[kind](*size)
    dense, (m, n) = operator.to_dense(), operator.shape
    assert dense.shape == (m, n)
    assert operator.alpha == m / n
    x, z = normal(n, 3), normal(m, 2)
    np.testing.assert_allclose(operator.matvec(x), dense @ x, atol=1e-10)
    np.testing.assert_allclose(operator.rmatvec(z), dense.conj().T @ z, atol=1e-10)
    np.testing.assert_allclose(operator @ x[:, 0], dense @ x[:, 0], atol=1e-10)
    np.testing.assert_allclose(np.vdot(z[:, 0], operator @ x[:, 0]), np.vdot(operator.rmatvec(z[:, 0]), x[:, 0]))
    assert (dense.dtype.kind == "c") == operator.is_complex


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("real", [False, True], ids=["complex signal", "real signal"])
def test_gram_solves_and_has_the_moments_of_the_matrix(kind: str, real: bool) -> None:
    operator = MAKERS[kind](5, 6, 1)
    dense = operator.to_dense()
    matrix, known = dense.conj().T @ dense, operator.gram()
    if real:
        matrix, known = matrix.real, known.real()
    n = len(matrix)
    right = normal(n, seed=3)
    right = right.real if real else right
    solution = known.solve(0.3, 0.7, right, np.zeros_like(right))
    np.testing.assert_allclose(solution, np.linalg.solve(0.3 * np.eye(n) + 0.7 * matrix, right), atol=1e-6)
    assert np.isrealobj(solution) == real
    values, weights = known.spectrum()
    assert weights.sum() == pytest.approx(1.0)
    # random vectors replace the trace where the operator has only products: their error is a few percent
    by_products = type(known).__name__ == "Products"
    for power in (1, 2):
        expected = np.mean(np.linalg.eigvalsh(matrix) ** power)
        assert weights @ values**power == pytest.approx(expected, rel=0.5 if by_products else 1e-9)


@pytest.mark.parametrize("kind", MAKERS)
def test_unitary_is_what_the_matrix_says(kind: str) -> None:
    operator = MAKERS[kind](5, 6, 1)
    dense = operator.to_dense()
    matrix = dense.conj().T @ dense
    assert operator.unitary == np.allclose(matrix, matrix[0, 0] * np.eye(len(matrix)))


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind != "functions"])  # lambdas cannot be pickled
def test_values_are_frozen_and_survive_pickling(kind: str) -> None:
    operator = MAKERS[kind](4, 5, 2)
    with pytest.raises(FrozenInstanceError):
        operator.seed = 3  # type: ignore[attr-defined]
    again = pickle.loads(pickle.dumps(operator))
    np.testing.assert_array_equal(again.to_dense(), operator.to_dense())


def test_one_seed_gives_one_operator() -> None:
    for make in (gaussian, orthogonal):
        np.testing.assert_array_equal(make(6, 4, seed=1).matrix, make(6, 4, seed=1).matrix)
        assert not np.array_equal(make(6, 4, seed=1).matrix, make(6, 4, seed=2).matrix)
    assert not np.array_equal(PartialFourier(4, 9, 1).places, PartialFourier(4, 9, 2).places)


@pytest.mark.parametrize(
    "operator", [gaussian(400, 300), orthogonal(400, 300), PartialFourier(300, 400), PartialHadamard(300, 512)]
)
def test_intensities_are_one_on_average(operator: Sensing) -> None:
    x = normal(300) / 2**0.5
    assert np.mean(operator.intensities(x)) == pytest.approx(np.mean(np.abs(x) ** 2), rel=0.15)


def test_coded_diffraction_is_masks_and_transforms() -> None:
    masks, x = normal(2, 4, 5), normal(4, 5, seed=1)
    expected = np.abs(np.fft.fft2(masks * x) / 20**0.5) ** 2
    np.testing.assert_allclose(CodedDiffraction(masks).intensities(x), expected)
    several = np.fft.fft2(masks[0] * np.fft.fft2(masks[1] * x)) / 20
    np.testing.assert_allclose(Cascade(masks[None, ::-1]).matvec(x.ravel()), several.ravel())


def test_ptychography_is_a_window_that_moves() -> None:
    probe, x = normal(3, 2), normal(6, 5, seed=1)
    there = Ptychography(probe, [[0, 0], [3, 2]], (6, 5)).intensities(x)
    np.testing.assert_allclose(there[1], np.abs(np.fft.fft2(probe * x[3:6, 2:4])) ** 2 / 6)
    image = FourierPtychography(np.ones((6, 5)), [[0, 0]], (6, 5)).intensities(x)
    np.testing.assert_allclose(image[0], np.abs(x) ** 2)  # a pupil that passes everything


@pytest.mark.parametrize(
    "given_as",
    [
        lambda dense: dense,
        lambda dense: dense.tolist(),
        aslinearoperator,
        lambda dense: _OwnOperator(dense),
        lambda dense: Functions(lambda x: dense @ x, lambda z: dense.conj().T @ z, 5),
        Matrix,
    ],
)
def test_what_users_have_is_one_operator(given_as: Callable[[Array], Any]) -> None:
    dense = normal(8, 5)
    np.testing.assert_allclose(as_sensing(given_as(dense)).to_dense(), dense)


def test_sparse_and_real_operators_are_taken() -> None:
    sparse = random_array((30, 8), density=0.5, rng=np.random.default_rng(1))
    seen = as_sensing(sparse)
    np.testing.assert_allclose(seen.to_dense(), sparse.toarray())
    assert not seen.is_complex


def test_functions_of_another_array_library() -> None:
    pytest.importorskip("array_api_strict")
    masks = random_masks(2, (3, 4), seed=1)

    def forward(x: Any) -> Any:
        import array_api_strict as xp

        return xp.fft.fftn(xp.asarray(masks) * xp.astype(x, xp.complex128)[None, ...], axes=(1, 2), norm="ortho")

    def backward(z: Any) -> Any:
        import array_api_strict as xp

        return xp.sum(xp.asarray(masks.conj()) * xp.fft.ifftn(z, axes=(1, 2), norm="ortho"), axis=0)

    seen = as_sensing(Functions(forward, backward, (3, 4), library="array_api_strict"))
    np.testing.assert_allclose(seen.to_dense(), CodedDiffraction(masks).to_dense(), atol=1e-12)


class _OwnOperator:
    """An operator as a user may write it, without SciPy; PyLops has these names, too."""

    def __init__(self, dense: Array) -> None:
        self.shape, self._dense = dense.shape, dense

    def matvec(self, x: Array) -> Array:
        return np.asarray(self._dense @ x)

    def rmatvec(self, z: Array) -> Array:
        return np.asarray(self._dense.conj().T @ z)


def functions(forward: Any, backward: Any) -> Functions:
    return Functions(forward, backward, 8)


def fails(_: Array) -> Array:
    raise ZeroDivisionError("no")


F = np.fft.fft
NUMBER: Any = 3
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a scaled adjoint": (lambda: functions(F, np.fft.ifft), "0.125 times"),
    "a transpose": (lambda: functions(lambda x: normal(9, 8) @ x, lambda z: normal(9, 8).T @ z), "without a conjugate"),
    "a row of zeros": (lambda: np.vstack([np.zeros(3), np.eye(3)]), "rows of zeros, such as row 0"),
    "a row of zeros in products": (lambda: aslinearoperator(np.vstack([np.zeros(3), np.eye(3)])), "rows of zeros"),
    "nan": (lambda: np.array([[1.0, np.nan]]), "nan"),
    "nan in products": (lambda: functions(F, lambda z: np.nan * z), "not finite"),
    "another size": (lambda: functions(F, lambda z: z[:5]), "returns an array of shape"),
    "a failure": (lambda: functions(F, fails), "ZeroDivisionError"),
    "no adjoint": (lambda: LinearOperator((3, 3), matvec=lambda x: x, dtype=float), "rmatvec"),
    "one axis": (lambda: np.ones(4), "shape"),
    "a number": (lambda: 3.0, "operator"),
    "text": (lambda: "A", "operator"),
    "nothing": (lambda: None, "operator"),
    "one function": (lambda: F, "Functions"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_operators_are_one_clear_error(kind: str) -> None:
    make, message = WRONG[kind]
    with pytest.raises(InvalidParameterError, match=message):
        as_sensing(make())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CodedDiffraction(np.ones(3)), "masks has shape"),
        (lambda: CodedDiffraction(np.zeros((2, 3))), "zero everywhere"),
        (lambda: CodedDiffraction(np.array([[1.0, np.inf]])), "inf"),
        (lambda: Cascade(np.ones((2, 3))), "masks has shape"),
        (lambda: PartialHadamard(3, 12), "power of two"),
        (lambda: PartialFourier(0, 3), "n = 0"),
        (lambda: orthogonal(3, 5), "at least n"),
        (lambda: Ptychography(np.ones((3, 3)), [[0, 2]], (4, 4)), "positions"),
        (lambda: Ptychography(np.ones((3, 3)), [[0.5, 0]], (4, 4)), "positions"),
        (lambda: Ptychography(np.zeros((3, 3)), [[0, 0]], (4, 4)), "window"),
        (lambda: scan((3, 3), (4, 4), 1), "window"),
        (lambda: random_masks(0, 4), "patterns"),
        (lambda: Restricted(gaussian(4, 3), [1, 0, 1]), "support"),
        (lambda: gaussian(4, 3).matvec(np.ones(4)), "x = "),
        (lambda: gaussian(4, 3).rmatvec(np.ones(3)), "z = "),
        (lambda: gaussian(4, 3).intensities(np.ones(4)), "signal has shape"),
        (lambda: Functions(NUMBER, F, 4), "product = 3"),
        (lambda: Functions(F, F, (4, 0)), "signal_shape"),
    ],
)
def test_wrong_sizes_are_one_clear_error(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        make()
