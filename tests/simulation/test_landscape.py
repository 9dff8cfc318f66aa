"""The Hessian as an operator: that of the literal loss, symmetric, linear, and the same however it is computed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError, MemoryLimitError
from bendscape.simulation import Hessian, Sample, draw, gradient, hessian, loss
from bendscape.simulation.sphere import on_sphere

Array = np.ndarray
EPS32 = float(np.finfo(np.float32).eps)


def literal_loss(sample: Sample, student: Array) -> float:
    """Equation (3), sample by sample, neuron by neuron."""
    net, total = sample.net, 0.0
    for x in sample.inputs:
        yhat = sum(float(w @ x) ** 2 for w in student) / int(net.p)
        y = sum(float(w @ x) ** 2 for w in sample.teacher) / net.p_star
        total += (y - yhat) ** 2 / (2 * (net.a + y))
    return total


def derivatives(function: Callable[[float], float]) -> tuple[float, float]:
    """First and second at zero from five points: exact for a polynomial of degree four, which the loss is."""
    low2, low, here, high, high2 = (function(t) for t in (-2.0, -1.0, 0.0, 1.0, 2.0))
    return (8 * (high - low) - (high2 - low2)) / 12, (16 * (high + low) - (high2 + low2) - 30 * here) / 12


def literal_derivatives(sample: Sample, w: Array) -> tuple[Array, Array]:
    """Gradient, and Hessian by polarisation, of `literal_loss`."""
    unit = np.eye(w.size)

    def along(direction: Array) -> tuple[float, float]:
        return derivatives(lambda t: literal_loss(sample, w + t * direction.reshape(w.shape)))

    first = np.array([along(e)[0] for e in unit]).reshape(w.shape)
    second = np.array([[(along(d + e)[1] - along(d - e)[1]) / 4 for e in unit] for d in unit])
    return first, second


PLACES: dict[str, Callable[[Sample], Array]] = {
    "random weights": lambda sample: np.random.default_rng(1).standard_normal(sample.student.shape) * 1.3,
    "the sample's student": lambda sample: np.asarray(sample.student),
    "zero": lambda sample: np.zeros_like(sample.student),
    "near the teacher": lambda sample: np.resize(sample.teacher, sample.student.shape) * 0.9,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("p", "p_star"), [(1, 1), (2, 1), (1, 3), (3, 2)])
def test_gradient_and_hessian_are_those_of_the_literal_loss(p: int, p_star: int, place: str) -> None:
    sample = draw(bs.QuadraticNetwork(p, p_star, 0.4), alpha=1.7, N=3, seed=(p, p_star))
    w = PLACES[place](sample)
    first, second = literal_derivatives(sample, w)
    scale = float(np.abs(second).max())
    assert loss(sample, w) == pytest.approx(literal_loss(sample, w), rel=1e-12)
    np.testing.assert_allclose(gradient(sample, w), first, atol=1e-11 * max(scale, literal_loss(sample, w)))
    for matrix in (hessian(sample, w), Hessian(sample, w).dense(), Hessian(sample, w) @ np.eye(w.size)):
        np.testing.assert_allclose(matrix, second, atol=1e-11 * max(scale, literal_loss(sample, w)))


@pytest.mark.parametrize(("p", "a"), [(1, 0.3), (2, 0.0), (3, 1.5)])
def test_at_the_teacher_only_the_positive_part_is_left(p: int, a: float) -> None:
    # yhat = y there, so F = (2/p)^2 u u^T / (a + y): H is a sum of squares
    sample = draw(bs.QuadraticNetwork(p, p, a), alpha=1.5, N=8, seed=p)
    matrix = hessian(sample, sample.teacher)
    expected = np.zeros_like(matrix)
    for x in sample.inputs:
        u = sample.teacher @ x
        direction = np.kron(u, x)
        expected += (2 / p) ** 2 * np.outer(direction, direction) / (a + np.mean(u**2))
    norm = float(np.linalg.norm(expected, 2))
    np.testing.assert_allclose(matrix, expected, atol=1e-13 * norm)
    assert np.linalg.eigvalsh(matrix)[0] > -1e-13 * norm
    assert loss(sample, sample.teacher) < 1e-25
    np.testing.assert_allclose(gradient(sample, sample.teacher), 0.0, atol=1e-12)


@pytest.mark.parametrize(("p", "p_star"), [(1, 1), (2, 1), (1, 3), (3, 2)])
def test_gradient_and_hessian_are_those_of_automatic_differentiation(p: int, p_star: int) -> None:
    torch = pytest.importorskip("torch")
    sample = draw(bs.QuadraticNetwork(p, p_star, 0.4), alpha=2.0, N=7, seed=3)
    x, teacher = torch.tensor(sample.inputs), torch.tensor(sample.teacher)

    def value(weights: Any) -> Any:
        yhat, y = ((x @ weights.T) ** 2).sum(1) / p, ((x @ teacher.T) ** 2).sum(1) / p_star
        return ((y - yhat) ** 2 / (2 * (0.4 + y))).sum()

    for place in PLACES.values():
        w = place(sample)
        first = torch.autograd.functional.jacobian(value, torch.tensor(w)).numpy()
        second = torch.autograd.functional.hessian(value, torch.tensor(w)).numpy().reshape(w.size, w.size)
        scale = float(np.abs(second).max())
        np.testing.assert_allclose(gradient(sample, w), first, atol=1e-13 * scale)
        np.testing.assert_allclose(hessian(sample, w), second, atol=1e-13 * scale)
        np.testing.assert_allclose(Hessian(sample, w) @ np.eye(w.size), second, atol=1e-13 * scale)


class Case(NamedTuple):
    sample: Sample
    w: Array  # anywhere, not on the sphere
    v: Array  # three columns
    scale: float  # a bound of |H| and of what is added up to make it

    def close(self, one: Any, other: Any, rounding: float = 1e-13) -> None:
        np.testing.assert_allclose(one, other, rtol=0, atol=rounding * self.scale * float(np.linalg.norm(self.v)))


def magnitude(sample: Sample, w: Array) -> float:
    """`sum_mu |x|^2 (2/p) (yhat + y + (2/p) |u|^2) / (a + y)`."""
    p, u2 = w.shape[0], np.sum((sample.inputs @ w.T) ** 2, axis=1)
    terms = (2 / p) * (3 * u2 / p + sample.labels) / (sample.net.a + sample.labels)
    return float(np.sum(np.sum(sample.inputs**2, axis=1) * terms))


@st.composite
def cases(choose: st.DrawFn) -> Case:
    net = bs.QuadraticNetwork(choose(st.integers(1, 4)), choose(st.integers(1, 3)), choose(st.floats(0.1, 5.0)))
    alpha, n, seed = choose(st.floats(0.3, 4.0)), choose(st.integers(3, 25)), choose(st.integers(0, 2**31))
    sample, rng = draw(net, alpha=alpha, N=n, seed=seed), np.random.default_rng(seed)
    w = rng.standard_normal(sample.student.shape) * choose(st.floats(0.1, 3.0))
    return Case(sample, w, rng.standard_normal((w.size, 3)), magnitude(sample, w))


@contextmanager
def rows_at_once(number: int) -> Iterator[None]:
    """With so many rows of inputs in a block."""
    with pytest.MonkeyPatch.context() as patch:  # the package's attribute of that name is the function
        patch.setattr(sys.modules["bendscape.simulation.landscape"], "_rows_at_once", lambda *_: number)
        yield


@given(cases())
def test_the_operator_is_symmetric_and_linear(case: Case) -> None:
    H, (u, v, w) = Hessian(case.sample, case.w), case.v.T
    size = float(np.linalg.norm(case.v)) ** 2
    assert float(u @ (H @ v)) == pytest.approx(float((H @ u) @ v), abs=1e-13 * case.scale * size)
    case.close(H @ (2.0 * u - 0.3 * v + w), 2.0 * (H @ u) - 0.3 * (H @ v) + H @ w)
    assert not np.any(H @ np.zeros(u.size))


@given(cases())
def test_every_form_of_the_product_is_the_same(case: Case) -> None:
    H, v = Hessian(case.sample, case.w), case.v
    expected = H.dense() @ v
    case.close(H @ v, expected)
    case.close(H.matmat(np.asfortranarray(v)), expected)
    case.close(np.stack([H @ column for column in v.T], axis=1), expected)
    case.close(np.stack([H.matvec(column) for column in v.T], axis=1), expected)
    case.close(H.product(np.ascontiguousarray(v.T)).T, expected)
    case.close(H.matvec(v[:, :1]), expected[:, :1])
    case.close(H.rmatvec(v[:, 0]), expected[:, 0])
    assert H.H is H
    assert H.T is H


@given(cases())
def test_a_product_leaves_its_argument_alone(case: Case) -> None:
    rows = np.ascontiguousarray(case.v.T)
    before, H = rows.copy(), Hessian(case.sample, case.w)
    once = H.product(rows)
    assert np.array_equal(rows, before)
    assert np.array_equal(H.product(rows), once)


@given(cases(), st.sampled_from([1, 7, 10**6]), st.sampled_from([1, 2, 3, 9]))
def test_blocks_of_rows_and_threads_change_nothing_but_rounding(case: Case, at_once: int, threads: int) -> None:
    expected = Hessian(case.sample, case.w).dense() @ case.v
    with rows_at_once(at_once):
        H = Hessian(case.sample, case.w, threads=threads)
        found = H @ case.v
        case.close(found, expected)
        assert np.array_equal(found, H @ case.v)


@given(cases())
def test_single_precision_is_close_to_double(case: Case) -> None:
    net, (M, n) = case.sample.net, case.sample.inputs.shape
    single = replace(case.sample, inputs=case.sample.inputs.astype(np.float32))
    H = Hessian(single, case.w)
    assert H.dtype == np.float32
    assert (H @ case.v).dtype == np.float32
    rounding = 10 * EPS32 * np.sqrt(max(M, n)) * (1 + net.a**-0.5)  # labels are given, so a + y is not at stake
    case.close(H @ case.v, Hessian(case.sample, case.w) @ case.v, rounding)
    case.close(H.dense() @ case.v, Hessian(case.sample, case.w) @ case.v, rounding)


@given(cases())
def test_rotating_the_neurons_rotates_the_hessian(case: Case) -> None:
    p, n = case.w.shape
    rotation = np.linalg.qr(np.random.default_rng(n).standard_normal((p, p)))[0]
    whole = np.kron(rotation, np.eye(n))
    one, other = hessian(case.sample, case.w), hessian(case.sample, rotation @ case.w)
    np.testing.assert_allclose(other, whole @ one @ whole.T, atol=1e-13 * case.scale)
    np.testing.assert_allclose(np.linalg.eigvalsh(other), np.linalg.eigvalsh(one), atol=1e-13 * case.scale)


@given(cases())
def test_loss_gradient_and_hessian_add_over_the_samples(case: Case) -> None:
    M = case.sample.inputs.shape[0]
    parts = [
        replace(case.sample, inputs=case.sample.inputs[i : i + 1], labels=case.sample.labels[i : i + 1])
        for i in range(M)
    ]
    assert loss(case.sample, case.w) == pytest.approx(sum(loss(part, case.w) for part in parts), rel=1e-12)
    total, size = sum(gradient(part, case.w) for part in parts), float(np.linalg.norm(case.w))
    np.testing.assert_allclose(gradient(case.sample, case.w), total, atol=1e-12 * case.scale * size)
    case.close(Hessian(case.sample, case.w) @ case.v, sum(Hessian(part, case.w) @ case.v for part in parts))


@given(cases())
def test_the_gradient_is_a_product_with_the_hessian_of_a_neighbour(case: Case) -> None:
    # two points of Gauss integrate the quadratic Hessian along a line exactly
    start, end = case.w, case.w + 0.1 * case.v[:, 0].reshape(case.w.shape)
    points = [start + (0.5 + s / np.sqrt(12)) * (end - start) for s in (-1, 1)]
    mean = sum(Hessian(case.sample, w) @ (end - start).ravel() for w in points) / 2
    scale = 1e-12 * max(magnitude(case.sample, w) for w in (start, end)) * np.linalg.norm(np.stack([start, end]))
    np.testing.assert_allclose(
        (gradient(case.sample, end) - gradient(case.sample, start)).ravel(), mean, atol=float(scale)
    )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("threads", [1, 2])
def test_regenerated_inputs_give_the_same_loss_gradient_and_products(dtype: Any, threads: int) -> None:
    # 262 rows make a generated block at N = 1000: five blocks and a part
    net = bs.QuadraticNetwork(2, 1, 0.7)
    held, again = (draw(net, alpha=1.4, N=1000, seed=3, dtype=dtype, regenerate=r) for r in (False, True))
    w = held.student[::-1] * 1.1
    v = np.random.default_rng(0).standard_normal((2000, 3))
    case = Case(held, w, v, magnitude(held, w))
    rounding = 1e-15 if dtype == "float64" else EPS32  # times a sum over all samples, far above the norm of H
    case.close(Hessian(again, w, threads=threads) @ v, Hessian(held, w) @ v, rounding)
    assert loss(again, w) == pytest.approx(loss(held, w), rel=100 * rounding)
    pull = gradient(held, w)
    np.testing.assert_allclose(gradient(again, w), pull, atol=100 * rounding * np.abs(pull).max())


def test_a_dense_hessian_of_regenerated_inputs_is_the_same() -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    held, again = (draw(net, alpha=30.0, N=60, seed=3, regenerate=r) for r in (False, True))
    np.testing.assert_allclose(hessian(again), hessian(held), atol=1e-12 * np.abs(hessian(held)).max())


@settings(max_examples=20)
@given(cases())
def test_the_operator_says_what_it_is(case: Case) -> None:
    H, sample = Hessian(case.sample), case.sample
    size = sample.student.size
    assert H.shape == (size, size)
    assert H.dtype == sample.inputs.dtype
    enough = sample.inputs.shape[0] >= sample.inputs.shape[1]  # with less, zero has a larger multiplicity
    assert H.multiplicity == (sample.net.p * sample.net.p_star if enough else None)
    assert Hessian(sample, sample.student).multiplicity is None
    assert H.nbytes == sample.inputs.nbytes
    np.testing.assert_allclose(H.dense(), Hessian(sample, sample.student).dense())


@pytest.mark.parametrize("shape", [(1, 5), (3, 5), (2, 4), (10,), (1, 2, 5)])
def test_a_student_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    sample = draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.0, N=5, seed=1)
    for function in (loss, gradient, hessian, Hessian):
        with pytest.raises(InvalidParameterError, match=r"student has shape .*give an array of shape \(2, 5\)"):
            function(sample, np.ones(shape))


@pytest.mark.parametrize("threads", [0, -1, 1.5, True])
def test_a_number_of_threads_is_a_positive_integer(threads: Any) -> None:
    sample = draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.0, N=5, seed=1)
    with pytest.raises(InvalidParameterError, match=f"threads = {threads}"):
        Hessian(sample, threads=threads)


def test_a_dense_hessian_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=0.5, N=250, seed=1)
    monkeypatch.setattr("bendscape.memory.available", lambda: 10**6)
    H = Hessian(sample)
    with pytest.raises(MemoryLimitError, match=r"500 rows would take 0\.002 GB, and 0\.001 GB .*BlockLanczos"):
        H.dense()
    assert (H @ sample.student.ravel()).shape == (500,)


@settings(max_examples=20)
@given(cases())
def test_complex_vectors_are_multiplied_in_two_parts(case: Case) -> None:
    H, z = Hessian(case.sample, case.w), case.v + 1j * case.v[:, ::-1]
    expected = H.dense() @ z
    for found in (
        H @ z,
        H.matmat(z),
        H.rmatmat(z),
        H.T @ z,
        H.H @ z,
        H.dot(z),
        (z.T @ H).T,
        -(-H @ z),
        (2j * H @ z) / 2j,
    ):
        case.close(found.real, expected.real)
        case.close(found.imag, expected.imag)
    for found in (H @ z[:, 0], H.matvec(z[:, 0]), H.rmatvec(z[:, 0]), z[:, 0] @ H):
        case.close(found.real, expected[:, 0].real)
        case.close(found.imag, expected[:, 0].imag)


def small() -> Sample:
    return draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.0, N=5, seed=1)


def test_vectors_of_any_kind_of_number() -> None:
    H, whole = Hessian(small()), np.arange(10)
    for vector in (
        whole,
        whole.tolist(),
        whole.astype("f4"),
        np.ma.asarray(whole),
        whole.astype(object),
        whole[:, None],
    ):
        np.testing.assert_allclose(np.ravel(H @ vector), H @ whole.astype(float), rtol=1e-12)
    single = replace(small(), inputs=small().inputs.astype(np.float32))
    assert (Hessian(single) @ (whole + 1j)).dtype == np.complex64
    assert np.isnan(H @ np.full(10, np.nan)).all()


@pytest.mark.parametrize(
    ("vector", "named"),
    [
        (np.ones(9), r"vector has shape \(9,\): give one of shape \(10,\)"),
        (np.ones((9, 2)), r"vector has shape \(9, 2\)"),
        (np.ones((10, 1, 1)), r"vector has shape"),
        (np.ma.masked_less(np.arange(10), 3), "missing value at 0"),
        ([None] * 10, "missing value"),
        (3.0, "vector = 3.0"),
        ("word", "vector = 'word'"),
    ],
)
def test_invalid_vectors_are_named(vector: Any, named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        Hessian(small()) @ vector


@pytest.mark.parametrize(
    ("student", "named"),
    [
        (np.full((2, 5), np.nan), "student has the entry nan"),
        (np.ones((2, 5)) * 1j, "student is complex"),
        (np.ma.masked_less(np.zeros((2, 5)), 1), "student has a missing value"),
        (np.full((2, 5), 1e200), "is not finite at a student with weights up to 1e.200: give a smaller student"),
    ],
)
def test_an_invalid_student_is_named(student: Any, named: str) -> None:
    for function in (loss, gradient, hessian, Hessian):
        with pytest.raises(InvalidParameterError, match=named):
            function(small(), student)


def test_inputs_of_integers_are_not_rounded_in_silence() -> None:
    whole, data = replace(small(), inputs=np.ones((10, 5), dtype=int)), cast(Any, "data")
    for function in (loss, gradient, hessian, Hessian):
        with pytest.raises(InvalidParameterError, match="inputs of dtype int64: give float64 or float32"):
            function(whole)
        with pytest.raises(InvalidParameterError, match="sample = 'data': give a Sample"):
            function(data)


def test_inputs_without_variance_in_some_directions_announce_no_multiplicity() -> None:
    # zero is an eigenvalue of p times as many vectors
    net = bs.Network(1, 1, inputs=bs.Inputs((0.0, 1.0, 1.0, 1.0)))
    H = Hessian(draw(net, alpha=12.0, N=40, seed=1))
    assert H.multiplicity is None
    expected = np.linalg.eigvalsh(H.dense())[:6]
    found = bs.simulation.lowest(H, 6, solver=bs.simulation.BlockLanczos())
    np.testing.assert_allclose(found.values, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**-3, 2.0**1000])
def test_a_student_of_any_length_is_brought_to_the_sphere(scale: float) -> None:
    student = small().student
    assert np.array_equal(on_sphere(student * scale), on_sphere(student))
