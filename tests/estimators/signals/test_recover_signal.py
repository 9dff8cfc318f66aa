"""Signals from labels of an operator: answers, their uncertainty, verdicts, and one clear error for bad data."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.sparse.linalg import aslinearoperator

import bendscape as bs
from bendscape.errors import DataWarning, InvalidParameterError, MemoryLimitError
from bendscape.estimators import SignalRecovery
from bendscape.models.priors import Gaussian, OnSupport
from bendscape.simulation import signal_overlap2
from bendscape.simulation.sensing import CodedDiffraction, PartialFourier, Sensing, orthogonal, random_masks

Array = np.ndarray
SIDE = 12


def diffraction(patterns: int, seed: int = 1) -> CodedDiffraction:
    return CodedDiffraction(random_masks(patterns, (SIDE, SIDE), seed=seed))


def signal(shape: Any = (SIDE, SIDE), seed: int = 2) -> Array:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def quiet(operator: Any, y: Any, **options: Any) -> SignalRecovery:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        answer = bs.recover(operator, y, **options)
    assert isinstance(answer, SignalRecovery)
    return answer


def counts(operator: Sensing, mean: float, dark: float = 0.0, seed: int = 3) -> tuple[Array, Array]:
    """A signal with this mean intensity, and counts of it."""
    x = signal()
    x = x * (mean / operator.intensities(x).mean()) ** 0.5
    return x, np.random.default_rng(seed).poisson(dark + operator.intensities(x)).astype(float)


def test_three_patterns_are_explained() -> None:
    A, x = diffraction(3), signal()
    answer = bs.recover(A, A.intensities(x))
    assert answer.verdict.status == "explained"
    assert answer.verdict.complete
    assert signal_overlap2(answer.signal, x) == pytest.approx(1, abs=1e-6)
    assert answer.noise == 0
    assert answer.evidence.prediction.alpha == 3
    assert answer.evidence.prediction.perfect == pytest.approx(2.264, abs=1e-3)


def test_two_patterns_are_too_few_and_the_warning_says_how_many_are_needed() -> None:
    A, x = diffraction(2), signal()
    with pytest.warns(DataWarning, match=r"2 labels for each number of the signal are too few.*2\.264"):
        answer = bs.recover(A, A.intensities(x))
    assert answer.verdict.status == "too few"
    assert not answer.verdict.sufficient
    assert signal_overlap2(answer.signal, x) < 0.5


def test_all_ways_to_give_an_operator_lead_to_one_answer() -> None:
    x = signal(40)
    A = orthogonal(160, 40, seed=4)
    y = A.intensities(x)
    expected = bs.recover(A, y).signal
    functions = (lambda x: A.matvec(x), lambda z: A.rmatvec(z))
    for operator in (A.matrix, aslinearoperator(A.matrix)):
        assert signal_overlap2(quiet(operator, y).signal, expected) == pytest.approx(1, abs=1e-9)
    answer = quiet(functions, y, signal_shape=40)
    assert signal_overlap2(answer.signal, expected) == pytest.approx(1, abs=1e-9)


def test_noise_of_intensities_is_learnt_with_its_error() -> None:
    A, x = diffraction(5), signal()
    clean = A.intensities(x)
    variance = 0.05 * clean.mean() ** 2
    answer = quiet(A, clean + variance**0.5 * np.random.default_rng(5).standard_normal(clean.shape))
    assert abs(answer.noise - variance) < 3 * answer.noise.error
    assert answer.noise.error < 0.3 * variance
    assert answer.verdict.sufficient
    assert signal_overlap2(answer.signal, x) == pytest.approx(answer.expected_overlap2, abs=0.02)


def test_standard_deviations_are_those_of_the_errors() -> None:
    A = diffraction(4)
    x, y = counts(A, 20.0)
    answer = quiet(A, y, kind="counts")
    off = bs.simulation.align(answer.signal, x) - x
    assert np.mean(np.abs(off) ** 2) == pytest.approx(np.mean(answer.stderr**2), rel=0.3)


def test_a_dark_level_is_part_of_counts_and_is_subtracted_from_intensities() -> None:
    A = diffraction(4)
    x, y = counts(A, 50.0, dark=20.0)
    assert signal_overlap2(quiet(A, y, kind="counts", dark=20.0).signal, x) > 0.95
    clean = A.intensities(x)
    answer = quiet(A, clean + 7.0, dark=7.0)
    assert signal_overlap2(answer.signal, x) == pytest.approx(1, abs=1e-6)


def test_amplitudes() -> None:
    A, x = diffraction(3), signal()
    answer = bs.recover(A, np.sqrt(A.intensities(x)), kind="amplitude")
    assert answer.verdict.status == "explained"
    assert signal_overlap2(answer.signal, x) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("how", ["mask", "nan"])
def test_pixels_that_were_not_measured_tell_nothing(how: str) -> None:
    A, x = diffraction(4), signal()
    y = A.intensities(x)
    dead = np.random.default_rng(6).random(y.shape) < 0.2
    given = np.ma.masked_array(np.where(dead, 1e6, y), dead) if how == "mask" else np.where(dead, np.nan, y)
    answer = bs.recover(A, given)
    assert signal_overlap2(answer.signal, x) == pytest.approx(1, abs=1e-6)
    assert answer.evidence.missing == dead.sum()
    assert answer.evidence.prediction.alpha == pytest.approx(4 * (1 - dead.mean()))


def test_a_wrong_answer_is_not_explained_by_labels_held_out() -> None:
    A = diffraction(3)
    y = A.intensities(signal())
    shuffled = np.random.default_rng(7).permutation(y.ravel()).reshape(y.shape)
    answer = quiet(A, shuffled)
    assert answer.verdict.status != "explained"
    assert not answer.verdict.sufficient


def test_a_detector_that_saturates_is_named() -> None:
    A, x = diffraction(3), signal()
    y = A.intensities(x)
    level = np.quantile(y, 0.9)
    answer = quiet(A, np.minimum(y, level))
    assert answer.verdict.status != "explained"
    assert any("saturates" in each.text for each in answer.verdict.findings)


def test_a_shift_and_a_flip_are_named_where_labels_cannot_tell_them() -> None:
    x = signal(16)
    A = PartialFourier(16, 32, seed=1)
    padded = CodedDiffraction(np.ones((1, 32)))
    support = np.arange(32) < 16
    ambiguous = quiet(padded, padded.intensities(np.where(support, np.pad(x, (0, 16)), 0)), prior=OnSupport(support))
    assert ambiguous.evidence.ambiguous == "flip"
    assert quiet(padded, padded.intensities(np.pad(x, (0, 16)))).evidence.ambiguous == "shift and flip"
    assert quiet(A, A.intensities(x)).evidence.ambiguous == quiet(A, A.intensities(x)).evidence.ambiguous
    assert quiet(diffraction(2), np.ones((2, SIDE, SIDE))).evidence.ambiguous == ""


def test_labels_of_another_operator_are_not_explained() -> None:
    """Neighbouring pixels of smooth patterns are alike, so that a wrong answer predicts labels held out."""
    A, x = diffraction(4), signal()
    off = CodedDiffraction(A.masks * np.exp(0.3j * np.random.default_rng(8).standard_normal(A.masks.shape)))
    assert quiet(off, A.intensities(x)).verdict.status == "signal"
    support = np.zeros((16, 16), dtype=bool)
    support[4:12, 4:12] = True
    plain = CodedDiffraction(np.ones((1, 16, 16)))
    answer = quiet(plain, plain.intensities(np.where(support, signal((16, 16)), 0)), prior=OnSupport(support))
    assert answer.retrieval.converged or answer.verdict.status != "explained"
    assert any("flip" in each.text for each in answer.verdict.findings)


def test_a_real_signal_takes_half_of_the_patterns() -> None:
    A = diffraction(2)
    x = signal().real
    answer = bs.recover(A, A.intensities(x), prior=Gaussian(complex_valued=False))
    assert answer.verdict.status == "explained"
    assert signal_overlap2(answer.signal, x) == pytest.approx(1, abs=1e-6)
    assert answer.evidence.prediction.perfect == pytest.approx(2.264 / 2, abs=1e-3)


def test_names_and_coordinates_of_the_signal_are_kept() -> None:
    A, x = diffraction(3), signal()
    y = xr.DataArray(A.intensities(x), dims=("pattern", "row", "column"), coords={"row": np.arange(SIDE)})
    answer = bs.recover(A, y)
    assert answer.signal.dims == answer.stderr.dims == ("row", "column")
    assert not answer.signal.coords  # those of the detector are not those of the signal
    like = xr.DataArray(np.zeros((SIDE, SIDE)), dims=("h", "w"), coords={"w": np.linspace(0, 1, SIDE)})
    named = bs.recover(A, y, like=like).signal
    assert named.dims == ("h", "w")
    assert named.w.equals(like.w)


def test_a_start_is_used() -> None:
    A, x = diffraction(3), signal()
    answer = bs.recover(A, A.intensities(x), start=x, held_out=0.0)
    assert answer.verdict.status == "explained"
    assert answer.retrieval.products < bs.recover(A, A.intensities(x), held_out=0.0).retrieval.products


def test_the_record_is_plain() -> None:
    import json

    A = diffraction(3)
    record = bs.recover(A, A.intensities(signal())).to_dict()
    assert json.loads(json.dumps(record)) == record


Y = np.ones((3, SIDE, SIDE))


@pytest.mark.parametrize(
    ("operator", "y", "options", "message"),
    [
        ((np.fft.fft, np.fft.fft), np.ones(8), {"signal_shape": 8}, "adjoint"),
        ((np.fft.fft, np.fft.ifft), np.ones(8), {}, "signal_shape"),
        (np.vstack([np.eye(4, dtype=complex), np.zeros((1, 4))]), np.ones(5), {}, "rows of zeros"),
        (np.full((5, 4), np.nan + 0j), np.ones(5), {}, "finite"),
        (diffraction(3), Y[:2], {}, r"shape \(2, 12, 12\).*\(3, 12, 12\)"),
        (diffraction(3), -Y, {}, "432 of 432 labels of y are negative"),
        (diffraction(3), Y - 2 * (Y.cumsum().reshape(Y.shape) < 9), {"kind": "counts"}, "8 of 432 .* are negative"),
        (diffraction(3), Y, {"dark": 3.0}, "less the dark level 3"),
        (diffraction(3), Y * (1 + 1j), {}, "y is complex"),
        (diffraction(3), np.full(Y.shape, np.nan), {}, "all labels of y are masked"),
        (diffraction(3), np.where(Y.cumsum().reshape(Y.shape) < 2, np.inf, Y), {}, "infinite"),
        (diffraction(3), 0 * Y, {}, "zero everywhere"),
        (diffraction(3), Y, {"kind": "photons"}, "kind = 'photons'"),
        (diffraction(3), Y, {"held_out": 0.7}, "held_out"),
        (diffraction(3), Y, {"like": np.ones(3)}, "like"),
        (diffraction(3), Y, {"p_star": 2}, "p_star = 2: X is an operator"),
        (np.eye(8), np.ones(8), {"kind": "counts"}, "kind = 'counts': X is a real matrix"),
    ],
)
def test_bad_data_raise_one_clear_error(operator: Any, y: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        bs.recover(operator, y, **options)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="patterns"):
        bs.recover(np.eye(8), np.ones(8), patterns=3)  # type: ignore[call-overload]


def test_labels_that_do_not_fit_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bendscape.memory.available", lambda: 1000)
    large = CodedDiffraction(np.ones((3, 64, 64)))
    with pytest.raises(MemoryLimitError, match="12288 labels"):
        bs.recover(large, np.ones((3, 64, 64)))
