"""The models: laws of labels, the curvature matrix, and how its symmetry splits the given directions."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from scipy.integrate import quad
from scipy.stats import gamma

import bendscape as bs
from bendscape.models import ConstantLabel, GammaLabel, Mode
from domain import networks


@pytest.mark.parametrize("k", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_gamma_moments_agree_with_scipy(k: int, n: int) -> None:
    law = gamma(k / 2, scale=2 / k)
    assert GammaLabel(k / 2).moment(n) == pytest.approx(1.0 if n == 0 else float(law.moment(n)), rel=1e-12)


@pytest.mark.parametrize(("k", "n"), [(3, -1), (5, -1), (5, -2), (100, -3)])
def test_negative_gamma_moments_agree_with_the_integral(k: int, n: int) -> None:
    law = gamma(k / 2, scale=2 / k)
    integral, _ = quad(lambda t: 2 * t ** (2 * n + 1) * law.pdf(t * t), 0, 1 + 12 / math.sqrt(k))
    assert GammaLabel(k / 2).moment(n) == pytest.approx(integral, rel=1e-7)


@pytest.mark.parametrize(("k", "n"), [(1, -1), (2, -1), (3, -2), (4, -2)])
def test_divergent_gamma_moments_are_infinite(k: int, n: int) -> None:
    assert GammaLabel(k / 2).moment(n) == math.inf


def test_gamma_label_is_the_mean_of_squared_normals() -> None:
    k, samples = 3, 200_000
    y = np.mean(np.random.default_rng(1).standard_normal((samples, k)) ** 2, axis=1)
    for n in (1, 2, 3):
        error = np.std(y**n) / math.sqrt(samples)
        assert abs(np.mean(y**n) - GammaLabel(k / 2).moment(n)) < 4 * error


@given(networks())
def test_labels_have_mean_one_and_the_widths_variance(net: bs.QuadraticNetwork) -> None:
    for law, width in ((net.teacher_label, net.p_star), (net.student_label, net.p)):
        assert law.moment(1) == pytest.approx(1.0)
        assert law.moment(2) - 1 == pytest.approx(2 / width, abs=1e-14)


def test_constant_label_has_the_powers_of_its_value_as_moments() -> None:
    assert ConstantLabel(1.5).moment(2) == 2.25
    assert bs.QuadraticNetwork(math.inf, 1, 0.7).student_label == ConstantLabel(1.0)


@pytest.mark.parametrize(("p", "p_star", "a"), [(1, 1, 0.7), (2, 1, 0.7), (3, 5, 1e-3), (8, 2, 1e3), (30, 4, 0.0)])
def test_curvature_is_the_spectrum_of_the_matrix(p: int, p_star: int, a: float) -> None:
    """`F = (2/p) [(yhat - y) I_p + (2/p) u u^T]/(a + y)` on random pre-activations, in units of `2/p`."""
    rng, net = np.random.default_rng(p), bs.QuadraticNetwork(p, p_star, a)
    for _ in range(20):
        u, s = rng.standard_normal(p), rng.standard_normal(p_star)
        yhat, y = float(np.mean(u**2)), float(np.mean(s**2))
        F = 2 / p * ((yhat - y) * np.eye(p) + 2 / p * np.outer(u, u)) / (a + y)
        values = dict(zip([m.name for m in net.modes], net.curvature(y, yhat), strict=True))
        expected = np.sort([values["along"]] + [values.get("across", np.nan)] * (p - 1))
        np.testing.assert_allclose(np.linalg.eigvalsh(F) * p / 2, expected, rtol=1e-10, atol=1e-12 / (a + y))


def test_curvature_broadcasts_over_labels() -> None:
    y, yhat = np.linspace(0.1, 2, 5), np.linspace(0.2, 3, 4)[:, None]
    for values, slope in zip(bs.QuadraticNetwork(2, 1, 0.7).curvature(y, yhat), (1, 3), strict=True):
        assert values.shape == (4, 5)
        np.testing.assert_allclose(values[3, 4], (slope * 3 - 2) / 2.7)


@given(networks(infinite=False))
def test_student_sectors_count_every_pair_of_neurons(net: bs.QuadraticNetwork) -> None:
    students = [s.multiplicity for s in net.sectors if s.span == "student"]
    teachers = [s.multiplicity for s in net.sectors if s.span == "teacher"]
    assert sum(students) == net.p**2
    assert sum(teachers) == net.p * net.p_star


@given(networks())
def test_modes_share_out_all_eigenvalues(net: bs.QuadraticNetwork) -> None:
    assert sum(mode.fraction for mode in net.modes) == pytest.approx(1.0, abs=1e-15)
    assert all(mode.fraction > 0 for mode in net.modes)
    assert len(net.curvature(1.0, 1.0)) == len(net.modes)
    for sector in net.sectors:
        assert sum(sector.weights.values()) == pytest.approx(1.0, abs=1e-15)
        assert set(sector.weights) <= {mode.name for mode in net.modes}


def test_single_neuron_and_infinite_width_keep_one_mode() -> None:
    assert bs.QuadraticNetwork(1, 1, 0.7).modes == (Mode("along", 1.0),)
    assert bs.QuadraticNetwork(math.inf, 1, 0.7).modes == (Mode("across", 1.0),)


@given(networks())
def test_curvature_edges_bound_the_curvature(net: bs.QuadraticNetwork) -> None:
    labels = np.geomspace(1e-9, 1e9, 60)
    f = np.concatenate(
        [np.ravel(v) for v in net.curvature(labels, np.ones(1) if math.isinf(net.p) else labels[:, None])]
    )
    lower, upper = net.curvature_edges
    assert f.min() >= lower.value
    assert f.min() == pytest.approx(lower.value, abs=1e-5)  # and is approached: y = 1e9 against a + 3 yhat <= 1e3
    assert (upper is None) == (not math.isinf(net.p))
    if upper is not None:
        assert upper.value == pytest.approx(f.max(), rel=1e-5)


def test_networks_are_values() -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    assert net == bs.QuadraticNetwork(np.float64(2.0), np.int64(1), np.float64(0.7))  # type: ignore[arg-type]
    assert {net: "found"}[bs.QuadraticNetwork(2.0, 1, 0.7)] == "found"
    assert net != bs.QuadraticNetwork(2, 1, 0.8)
    assert isinstance(net.p, int)
    with pytest.raises(dataclasses.FrozenInstanceError):
        net.a = 1.0  # type: ignore[misc]


def test_results_are_frozen() -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    spectrum = bs.spectrum(net, alpha=2.5)
    for result in (
        spectrum,
        spectrum.left_edge,
        spectrum.outliers[0],
        bs.threshold(net),
        bs.theory.best_a(2, 1),
        net.sectors[0],
    ):
        name = dataclasses.fields(result)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, name, None)
