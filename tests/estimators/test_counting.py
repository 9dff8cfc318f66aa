"""The number of vectors: never too large, decided where the data suffice, and tested on labels held out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import counts
import numpy as np
import pytest

import bendscape as bs
from bendscape import cli
from bendscape.errors import DataWarning
from bendscape.estimators import HessianSpectralEstimator, SpectralEstimator, count_vectors
from bendscape.simulation import SpectralStart, span_overlap2, spectral_directions, standardise

SAMPLES = range(12)


def assert_outcomes(result: Any, allowed: set[str], but: int = 0) -> None:
    """Almost all samples have one of these outcomes."""
    assert sum(number for name, number in result.items() if name not in allowed) <= but, result


def warned(run: Callable[[], Any]) -> list[str]:
    """The warnings on the data that it gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        run()
    return [str(each.message) for each in caught]


@pytest.mark.parametrize("lengths", [(1,), (1, 1), (1, 1, 1)])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_vectors_are_counted_where_there_are_samples_enough(lengths: tuple[int, ...], noise: float) -> None:
    result = counts.outcomes(count_vectors, SAMPLES, N=100, ratio=6.0, lengths=lengths, noise=noise)
    assert_outcomes(result, {"right (decided)", "right (at least)"}, but=1)
    assert noise > 0 or result["right (decided)"] >= 9


@pytest.mark.parametrize("lengths", [(1,), (1, 1), (1, 1, 1), (4, 1)])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_with_too_few_samples_nothing_is_decided(lengths: tuple[int, ...], noise: float) -> None:
    """At half of the threshold of the weights."""
    result = counts.outcomes(count_vectors, SAMPLES, N=100, ratio=0.25, lengths=lengths, noise=noise)
    assert_outcomes(result, {"not decided"})


@pytest.mark.parametrize("ratio", [1.0, 4.0])
def test_labels_of_other_inputs_depend_on_no_vector(ratio: float) -> None:
    result = counts.outcomes(count_vectors, SAMPLES, N=100, ratio=ratio, lengths=(1, 1), noise=0.0, foreign=True)
    assert_outcomes(result, {"not decided"})


@pytest.mark.long
@pytest.mark.parametrize("lengths", [(1,), (1, 1), (1, 1, 1), (2, 1), (4, 1)])
@pytest.mark.parametrize("ratio", [1.0, 2.0, 4.0])
def test_no_more_vectors_are_counted_than_there_are(lengths: tuple[int, ...], ratio: float) -> None:
    """The mark is exceeded by the bulk in one of a thousand samples, so that none or one of 200 is expected."""
    result = counts.outcomes(count_vectors, range(200), N=100, ratio=ratio, lengths=lengths, noise=0.3)
    assert_outcomes(result, {name for name in result if "large" not in name}, but=3)


def test_a_short_vector_that_is_hidden_is_not_denied() -> None:
    """The labels do not have the law of one vector."""
    result = counts.outcomes(count_vectors, SAMPLES, N=100, ratio=4.0, lengths=(4, 1), noise=0.0)
    assert_outcomes(result, {"too small (at least)", "right (at least)"}, but=1)


@pytest.mark.parametrize("p_star", [1, 3])
def test_eigenvalues_interlace_with_those_of_a_matrix_without_a_signal(p_star: int) -> None:
    """The eigenvalue after the vectors' own is below the largest on the directions across them, :eq:`interlacing`."""
    X, y = counts.made(60, 2.0, (1,) * p_star, 0.1, 5)
    sample = standardise(bs.QuadraticNetwork(1, 1, 1.0), X, y, rng=np.random.default_rng(0)).sample
    weights = bs.models.Optimal(floor=0.1)(sample.labels)
    D = (sample.inputs.T * weights) @ sample.inputs
    values = spectral_directions(sample, bs.models.Optimal(floor=0.1), number=p_star + 1).pairs[0].values
    np.testing.assert_allclose(values, np.linalg.eigvalsh(D)[::-1][: p_star + 1], rtol=1e-9, atol=1e-9)
    teacher = np.random.default_rng(1).standard_normal((60, p_star))  # the identity holds for any directions
    rest = np.linalg.qr(teacher, "complete")[0][:, p_star:]
    assert values[p_star] <= np.linalg.eigvalsh(rest.T @ D @ rest)[-1] + 1e-9


@pytest.mark.parametrize("seed", range(2))
def test_a_vector_hidden_in_the_bulk_is_found_by_labels_held_out(seed: int) -> None:
    """Eigenvalues show one of two; the answer with two explains labels that it was not learnt from."""
    X, y = counts.made(60, 1.5, (1, 1), 0.0, seed)
    assert count_vectors(X, y).count == 1
    result = bs.recover(X, y)
    assert result.vectors is not None
    assert (result.vectors.count, result.vectors.status, len(result.weights)) == (2, "decided", 2)
    assert result.verdict.complete


def test_vectors_hidden_in_the_bulk_are_found_by_message_passing() -> None:
    """Eigenvalues show one of three or none; three is the smallest number that explains all labels."""
    right = 0
    for seed in range(3):
        X, y = counts.made(80, 1.3, (1, 1, 1), 0.0, seed)
        assert count_vectors(X, y).count < 3
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            result = bs.recover(X, y, method="message passing")
        assert result.vectors is not None
        assert (result.vectors.status == "decided") == (result.vectors.count == 3)
        right += result.vectors.count == 3
    assert right >= 2


def test_a_vector_too_many_is_not_claimed() -> None:
    """For one vector two of them explain all labels as well, and one of these is short."""
    for seed in range(4):
        X, y = counts.made(60, 2.5, (1,), 0.0, seed)
        result = bs.recover(X, y)
        assert result.vectors is not None
        assert (result.vectors.count, result.vectors.status) == (1, "decided")


@pytest.mark.parametrize("start", [None, SpectralStart(bs.models.Optimal(floor=0.2))])
def test_the_answer_is_that_for_the_number_given(start: Any) -> None:
    X, y = counts.made(60, 6.0, (1, 1), 0.0, 1)
    counted, given = bs.recover(X, y, start=start, steps=50), bs.recover(X, y, p_star=2, start=start, steps=50)
    assert counted.vectors is not None
    assert given.vectors is None
    assert np.array_equal(counted.weights, given.weights)
    assert counted.unexplained == given.unexplained


@pytest.mark.parametrize("spoil", [lambda X: X + 1, lambda X: X + np.roll(X, 1, axis=1), lambda X: np.abs(X) ** 3])
def test_inputs_that_are_not_those_of_the_theory_decide_nothing(spoil: Any) -> None:
    X = spoil(counts.made(60, 6.0, (1, 1), 0.0, 1)[0])
    result = count_vectors(X, np.sum(X[:, :2] ** 2, axis=1))
    assert (result.count, result.status) == (1, "not decided")
    assert "give p_star" in result.reason


def test_what_is_not_decided_is_a_warning() -> None:
    X, y = counts.made(100, 0.5, (1, 1), 0.0, 1)
    assert "the number of vectors is not decided, and 1 is taken" in warned(lambda: bs.recover(X, y, steps=20))[-1]
    assert not any("not decided" in text for text in warned(lambda: bs.recover(X, y, p_star=1, steps=20)))


@pytest.mark.parametrize("estimator", [SpectralEstimator, HessianSpectralEstimator])
def test_estimators_count_components(estimator: Any) -> None:
    X, y = counts.made(60, 8.0, (1, 1), 0.0, 1)
    counted, given = estimator(n_components=None).fit(X, y), estimator(n_components=2).fit(X, y)
    assert (counted.n_components_, counted.vectors_.status, given.vectors_) == (2, "decided", None)
    assert counted.components_.shape == given.components_.shape
    foreign = np.random.default_rng(0).permutation(y)
    assert "the number of vectors is not decided" in warned(lambda: estimator(n_components=None).fit(X, foreign))[0]


def test_few_columns_and_few_samples_are_no_accident() -> None:
    rng = np.random.default_rng(1)
    for M, N in ((2, 5), (5, 2), (60, 1), (3, 1)):
        X = rng.standard_normal((M, N))
        assert count_vectors(X, X[:, 0] ** 2).count == 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            assert len(bs.recover(X, X[:, 0] ** 2, steps=5).weights) == 1


def test_the_command_counts_if_no_number_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    X, y = counts.made(60, 6.0, (1, 1), 0.0, 1)
    np.save(tmp_path / "data.npy", np.c_[X, y])
    out = tmp_path / "v.npy"
    monkeypatch.setattr("sys.argv", ["bendscape", "recover", str(tmp_path / "data.npy"), "--out", str(out), "--json"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    record = json.loads(capsys.readouterr().out)
    assert (record["p_star"], record["vectors"]["count"], record["vectors"]["status"]) == (2, 2, "decided")
    assert len(record["vectors"]["distances"]) == 3
    assert span_overlap2(np.load(out), np.load(out)) == pytest.approx(1)
