"""Signals from intensities: recovered by every operator and prior, up to what intensities cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bendscape.errors import InvalidParameterError
from bendscape.models.channels import Amplitude, GaussianNoise, Noiseless, Poisson
from bendscape.models.priors import Gaussian, NonNegative, OnSupport, PurePhase, Sparse
from bendscape.simulation import OperatorDescent, OperatorMessagePassing, align, retrieve, signal_overlap2
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
    Sensing,
    gaussian,
    orthogonal,
    random_masks,
    scan,
)

Array = np.ndarray


def signal(shape: Any, *, real: bool = False, seed: int = 5) -> Array:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    return np.asarray(x if real else (x + 1j * rng.standard_normal(shape)) / 2**0.5)


def functions() -> Functions:
    inner = CodedDiffraction(random_masks(3, 256, seed=1))
    return Functions(inner.matvec, inner.rmatvec, 256)


OPERATORS: dict[str, Callable[[], Sensing]] = {
    "Gaussian": lambda: gaussian(900, 300, seed=1),
    "orthogonal": lambda: orthogonal(900, 300, seed=1),
    "Fourier": lambda: PartialFourier(500, 1500, 1),
    "coded diffraction": lambda: CodedDiffraction(random_masks(3, (24, 24), seed=1)),
    "any masks": lambda: CodedDiffraction(signal((5, 24, 24), seed=1)),
    "cascade": lambda: Cascade(random_masks(3, (24, 24), layers=2, seed=1)),
    "ptychography": lambda: Ptychography(signal((12, 12), seed=1), scan((24, 24), (12, 12), 3), (24, 24)),
    "Fourier ptychography": lambda: FourierPtychography(
        signal((12, 12), seed=1), scan((24, 24), (12, 12), 3), (24, 24)
    ),
    "functions": functions,
}
REAL: dict[str, Callable[[], Sensing]] = {
    "Gaussian": lambda: gaussian(800, 400, complex_entries=False, seed=1),
    "orthogonal": lambda: orthogonal(800, 400, complex_entries=False, seed=1),
    "cosine": lambda: PartialCosine(400, 800, 1),
    "Hadamard": lambda: PartialHadamard(512, 1024, 1),
}


def assert_recovered(operator: Sensing, x: Array, **options: Any) -> Any:
    answer = retrieve(operator, operator.intensities(x), **options)
    assert answer.converged, answer.status
    assert answer.residual < 1e-4
    assert answer.signal.shape == operator.signal_shape
    np.testing.assert_allclose(align(answer.signal, x), x, atol=3e-3)
    assert answer.expected_overlap2 == pytest.approx(1.0, abs=1e-6)
    return answer


@pytest.mark.parametrize("kind", OPERATORS)
def test_complex_signals_are_recovered(kind: str) -> None:
    operator = OPERATORS[kind]()
    assert_recovered(operator, signal(operator.signal_shape))


@pytest.mark.parametrize("kind", REAL)
def test_real_signals_are_recovered_up_to_the_sign(kind: str) -> None:
    operator = REAL[kind]()
    x = signal(operator.signal_shape, real=True)
    assert np.isrealobj(assert_recovered(operator, x).signal)


@pytest.mark.parametrize("kind", ["Gaussian", "coded diffraction"])
def test_a_real_signal_takes_half_of_the_patterns_of_a_complex_operator(kind: str) -> None:
    half: dict[str, Callable[[], Sensing]] = {
        "Gaussian": lambda: gaussian(520, 350, seed=1),
        "coded diffraction": lambda: CodedDiffraction(random_masks(2, (24, 24), seed=1)),
    }
    operator = half[kind]()
    x = signal(operator.signal_shape, real=True)
    answer = assert_recovered(operator, x, prior=Gaussian(complex_valued=False))
    assert np.isrealobj(answer.signal)


def test_priors_lower_the_number_of_patterns() -> None:
    """Two labels a number: a complex Gaussian signal is not recovered there."""
    masks = CodedDiffraction(random_masks(2, (32, 32), seed=1))
    assert retrieve(masks, masks.intensities(signal((32, 32)))).residual > 1e-3
    rng = np.random.default_rng(3)
    assert_recovered(masks, np.abs(signal((32, 32), real=True)), prior=NonNegative())
    support = rng.random((32, 32)) < 0.7
    answer = assert_recovered(masks, np.where(support, signal((32, 32)), 0), prior=OnSupport(support))
    assert not answer.signal[~support].any()
    assert not answer.variance[~support].any()


@pytest.mark.parametrize("kind", ["matrix", "coded diffraction", "cascade", "support"])
def test_rows_of_any_length_and_patterns_of_any_exposure_are_one_problem(kind: str) -> None:
    """Rows of lengths over four decades, patterns of exposures 1, 2, 10: nothing is lost but the unit of a label."""
    exposures = np.array([1.0, 2.0, 10.0])[:, None, None]
    coded = CodedDiffraction(random_masks(3, (24, 24), seed=1) * exposures)
    uneven = 10 ** np.random.default_rng(4).uniform(-2, 2, 600)
    operators: dict[str, Sensing] = {
        "matrix": Matrix(gaussian(600, 200, seed=1).matrix * uneven[:, None]),
        "coded diffraction": coded,
        "cascade": Cascade(random_masks(3, (24, 24), layers=2, seed=1) * exposures[:, None]),
        "support": coded,
    }
    operator = operators[kind]
    even, divisors = operator.even()
    x = signal(operator.signal_shape)
    np.testing.assert_allclose(divisors * even.matvec(x.ravel()), operator.matvec(x.ravel()), rtol=1e-9, atol=1e-9)
    support = np.random.default_rng(5).random((24, 24)) < 0.8
    prior = OnSupport(support) if kind == "support" else None
    assert_recovered(operator, np.where(support, x, 0) if prior else x, prior=prior)


def test_labels_that_were_not_measured_are_not_read() -> None:
    operator = CodedDiffraction(random_masks(4, (24, 24), seed=1) * np.array([1.0, 1.0, 2.0, 5.0])[:, None, None])
    x = signal((24, 24))
    y = operator.intensities(x)
    missing = np.zeros(y.shape, dtype=bool)
    missing[:, :7, :7] = True  # a beam stop
    y[missing] = np.nan
    answer = retrieve(operator, y, missing=missing)
    assert answer.converged
    assert answer.residual < 1e-4
    np.testing.assert_allclose(align(answer.signal, x), x, atol=3e-3)
    descent = retrieve(operator, y, missing=missing, method=OperatorDescent(), start=x + signal((24, 24), seed=6))
    np.testing.assert_allclose(align(descent.signal, x), x, atol=3e-3)
    for wrong in (missing[0], np.ones(y.shape, dtype=bool), np.zeros(y.shape)):
        with pytest.raises(InvalidParameterError, match="missing"):
            retrieve(operator, y, missing=wrong)


def test_other_priors_recover_their_signals() -> None:
    masks = CodedDiffraction(random_masks(3, (32, 32), seed=1))
    assert_recovered(masks, np.exp(1j * signal((32, 32), real=True)), prior=PurePhase())
    sparse = signal((32, 32)) * (np.random.default_rng(3).random((32, 32)) < 0.3)
    answer = assert_recovered(masks, sparse, prior=Sparse(0.3))
    assert np.abs(answer.signal[sparse == 0]).max() < 1e-6


def test_the_global_phase_of_the_signal_changes_nothing_but_the_phase() -> None:
    operator = CodedDiffraction(random_masks(3, (16, 16), seed=1))
    x = signal((16, 16))
    y, turned = operator.intensities(x), operator.intensities(np.exp(0.7j) * x)
    np.testing.assert_allclose(y, turned, rtol=1e-10, atol=1e-12)
    assert signal_overlap2(retrieve(operator, y).signal, retrieve(operator, turned).signal) == pytest.approx(1.0)


@pytest.mark.parametrize("noise", [GaussianNoise(2, 0.02), None], ids=["noise", "no noise"])
def test_units_of_signal_and_operator_change_units_only(noise: Any) -> None:
    operator = gaussian(400, 100, seed=1)
    x = signal(100)
    y = operator.intensities(x)
    large = None if noise is None else GaussianNoise(2, 0.02 * 100.0**2)
    one = retrieve(operator, y, channel=noise)
    other = retrieve(operator, 100 * y, channel=large)
    assert other.scale == pytest.approx(10 * one.scale, rel=1e-4)
    np.testing.assert_allclose(align(other.signal, one.signal), 10 * one.signal, atol=1e-2)
    scaled = retrieve(Matrix(10 * operator.matrix), 100 * y, channel=large)
    np.testing.assert_allclose(align(scaled.signal, one.signal), one.signal, atol=1e-3)


def test_a_unitary_operator_agrees_with_its_matrix_and_with_its_products() -> None:
    """Three ways to solve with `A^H A`: a number, eigenvectors, conjugate gradients."""
    coded = CodedDiffraction(random_masks(4, 64, seed=1))
    x = signal(64)
    y = coded.intensities(x).reshape(-1) + 0.05 * np.random.default_rng(1).standard_normal(256)
    channel = GaussianNoise(2, 0.05**2)
    uneven = np.diag(1 + 1e-5 * (np.arange(256) % 2)) @ coded.to_dense()  # no longer unitary to six digits, by a hair
    by_number = retrieve(coded, y, channel=channel)
    by_vectors = retrieve(Matrix(uneven), y, channel=channel)
    by_products = retrieve(Functions(lambda v: uneven @ v, lambda v: uneven.conj().T @ v, 64), y, channel=channel)
    for other in (by_vectors, by_products):
        np.testing.assert_allclose(align(other.signal, by_number.signal), by_number.signal, atol=2e-3)
        assert other.expected_overlap2 == pytest.approx(by_number.expected_overlap2, abs=1e-4)


@pytest.mark.parametrize(
    ("channel", "labels"),
    [
        (GaussianNoise(2, 0.05), lambda y, rng: y + 0.05**0.5 * rng.standard_normal(y.shape)),
        (Poisson(2, 20.0), lambda y, rng: rng.poisson(20.0 * y)),
    ],
    ids=["noise", "counts"],
)
def test_the_expected_overlap_is_the_one_with_the_signal(channel: Any, labels: Any) -> None:
    operator = CodedDiffraction(random_masks(4, (16, 16), seed=1))
    x = signal((16, 16))
    answer = retrieve(operator, labels(operator.intensities(x), np.random.default_rng(7)), channel=channel)
    assert answer.converged
    error = np.mean(np.abs(align(answer.signal, x) - x) ** 2)
    # 256 numbers: their mean square error has a relative standard error of about 1/16
    assert error == pytest.approx(float(np.mean(answer.variance)), rel=0.25)
    assert signal_overlap2(answer.signal, x) == pytest.approx(answer.expected_overlap2, abs=0.01)


def test_amplitudes_are_labels_too() -> None:
    operator = CodedDiffraction(random_masks(3, (16, 16), seed=1))
    x = signal((16, 16))
    answer = retrieve(operator, np.sqrt(operator.intensities(x)), channel=Noiseless(2, Amplitude()))
    np.testing.assert_allclose(align(answer.signal, x), x, atol=1e-3)


def test_below_the_information_limit_the_answer_does_not_claim_to_be_one() -> None:
    operator = CodedDiffraction(random_masks(1, (24, 24), seed=1))
    x = signal((24, 24))
    answer = retrieve(operator, operator.intensities(x))
    assert signal_overlap2(answer.signal, x) < 0.5
    assert not answer.converged or answer.expected_overlap2 < 0.6
    if not answer.converged:
        assert np.isnan(answer.variance).all()
        assert "patterns" in answer.status or "descent" in answer.status


def test_noise_is_not_fitted_where_the_labels_tell_nothing() -> None:
    operator = CodedDiffraction(random_masks(4, (12, 12), seed=1) / 2)
    x = signal((12, 12))
    counts = np.random.default_rng(1).poisson(0.5 * operator.intensities(x))
    answer = retrieve(operator, counts, channel=Poisson(2, 0.5))
    assert answer.method == "message passing"
    assert np.mean(np.abs(align(answer.signal, x) - x) ** 2) < 1.2  # zero would have the error one


@pytest.mark.parametrize("loss", ["amplitude", "intensity"])
def test_descent_recovers_with_more_patterns_and_never_diverges(loss: Any) -> None:
    operator = CodedDiffraction(random_masks(6, (16, 16), seed=1))
    x = signal((16, 16))
    answer = retrieve(operator, operator.intensities(x), method=OperatorDescent(loss, steps=2000))
    assert answer.method == "descent"
    assert np.isnan(answer.expected_overlap2)
    np.testing.assert_allclose(align(answer.signal, x), x, atol=1e-3)
    few = CodedDiffraction(1e3 * random_masks(1, (16, 16), seed=1))
    for steps in (1, 3, 30):
        bad = retrieve(few, few.intensities(x), method=OperatorDescent(loss, steps=steps))
        assert bad.residual < 1.0


def test_a_start_near_the_signal_takes_the_place_of_the_spectral_one() -> None:
    operator = CodedDiffraction(random_masks(3, (16, 16), seed=1))
    x = signal((16, 16))
    answer = retrieve(operator, operator.intensities(x), start=3 * x + signal((16, 16), seed=9))
    np.testing.assert_allclose(align(answer.signal, x), x, atol=1e-3)
    assert answer.products < retrieve(operator, operator.intensities(x)).products


def test_one_seed_gives_one_answer() -> None:
    operator = CodedDiffraction(random_masks(3, (12, 12), seed=1))
    y = operator.intensities(signal((12, 12)))
    np.testing.assert_array_equal(retrieve(operator, y, seed=4).signal, retrieve(operator, y, seed=4).signal)


ANYTHING: Any = "counts"
A4 = gaussian(12, 4, seed=1)
Y12 = A4.intensities(signal(4))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: retrieve(A4, Y12[:11]), "y has shape"),
        (lambda: retrieve(A4, -Y12), "cannot give"),
        (lambda: retrieve(A4, 1j * Y12), "complex"),
        (lambda: retrieve(A4, np.full(12, np.nan)), "nan"),
        (lambda: retrieve(A4, np.zeros(12)), "zero everywhere"),
        (lambda: retrieve(A4, Y12, channel=Noiseless(1)), "p_star = 2"),
        (lambda: retrieve(A4, Y12, channel=ANYTHING), "channel"),
        (lambda: retrieve(A4, Y12, prior=ANYTHING), "prior"),
        (lambda: retrieve(A4, Y12, prior=OnSupport(np.ones(5, dtype=bool))), "support"),
        (lambda: retrieve(A4, Y12, method=ANYTHING), "method"),
        (lambda: retrieve(A4, Y12, start=np.zeros(4)), "start"),
        (lambda: retrieve(A4, Y12, start=np.ones(5)), "start"),
        (lambda: retrieve(A4, Y12, scale=-1.0), "scale"),
        (lambda: retrieve(A4, Y12, seed="a"), "seed"),
        (lambda: OperatorMessagePassing(damping=0.0), "damping"),
        (lambda: OperatorMessagePassing(steps=0), "steps"),
        (lambda: OperatorDescent("absolute"), "loss"),  # type: ignore[arg-type]
    ],
)
def test_wrong_arguments_are_one_clear_error(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        call()
