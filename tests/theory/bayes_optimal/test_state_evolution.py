"""State evolution of labels that depend on |z|: published values, Monte Carlo, direct integration, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import BendscapeError
from bendscape.models import (
    Channel,
    ColumnOrthogonal,
    Ensemble,
    FixedSpectrum,
    GaussianEnsemble,
    GaussianNoise,
    GaussianProduct,
    Noiseless,
    Poisson,
    Saturated,
    posterior,
)
from bendscape.theory.bayes_optimal.state_evolution import curve_of, gain, weak_recovery

CHANNELS = [Noiseless(1), Noiseless(3), GaussianNoise(1, 0.3), GaussianNoise(2, 0.01), Poisson(1, 1.0)]


@pytest.mark.parametrize(
    ("p_star", "perfect", "overlaps"),
    [
        (1, 1.12847, [0.0518, 0.1676, 0.3308]),
        (2, 2.02671, [0.0844, 0.2701, 0.5388]),
        (3, 3.0, [0.1062, 0.3322, 0.6480]),
        (4, 4.0, [0.1214, 0.3710, 0.7019]),
        (8, 8.0, [0.1531, 0.4368, 0.7646]),
    ],
)
def test_noiseless_labels(p_star: int, perfect: float, overlaps: list[float]) -> None:
    best = bs.BayesOptimal(Noiseless(p_star))
    onset = bs.threshold(best)
    assert onset.alpha == pytest.approx(p_star / 2, abs=1e-8)
    assert onset.kind == "continuous"
    assert onset.alpha_perfect == pytest.approx(perfect, abs=6e-6)
    assert onset.alpha_information == p_star
    data = bs.overlap(best, alpha=np.array([0.6, 0.75, 0.9]) * p_star)
    np.testing.assert_allclose(data.overlap2, overlaps, atol=5.1e-5)
    np.testing.assert_array_equal(data.overlap2, data.overlap2_bayes)


@pytest.mark.parametrize(
    ("p_star", "alpha", "overlap2"),
    [(1, 0.7, 0.12412), (1, 1.0015, 0.47878), (2, 1.239, 0.10465), (2, 1.5225, 0.28700), (2, 1.806, 0.54542)],
)
def test_published_overlaps(p_star: int, alpha: float, overlap2: float) -> None:
    """Real phase retrieval, and complex phase retrieval, which is the fixed point of two neurons."""
    data = bs.overlap(bs.BayesOptimal(Noiseless(p_star)), alpha=alpha)
    assert data.overlap2.item() == pytest.approx(overlap2, abs=1e-4)


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
@pytest.mark.parametrize("q", [0.1, 0.9])
def test_gain_equals_monte_carlo(channel: Channel, q: float) -> None:
    """A second route: teacher, guess and labels are drawn, and posteriors averaged."""
    rng, n = np.random.default_rng(3), 40_000
    omega = math.sqrt(q) * rng.standard_normal((n, channel.p_star))
    z = omega + math.sqrt(1 - q) * rng.standard_normal(omega.shape)
    moved = posterior(channel, channel.draw(z, rng), omega, 1 - q).mean - omega
    each = np.sum(moved**2, axis=1) / (channel.p_star * (1 - q) ** 2)
    assert abs(gain(channel, q) - each.mean()) < 4 * each.std() / math.sqrt(n)


@pytest.mark.parametrize("variance", [0.01, 0.3, 3.0])
def test_gain_equals_direct_integration(variance: float) -> None:
    """One neuron: Bayes' rule on plain grids of omega, z and y."""
    q = 0.4
    omega, z, y = np.linspace(-5, 5, 161), np.linspace(-6, 6, 1201), np.linspace(-9, 40, 2401)
    dz, dy, domega = z[1] - z[0], y[1] - y[0], omega[1] - omega[0]
    likelihood = np.exp(-((y[:, None] - z**2) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
    total = 0.0
    for centre in omega:
        prior = np.exp(-((z - centre) ** 2) / (2 * (1 - q))) / math.sqrt(2 * math.pi * (1 - q))
        evidence, first = likelihood @ prior * dz, likelihood @ (prior * z) * dz
        moved = np.divide(first, evidence, out=np.full_like(y, centre), where=evidence > 1e-200) - centre
        total += np.exp(-(centre**2) / (2 * q)) * np.sum(evidence * moved**2)
    direct = total * dy * domega / math.sqrt(2 * math.pi * q) / (1 - q) ** 2
    assert gain(GaussianNoise(1, variance), q) == pytest.approx(direct, rel=2e-4)


@pytest.mark.parametrize("noise", [0.3, 1.0])
@pytest.mark.parametrize("p_star", [1, 2])
def test_weak_recovery_equals_the_limit_of_any_method(p_star: int, noise: float) -> None:
    limit = bs.theory.weak_recovery_limit(bs.Network(1, p_star, noise=bs.Noise(additive=noise)))
    weak = weak_recovery(GaussianNoise(p_star, noise**2))
    assert abs(weak - limit.alpha) < 4 * limit.error + 2e-3 * weak


def test_weak_recovery_in_large_noise() -> None:
    assert weak_recovery(GaussianNoise(2, 1e4)) == pytest.approx(2**2 * 1e4 / 4, rel=2e-3)


@pytest.mark.parametrize("channel", [Noiseless(1), GaussianNoise(1, 0.1), Poisson(1, 3.0)], ids=str)
def test_nodes_do_not_matter(channel: Channel) -> None:
    for q in (1e-4, 0.5, 0.99):
        assert gain(channel, q) == pytest.approx(gain(channel, q, 96), rel=1e-6)


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_overlaps_are_fixed_points_and_grow_with_data(channel: Channel) -> None:
    alpha = weak_recovery(channel) * np.array([0.9, 1.1, 1.5, 2.0, 4.0])
    data = bs.overlap(bs.BayesOptimal(channel), alpha=alpha)
    for x, q in zip(alpha.tolist(), data.overlap2.values.tolist(), strict=True):
        if 0 < q < 1:
            qhat = x * gain(channel, q)
            assert qhat / (1 + qhat) == pytest.approx(q, rel=1e-7)
    assert data.overlap2[0] == 0
    assert bool((data.overlap2.diff("alpha") >= 0).all())
    assert bool((data.overlap2_bayes >= data.overlap2).all())


def test_noise_that_vanishes_leaves_the_thresholds_without_noise() -> None:
    onset = bs.threshold(bs.BayesOptimal(GaussianNoise(1, 1e-6)))
    assert math.isinf(onset.alpha_perfect)
    assert onset.alpha_jump == pytest.approx(1.12847, rel=1e-3)
    assert 1.0 < onset.alpha_information < onset.alpha_jump
    assert onset.alpha == pytest.approx(0.5, rel=1e-5)


def test_the_best_estimate_jumps_where_free_entropies_are_equal() -> None:
    best = bs.BayesOptimal(GaussianNoise(1, 1e-4))
    at = bs.threshold(best).alpha_information
    below, above = bs.overlap(best, alpha=[at * (1 - 1e-4), at * (1 + 1e-4)]).overlap2_bayes.values
    assert above - below > 0.2


def test_free_entropy_has_the_slope_of_the_steps() -> None:
    """The derivative of the free entropy is p*/2 (alpha Psi - q/(1 - q))."""
    curve, alpha, q, h = curve_of(GaussianNoise(2, 0.1), GaussianEnsemble()), 1.8, 0.5, 1e-3
    slope = (curve.potential(alpha, q + h) - curve.potential(alpha, q - h)) / (2 * h)
    assert slope == pytest.approx(alpha * gain(curve.channel, q) - q / (1 - q), rel=1e-4)


@pytest.mark.parametrize(
    ("ensemble", "p_star", "weak", "perfect"),
    [
        (ColumnOrthogonal(), 1, 1.5, 1.584),
        (ColumnOrthogonal(), 2, 2.0, 2.264),
        (GaussianProduct(1.0), 1, 0.25, None),
        (GaussianProduct(2.0), 2, 2 / 3, None),
        (GaussianProduct(1e9), 1, 0.5, 1.12847),
    ],
)
def test_ensembles(ensemble: Ensemble, p_star: int, weak: float, perfect: float | None) -> None:
    """Weak recovery is at alpha <l^2>/<l>^2 = 1 + p*/2; published values of perfect recovery."""
    onset = bs.threshold(bs.BayesOptimal(Noiseless(p_star), ensemble))
    assert onset.alpha == pytest.approx(weak, rel=1e-6)
    if perfect is not None:
        assert onset.alpha_perfect == pytest.approx(perfect, abs=5.1e-4)
        assert onset.alpha_information == p_star


@pytest.mark.parametrize("ensemble", [GaussianEnsemble(), ColumnOrthogonal(), GaussianProduct(1.5)], ids=str)
@pytest.mark.parametrize("p_star", [1, 2])
def test_fixed_points_of_sampled_eigenvalues(ensemble: Ensemble, p_star: int) -> None:
    """Vector message passing with the eigenvalues of one large matrix, in the place of S-transforms."""
    n, alpha = 400, 3.0
    rng = np.random.default_rng(5)
    A = rng.standard_normal((round(alpha * n), round(1.5 * n))) @ rng.standard_normal((round(1.5 * n), n))
    if isinstance(ensemble, GaussianEnsemble):
        A = rng.standard_normal(A.shape)
    if isinstance(ensemble, ColumnOrthogonal):
        A = np.linalg.qr(A)[0]
    eigenvalues = np.linalg.svd(A, compute_uv=False) ** 2
    eigenvalues *= alpha / eigenvalues.mean()
    channel = GaussianNoise(p_star, 0.5)
    q = curve_of(channel, ensemble).reached(alpha)
    v = 1 - q
    v2 = 1 / gain(channel, q) - v
    error = np.mean(eigenvalues / (1 + eigenvalues / v2)) / alpha
    assert 1 / error == pytest.approx(1 / v + 1 / v2, rel=0.01)
    overlap2 = bs.overlap(bs.BayesOptimal(channel, ensemble), alpha=[alpha]).overlap2.item()
    assert overlap2 == pytest.approx(1 - np.mean(1 / (1 + eigenvalues / v2)), abs=0.01)


def test_a_measured_spectrum_is_that_of_its_ensemble() -> None:
    """Equal eigenvalues are orthonormal columns; those of one Gaussian matrix give its overlap at its own alpha."""
    channel = GaussianNoise(1, 0.5)
    alike = bs.BayesOptimal(channel, FixedSpectrum([2.0, 2.0])), bs.BayesOptimal(channel, ColumnOrthogonal())
    a, b = (bs.overlap(each, alpha=[2.0, 3.0]) for each in alike)
    np.testing.assert_allclose(a.overlap2, b.overlap2, rtol=1e-6)
    np.testing.assert_allclose(a.overlap2_bayes, b.overlap2_bayes, rtol=1e-6)
    n, alpha = 300, 2.5
    A = np.random.default_rng(7).standard_normal((round(alpha * n), n))
    measured = FixedSpectrum(np.linalg.svd(A, compute_uv=False) ** 2)
    pair = [bs.overlap(bs.BayesOptimal(channel, each), alpha=alpha) for each in (measured, GaussianEnsemble())]
    assert pair[0].overlap2.item() == pytest.approx(pair[1].overlap2.item(), abs=0.01)


@pytest.mark.parametrize("wrong", [[], [-1.0, 2.0], [0.0], [np.nan], "flat"])
def test_spectra_that_are_none(wrong: object) -> None:
    with pytest.raises(BendscapeError, match="eigenvalues"):
        FixedSpectrum(wrong)


def test_labels_that_saturate() -> None:
    """Each label below the level fixes one weight, so that 1/P(y < level) labels an input are enough to be perfect."""
    onset = bs.threshold(bs.BayesOptimal(Saturated(Noiseless(1), 2.0)))
    assert onset.alpha_information == pytest.approx(1 / math.erf(1.0), rel=1e-9)
    assert 1.2 < onset.alpha_perfect < 1.3
    assert 0.5 < onset.alpha < 0.7
    q = 0.999
    assert (1 - q) * gain(Saturated(Noiseless(1), 2.0), q) == pytest.approx(math.erf(1.0), abs=0.02)


def test_matrices_with_more_columns_than_rows_have_no_orthonormal_ones() -> None:
    with pytest.raises(BendscapeError, match="alpha >= 1"):
        bs.overlap(bs.BayesOptimal(Noiseless(1), ColumnOrthogonal()), alpha=[0.5])


@pytest.mark.parametrize("wrong", [None, 3, "noiseless", Noiseless])
def test_models_that_are_none(wrong: object) -> None:
    with pytest.raises(BendscapeError, match="channel = "):
        bs.BayesOptimal(wrong)


def test_questions_that_have_no_answer() -> None:
    best = bs.BayesOptimal(Noiseless(1))
    with pytest.raises(BendscapeError, match="no spectrum"):
        bs.spectrum(best, alpha=1.0)
    with pytest.raises(BendscapeError, match="side = 'left'"):
        bs.overlap(best, alpha=1.0, side="left")
    with pytest.raises(BendscapeError, match="net = "):
        bs.phase_diagram(best, noise=[1.0])
