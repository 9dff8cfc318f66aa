"""The Hessian is that of the loss as written; samples can be made again; diagonalisation agrees with the theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError
from bendscape.simulation import Sample, diagonalise, draw, eigenvalues, gradient, hessian, loss
from bendscape.simulation.diagonalise import teacher_overlap2

Array = np.ndarray


def literal_loss(sample: Sample, student: Array) -> float:
    """Equation (3), sample by sample, neuron by neuron."""
    net, total = sample.net, 0.0
    for x in sample.inputs:
        yhat = sum(float(w @ x) ** 2 for w in student) / int(net.p)
        y = sum(float(w @ x) ** 2 for w in sample.teacher) / net.p_star
        total += (y - yhat) ** 2 / (2 * (net.a + y))
    return total


def second_differences(sample: Sample, step: float) -> Array:
    """The Hessian of `literal_loss` by central second differences: exact for a quartic but for `step^2` terms."""
    p, n = sample.student.shape
    flat = sample.student.ravel()
    unit = np.eye(p * n) * step

    def value(w: Array) -> float:
        return literal_loss(sample, w.reshape(p, n))

    matrix = np.empty((p * n, p * n))
    for i in range(p * n):
        for j in range(p * n):
            corners = [s * t * value(flat + s * unit[i] + t * unit[j]) for s in (1, -1) for t in (1, -1)]
            matrix[i, j] = sum(corners) / (4 * step**2)
    return matrix


networks = st.builds(
    bs.QuadraticNetwork, p=st.integers(1, 3), p_star=st.integers(1, 3), a=st.floats(0.1, 5.0, allow_nan=False)
)


@given(networks, st.integers(0, 2**31))
def test_loss_and_gradient_are_those_of_equation_3(net: bs.QuadraticNetwork, seed: int) -> None:
    sample = draw(net, alpha=2.0, N=4, seed=seed)
    w = sample.student + 0.3
    assert loss(sample, w) == pytest.approx(literal_loss(sample, w), rel=1e-12)
    direction = np.random.default_rng(seed).standard_normal(w.shape)
    step = 1e-5
    numerical = (loss(sample, w + step * direction) - loss(sample, w - step * direction)) / (2 * step)
    scale = float(np.linalg.norm(gradient(sample, w)) * np.linalg.norm(direction))
    assert float(np.sum(gradient(sample, w) * direction)) == pytest.approx(numerical, abs=1e-7 * max(scale, 1.0))


@pytest.mark.parametrize(("p", "p_star"), [(1, 1), (2, 1), (3, 2)])
def test_hessian_is_that_of_the_loss_itself(p: int, p_star: int) -> None:
    # a wrong factor (2/p, sum or mean) would be off by tens of per cent; the differences are good to 1e-5
    sample = draw(bs.QuadraticNetwork(p, p_star, 0.7), alpha=2.0, N=4, seed=11)
    matrix = hessian(sample)
    np.testing.assert_allclose(matrix, second_differences(sample, 1e-3), atol=2e-5 * np.abs(matrix).max())
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12)


def test_hessian_follows_the_weights_it_is_given() -> None:
    sample = draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.0, N=5, seed=3)
    w, step = sample.teacher.repeat(2, axis=0) * 0.8, 1e-5
    columns = []
    for i in range(w.size):
        shift = np.zeros(w.size)
        shift[i] = step
        d = shift.reshape(w.shape)
        columns.append((gradient(sample, w + d) - gradient(sample, w - d)).ravel() / (2 * step))
    np.testing.assert_allclose(hessian(sample, w), np.array(columns), atol=1e-8 * np.abs(columns).max())


@given(st.integers(0, 2**31))
def test_loss_does_not_see_rotations_of_the_neurons(seed: int) -> None:
    sample = draw(bs.QuadraticNetwork(3, 1, 0.5), alpha=1.5, N=6, seed=seed)
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    assert loss(sample, rotation @ sample.student) == pytest.approx(loss(sample), rel=1e-12)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(hessian(sample, rotation @ sample.student)), np.linalg.eigvalsh(hessian(sample)), atol=1e-9
    )


def test_samples_have_the_stated_variances() -> None:
    net = bs.QuadraticNetwork(3, 2, 0.7)
    sample = draw(net, alpha=5.0, N=400, seed=0)
    assert sample.inputs.shape == (2000, 400)
    assert sample.inputs.var() * 400 == pytest.approx(1.0, abs=4 * np.sqrt(2 / sample.inputs.size))
    np.testing.assert_allclose(np.linalg.norm(sample.teacher, axis=1), 20.0)
    np.testing.assert_allclose(np.linalg.norm(sample.student, axis=1), 20.0)
    # y is a chi-squared of two degrees over two: mean and variance one
    assert sample.labels.mean() == pytest.approx(1.0, abs=4 / np.sqrt(2000))
    assert sample.labels.var() == pytest.approx(1.0, abs=4 * np.sqrt(8 / 2000))


def test_overlap_is_the_squared_projection_on_the_span() -> None:
    sample = draw(bs.QuadraticNetwork(2, 2, 0.7), alpha=1.0, N=30, seed=5)
    inside = np.concatenate([sample.teacher[0] + sample.teacher[1], -2 * sample.teacher[0]])
    outside = np.linalg.svd(sample.teacher)[2][-1]
    mixed = inside / np.linalg.norm(inside) * 0.6 + np.concatenate([outside, np.zeros(30)]) * 0.8
    vectors = np.stack([inside / np.linalg.norm(inside), np.concatenate([outside, np.zeros(30)]), mixed], axis=1)
    np.testing.assert_allclose(teacher_overlap2(sample, vectors), [1.0, 0.0, 0.36], atol=1e-12)


def test_the_same_seed_gives_the_same_numbers_for_any_number_of_workers() -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    one, two = (diagonalise(net, alpha=2.0, N=20, samples=3, seed=9, workers=w) for w in (1, 2))
    assert one.equals(two)
    again = diagonalise(net, **{k: one.attrs[k] for k in ("alpha", "N", "samples", "seed")})
    assert one.equals(again)
    other = diagonalise(net, alpha=2.0, N=20, samples=3, seed=10)
    assert not np.any(one.value.values == other.value.values)


def test_the_bulk_of_one_hessian_follows_the_limiting_law() -> None:
    # counts of eigenvalues in an interval fluctuate by O(1), not by its square root: three at dimension 600
    net, alpha, n = bs.QuadraticNetwork(2, 1, 0.7), 2.5, 300
    found = bs.spectrum(net, alpha=alpha)
    values = eigenvalues(net, alpha=alpha, N=n, seed=1)
    for low, high in ((-0.5, 0.5), (0.5, 3.0), (3.0, 8.0)):
        share = np.mean((values > low) & (values < high))
        assert share == pytest.approx(found.mass(low, high), abs=6 / (2 * n))


def test_zero_eigenvalues_make_up_the_missing_rank() -> None:
    net = bs.QuadraticNetwork(3, 1, 0.7)
    values = eigenvalues(net, alpha=0.4, N=50, seed=2)
    assert np.mean(np.abs(values) < 1e-9) == pytest.approx(bs.spectrum(net, alpha=0.4).zero_mass, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "p_star", "a", "ratio"), [(2, 1, 0.7, 3.0), (2, 1, 1.5, 3.0), (1, 2, 1.0, 3.0), (3, 2, 1.5, 3.0)]
)
def test_outlier_and_overlap_agree_with_the_theory(p: int, p_star: int, a: float, ratio: float) -> None:
    net = bs.QuadraticNetwork(p, p_star, a)
    alpha = ratio * bs.threshold(net).alpha
    (outlier,) = bs.spectrum(net, alpha=alpha).outliers
    data = diagonalise(net, alpha=alpha, N=100, samples=24, seed=4).mean("eigenvalue")
    for name, limit, correction in (("value", outlier.value, 0.05), ("overlap2", outlier.overlap2_teacher, 0.04)):
        mean, stderr = float(data[name].mean()), float(data[name].std(ddof=1)) / np.sqrt(24)
        # the O(1/N) shift that remains at N = 100 is allowed for beside the error bar
        assert abs(mean - limit) < 3.5 * stderr + correction * abs(limit), name


@pytest.mark.long
@pytest.mark.parametrize("a", [0.7, 1.5])
def test_the_deviation_from_the_theory_shrinks_with_size(a: float) -> None:
    net = bs.QuadraticNetwork(2, 1, a)
    alpha = 2.0 * bs.threshold(net).alpha
    (outlier,) = bs.spectrum(net, alpha=alpha).outliers
    widths = []
    for n, samples in ((125, 160), (500, 60)):
        data = diagonalise(net, alpha=alpha, N=n, samples=samples, seed=n, workers=2).overlap2.mean("eigenvalue")
        mean, stderr = float(data.mean()), float(data.std(ddof=1)) / np.sqrt(samples)
        assert abs(mean - outlier.overlap2_teacher) < 4 * stderr + 2.0 / n
        widths.append(float(data.std(ddof=1)))
    # fluctuations of the overlap fall like one over the square root of N: a factor two here
    assert 1.4 < widths[0] / widths[1] < 2.9


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"N": 0}, "N = 0"),
        ({"N": 2.5}, "N = 2.5"),
        ({"alpha": -1.0}, "alpha = -1.0"),
        ({"alpha": 1e-9}, "alpha = 1e-09"),
        ({"samples": 0}, "samples = 0"),
        ({"workers": 0}, "workers = 0"),
    ],
)
def test_bad_input_is_named(change: dict[str, float], named: str) -> None:
    arguments = {"alpha": 2.0, "N": 10, "samples": 2, "seed": 0} | change
    with pytest.raises(InvalidParameterError, match=named):
        diagonalise(bs.QuadraticNetwork(2, 1, 0.7), **arguments)  # type: ignore[arg-type]


def test_infinite_width_cannot_be_simulated() -> None:
    with pytest.raises(InvalidParameterError, match="p = inf"):
        draw(bs.QuadraticNetwork(float("inf"), 1, 0.7), alpha=1.0, N=10, seed=0)
