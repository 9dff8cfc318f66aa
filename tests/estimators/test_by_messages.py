"""`recover` by message passing: fewer samples, kinds of labels, noise, uncertainty, and the choice between methods."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import calibration
import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import DataWarning, InvalidParameterError
from bendscape.estimators import MessagePassingEstimator
from bendscape.simulation import RandomStart, span_overlap2


def data(alpha: float, N: int = 80, p_star: int = 1, noise: float = 0.0, seed: int = 1) -> tuple[Any, Any, Any]:
    """Inputs, labels with noise in units of the mean label, and the vectors."""
    X, y, V = calibration.drawn(N, alpha / p_star, p_star, noise, seed)
    return 3 * X, 9 * y, V


def quietly(run: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return run()


@pytest.mark.parametrize(("p_star", "alpha"), [(1, 1.5), (2, 2.5), (3, 3.6)])
def test_it_needs_fewer_samples_than_a_descent(p_star: int, alpha: float) -> None:
    passed, descended = [], []
    for seed in range(3):
        X, y, V = data(alpha, p_star=p_star, seed=seed)
        answer = quietly(lambda: bs.recover(X, y, p_star=p_star))  # noqa: B023
        other = quietly(lambda: bs.recover(X, y, p_star=p_star, method="descent", steps=300))  # noqa: B023
        passed.append(span_overlap2(answer.weights, V) > 0.999)
        descended.append(span_overlap2(other.weights, V) > 0.999)
        if passed[-1]:
            assert (answer.method, answer.verdict.status) == ("message passing", "explained")
            np.testing.assert_allclose(np.sum((X @ answer.weights.T) ** 2, axis=1), y, rtol=1e-3, atol=1e-3 * y.mean())
    assert sum(passed) >= 2
    assert sum(passed) > sum(descended)


def test_the_reason_is_told() -> None:
    X, y, _ = data(3.0, noise=0.2)
    chosen = quietly(lambda: bs.recover(X, y, p_star=1))
    assert "labels held out" in chosen.reason
    given = quietly(lambda: bs.recover(X, y, p_star=1, start=RandomStart(), steps=20))
    assert (given.method, "start" in given.reason) == ("descent", True)
    asked = quietly(lambda: bs.recover(X, y, p_star=1, method="message passing", held_out=0.0))
    assert (asked.method, "method = 'message passing'" in asked.reason) == ("message passing", True)


@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_noise_is_learnt(noise: float) -> None:
    """Within four of its errors, on three samples; in the units of the labels."""
    for seed in range(3):
        X, y, _ = data(4.0, N=60, noise=noise, seed=seed)
        answer = quietly(lambda: bs.recover(X, y, p_star=1, method="message passing"))  # noqa: B023
        assert abs(answer.noise - 9 * noise) < 4 * answer.noise_stderr
        assert answer.noise_stderr < 0.3 * answer.noise


def test_without_noise_none_is_found() -> None:
    X, y, _ = data(2.0)
    answer = bs.recover(X, y, p_star=1)
    assert answer.noise == 0.0
    assert answer.noise_stderr < 1e-4 * y.mean()


def test_amplitudes_are_found_to_be_amplitudes() -> None:
    X, y, V = data(2.0)
    with pytest.warns(DataWarning, match="labels are taken for amplitudes"):
        answer = bs.recover(X, np.sqrt(y), p_star=1)
    assert answer.channel == "amplitudes"
    assert span_overlap2(answer.weights, V) > 1 - 1e-6
    given = bs.recover(X, np.sqrt(y), p_star=1, channel="amplitudes")  # a warning is an error here
    np.testing.assert_array_equal(given.weights, answer.weights)


@pytest.mark.parametrize("mean", [2.0, pytest.param(10.0, marks=pytest.mark.long)])
def test_counts_are_told_from_intensities(mean: float) -> None:
    X, y, V = data(5.0, N=60)
    counts = np.random.default_rng(0).poisson(mean * y / 9).astype(float)
    answer = quietly(lambda: bs.recover(X, counts, p_star=1, method="message passing"))
    assert answer.channel == "counts"
    assert np.isnan(answer.noise)
    assert span_overlap2(answer.weights, V) > 0.7
    other = quietly(lambda: bs.recover(X, counts, p_star=1, method="message passing", channel="intensities"))
    assert span_overlap2(answer.weights, V) > span_overlap2(other.weights, V)


def test_an_estimator_and_recover_have_one_answer() -> None:
    X, y, _ = data(3.0, noise=0.1)
    answer = quietly(lambda: bs.recover(X, y, p_star=1, method="message passing", held_out=0.0))
    fitted = quietly(lambda: MessagePassingEstimator().fit(X, y))
    np.testing.assert_array_equal(fitted.weights_, answer.weights)
    np.testing.assert_array_equal(fitted.uncertainty_, answer.uncertainty)
    assert (fitted.expected_overlap2_, fitted.noise_) == (answer.expected_overlap2, answer.noise)
    assert abs(float(fitted.components_[0] @ answer.weights[0])) == pytest.approx(answer.lengths[0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "messages"}, "method = 'messages'"),
        ({"method": None}, "method = None"),
        ({"channel": "photons"}, "channel = 'photons'"),
        ({"method": "message passing", "start": RandomStart()}, "takes no start"),
        ({"method": "message passing", "refine": False}, "takes no start"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], message: str) -> None:
    X, y, _ = data(3.0, N=20)
    with pytest.raises(InvalidParameterError, match=message):
        bs.recover(X, y, p_star=1, **given)


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_a_record_has_method_and_uncertainty(noise: float) -> None:
    X, y, _ = data(3.0, noise=noise)
    record = json.loads(json.dumps(quietly(lambda: bs.recover(X, y, p_star=1)).to_dict()))
    assert record["method"] == "message passing"
    assert 0 <= record["uncertainty"] < 1
    assert 0.9 < record["expected_overlap2"] <= 1
    assert record["channel"] == "intensities"


def test_units_do_not_matter() -> None:
    X, y, _ = data(2.5, noise=0.1)
    one, other = (quietly(lambda: bs.recover(s * X, t * y, p_star=1)) for s, t in ((1.0, 1.0), (1e-3, 1e6)))  # noqa: B023
    scale = 1e3 * 1e3
    np.testing.assert_allclose(np.abs(other.weights), scale * np.abs(one.weights), rtol=1e-4, atol=1e-4 * scale * 0.1)
    assert other.noise == pytest.approx(1e6 * one.noise, rel=1e-3)


# ------------------------------------------------------------------------------------------------------ uncertainty


@pytest.mark.parametrize(("ratio", "noise"), [(0.8, 0.1), (3.0, 0.3)])
def test_errors_are_those_of_the_uncertainty(ratio: float, noise: float) -> None:
    options: dict[str, Any] = {"N": 60, "method": "message passing", "held_out": 0.0, "channel": "intensities"}
    one, two, overlap2, expected, without = calibration.coverage(range(8), ratio, 1, noise, **options)
    assert without == 0
    assert 0.58 < one < 0.78
    assert 0.9 < two < 0.99
    assert overlap2 == pytest.approx(expected, abs=0.1)


@pytest.mark.long
@pytest.mark.parametrize("p_star", [1, 2])
@pytest.mark.parametrize("noise", calibration.NOISES)
@pytest.mark.parametrize("ratio", calibration.RATIOS)
def test_errors_are_those_of_the_uncertainty_in_many_samples(ratio: float, noise: float, p_star: int) -> None:
    one, two, overlap2, expected, _ = calibration.coverage(range(100), ratio, p_star, noise)
    assert 0.6 < one < 0.8
    assert 0.9 < two <= 1
    assert overlap2 == pytest.approx(expected, abs=0.05)


def test_what_is_called_recovered_is_recovered() -> None:
    called, wrong, missed = calibration.claims(range(10), N=40, most=1, method="message passing")
    assert called > 2
    assert wrong == 0
    assert missed <= 2


@pytest.mark.long
def test_false_claims_are_rare() -> None:
    called, wrong, _ = calibration.claims(range(1000))
    assert called > 200
    assert wrong <= 5


@pytest.mark.parametrize("unit", [1.0, 1 / 3, 0.7e-5])
def test_rounding_of_the_level_of_saturation_does_not_matter(unit: float) -> None:
    """Saturated labels are not taken for exact ones when the answer is polished."""
    rng = np.random.default_rng(5)
    v, X = rng.standard_normal(100), rng.standard_normal((250, 100))
    y = unit * (X @ v) ** 2
    answer = bs.recover(X, np.minimum(y, 2.0 * y.mean()), p_star=1, channel="saturated")
    assert answer.verdict.complete
    assert span_overlap2(answer.weights, v[None]) > 1 - 1e-9
