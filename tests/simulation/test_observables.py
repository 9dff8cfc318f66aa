"""What is said of eigenvectors: each quantity is its definition, written out slowly, and has its limits."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bendscape as bs
from bendscape.simulation import (
    Dense,
    Eigenpairs,
    Hessian,
    Sample,
    draw,
    lowest,
    mean_stderr,
    observe,
    sample_participation,
    teacher_overlap2,
)

Array = np.ndarray


@st.composite
def samples(choose: st.DrawFn, most_p_star: int = 3) -> Sample:
    """With at least as many inputs as teacher neurons, and more samples than weights."""
    p, p_star, n = choose(st.integers(1, 3)), choose(st.integers(1, most_p_star)), choose(st.integers(6, 16))
    net = bs.QuadraticNetwork(p, p_star, choose(st.floats(0.1, 3.0)))
    return draw(net, alpha=choose(st.floats(1.0, 4.0)), N=n, seed=choose(st.integers(0, 2**31)))


def all_pairs(sample: Sample) -> Eigenpairs:
    return lowest(Hessian(sample), sample.student.size, solver=Dense())


def gram_schmidt(rows: Array) -> list[Array]:
    basis: list[Array] = []
    for row in rows:
        rest = row.copy()
        for _ in range(2):
            for q in basis:
                rest = rest - (q @ rest) * q
        basis.append(rest / math.sqrt(float(rest @ rest)))
    return basis


def literal_overlap2(sample: Sample, vector: Array) -> float:
    """Neuron by neuron: the squared length of its projection on the teacher's span."""
    p, n = sample.student.shape
    neurons = [vector[k * n : (k + 1) * n] for k in range(p)]
    return sum(float(v @ q) ** 2 for v in neurons for q in gram_schmidt(sample.teacher))


def literal_participation(sample: Sample, vector: Array) -> float:
    """Sample by sample."""
    p, n = sample.student.shape
    weights = [sum(float(vector[k * n : (k + 1) * n] @ x) ** 2 for k in range(p)) for x in sample.inputs]
    return sum(w**2 for w in weights) / sum(weights) ** 2


def literal(sample: Sample, pairs: Eigenpairs) -> dict[str, float]:
    """The numbers per sample, from the definitions in `PER_SAMPLE`."""
    k = int(sample.net.p) * sample.net.p_star
    further = min(4 * k, 8)
    overlaps = [literal_overlap2(sample, v) for v in pairs.vectors.T]
    low, after = overlaps[:k], overlaps[k : k + further]
    enough = len(after) == further
    captured = sum(low) / k
    return {
        "smallest_eigenvalue": pairs.values[0],
        "outlier": sum(pairs.values[:k]) / k,
        "gap": pairs.values[k] - pairs.values[k - 1] if len(overlaps) > k else math.nan,
        "captured": captured,
        "log_captured": math.log(captured),
        "excess": captured - sum(after) / further if enough else math.nan,
        "dominance": sum(low) / (sum(low) + sum(after)) if enough else math.nan,
        "phi": float(overlaps.index(max(overlaps)) < k) if len(overlaps) > k else math.nan,
    }


@given(samples(), st.integers(0, 12))
def test_observables_are_their_definitions(sample: Sample, beyond: int) -> None:
    k = int(sample.net.p) * sample.net.p_star
    pairs = lowest(Hessian(sample), min(k + beyond, sample.student.size), solver=Dense())
    found = observe(sample, pairs)
    for name, value in literal(sample, pairs).items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), name
    for name, function in (("overlap2", literal_overlap2), ("participation", literal_participation)):
        np.testing.assert_allclose(found[name], [function(sample, v) for v in pairs.vectors.T], rtol=1e-9, atol=1e-12)
    H = Hessian(sample).dense()
    residuals = [np.linalg.norm(H @ v - value * v) for value, v in zip(pairs.values, pairs.vectors.T, strict=True)]
    np.testing.assert_allclose(found["residual"], residuals, atol=1e-12 * float(np.linalg.norm(H)))
    assert found["converged"]
    np.testing.assert_array_equal(found["value"], pairs.values)


@given(samples())
def test_overlaps_of_a_full_basis_count_the_directions_of_the_teacher(sample: Sample) -> None:
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((sample.student.size,) * 2))[0]
    for vectors in (basis, all_pairs(sample).vectors):
        overlaps = teacher_overlap2(sample, vectors)
        assert np.all((overlaps >= 0) & (overlaps <= 1 + 1e-12))
        assert overlaps.sum() == pytest.approx(sample.net.p * sample.net.p_star, rel=1e-10)


@given(samples())
def test_the_overlap_is_the_squared_projection_on_the_span(sample: Sample) -> None:
    (p, n), rng = sample.student.shape, np.random.default_rng(1)
    inside = (rng.standard_normal((p, sample.net.p_star)) @ sample.teacher).ravel()
    away = rng.standard_normal((p, n))
    q = np.array(gram_schmidt(sample.teacher))
    outside = (away - away @ q.T @ q).ravel()
    inside, outside = inside / np.linalg.norm(inside), outside / np.linalg.norm(outside)
    vectors = np.stack([inside, outside, 0.6 * inside + 0.8 * outside], axis=1)
    np.testing.assert_allclose(teacher_overlap2(sample, vectors), [1.0, 0.0, 0.36], atol=1e-10)


@given(samples(most_p_star=2), st.integers(0, 2**31))
def test_rotating_the_neurons_changes_no_observable(sample: Sample, seed: int) -> None:
    # of eigenvectors carried along: those found anew may be mixed where eigenvalues are close
    (p, n), pairs = sample.student.shape, all_pairs(sample)
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((p, p)))
    turned = replace(sample, student=rotation @ sample.student)
    vectors = np.kron(rotation, np.eye(n)) @ pairs.vectors
    one, other = observe(sample, pairs), observe(turned, replace(pairs, vectors=vectors))
    for name in set(one) - {"phi"}:  # a tie of overlaps may fall to either side
        np.testing.assert_allclose(other[name], one[name], rtol=1e-8, atol=1e-10, err_msg=name)
    anew = observe(turned, all_pairs(turned))
    scale = float(np.abs(pairs.values).max())
    np.testing.assert_allclose(anew["value"], one["value"], atol=1e-11 * scale)
    k = p * sample.net.p_star
    if one["gap"] > 1e-3 * scale:
        assert anew["captured"] == pytest.approx(one["captured"], rel=1e-7)
        assert math.isclose(anew["outlier"], float(np.mean(pairs.values[:k])), abs_tol=1e-10 * scale)


@given(samples(), st.floats(0.1, 10.0))
def test_participation_needs_no_normalisation_and_lies_between_one_over_m_and_one(
    sample: Sample, factor: float
) -> None:
    vectors = np.random.default_rng(2).standard_normal((sample.student.size, 3))
    found = sample_participation(sample, vectors)
    np.testing.assert_allclose(sample_participation(sample, factor * vectors), found, rtol=1e-10)
    assert np.all((found >= (1 - 1e-12) / len(sample.labels)) & (found <= 1 + 1e-12))


@pytest.mark.parametrize("p", [1, 2, 5])
def test_all_samples_have_a_part_in_a_random_vector(p: int) -> None:
    # w is a chi-squared of p degrees, up to how its length is shared among the neurons: (p + 2)/(p M); 3/M for p = 1
    sample = draw(bs.QuadraticNetwork(p, 1, 0.7), alpha=10.0, N=200, seed=4)
    V = np.random.default_rng(5).standard_normal((40, p, 200))
    V /= np.linalg.norm(V, axis=2, keepdims=True)
    mean, stderr = mean_stderr(2000 * sample_participation(sample, V.reshape(40, -1).T))
    assert abs(mean - (p + 2) / p) < 4 * stderr + 0.02


def test_one_giant_sample_has_an_eigenvector_for_itself() -> None:
    net = bs.QuadraticNetwork(1, 1, 0.7)
    sample = draw(net, alpha=3.0, N=40, seed=6)
    giant = int(np.argmin((sample.inputs @ sample.student[0]) ** 2 - sample.labels))  # where F is negative
    inputs = sample.inputs.copy()
    inputs[giant] *= 30.0
    labels = (inputs @ sample.teacher[0]) ** 2
    sample = replace(sample, inputs=inputs, labels=labels)
    found = observe(sample, lowest(Hessian(sample), 9))
    assert found["participation"][0] > 0.95
    assert np.all(found["participation"][1:] < 0.5)


@pytest.mark.parametrize(("p", "p_star"), [(1, 1), (2, 1), (2, 2)])
def test_what_needs_further_eigenvectors_is_nan_without_them(p: int, p_star: int) -> None:
    sample, k = draw(bs.QuadraticNetwork(p, p_star, 0.7), alpha=3.0, N=20, seed=1), p * p_star
    further = min(4 * k, 8)

    def missing(number: int) -> set[str]:
        found = observe(sample, lowest(Hessian(sample), number))
        return {name for name in found if np.ndim(found[name]) == 0 and math.isnan(found[name])}

    assert missing(k) == {"gap", "excess", "dominance", "phi"}
    assert missing(k + further - 1) == {"excess", "dominance"}
    assert missing(k + further) == set()


@pytest.mark.parametrize("p_star", [5, 6, 9])
def test_a_teacher_that_spans_everything_is_seen_whole(p_star: int) -> None:
    sample = draw(bs.QuadraticNetwork(1, p_star, 0.7), alpha=4.0, N=5, seed=2)
    found = observe(sample, all_pairs(sample))
    np.testing.assert_allclose(found["overlap2"], 1.0, rtol=1e-12)
    assert found["captured"] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("p", "alpha", "n"), [(2, 0.25, 4), (1, 0.4, 60)])
def test_an_eigenvector_that_no_sample_carries_has_no_participation(p: int, alpha: float, n: int) -> None:
    # with fewer samples than inputs H has zero eigenvalues; what x v is there is rounding
    sample = draw(bs.QuadraticNetwork(p, 1, 0.7), alpha=alpha, N=n, seed=1)
    pairs = all_pairs(sample)
    zero = np.abs(pairs.values) < 1e-12 * np.abs(pairs.values).max()
    found = observe(sample, pairs)["participation"]
    assert np.count_nonzero(zero) == p * (n - len(sample.labels))
    assert np.all(np.isnan(found[zero]))
    np.testing.assert_allclose(
        found[~zero], [literal_participation(sample, v) for v in pairs.vectors.T[~zero]], rtol=1e-9
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_regenerated_inputs_give_the_same_participation(dtype: Any) -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    held, again = (draw(net, alpha=2.5, N=600, seed=3, dtype=dtype, regenerate=r) for r in (False, True))
    vectors = np.random.default_rng(7).standard_normal((1200, 3))
    np.testing.assert_allclose(sample_participation(again, vectors), sample_participation(held, vectors), rtol=1e-4)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=60))
def test_the_error_of_a_share_is_never_zero(bits: list[float]) -> None:
    n, q = len(bits), (sum(bits) + 1) / (len(bits) + 2)
    mean, stderr = mean_stderr(bits, share=True)
    assert mean == pytest.approx(sum(bits) / n)
    assert stderr == pytest.approx(math.sqrt(q * (1 - q) / n))
    assert stderr > 0
    assert mean_stderr([1 - b for b in bits], share=True) == pytest.approx((1 - mean, stderr))


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_means_have_the_usual_error(values: list[float]) -> None:
    mean, stderr = mean_stderr(values)
    n, average = len(values), math.fsum(values) / len(values)
    assert mean == pytest.approx(average, abs=1e-9)
    if n == 1:
        assert math.isnan(stderr)
    else:
        variance = math.fsum((v - average) ** 2 for v in values) / (n - 1)
        assert stderr == pytest.approx(math.sqrt(variance / n), rel=1e-9, abs=1e-9)
