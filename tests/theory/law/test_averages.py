"""One network written in several ways gives the same numbers by every verb: its symmetry decides, not its class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

import bendscape as bs
from bendscape.models import Network, Noise, loss
from bendscape.theory.law.averages import Sampled, averages_of, scalar_law
from bendscape.theory.law.labels import RadialLabel, TeacherLabel
from bendscape.theory.law.quadratic_neurons import QuadraticNeurons
from bendscape.theory.law.quadrature import real_measure, turning
from bendscape.theory.verbs.sampled_spectrum import spectrum_of_samples
from bendscape.theory.verbs.sampled_threshold import threshold_of_samples

EXACT, BY_ANOTHER_RULE = 1e-16, 1e-8  # relative, of averages; solving them costs a factor of hundred
RADIUS = {1: "s1**2", 2: "(s1**2 + s2**2)/2", 3: "(s1**2 + s2**2 + s3**2)/3"}


def ways(net: bs.QuadraticNetwork) -> dict[str, tuple[Any, float]]:
    """The network in other words, and how closely numbers have to agree."""
    p, p_star, a = int(net.p), net.p_star, net.a
    found: dict[str, tuple[Any, float]] = {
        "of_quadratic": (Network.of_quadratic(net), EXACT),
        "magnitude": (Network(p, p_star, loss=loss("magnitude", a=a)), EXACT),
        "formula": (Network(p, p_star, activation="x**2", loss=loss("normalised", a=a), noise=Noise(0.0)), EXACT),
        "weights": (
            Network(
                p,
                p_star,
                loss=loss("normalised", a=a),
                output_weights=[1 / p] * p,
                teacher_weights=[1 / p_star] * p_star,
            ),
            EXACT,
        ),
    }
    if p_star in RADIUS:
        found["link"] = (Network(p, p_star, loss=loss("normalised", a=a), link=RADIUS[p_star]), BY_ANOTHER_RULE)
    return found


def assert_same_threshold(one: bs.theory.Threshold, other: bs.theory.Threshold, rel: float) -> None:
    assert (one.kind, one.side, one.sector, one.unit) == (other.kind, other.side, other.sector, other.unit)
    for name in ("alpha", "edge", "overlap2_jump", "alpha_smooth", "alpha_0_tangent"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=100 * rel, abs=10 * rel), name
    assert one.alpha_0_window.alpha == pytest.approx(other.alpha_0_window.alpha, rel=1e4 * rel)


def assert_same_spectrum(one: bs.theory.Spectrum, other: bs.theory.Spectrum, rel: float) -> None:
    for edge, its in ((one.left_edge, other.left_edge), (one.right_edge, other.right_edge)):
        assert (edge.kind, edge.reason) == (its.kind, its.reason) or not edge
        assert edge.value == pytest.approx(its.value, rel=100 * rel)
    assert [(o.side, o.sector) for o in one.outliers] == [(o.side, o.sector) for o in other.outliers]
    for o, same in zip(one.outliers, other.outliers, strict=True):
        assert o.value == pytest.approx(same.value, rel=100 * rel)
        assert o.overlap2_teacher == pytest.approx(same.overlap2_teacher, abs=1e4 * rel)
        assert o.overlap2_student == pytest.approx(same.overlap2_student, abs=1e4 * rel)
    x = one.left_edge.value + np.array([0.1, 0.5, 2.0]) * (1 + abs(one.left_edge.value))
    tolerance = rel * (1 + one.density(x))
    assert np.all(np.abs(one.density(x) - other.density(x)) <= 100 * tolerance)
    assert one.mass(high=float(x[1])) == pytest.approx(other.mass(high=float(x[1])), abs=max(10 * rel, 1e-14))


@settings(max_examples=6, deadline=None)
@given(
    p=st.integers(1, 5),
    p_star=st.sampled_from([1, 2, 4]),
    a=st.floats(0.1, 4.0),
    ratio=st.floats(0.3, 4.0),
)
def test_ways_to_write_one_network_agree_in_every_verb(p: int, p_star: int, a: float, ratio: float) -> None:
    net = bs.QuadraticNetwork(p, p_star, a)
    threshold = bs.threshold(net)
    alpha = ratio * threshold.alpha
    spectrum, curve = bs.spectrum(net, alpha=alpha), bs.overlap(net, alpha=[alpha, 2 * alpha])
    for other, rel in ways(net).values():
        assert_same_threshold(bs.threshold(other), threshold, rel)
        assert_same_spectrum(bs.spectrum(other, alpha=alpha), spectrum, rel)
        its = bs.overlap(other, alpha=[alpha, 2 * alpha])
        np.testing.assert_allclose(its.overlap2, curve.overlap2, atol=1e4 * rel)
        np.testing.assert_allclose(its.left_edge, curve.left_edge, rtol=100 * rel)
        np.testing.assert_allclose(its.outlier, curve.outlier, rtol=100 * rel)
        assert float(bs.phase_diagram(other, noise=0.0).alpha_BBP) == pytest.approx(threshold.alpha, rel=100 * rel)


@pytest.mark.parametrize("width", [49, 98])  # 49 times 1/49 is not one
def test_widths_whose_weights_do_not_add_up_to_one_are_no_exception(width: int) -> None:
    for net in (bs.QuadraticNetwork(width, 1, 0.7), bs.QuadraticNetwork(1, width, 0.7)):
        assert averages_of(Network.of_quadratic(net)) == net


def test_noise_of_zero_changes_no_digit() -> None:
    plain, noisy = bs.QuadraticNetwork(2, 1, 0.7), Network(2, 1, loss=loss("normalised", a=0.7), noise=Noise(0.0))
    assert bs.threshold(noisy).alpha == bs.threshold(plain).alpha
    assert bs.threshold(noisy).to_dict() == bs.threshold(plain).to_dict()
    assert bs.spectrum(noisy, alpha=2.5).to_dict() == bs.spectrum(plain, alpha=2.5).to_dict()


@pytest.mark.parametrize("kappa", [0.25, 3.0])
def test_scaled_outputs_and_labels_scale_the_hessian(kappa: float) -> None:
    """`y` and `yhat` times `kappa`, `a` too: the loss, and its Hessian, times `kappa`."""
    p, p_star, a = 3, 2, 0.8
    weights: dict[str, Any] = {"output_weights": [kappa / p] * p, "teacher_weights": [kappa / p_star] * p_star}
    scaled = Network(p, p_star, loss=loss("normalised", a=kappa * a), **weights)
    net = bs.QuadraticNetwork(p, p_star, a)
    assert bs.threshold(scaled).alpha == pytest.approx(bs.threshold(net).alpha, rel=1e-11)
    one, other = bs.spectrum(scaled, alpha=3.0), bs.spectrum(net, alpha=3.0)
    assert one.left_edge.value == pytest.approx(kappa * other.left_edge.value, rel=1e-10)
    assert one.density(0.3 * kappa) == pytest.approx(other.density(0.3) / kappa, rel=1e-8)
    assert turning(one.law) == (True, True)


def test_symmetry_decides_and_not_the_class() -> None:
    assert isinstance(averages_of(Network(2, 1, loss="huber")), QuadraticNeurons)
    assert averages_of(Network.of_quadratic(bs.QuadraticNetwork(2, 1, 0.7))) == bs.QuadraticNetwork(2, 1, 0.7)
    for net in (
        Network(2, 1, activation="tanh"),
        Network(2, 1, loss="huber", output_weights=(0.3, 0.7)),
        Network(2, 1, loss="huber", inputs=bs.Inputs((1.0, 3.0))),
        Network(2, 1, loss="huber", inputs=bs.Inputs(mean=1.0)),
    ):
        assert isinstance(averages_of(net), Sampled)


@pytest.mark.parametrize(("additive", "multiplicative"), [(0.3, 0.0), (0.0, 0.4), (0.05, 0.2), (2.0, 0.0), (0.0, 0.02)])
@pytest.mark.parametrize("p_star", [1, 3])
def test_the_law_of_noisy_labels(p_star: int, additive: float, multiplicative: float) -> None:
    """Averages of functions of `y` and `Y`, against an integral over `Y` and the noise, in other variables."""
    rule = RadialLabel(p_star / 2, 0.0, 1.0, additive, multiplicative, (0.0,)).rule(96)
    s, w = np.polynomial.hermite_e.hermegauss(60)
    w = w / w.sum()

    def exact(function: Any, signal: bool) -> float:
        def inner(r: float) -> float:
            Y = r**2 / p_star
            deviation = math.hypot(additive, multiplicative * Y)
            y = Y + deviation * s
            return float(w @ function(y)) * (Y if signal else 1.0)

        norm = 2 ** (1 - p_star / 2) / math.gamma(p_star / 2)
        found, _ = integrate.quad(
            lambda r: norm * r ** (p_star - 1) * math.exp(-(r**2) / 2) * inner(r), 0, 12, limit=400, epsabs=1e-13
        )
        return float(found)

    functions: tuple[Any, ...] = (
        lambda y: y,
        lambda y: y**2,
        lambda y: np.cos(y / 2),
        lambda y: np.exp(-((y - 1) ** 2) / 8),
    )
    for function in functions:
        assert rule.weights @ function(rule.y) == pytest.approx(exact(function, False), abs=3e-8)
        assert rule.products @ function(rule.y) == pytest.approx(exact(function, True), abs=3e-8)


def test_the_law_of_a_product_of_pre_activations() -> None:
    """Moments of `s1 s2` and of what it says of `s`: `E[y^2] = 1`, `E[y s1 s2] = 1`, `E[y^2 s1^2] = 3`."""
    net = Network(2, 2, loss=loss("magnitude", a=1.0), link="s1*s2")
    rule = TeacherLabel(net, (0.0,)).rule(96)
    assert rule.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert rule.weights @ rule.y**2 == pytest.approx(1.0, abs=1e-10)
    moments = np.einsum("n,nij->ij", rule.y, rule.products), np.einsum("n,nij->ij", rule.y**2, rule.products)
    np.testing.assert_allclose(moments[0], [[0, 1], [1, 0]], atol=1e-10)
    np.testing.assert_allclose(moments[1], [[3, 0], [0, 3]], atol=1e-9)


def test_a_direction_sums_to_one_over_bulk_and_outliers() -> None:
    """The sum rule, for noise, a smooth loss, and directions of the teacher that mix."""
    for net, accuracy in (
        (Network(2, 1, loss=loss("magnitude", a=0.7), noise=Noise(0.3)), 1e-8),
        (Network(2, 1, loss="huber"), 1e-5),
        (Network(2, 2, loss=loss("magnitude", a=1.0), link="s1*s2"), 1e-7),
    ):
        spectrum = bs.spectrum(net, alpha=3.0)
        directions = real_measure(spectrum.law).directions("teacher")
        outside = sum(
            o.overlap2_teacher * o.multiplicity / (2 * directions if directions > 1 else o.multiplicity)
            for o in spectrum.outliers
            if o.sector == "teacher"
        )
        assert spectrum.mass() == pytest.approx(1.0, abs=accuracy)
        assert spectrum.mass(sector="teacher") + outside == pytest.approx(1.0, abs=accuracy)


def test_a_squared_loss_has_a_density_and_no_edges() -> None:
    spectrum = bs.spectrum(Network(2, 1, loss="squared"), alpha=3.0)
    assert not spectrum.left_edge
    assert not spectrum.right_edge
    assert "magnitude" in spectrum.left_edge.reason
    assert spectrum.mass() == pytest.approx(1.0, abs=1e-7)
    mean = 3.0 * float(real_measure(spectrum.law).f @ real_measure(spectrum.law).weights["bulk"])
    assert spectrum.moment(1) == pytest.approx(mean, rel=1e-9)


def test_an_end_that_a_label_attains_is_smooth_for_wide_students_only() -> None:
    """`f` is lowest at `yhat = 0` and one label: `<A^2>` is finite there from `p = 4` on, for `p/2 + 1/2 > 2`."""
    for p, kind in ((2, "continuous"), (3, "continuous"), (6, "discontinuous")):
        found = bs.threshold(Network(p, 1, loss=loss("magnitude", a=0.3, b=2.0)))
        assert found.kind == kind
        assert (found.alpha_smooth > 0) == (p > 3)
    assert found.alpha < found.alpha_smooth
    assert found.overlap2_jump > 0
    assert math.isnan(found.alpha_0_tangent)


NOISY = [
    Network(p, p_star, loss=loss("magnitude", a=a), noise=Noise(additive, multiplicative))
    for p, p_star, a, additive, multiplicative in (
        (1, 1, 0.5, 0.3, 0.0),
        (2, 1, 1.5, 1.0, 0.0),
        (2, 1, 0.7, 0.2, 0.5),
        (3, 2, 1.0, 0.0, 0.3),
        (4, 1, 0.3, 0.1, 0.1),
        (2, 3, 2.0, 0.5, 0.0),
        (1, 2, 1.0, 2.0, 0.0),
        (2, 2, 0.4, 0.05, 0.0),
        (5, 1, 1.0, 0.0, 1.0),
        (3, 1, 3.0, 0.7, 0.2),
        (2, 1, 0.2, 0.4, 0.0),
        (1, 3, 0.8, 0.0, 0.2),
        (4, 2, 1.2, 0.6, 0.0),
        (2, 4, 0.9, 0.3, 0.3),
        (6, 1, 0.6, 0.2, 0.0),
    )
] + [
    Network(2, 1, loss="huber", noise=Noise(0.3)),
    Network(2, 2, loss=loss("magnitude", a=1.0), link="s1*s2"),
    Network(3, 2, loss="huber", link="s1*s2", noise=Noise(0.5)),
    Network(2, 1, loss=loss("magnitude", a=1.0), teacher_activation="tanh"),
    Network(2, 2, loss=loss("magnitude", a=1.0), link="s1**2 + s1*s2/2", noise=Noise(0.5)),
]


def assert_engines_agree(net: Network, averaging: bs.Averaging) -> None:
    """The exact theory against sampled averages, whose errors are of Student's law with 7 degrees: one in 10^3.

    At a continuous threshold sampled averages are also biased, by less with more points: 3 % are allowed for it. Edges
    and overlaps beyond the threshold have no bias that shows.
    """
    exact, sampled = bs.threshold(net, side="left"), threshold_of_samples(net, averaging, "left")
    assert exact.kind == sampled.kind
    bias = 0.03 * exact.alpha if exact.kind == "continuous" else 0.0
    assert abs(exact.alpha - sampled.alpha) <= 5.4 * sampled.error + bias
    one, other = bs.spectrum(net, alpha=1.5 * exact.alpha), spectrum_of_samples(net, 1.5 * exact.alpha, averaging)
    assert abs(one.left_edge.value - other.left_edge.value) <= 5.4 * other.left_edge.error
    o, its = one.outliers[0], other.outliers[0]
    assert abs(o.value - its.value) <= 5.4 * its.error
    assert abs(o.overlap2_teacher - its.overlap2_teacher) <= 5.4 * its.overlap2_teacher.error


@pytest.mark.parametrize("net", NOISY[:2], ids=str)
def test_noisy_networks_agree_with_sampled_averages(net: Network) -> None:
    assert scalar_law(net) is not None
    assert_engines_agree(net, bs.Averaging(tolerance=1.0, points=2**10, most=2**10))


@pytest.mark.long
@pytest.mark.parametrize("net", NOISY, ids=str)
def test_twenty_networks_agree_with_sampled_averages(net: Network) -> None:
    assert scalar_law(net) is not None
    assert_engines_agree(net, bs.Averaging(tolerance=1.0, points=2**13, most=2**13))


def assert_samples_agree(net: Network, sizes: tuple[int, int], samples: int) -> None:
    """Overlaps of samples at two sizes, extrapolated in `1/N`, against the limit."""
    alpha = 1.6 * bs.threshold(net).alpha
    limit = bs.spectrum(net, alpha=alpha).outliers[0]
    kept = int(limit.multiplicity)
    means, errors = [], []
    for N in sizes:
        least = max(kept, net.p * net.p_star)
        data = bs.simulate(net, alpha=alpha, N=N, samples=samples, seed=N, side="left", eigenvalues=least)
        each = data.overlap2.values[:, :kept].mean(axis=1)
        means.append(each.mean())
        errors.append(each.std(ddof=1) / math.sqrt(samples))
    found = 2 * means[1] - means[0]
    assert abs(found - limit.overlap2_teacher) <= 4 * math.hypot(2 * errors[1], errors[0])


@pytest.mark.parametrize("net", NOISY[1:2], ids=str)
def test_a_noisy_network_agrees_with_samples(net: Network) -> None:
    assert_samples_agree(net, (100, 200), 12)


@pytest.mark.long
@pytest.mark.parametrize("net", [NOISY[1], NOISY[2], NOISY[16]], ids=str)
def test_noisy_networks_agree_with_samples(net: Network) -> None:
    assert_samples_agree(net, (300, 600), 40)


def bounded_weight(p: int) -> Network:
    """The weight `1/(1 + y^2)`: `f` is lowest at the label one and the output zero, `1 + p f` is about `(y - 1)^2/2`
    plus a number times the output there, and the law of `f` ends as the power `(p - 1)/2`.
    """
    return Network(p, 1, loss="(y - yhat)**2/(2*(1 + y**2))")


@pytest.mark.parametrize("p", [4, 5, 8])
def test_the_mean_square_at_an_end_that_is_a_power(p: int) -> None:
    """`<A^2>` against integrals in the logarithms of the distances from the end."""
    shape = p / 2
    Y = np.exp(np.linspace(-75.0, 5.0, 1601))
    density = shape**shape / math.gamma(shape) * Y**shape * np.exp(-shape * Y)

    def inner(y: Any, distance: Any) -> Any:
        """Over the output; `distance` is `y - 1` without rounding."""
        parts = []
        for c in (1.0, 3.0):
            f = 2 / p * (c * Y - y) / (1 + y**2)
            parts.append(integrate.trapezoid(density * (f * (1 + y**2) / (distance**2 + 2 * c * Y)) ** 2, np.log(Y)))
        return (1 - 1 / p) * parts[0] + parts[1] / p

    def outer(sign: int) -> Any:
        """Over `s = (1 + d)^(1/2)`, in the logarithm of the distance of `s` from one."""
        h = np.exp(np.linspace(-40.0, math.log(8.0) if sign > 0 else 0.0, 2001))
        s = 1 + sign * h
        values = [inner(x**2, sign * d * (2 + sign * d)) for x, d in zip(s, h, strict=True)]
        return integrate.trapezoid(2 * np.exp(-(s**2) / 2) / math.sqrt(2 * math.pi) * np.array(values) * h, np.log(h))

    exact = outer(1) + outer(-1)
    law = scalar_law(bounded_weight(p))
    assert law is not None
    end = real_measure(law).lower
    assert end is not None
    assert end.mean_square == pytest.approx(exact, rel=1e-4)


def test_the_mean_square_diverges_at_a_narrow_width() -> None:
    """For the power one and below the edge is always sharp, beyond it is not up to `alpha_smooth`."""
    kinds = [bs.spectrum(bounded_weight(p), alpha=0.1).left_edge for p in (1, 2, 3, 4, 16)]
    assert [edge.kind for edge in kinds] == ["sharp"] * 3 + ["power"] * 2
    assert [edge.alpha_smooth > 0 for edge in kinds] == [False] * 3 + [True] * 2


def test_a_transition_at_an_end_that_is_a_power_jumps() -> None:
    assert_engines_agree(bounded_weight(16), bs.Averaging(tolerance=1.0, points=2**10, most=2**10))
