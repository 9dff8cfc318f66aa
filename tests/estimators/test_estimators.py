"""The estimators: scikit-learn's own checks, recovery as predicted, and what is said of bad data."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.utils.estimator_checks import parametrize_with_checks

import bendscape as bs
from bendscape.errors import DataWarning
from bendscape.estimators import HessianSpectralEstimator, MessagePassingEstimator, SpectralEstimator
from bendscape.estimators.held_out import outputs, unexplained
from bendscape.simulation import standardise

ESTIMATORS = [
    HessianSpectralEstimator(n_inits=2),
    SpectralEstimator(),
    MessagePassingEstimator(),
]


@parametrize_with_checks(ESTIMATORS)  # type: ignore[untyped-decorator]
@pytest.mark.filterwarnings("ignore::bendscape.errors.DataWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def data(M: int, N: int, p_star: int = 1, seed: int = 0) -> tuple[Any, Any, Any]:
    """Inputs and labels of an odd scale, and the teacher."""
    rng = np.random.default_rng(seed)
    X, w = 7 * rng.standard_normal((M, N)), rng.standard_normal((p_star, N))
    return X, 0.3 * np.sum((X @ np.linalg.qr(w.T)[0]) ** 2, axis=1), w


def overlap2(found: Any, w: Any) -> float:
    return bs.simulation.span_overlap2(found.components_, w)


@pytest.mark.parametrize(
    ("estimator", "M"),
    [
        (HessianSpectralEstimator(2, 0.7, 1, 1, random_state=1), 700),
        (HessianSpectralEstimator(2, 0.7, 1, 6, random_state=1), 700),
        (HessianSpectralEstimator(3, 1.0, 2, 3, random_state=1), 1200),
        (SpectralEstimator(), 600),
        (SpectralEstimator(bs.models.AveragedHessian(2, 0.7), 1), 700),
        (SpectralEstimator(bs.models.MondelliMontanari(2.0), 2), 1200),
    ],
)
def test_the_predicted_overlap_is_found(estimator: Any, M: int) -> None:
    found, predicted = [], []
    for seed in range(8):
        X, y, w = data(M, 300, estimator.n_components, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # one in ten has a weak signal, near the threshold
            fitted = clone(estimator).fit(X, y)
        assert fitted.signal_ > 1
        assert fitted.converged_
        assert np.allclose(fitted.components_ @ fitted.components_.T, np.eye(estimator.n_components), atol=1e-10)
        found.append(overlap2(fitted, w))
        predicted.append(fitted.predicted_overlap2_)
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - np.mean(predicted)) < 4 * error + 0.02
    assert abs(np.mean(predicted) - fitted.limit_overlap2_) < 0.1


@pytest.mark.parametrize("estimator", [HessianSpectralEstimator(random_state=0), SpectralEstimator()])
def test_units_do_not_matter(estimator: Any) -> None:
    X, y, _ = data(400, 100)
    one, other = clone(estimator).fit(X, y), clone(estimator).fit(1e6 * X, 1e-9 * y)
    assert abs(float(one.components_[0] @ other.components_[0])) == pytest.approx(1, abs=1e-9)
    assert one.predicted_overlap2_ == pytest.approx(other.predicted_overlap2_, abs=1e-9)


@pytest.mark.parametrize("estimator", [HessianSpectralEstimator(random_state=0), SpectralEstimator()])
def test_too_few_samples_are_said_to_be_too_few(estimator: Any) -> None:
    X, y, w = data(60, 300)
    with pytest.warns(DataWarning, match="too few"):
        fitted = clone(estimator).fit(X, y)
    assert not fitted.sufficient_
    assert overlap2(fitted, w) < 0.3


def test_pipelines_searches_and_pickles() -> None:
    X, y, _ = data(500, 60)
    model = make_pipeline(HessianSpectralEstimator(random_state=0), PolynomialFeatures(2), Ridge())
    assert model.fit(X, y).score(X, y) > 0.7
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(X), model.predict(X))
    grid = GridSearchCV(model, {"hessianspectralestimator__n_inits": [1, 8]}, cv=2).fit(X, y)
    assert grid.best_params_ == {"hessianspectralestimator__n_inits": 8}
    assert list(model[0].get_feature_names_out()) == ["hessianspectralestimator0"]


BAD: list[tuple[str, Any, str]] = [
    ("negative", lambda X, y: (X, y - 2 * y.mean()), "labels below zero"),
    ("constant", lambda X, y: (X, 0 * y + 3), "they depend on no direction: give labels that vary"),
    ("nan", lambda X, y: (X * np.nan, y), "NaN"),
    ("infinite label", lambda X, y: (X, np.where(y == y.max(), np.inf, y)), "infinity"),
    ("one axis", lambda X, y: (X[:, 0], y), "2D array"),
    ("lengths", lambda X, y: (X, y[:-1]), "inconsistent numbers"),
    ("one sample", lambda X, y: (X[:1], y[:1]), "minimum of 2"),
    ("zero inputs", lambda X, y: (0 * X, y), "zero everywhere"),
]


@pytest.mark.parametrize(("name", "spoil", "message"), BAD)
@pytest.mark.parametrize("estimator", [HessianSpectralEstimator(), SpectralEstimator(), MessagePassingEstimator()])
def test_bad_data_are_refused(estimator: Any, name: str, spoil: Any, message: str) -> None:  # noqa: ARG001
    X, y, _ = data(80, 20)
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(*spoil(X, y))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 30}, "at most 20 directions"),
        ({"n_components": 0}, "n_components = 0"),
        ({"n_neurons": 1.5}, "n_neurons = 1.5"),
        ({"n_inits": 0}, "n_inits = 0"),
        ({"a": -1.0}, "a = -1.0"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, Any], message: str) -> None:
    X, y, _ = data(80, 20)
    with pytest.raises(ValueError, match=message):
        HessianSpectralEstimator(**parameters).fit(X, y)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X, y: (X, np.sqrt(y)), "not those of a quadratic teacher with p_star = 1"),
        (lambda X, y: (X * np.linspace(0.2, 3, X.shape[1]), y), "not white"),
        (lambda X, y: (X + 3, y), "have means"),
        (lambda X, y: (X + np.roll(X, 1, axis=1), y), "correlated"),
        (lambda X, y: (np.repeat(X[:300], 2, axis=0), np.repeat(y[:300], 2)), "300 of 600 inputs repeat others"),
    ],
)
def test_data_that_violate_an_assumption_have_a_finding(spoil: Any, message: str) -> None:
    X, y, _ = data(600, 60)
    with pytest.warns(DataWarning, match=message):
        SpectralEstimator(bs.models.WideHessian(1.0)).fit(*spoil(X, y))


def test_labels_without_weight_in_the_optimal_method_are_named() -> None:
    X, y, _ = data(100, 20)
    y[np.argmin(y)] = 0.0
    with pytest.raises(ValueError, match=r"label 0 is not finite.*floor"):
        SpectralEstimator(bs.models.Optimal()).fit(X, y)
    assert SpectralEstimator().fit(X, y).sufficient_


@pytest.mark.parametrize("start", [None, bs.simulation.SpectralStart(bs.models.Optimal()), bs.simulation.RandomStart()])
@pytest.mark.parametrize("p_star", [1, 2])
def test_recover_finds_the_vectors(start: Any, p_star: int) -> None:
    X, y, w = data(900, 100, p_star, seed=5)
    found = bs.recover(X, y, p_star=p_star, p=4, start=start, seed=1)
    assert bs.simulation.span_overlap2(found.weights, w) > 0.999
    assert np.allclose(np.sum((X @ found.weights.T) ** 2, axis=1), y, rtol=1e-2, atol=1e-2 * y.mean())
    assert found.unexplained < 1e-4
    assert (found.samples, found.held_out) == (810, 90)


def test_recover_without_refinement_is_the_start_and_says_how_good_it_is() -> None:
    X, y, w = data(500, 100)
    found = bs.recover(X, y, p_star=1, refine=False, held_out=0.2)
    assert found.trajectory is None
    assert bs.simulation.span_overlap2(found.start, w) == pytest.approx(
        bs.simulation.span_overlap2(found.weights, w), abs=1e-12
    )
    assert found.unexplained > 3 * found.unexplained_stderr > 0


def test_recover_from_too_little_fails_and_says_so() -> None:
    X, y, _ = data(60, 100)
    with pytest.warns(DataWarning) as caught:
        found = bs.recover(X, y, p_star=1, steps=200, held_out=0.4, method="descent")
    assert found.evidence is not None
    assert not found.evidence.sufficient
    assert found.unexplained > 0.5
    said = " ".join(str(one.message) for one in caught)
    assert "too few" in said
    assert "of labels held out unexplained" in said


@pytest.mark.parametrize("estimator", [HessianSpectralEstimator(n_inits=2, random_state=0), SpectralEstimator()])
def test_labels_of_other_inputs_are_noticed(estimator: Any) -> None:
    """The labels alone predict an overlap; the eigenvalues tell that it is not there."""
    places: dict[str, list[float]] = {"own": [], "others'": []}
    for seed in range(6):
        X, y, w = data(700, 150, 1, seed)
        own = clone(estimator).fit(X, y)
        with pytest.warns(DataWarning, match="no signal is found at alpha"):
            others = clone(estimator).fit(X, np.random.default_rng(seed).permutation(y))
        assert (own.sufficient_, others.sufficient_) == (True, False)
        assert others.predicted_overlap2_ > 0.3
        assert overlap2(others, w) < 0.1
        for key, each in (("own", own), ("others'", others)):
            places[key].append((each.eigenvalues_.mean() - each.bulk_) / (each.outlier_ - each.bulk_))
    for key, expected in (("own", 1.0), ("others'", 0.0)):
        assert abs(np.mean(places[key]) - expected) < 4 * np.std(places[key], ddof=1) / np.sqrt(6)


@pytest.mark.parametrize("estimator", [HessianSpectralEstimator(n_inits=1, random_state=0), SpectralEstimator()])
@pytest.mark.parametrize(("M", "N"), [(120, 100), (400, 100), (450, 150)])
def test_without_a_signal_the_eigenvalues_are_those_of_the_bulk(estimator: Any, M: int, N: int) -> None:
    """In units of the spacing: zero on average, with the spread of the lowest point of the Airy process."""
    signals = []
    for seed in range(24):
        X, y, _ = data(M, N, 1, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            signals.append(clone(estimator).fit(X, np.random.default_rng(seed).permutation(y)).signal_)
    known = np.array(signals)[~np.isnan(signals)]
    assert len(known) > 12
    assert abs(known.mean()) < 3 * known.std(ddof=1) / np.sqrt(len(known))
    assert 0.8 < known.std(ddof=1) < 1.8
    assert np.mean(known > 3) < 0.15


@pytest.mark.parametrize("estimator", [HessianSpectralEstimator(n_inits=1, random_state=0), SpectralEstimator()])
def test_noise_is_told_from_no_signal(estimator: Any) -> None:
    X, y, w = data(1600, 150)
    counts = np.random.default_rng(0).poisson(y / y.mean()).astype(float)
    with pytest.warns(DataWarning) as caught:
        fitted = clone(estimator).fit(X, counts)
    assert "as counts do" in str(caught[0].message)
    assert fitted.verdict_.status == "signal"
    assert fitted.sufficient_
    assert 0.5 < overlap2(fitted, w) < fitted.predicted_overlap2_ - 0.05


@pytest.mark.parametrize(("M", "N"), [(2, 100), (10, 100), (40, 400), (60, 300), (100, 400), (300, 20), (500, 1)])
def test_white_inputs_have_no_finding(M: int, N: int) -> None:
    net = bs.QuadraticNetwork(1, 1, 1.0)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((M, N))
        found = bs.simulation.standardise(net, X, (X @ rng.standard_normal(N)) ** 2, rng=rng)
        assert found.doubts == ()


@pytest.mark.parametrize("scale", [1e-170, 1e160])
def test_squares_that_are_no_numbers_do_no_harm(scale: float) -> None:
    X, y, w = data(500, 60)
    found = bs.recover(scale * X, y, p_star=1, steps=300)
    assert bs.simulation.span_overlap2(found.weights * scale, w) > 0.99
    assert found.lengths[0] * scale == pytest.approx(np.sqrt(0.3), rel=1e-3)


def test_a_column_of_labels_is_an_axis_of_them() -> None:
    X, y, _ = data(300, 40)
    one, other = (bs.recover(X, labels, p_star=1, steps=50) for labels in (y, y[:, None]))
    assert np.array_equal(one.weights, other.weights)


def test_every_start_warns_of_findings() -> None:
    X, y, _ = data(300, 40)
    with pytest.warns(DataWarning) as caught:
        bs.recover(X + 3, y, p_star=1, start=bs.simulation.RandomStart(), steps=20)
    assert "have means" in str(caught[0].message)


def test_labels_held_out_that_are_all_the_same_tell_nothing() -> None:
    X, y, _ = data(300, 40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        found = bs.recover(X, np.where(y > np.sort(y)[-4], y, 0.0), p_star=1, steps=20, held_out=0.02)
    assert np.isnan(found.unexplained)


def test_the_error_of_what_is_unexplained_is_its_spread() -> None:
    """Over what is held out, for one answer that is far from perfect."""
    X, y, _ = data(8000, 40)
    whole = standardise(bs.QuadraticNetwork(1, 1, 1.0), X, y, rng=np.random.default_rng(0)).sample
    student = np.asarray(whole.student)
    runs = []
    for part in np.array_split(np.arange(8000), 100):
        test = replace(whole, inputs=whole.inputs[part], labels=whole.labels[part])
        runs.append(unexplained(test.labels, outputs(test, student), float(np.var(whole.labels))))
    values, errors = np.array(runs).T
    assert 0.8 < np.std(values, ddof=1) / np.mean(errors) < 1.3


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"held_out": 0.7}, "held_out"),
        ({"start": bs.simulation.HessianStart}, "start"),
        ({"p": 1, "p_star": 2, "start": bs.simulation.RandomStart()}, "at least p_star"),
        ({"p": np.inf}, "finite width"),
        ({"start": lambda sample, _: sample.student[:, :3]}, r"shape \(2, 3\)"),
        ({"held_out": np.nan}, "held_out"),
        ({"start": None, "X": 1j * np.ones((80, 20))}, r"p_star = 1: X is an operator"),
    ],
)
def test_recover_names_what_is_wrong(parameters: dict[str, Any], message: str) -> None:
    X, y, _ = data(80, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        with pytest.raises(ValueError, match=message):
            bs.recover(**({"X": X, "y": y, "p_star": 1} | parameters))


@pytest.mark.parametrize("start", [None, bs.simulation.RandomStart()])
def test_zero_labels_need_a_constant_in_the_loss(start: Any) -> None:
    X, y, _ = data(80, 20)
    with pytest.raises(ValueError, match=r"a = 0\.0: the loss divides by a"):
        bs.recover(X, np.where(y == y.min(), 0.0, y), p_star=1, a=0, start=start)
