"""Uncertainty of a fit: against a slow transcription, and under symmetries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.estimators.uncertainty import fit_uncertainty
from bendscape.simulation import GradientDescent
from bendscape.simulation.data import prepared
from bendscape.simulation.inputs import read


def fitted(p_star: int, noise: float, seed: int = 0, N: int = 12, M: int = 150) -> tuple[Any, Any, Any]:
    """A sample, a student fitted to it, and the vectors in its units."""
    rng = np.random.default_rng(seed)
    X, V = rng.standard_normal((M, N)), np.linalg.qr(rng.standard_normal((N, p_star)))[0].T * np.sqrt(N)
    y = np.mean((X @ V.T) ** 2, axis=1) / N + noise * rng.standard_normal(M)
    data = prepared(bs.QuadraticNetwork(p_star, p_star, 1.0), X, np.maximum(y, 0), rng=rng)
    run = bs.train(data.part(), method=GradientDescent(3000), start=V, sphere=False, tolerance=1e-9)
    return data.part(), run.weights.values[-1], V


def slowly(sample: Any, student: Any) -> Any:
    """Standard deviations by a matrix of finite differences and a pseudo-inverse."""
    k, N = student.shape
    x = np.asarray(read(sample.inputs, 0, sample.inputs.shape[0]))
    c = 1 / (sample.net.a + sample.labels)
    base, step = np.mean((x @ student.T) ** 2, axis=1), 1e-6
    J = np.empty((len(x), k * N))
    for column in range(k * N):
        moved = student.copy()
        moved.flat[column] += step
        back = student.copy()
        back.flat[column] -= step
        J[:, column] = (np.mean((x @ moved.T) ** 2, axis=1) - np.mean((x @ back.T) ** 2, axis=1)) / (2 * step)
    inverse = np.linalg.pinv(J.T @ np.diag(c) @ J, rcond=1e-9, hermitian=True) @ J.T @ np.diag(c)
    leverage = np.diag(J @ inverse)
    residual = sample.labels - base
    covariance = inverse @ np.diag(residual**2 / (1 - leverage)) @ inverse.T
    return np.sqrt(np.diag(covariance) + (inverse @ residual) ** 2).reshape(k, N)


@pytest.mark.parametrize("p_star", [1, 2, 3])
def test_it_is_that_of_a_slow_transcription(p_star: int) -> None:
    sample, student, _ = fitted(p_star, 0.1)
    np.testing.assert_allclose(fit_uncertainty(sample, student), slowly(sample, student), rtol=1e-4)


def test_a_rotation_of_the_vectors_changes_no_sum_of_squares() -> None:
    sample, student, _ = fitted(2, 0.1)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((2, 2)))[0]
    one, other = (np.sum(fit_uncertainty(sample, each) ** 2) for each in (student, turn @ student))
    assert one == pytest.approx(other, rel=1e-9)


def test_errors_are_as_large_as_it_tells() -> None:
    """Mean squares of errors over variances, 40 samples of 12 components."""
    ratios = []
    for seed in range(40):
        sample, student, V = fitted(1, 0.2, seed)
        error = student - np.sign(np.sum(student * V)) * V / np.sqrt(np.mean(V**2)) * np.sqrt(np.mean(student**2))
        ratios.append(np.mean((error / fit_uncertainty(sample, student)) ** 2))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.25)


def test_more_weights_than_labels_have_none() -> None:
    sample, student, _ = fitted(1, 0.1, M=12, N=14)
    assert np.all(np.isnan(fit_uncertainty(sample, student)))
