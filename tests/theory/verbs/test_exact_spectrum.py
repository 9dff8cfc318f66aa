"""Identities and limits that the theory must satisfy, over the whole domain of parameters.

Averages that a test compares with come from :mod:`transcription`, never from the library.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import bendscape as bs
from bendscape.theory.verbs.exact_spectrum import Spectrum
from domain import FACTORS, networks, unit
from transcription import Plain, Precise, settled

INF = math.inf
# sharp and smooth edges, more and fewer samples than inputs, with outliers and without, and both ends of the bulk
EXAMPLES = [
    (2, 1, 0.7, 2.5),
    (1, 2, 1.5, 0.8),
    (3, 2, 1.0, 1.3),
    (1, 3, 0.1, 20.0),
    (INF, 1, 0.5, 2.0),
    (INF, 2, 1.0, 0.6),
]
SMOOTH = [(2, 1, 1.5, 1.0), (1, 1, 3.0, 1.0), (3, 2, 4.0, 2.0), (INF, 1, 0.5, 0.5), (INF, 2, 1.0, 1.0)]
SHARP = [(2, 1, 0.7, 2.5), (1, 1, 0.1, 3.0), (4, 2, 1.0, 12.0), (INF, 1, 0.5, 3.0)]
examples = pytest.mark.parametrize(("p", "p_star", "a", "alpha"), EXAMPLES)


def make(p: float, p_star: int, a: float, alpha: float) -> Spectrum:
    return bs.spectrum(bs.QuadraticNetwork(p, p_star, a), alpha=alpha)


def plain(net: bs.QuadraticNetwork) -> Plain:
    return Plain(net.p, net.p_star, net.a)


@st.composite
def spectra(draw: st.DrawFn) -> Spectrum:
    """Any network, from a third of its threshold to three times it."""
    net = draw(networks())
    return bs.spectrum(net, alpha=draw(FACTORS) * bs.threshold(net).alpha)


def breadth(spectrum: Spectrum) -> float:
    """Standard deviation of the eigenvalues, in units of `2/p`."""
    return math.sqrt(spectrum.alpha * plain(spectrum.net).f_moment(2))


# ---------------------------------------------------------------- the bulk equation


@given(spectra(), st.floats(-3, 3), st.floats(0.3, 3))
def test_stieltjes_solves_the_bulk_equation_above_the_axis(spectrum: Spectrum, right: float, up: float) -> None:
    net, scale = spectrum.net, unit(spectrum.net.p)
    z = spectrum.left_edge.value / scale + breadth(spectrum) * complex(right, up)
    g = complex(spectrum.stieltjes(scale * z)) * scale
    back = settled(net.p, net.p_star, net.a, "z", spectrum.alpha, g)
    assert abs(back - z) < 1e-8 * (abs(z) + abs(1 / g))


@given(spectra(), st.floats(-4, 2))
def test_stieltjes_solves_the_bulk_equation_left_of_the_edge(spectrum: Spectrum, log_distance: float) -> None:
    scale, exact = unit(spectrum.net.p), plain(spectrum.net)
    z = spectrum.left_edge.value / scale - breadth(spectrum) * 10**log_distance
    g = complex(spectrum.stieltjes(scale * z)) * scale
    assert g.imag == 0
    assert spectrum.left_edge.stieltjes * scale <= g.real < 0
    assert abs(exact.z(spectrum.alpha, g.real) - z) < 1e-9 * (
        abs(1 / g.real) + spectrum.alpha * exact.mean(np.abs, g=g.real)
    )


@examples
def test_densities_solve_the_equations_inside_the_bulk(p: float, p_star: int, a: float, alpha: float) -> None:
    """At real points `rho = -Im g/pi` and `rho_s = -(1/pi) Im 1/(z - alpha <y A>)`, with `g` put into `z(g)`."""
    spectrum, scale = make(p, p_star, a, alpha), unit(p)
    mean = alpha * Plain(p, p_star, a).f_moment(1)
    for z in mean + np.array([0.0, 0.5]) * breadth(spectrum):
        g = complex(spectrum.stieltjes(scale * z)) * scale
        assert settled(p, p_star, a, "z", alpha, g) == pytest.approx(z, abs=1e-8)
        assert spectrum.density(scale * z) * scale == pytest.approx(-g.imag / math.pi, abs=1e-8)
        for sector in (s.name for s in spectrum.net.sectors):
            resolvent = 1 / (z - alpha * settled(p, p_star, a, "T", g, sector))
            found = spectrum.signal_density(scale * z, sector) * scale
            assert found == pytest.approx(-resolvent.imag / math.pi, abs=1e-8), sector


@given(spectra(), st.floats(-3, 3), st.floats(-4, 1))
def test_stieltjes_maps_the_upper_half_plane_to_the_lower_and_commutes_with_conjugation(
    spectrum: Spectrum, right: float, log_up: float
) -> None:
    z = spectrum.left_edge.value + unit(spectrum.net.p) * breadth(spectrum) * complex(right, 10**log_up)
    above, below = spectrum.stieltjes([z, z.conjugate()])
    assert above.imag < 0
    assert below == above.conjugate()
    assert abs(above) <= (1 + 1e-9) / z.imag  # a Stieltjes transform of a law of mass one


@examples
def test_stieltjes_on_the_real_axis_is_the_limit_from_above(p: float, p_star: int, a: float, alpha: float) -> None:
    spectrum = make(p, p_star, a, alpha)
    for x in spectrum.left_edge.value + np.array([-0.5, 0.3]) * unit(p):
        limit = complex(spectrum.stieltjes(x))
        steps = [abs(complex(spectrum.stieltjes(x + 1j * y)) - limit) for y in (1e-3, 1e-4)]
        assert steps[1] == pytest.approx(steps[0] / 10, rel=0.1)


# ---------------------------------------------------------------- mass and sum rules


@settings(max_examples=30)
@given(spectra())
def test_mass_is_one(spectrum: Spectrum) -> None:
    assert spectrum.mass() == pytest.approx(1.0, abs=2e-7)


def total(spectrum: Spectrum, sector: str) -> float:
    """Mass of a unit vector of the sector over the bulk and on its outliers."""
    outside = sum(o.overlap2_teacher + o.overlap2_student for o in spectrum.outliers if o.sector == sector)
    return spectrum.mass(sector=sector) + outside


@settings(max_examples=30)
@given(spectra())
def test_sum_rule_in_every_sector(spectrum: Spectrum) -> None:
    for sector in spectrum.net.sectors:
        assert total(spectrum, sector.name) == pytest.approx(1.0, abs=2e-7), sector.name


@pytest.mark.parametrize(
    ("p", "p_star", "a", "factor", "sector"),
    [
        (1, 27, 19.97579550267273, 1.4197886983462602, "trace"),
        (2, 74, 12.714599607198146, 2.1751013477955223, "antisym"),
        (6, 2, 1.9098918816515642, 0.7319160746350455, "teacher"),
        (15, 28, 0.007670695211894575, 0.5910176173482521, "teacher"),
        (62, 7, 3.44359741000081, 1 + 1e-4, "teacher"),
        (62, 7, 3.44359741000081, 1 - 1e-4, "teacher"),
    ],
)
def test_sum_rule_where_an_adaptive_rule_may_stop_early(
    p: int, p_star: int, a: float, factor: float, sector: str
) -> None:
    """Narrow resonances at the edge; found by random search, which saw errors of 1e-6 to 1e-5."""
    alpha = factor * Plain(p, p_star, a).alpha_bbp
    assert total(make(p, p_star, a, alpha), sector) == pytest.approx(1.0, abs=2e-7)


def integral(spectrum: Spectrum, power: int) -> float:
    """`int x^power rho(x) dx` along the axis, in `t = sqrt(distance to an edge)`, where the density starts smoothly."""
    scale, low, right = unit(spectrum.net.p), spectrum.left_edge.value, spectrum.right_edge

    def part(edge: float, direction: int, ends: Any) -> float:
        def integrand(t: float) -> float:
            x = edge + direction * t * t
            return float(spectrum.density(x)) * x**power * 2 * t

        pieces = itertools.pairwise(ends)
        return float(sum(quad(integrand, lo, hi, epsabs=1e-9, epsrel=1e-9, limit=100)[0] for lo, hi in pieces))

    if not right:  # ends where the density is below rounding: exponential tails
        return part(low, 1, math.sqrt(10 * breadth(spectrum) * scale) * np.array([0, 0.3, 1, 2, 5]))
    middle = math.sqrt((right.value - low) / 2) * np.array([0, 0.3, 1])
    return part(low, 1, middle) + part(right.value, -1, middle)


@examples
def test_density_and_zero_eigenvalues_integrate_to_the_moments(p: float, p_star: int, a: float, alpha: float) -> None:
    spectrum = make(p, p_star, a, alpha)
    assert spectrum.zero_mass == pytest.approx(max(0.0, 1 - alpha), abs=1e-15)
    assert integral(spectrum, 0) + spectrum.zero_mass == pytest.approx(1.0, abs=1e-7)
    assert integral(spectrum, 1) == pytest.approx(spectrum.moment(1), rel=1e-7)
    assert integral(spectrum, 2) == pytest.approx(spectrum.moment(2), rel=1e-7)


@examples
def test_mass_below_a_point_is_the_integral_of_the_density(p: float, p_star: int, a: float, alpha: float) -> None:
    spectrum = make(p, p_star, a, alpha)
    low, high = 0.1 * unit(p), 0.9 * unit(p)  # right of the zero eigenvalues
    for sector in (None, "teacher"):
        density = spectrum.density if sector is None else spectrum.signal_density
        expected = quad(lambda x, density=density: float(density(x)), low, high, epsabs=1e-10)[0]
        found = spectrum.mass(low, high) if sector is None else spectrum.mass(low, high, sector=sector)
        assert found == pytest.approx(expected, abs=1e-7), sector


@given(spectra())
def test_moments_are_those_of_the_free_cumulants(spectrum: Spectrum) -> None:
    """Mean `alpha <f>`, variance `alpha <f^2>`, third central moment `alpha <f^3>`, in units of `2/p`."""
    scale, exact = unit(spectrum.net.p), plain(spectrum.net)
    k1, k2, k3 = (spectrum.alpha * exact.f_moment(n) * scale**n for n in (1, 2, 3))
    size = spectrum.alpha * exact.mean(lambda A: np.abs(A) ** 3, g=0) * scale**3
    assert spectrum.moment(0) == 1
    assert spectrum.moment(1) == pytest.approx(k1, rel=1e-8, abs=1e-10 * math.sqrt(k2))
    assert spectrum.moment(2) == pytest.approx(k2 + k1**2, rel=1e-8)
    assert spectrum.moment(3) == pytest.approx(k3 + 3 * k1 * k2 + k1**3, rel=1e-8, abs=1e-8 * size)


@pytest.mark.parametrize(("p", "p_star", "order"), [(2, 3, 1), (1, 5, 1), (1, 5, 2), (100, 7, 3), (INF, 9, 3)])
def test_moments_that_exist_at_a_zero_are_exact(p: float, p_star: int, order: int) -> None:
    """There `f = c/y - 1`, and Gamma moments give `<f^n>` in closed form."""
    alpha, scale, k = 2.0, unit(p), p_star / 2

    def yhat_over_y(n: int) -> float:
        up = math.prod((1 + 2 * j / p) for j in range(n))
        return up * math.prod(k / (k - j) for j in range(1, n + 1))

    def f_moment(n: int) -> float:
        slope = [(1 - 1 / p) + 3.0**m / p for m in range(n + 1)]
        return sum((-1.0) ** (n - m) * math.comb(n, m) * slope[m] * yhat_over_y(m) for m in range(n + 1))

    k1, k2, k3 = (alpha * f_moment(n) * scale**n if n <= order else math.nan for n in (1, 2, 3))
    expected = {1: k1, 2: k2 + k1**2, 3: k3 + 3 * k1 * k2 + k1**3}[order]
    assert make(p, p_star, 0.0, alpha).moment(order) == pytest.approx(expected, rel=1e-8)


# ---------------------------------------------------------------- edges


@given(spectra(), st.floats(-6, 2))
def test_density_is_zero_left_of_the_edge(spectrum: Spectrum, log_distance: float) -> None:
    x = spectrum.left_edge.value - unit(spectrum.net.p) * breadth(spectrum) * 10**log_distance
    assert spectrum.density(x) == 0
    assert spectrum.signal_density(x) == 0


@pytest.mark.parametrize(("p", "p_star", "a", "alpha"), SHARP)
def test_sharp_edge_is_a_square_root_from_both_sides(p: float, p_star: int, a: float, alpha: float) -> None:
    """`z - z_- = z''(g_-) (g - g_-)^2/2`: `rho = sqrt(2 d/|z''|)/pi` inside, `g = g_- + sqrt(2 d/|z''|)` outside."""
    spectrum, scale, exact = make(p, p_star, a, alpha), unit(p), Plain(p, p_star, a)
    edge = spectrum.left_edge
    assert edge.kind == "sharp"
    assert edge.exponent == 0.5
    g_edge = exact.edge_g(alpha)
    coefficient = math.sqrt(2 / abs(exact.d2z(alpha, g_edge)))
    distances = 10.0 ** np.array([-4, -5]) * abs(exact.z(alpha, g_edge))
    inside = spectrum.density(edge.value + scale * distances) * scale * math.pi / np.sqrt(distances)
    outside = (np.real(spectrum.stieltjes(edge.value - scale * distances)) * scale - g_edge) / np.sqrt(distances)
    for ratio, order in ((inside / coefficient, 1.0), (outside / coefficient, 0.5)):
        assert ratio[1] == pytest.approx(1, abs=0.03)
        assert abs(ratio[1] - 1) < 1.3 * 10**-order * abs(ratio[0] - 1) + 1e-5  # corrections vanish as they should


def test_right_edge_at_infinite_width_is_a_square_root() -> None:
    spectrum = make(INF, 1, 0.5, 2.0)
    assert spectrum.right_edge is not None
    edge = spectrum.right_edge
    near, far = spectrum.density(edge.value - np.array([1e-5, 1e-3]))
    assert near / far == pytest.approx(0.1, rel=0.01)
    assert spectrum.density(edge.value + 1e-9) == 0


@pytest.mark.parametrize(("p", "p_star", "a", "alpha"), SMOOTH)
def test_tail_constant_is_the_rate_at_which_the_density_falls(p: float, p_star: int, a: float, alpha: float) -> None:
    """`A_tail = (p*/2)(a + min yhat)(1 - alpha/alpha_s)`, and `-d log rho/d(1/d)` tends to it linearly in `d`.

    `min yhat` is zero, but one at `p = inf`; the specification's section 3 has only `a`.
    """
    edge, scale, exact = make(p, p_star, a, alpha).left_edge, unit(p), Plain(p, p_star, a)
    slow = 1 - alpha / exact.alpha_smooth
    assert edge.kind == "smooth"
    assert edge.tail_constant == pytest.approx(scale * p_star / 2 * (a + (math.isinf(p))) * slow, rel=1e-9)

    def rate(ratio: float) -> float:
        """Between two points at `A_tail/d` near `ratio`, where the density is about `exp(-ratio)`."""
        delta = edge.tail_constant / scale / slow / np.array([ratio, 1.01 * ratio])
        (z0, rho0), (z1, rho1) = (exact.smooth_tail(alpha, d) for d in delta)
        d0, d1 = z0 - edge.value / scale, z1 - edge.value / scale
        return -math.log(rho1 / rho0) / (1 / d1 - 1 / d0) * scale / edge.tail_constant

    near, nearer = rate(300), rate(600)
    assert abs(nearer - 1) < abs(near - 1) < 0.02
    assert 2 * nearer - near == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("p", "p_star", "a", "alpha"), SMOOTH)
def test_density_in_the_tail_is_the_solution_with_extended_precision(
    p: float, p_star: int, a: float, alpha: float
) -> None:
    """Where the density is 1e-5 to 1e-9 its absolute tolerance says little, but a logarithmic plot shows it."""
    spectrum, scale = make(p, p_star, a, alpha), unit(p)
    for ratio, relative in ((20, 1e-3), (24, 1e-2)):
        x = spectrum.left_edge.value + spectrum.left_edge.tail_constant / ratio
        guess = complex(spectrum.stieltjes(x)) * scale
        exact = Precise(p, p_star, a, digits=10).density(alpha, x / scale, guess)
        assert spectrum.density(x) * scale == pytest.approx(exact, rel=relative)


# ---------------------------------------------------------------- outliers


@pytest.mark.parametrize(
    ("p", "p_star", "a", "factor"),
    [(2, 1, 0.7, 2.5), (1, 1, 0.05, 1.3), (2, 1, 1.5, 1.1), (20, 3, 2.0, 1.5), (1, 30, 0.3, 2.0), (INF, 2, 1.0, 1.4)],
)
def test_overlap_is_the_response_of_the_outlier(p: float, p_star: int, a: float, factor: float) -> None:
    """Hellmann-Feynman. `H - epsilon P`, with `P` on a teacher direction, moves the outlier to `z + epsilon = alpha T`.

    So `m^2 = -d lambda/d epsilon`, here by central differences of solutions found by the transcription.
    """
    exact = Plain(p, p_star, a)
    alpha = factor * exact.alpha_bbp
    (outlier,) = (o for o in make(p, p_star, a, alpha).outliers if o.side == "left")

    def position(epsilon: float) -> float:
        return float(exact.z(alpha, exact.outlier_g(alpha, epsilon=epsilon)))

    h = 0.02 * (exact.left_edge(alpha) - position(0.0))
    derivative = (position(-2 * h) - 8 * position(-h) + 8 * position(h) - position(2 * h)) / (12 * h)
    assert outlier.overlap2_teacher == pytest.approx(-derivative, rel=1e-6)
    assert outlier.overlap2_student == 0


@given(spectra())
def test_outliers_lie_outside_the_bulk_and_solve_their_equation(spectrum: Spectrum) -> None:
    scale, exact, alpha = unit(spectrum.net.p), plain(spectrum.net), spectrum.alpha
    for outlier in spectrum.outliers:
        if outlier.side == "left":
            assert outlier.value < spectrum.left_edge.value
            g = complex(spectrum.stieltjes(outlier.value)).real * scale
            gap = exact.z(alpha, g) - alpha * exact.T(g, outlier.sector)
            assert abs(gap) < 1e-8 * (abs(1 / g) + alpha * exact.mean(np.abs, g=g))
        else:
            assert spectrum.right_edge is not None
            assert outlier.value > spectrum.right_edge.value
        assert 0 < outlier.overlap2_teacher + outlier.overlap2_student <= 1
    assert [o.value for o in spectrum.outliers] == sorted(o.value for o in spectrum.outliers)


@given(networks(), st.floats(0.01, 1.2))
def test_overlap_grows_with_the_data_above_the_threshold(net: bs.QuadraticNetwork, log_factor: float) -> None:
    threshold = bs.threshold(net)
    alpha = threshold.alpha * np.array([0.5, 1 - 1e-6, 1 + 1e-6, math.exp(log_factor), 1.05 * math.exp(log_factor)])
    m2 = bs.overlap(net, alpha=alpha).overlap2.values
    assert m2[0] == m2[1] == 0
    assert threshold.overlap2_jump < m2[3] < m2[4] < 1
    assert m2[2] == pytest.approx(threshold.overlap2_jump, abs=1e-4)


# ---------------------------------------------------------------- thresholds and limits


@given(networks())
def test_the_kind_follows_from_the_smooth_limit(net: bs.QuadraticNetwork) -> None:
    found = bs.threshold(net)
    discontinuous = found.kind == "discontinuous"
    assert discontinuous == (found.alpha < found.alpha_smooth)
    assert discontinuous == (found.overlap2_jump > 0)
    assert discontinuous == (found.alpha_0_tangent < found.alpha)
    assert (bs.spectrum(net, alpha=found.alpha).left_edge.kind == "smooth") == discontinuous
    assert bs.spectrum(net, alpha=found.alpha).left_edge.value == pytest.approx(found.edge, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(("p", "p_star", "a"), [(1, 1, 1.5), (2, 1, 1.5), (3, 1, 1.5), (5, 4, 8.0), (INF, 2, 0.5)])
def test_tangent_extrapolation_agrees_with_a_numerical_derivative(p: float, p_star: int, a: float) -> None:
    found = bs.threshold(bs.QuadraticNetwork(p, p_star, a))
    assert found.alpha_0_tangent == pytest.approx(Plain(p, p_star, a).alpha_0_tangent, rel=1e-6)


def test_window_extrapolation_tends_to_the_tangent_as_the_window_closes() -> None:
    net = bs.QuadraticNetwork(2, 1, 1.5)
    tangent = bs.threshold(net).alpha_0_tangent
    wide, narrow = (bs.threshold(net, window=(1.0, high)) for high in (1.02, 1.002))
    assert abs(narrow.alpha_0_window.alpha - tangent) < 0.15 * abs(wide.alpha_0_window.alpha - tangent)
    assert narrow.alpha_0_window.error < 0.15 * wide.alpha_0_window.error
    assert wide.alpha_0_window.window == pytest.approx((wide.alpha, 1.02 * wide.alpha))


@given(st.integers(1, 100), st.integers(1, 100))
def test_both_thresholds_meet_at_the_critical_constant(p: int, p_star: int) -> None:
    a_c = bs.theory.critical_a(p, p_star)
    below, at, above = (bs.threshold(bs.QuadraticNetwork(p, p_star, a_c * (1 + x))) for x in (-1e-4, 0, 1e-4))
    assert at.alpha == pytest.approx(at.alpha_smooth, rel=1e-9)
    assert at.alpha == pytest.approx(Plain(p, p_star, a_c).alpha_smooth, rel=1e-9)
    assert (below.kind, above.kind) == ("continuous", "discontinuous")


@pytest.mark.parametrize(("p_star", "a"), [(1, 0.1), (1, 0.7), (1, 2.0), (3, 1.0), (7, 5.0)])
def test_critical_width_is_the_first_with_a_jump(p_star: int, a: float) -> None:
    width = bs.theory.critical_width(p_star, a)
    assert bs.threshold(bs.QuadraticNetwork(width, p_star, a)).kind == "discontinuous"
    assert width == 1 or bs.threshold(bs.QuadraticNetwork(width - 1, p_star, a)).kind == "continuous"


@given(st.integers(1, 100), st.floats(-3, 3))
def test_infinite_width_has_the_closed_form(p_star: int, log_a: float) -> None:
    """(18): `p*(a+1)/2`."""
    a = 10**log_a
    found = bs.threshold(bs.QuadraticNetwork(INF, p_star, a))
    assert found.alpha == pytest.approx(p_star * (a + 1) / 2, rel=1e-12)
    assert found.kind == "discontinuous"
    assert found.edge == pytest.approx(-1 + found.alpha * Plain(INF, p_star, a).mean(lambda A: A, g=-1.0), rel=1e-9)


@pytest.mark.parametrize(("p_star", "a"), [(1, 0.7), (3, 2.0)])
def test_large_width_tends_to_infinite_width_like_one_over_p(p_star: int, a: float) -> None:
    limit, wide, wider = (bs.threshold(bs.QuadraticNetwork(p, p_star, a)) for p in (INF, 2000, 4000))
    assert wide.kind == wider.kind == "discontinuous"
    for name in ("alpha", "alpha_smooth", "overlap2_jump"):
        gaps = [getattr(found, name) - getattr(limit, name) for found in (wide, wider)]
        assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.01), name
    gaps = [found.edge * p / 2 - limit.edge for found, p in ((wide, 2000), (wider, 4000))]
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.01)


def test_large_width_spectrum_tends_to_infinite_width_like_one_over_p() -> None:
    """At twice the threshold, with a sharp edge, in units of `2/p`."""

    def numbers(p: float) -> dict[str, float]:
        spectrum, scale = make(p, 1, 0.7, 1.7), unit(p)
        outlier = spectrum.outliers[0]
        return {
            "edge": spectrum.left_edge.value / scale,
            "outlier": outlier.value / scale,
            "m^2": outlier.overlap2_teacher,
            "mean": spectrum.moment(1) / scale,
            "density": float(spectrum.density(0.5 * scale)) * scale,
        }

    limit, wide, wider = numbers(INF), numbers(2000), numbers(4000)
    for name, value in limit.items():
        assert (wide[name] - value) / (wider[name] - value) == pytest.approx(2, rel=0.02), name


# ---------------------------------------------------------------- the best constant


@pytest.mark.parametrize(("p", "p_star", "at"), [(1, 1, "critical"), (2, 1, "critical"), (3, 1, "critical")])
def test_best_constant_at_the_kink(p: int, p_star: int, at: str) -> None:
    best = bs.theory.best_a(p, p_star)
    assert best.at == at
    assert best.a == best.a_critical == bs.theory.critical_a(p, p_star)
    for factor in (1 - 1e-3, 1 + 1e-3):
        assert bs.threshold(bs.QuadraticNetwork(p, p_star, best.a * factor)).alpha > best.alpha


def test_best_constant_lies_below_the_critical_one_for_a_wide_student() -> None:
    """The paper (claim C5) puts the minimum at `a_c`; for `p = 100, p* = 1` it is an interior one."""
    best = bs.theory.best_a(100, 1)
    assert best.at == "interior"
    assert 0 < best.a < 0.99 * best.a_critical
    exact = {a: Plain(100, 1, a).alpha_bbp for a in (0.9 * best.a, best.a, 1.1 * best.a, best.a_critical)}
    assert min(exact, key=lambda a: exact[a]) == best.a
    assert exact[best.a] == pytest.approx(best.alpha, rel=1e-9)
    assert Plain(100, 1, best.a).kind == "continuous"


def test_best_constant_is_zero_for_a_narrow_student_of_a_wide_teacher() -> None:
    """The paper (claim C5) puts the minimum at `a_c`; for `p = 1, p* = 5` it is at `a = 0`."""
    best = bs.theory.best_a(1, 5)
    assert best.at == "zero"
    assert best.a == 0
    trial = best.a_critical * np.array([1e-3, 1e-2, 0.1, 0.5, 1.0])
    exact = [Plain(1, 5, a).alpha_bbp for a in trial]
    assert best.alpha < min(exact)
    assert Plain(1, 5, 1e-8).alpha_bbp == pytest.approx(best.alpha, rel=1e-3)  # and is the limit a -> 0


@settings(max_examples=15)
@given(st.integers(1, 100), st.integers(1, 100), st.floats(-3, 1))
def test_no_constant_beats_the_best_one(p: int, p_star: int, log_ratio: float) -> None:
    best = bs.theory.best_a(p, p_star)
    other = bs.QuadraticNetwork(p, p_star, best.a_critical * 10**log_ratio)
    assert bs.threshold(other).alpha >= best.alpha * (1 - 1e-9)
    assert bs.threshold(bs.QuadraticNetwork(p, p_star, best.a)).alpha == pytest.approx(best.alpha, rel=1e-9)


# ---------------------------------------------------------------- shapes


@pytest.mark.parametrize("name", ["density", "signal_density", "stieltjes"])
@pytest.mark.parametrize(
    "x", [0.5, 1, np.int64(1), [], [1, 2], [[-2.0, 0.5], [1, 3]], np.empty((0, 3)), np.ones((2, 1, 2))]
)
def test_functions_of_the_eigenvalue_keep_the_shape_of_their_argument(name: str, x: Any) -> None:
    function = getattr(make(2, 1, 0.7, 2.5), name)
    values = function(x)
    assert np.shape(values) == np.shape(x)
    assert np.result_type(values) == (complex if name == "stieltjes" else float)
    assert np.all(values != 0) == (np.min(x, initial=0) > -1 or name == "stieltjes")  # integers are no zeros
    for one, value in zip(np.ravel(x), np.ravel(values), strict=True):
        assert function(float(one)) == pytest.approx(value, abs=1e-9)


def test_curves_hold_every_density_with_its_error() -> None:
    spectrum, x = make(2, 1, 0.7, 2.5), np.linspace(-2, 3, 11)
    data = spectrum.curves(x)
    np.testing.assert_allclose(data.density, spectrum.density(x), atol=1e-9)
    for sector in spectrum.net.sectors:
        np.testing.assert_allclose(data[f"{sector.name}_density"], spectrum.signal_density(x, sector.name), atol=1e-9)
    assert data.converged.all()
    assert float(data.error.max()) < 1e-7
    assert data.attrs["alpha"] == 2.5
