"""The background of a sample, and its noise: sectors, directions, modes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

import bendscape as bs
from bendscape._types import Array
from bendscape.theory.finite_size.airy import airy_points, place_modes
from bendscape.theory.finite_size.background import BulkEquivalent, EdgeDensity
from bendscape.theory.finite_size.directions import DirectionDraw, draw_directions, pole_square, teacher_block
from bendscape.theory.finite_size.labels import Labels, draw_labels, given_labels
from bendscape.theory.finite_size.pencil import SchurPencil, draw_pencil, positive_derivative
from bendscape.theory.finite_size.sectors import (
    crossed_variances,
    mode_variances,
    shared_fraction,
    symmetric_noise,
    traceless,
)
from bendscape.theory.resolvent.ladder import ladder_eigenvalues

SHARP = bs.QuadraticNetwork(1, 1, 0.5)
WIDE = bs.QuadraticNetwork(2, 1, 0.7)


def _per_x(x: float, interior: EdgeDensity) -> float:
    return float(2 * x * interior.density(x))


def components(blocks: Array) -> Array:
    """Mean squares of the unit components of `p x p` blocks: trace, symmetric traceless, antisymmetric."""
    p = blocks.shape[-1]
    mean = np.trace(blocks, axis1=-2, axis2=-1) / p
    even = (blocks + np.swapaxes(blocks, -1, -2)) / 2 - mean[..., None, None] * np.eye(p)
    odd = (blocks - np.swapaxes(blocks, -1, -2)) / 2
    dimension = [1, max((p - 1) * (p + 2) / 2, 1), max(p * (p - 1) / 2, 1)]
    squares = [p * np.mean(mean**2)] + [np.mean(np.sum(x**2, axis=(-1, -2))) for x in (even, odd)]
    return np.asarray(np.array(squares) / np.array(dimension))


# ---------------------------------------------------------------- the background


def sums(labels: Labels, g: complex, power: int, weight: Array) -> complex:
    """`sum weight <A^power>`, sample by sample."""
    p, a = int(labels.net.p), labels.net.a
    across = (labels.yhat - labels.y) / (a + labels.y)
    along = (3 * labels.yhat - labels.y) / (a + labels.y)
    total = (p - 1) * (across / (1 - g * across)) ** power + (along / (1 - g * along)) ** power
    return complex(np.sum(weight * total) / p)


CASES = [(SHARP, 3.0, 400.0), (WIDE, 2.5, 1e6), (bs.QuadraticNetwork(3, 2, 1.0), 2.0, 200.0), (SHARP, 3.0, 1e20)]
cases = pytest.mark.parametrize(("net", "alpha", "N"), CASES, ids=str)


def background(net: bs.QuadraticNetwork, alpha: float, N: float) -> BulkEquivalent:
    return BulkEquivalent(draw_labels(net, alpha=alpha, N=N, seed=2).without(8))


def gap(bg: BulkEquivalent) -> float:
    """Distance of `g` at the edge from the pole of the most negative curvature."""
    return bg.g_edge - 1 / min(float(f.min()) for f in bg.labels.modes)


@cases
def test_position_and_its_derivatives(net: bs.QuadraticNetwork, alpha: float, N: float) -> None:
    bg = background(net, alpha, N)
    weight, free = bg.labels.count / N, bg.labels.free
    for g in (bg.g_edge, 0.9 * bg.g_edge, 0.1 * bg.g_edge):
        h = 1e-5 * (gap(bg) if g == bg.g_edge else abs(g))
        assert bg.position(g) == pytest.approx((free / g + sums(bg.labels, g, 1, weight)).real, rel=1e-12)
        assert bg.teacher(g).real == pytest.approx(sums(bg.labels, g, 1, weight * bg.labels.y).real, rel=1e-12)
        difference = (bg.position(g + h) - bg.position(g - h)) / (2 * h)
        assert bg.slope(g) == pytest.approx(difference, rel=1e-4, abs=1e-5 / abs(g) ** 2)
    h = 1e-3 * gap(bg)
    second = (bg.slope(bg.g_edge + h) - bg.slope(bg.g_edge - h)) / (2 * h)
    assert bg.edge_curvature == pytest.approx(-second / 2, rel=1e-3)
    assert bg.edge_curvature > 0
    assert abs(bg.slope(bg.g_edge)) * bg.g_edge**2 < 1e-6 * max(1.0, bg.edge_curvature * gap(bg) * bg.g_edge**2)
    assert bg.edge == bg.position(bg.g_edge)
    # the density starts as x/(pi curvature^(1/2)), and the first mode lies a few scales behind the edge
    assert bg.scale == pytest.approx((math.sqrt(bg.edge_curvature) / (bg.p * N)) ** (2 / 3), rel=1e-12)


@cases
@pytest.mark.parametrize("depth", [1e-13, 1e-10, 0.99e-9, 1.01e-9, 1e-6, 1e-2, 1.0, 1e3])
def test_stieltjes_transform_in_front_of_the_edge(
    net: bs.QuadraticNetwork, alpha: float, N: float, depth: float
) -> None:
    bg = background(net, alpha, N)
    distance = depth * abs(bg.edge)
    g = bg.stieltjes(distance)
    assert bg.g_edge <= g < 0
    assert bg.position(g) == pytest.approx(bg.edge - distance, rel=1e-9)
    local = math.sqrt(distance / bg.edge_curvature)
    if local < 1e-2 * gap(bg):
        assert g - bg.g_edge == pytest.approx(local, rel=0.05)


def test_interior_solves_the_bulk_equation() -> None:
    for net, alpha, N in CASES[:3]:
        bg = background(net, alpha, N)
        weight, free = bg.labels.count / N, bg.labels.free
        interior = bg.density_behind_edge(20.0)
        assert interior is not None
        for number in (0.5, 5.0, 20.0):
            x = float(interior.x_at(np.array(number)))
            z, g = bg.edge + x**2, free / (bg.edge + 10j)
            for up in np.append(np.geomspace(10, 1e-7, 200), 0.0):  # from far above down to the axis
                for _ in range(30):
                    step = (free / g + sums(bg.labels, g, 1, weight) - z - 1j * up) / (
                        -free / g**2 + sums(bg.labels, g, 2, weight)
                    )
                    g -= step
                    if abs(step) < 1e-13 * abs(g):
                        break
            assert g.imag < 0
            assert interior.density(x) == pytest.approx(-g.imag / math.pi, rel=2e-3)
            coupling = sums(bg.labels, g, 1, weight * bg.labels.y).imag / g.imag
            assert interior.coupling(x) == pytest.approx(coupling, rel=2e-2)
            held = bg.p * N * quad(_per_x, 0, x, args=(interior,))[0]
            assert held == pytest.approx(number, rel=1e-4)


def test_interior_of_a_large_sample_is_that_of_the_limit() -> None:
    limit = bs.spectrum(SHARP, alpha=3.0)
    bg = BulkEquivalent(draw_labels(SHARP, alpha=3.0, N=1e12, seed=1))
    assert 2 * bg.edge == pytest.approx(limit.left_edge.value, abs=1e-4)
    assert 2 * bg.g_edge == pytest.approx(4 * limit.left_edge.stieltjes, rel=1e-3)
    wide = bg.density_behind_edge(1e9)
    assert wide is not None
    for number in (1e7, 1e8, 9e8):
        x = float(wide.x_at(np.array(number)))
        expected = float(limit.density(limit.left_edge.value + 2 * x**2)) * 2
        assert wide.density(x) == pytest.approx(expected, rel=2e-3)
    near, local = bg.density_behind_edge(1e4), bg.density_behind_edge(20.0)  # a continuation, and its first term
    assert near is not None
    assert local is not None
    x = float(local.x_at(np.array(20.0)))
    assert near.density(x) == pytest.approx(float(local.density(x)), rel=1e-2)
    assert local.density(x) == pytest.approx(x / math.pi / math.sqrt(bg.edge_curvature), rel=1e-3)
    assert wide.coupling(0.0) == pytest.approx(float(local.coupling(0.0)), rel=2e-2)


# ---------------------------------------------------------------- sectors


@given(st.integers(2, 6), st.integers(0, 10**6))
def test_ladders_are_eigenvalues_of_the_average_product(p: int, seed: int) -> None:
    """`B -> sum weight A B A`, the direction of `A` averaged over the sphere by an exact rule of fourth order."""
    rng = np.random.default_rng(seed)
    across, along = rng.normal(size=(2, 4))
    weight = rng.random(4)
    # all permutations and signs of (r, 1, 0 ...) do not suffice: E[e e e e] by its closed form
    eye = np.eye(p)
    pairs = np.einsum("ij,kl->ijkl", eye, eye)
    fourth = (pairs + pairs.transpose(0, 2, 1, 3) + pairs.transpose(0, 3, 2, 1)) / (p * (p + 2))
    d = along - across

    def image(b: Array) -> Array:
        total = np.zeros((p, p))
        for i in range(4):
            total += weight[i] * (across[i] ** 2 * b + 2 * across[i] * d[i] * b / p)
            total += weight[i] * d[i] ** 2 * np.einsum("ijkl,jk->il", fourth, b)
        return total

    b = rng.normal(size=(p, p))
    odd, even = b - b.T, traceless(b)
    np.testing.assert_allclose(image(even), ladder_eigenvalues(across, along, weight, p)[1] * even, atol=1e-12)
    np.testing.assert_allclose(image(eye), ladder_eigenvalues(across, along, weight, p)[0] * eye, atol=1e-12)
    np.testing.assert_allclose(image(odd), ladder_eigenvalues(across, along, weight, p)[2] * odd, atol=1e-12)


@given(st.integers(2, 5), st.integers(0, 10**6))
def test_crossing_pairs_the_other_indices(p: int, seed: int) -> None:
    """From the operator itself: `C[kl,k'l']` a matrix in pairs of left and of right indices, turned."""
    phi = np.sort(np.random.default_rng(seed).random(3))[::-1]
    phi = np.array([phi[0] + 0.2, phi[1], 0.9 * phi[1]])
    eye = np.eye(p)
    trace = np.einsum("kl,mn->klmn", eye, eye) / p
    same, swap = np.einsum("km,ln->klmn", eye, eye), np.einsum("kn,lm->klmn", eye, eye)
    tensor = phi[0] * trace + phi[1] * ((same + swap) / 2 - trace) + phi[2] * (same - swap) / 2
    covariance = tensor.transpose(0, 2, 1, 3).reshape(p * p, p * p)  # of Y_km and Y_ln
    turned = covariance.reshape(p, p, p, p)
    sym, anti = np.zeros((p, p)), np.zeros((p, p))
    sym[0, 1] = sym[1, 0] = anti[0, 1] = math.sqrt(0.5)
    anti[1, 0] = -math.sqrt(0.5)
    for unit, found in zip((eye / math.sqrt(p), sym, anti), crossed_variances(phi, p), strict=True):
        image = np.einsum("kmln,ln->km", turned, unit)
        np.testing.assert_allclose(image, np.vdot(unit, image) * unit, atol=1e-12)
        assert found == pytest.approx(max(float(np.vdot(unit, image)), 0.0), abs=1e-12)


@given(st.integers(2, 6), st.floats(0.01, 10), st.floats(0.01, 10))
def test_copies_and_spread_modes_make_up_the_whole(p: int, a: float, b: float) -> None:
    """Ladders with the weights `a` and `b` alone (`c = 0`) are those of modes with that share of copies."""
    phi = np.array([p * a + b, b, b])
    share = shared_fraction(phi, p)
    assert share == pytest.approx(b / (p * a + b))
    np.testing.assert_allclose(mode_variances(phi[0], share, p), crossed_variances(phi, p))
    assert shared_fraction(phi, 1) == 0
    np.testing.assert_allclose(mode_variances(2.0, 0.0, 1)[0], crossed_variances(np.array([2.0, 2.0, 2.0]), 1)[0])


def test_of_modes_is_what_modes_do() -> None:
    """`sum_m c_m c_m^T` of the couplings that are drawn, with some share of copies, by the sectors of its blocks."""
    p, share, kept = 3, 0.3, 10
    noise = [draw_pencil(p, 1, 6, kept, np.random.default_rng(i)) for i in range(60)]
    modes = noise[0].spread.shape[-1] // p * p
    for part in (0.0, share, 1.0):
        blocks = []
        for one in noise:
            mixed = np.sqrt(1 - np.sqrt(part)) * one.spread + part**0.25 * one.shared
            rows = mixed[:, :, :modes]
            product = np.einsum("ikm,jlm->ijkl", rows, rows) / math.sqrt(modes)
            blocks.append(product[np.triu_indices(len(rows), 1)])
        np.testing.assert_allclose(components(np.concatenate(blocks)), mode_variances(p, part, p), rtol=0.06, atol=0.02)


def test_noise_has_the_variances_it_is_asked_for() -> None:
    rng, p, kept, n = np.random.default_rng(1), 3, 4, 6
    variances = np.array([[4.0, 1.0, 0.25], [1.0, 9.0, 0.5], [0.1, 0.2, 0.3]])
    draws = np.array([symmetric_noise(rng.standard_normal((n, n, p, p)), kept, variances) for _ in range(1200)])
    np.testing.assert_array_equal(draws, draws.transpose(0, 2, 1))
    blocks = draws.reshape(-1, n, p, n, p).transpose(1, 3, 0, 2, 4)
    for i in range(n):
        for j in range(i, n):
            expected = variances[(i >= kept) + (j >= kept)] * (np.array([2, 2, 0]) if i == j else 1)
            np.testing.assert_allclose(components(blocks[i, j]), expected, rtol=0.2, atol=1e-12)
    apart = np.mean(blocks[0, 1] * blocks[0, 2], axis=0)
    assert np.all(np.abs(apart) < 0.15)


def test_traceless_is_a_projection() -> None:
    block = np.random.default_rng(1).normal(size=(2, 5, 4, 4))
    once = traceless(block)
    np.testing.assert_allclose(traceless(once), once, atol=1e-14)
    np.testing.assert_allclose(np.trace(once, axis1=-2, axis2=-1), 0, atol=1e-14)
    np.testing.assert_array_equal(once, np.swapaxes(once, -1, -2))


# ---------------------------------------------------------------- the crossing, against matrices


def measured(p: int, N: int, depth: float, repetitions: int) -> tuple[list[Array], list[Array], list[Array]]:
    """Mean squares of sectors over inputs, the crossed and the uncrossed prediction.

    Four rows: `x^T R x'` of fresh inputs, the coupling of a fresh input to a teacher's direction, and the fluctuation
    of the teacher's block off and on its diagonal. Many directions share one resolvent: `t = +- y^(1/2)`.
    """
    rng, net, directions = np.random.default_rng(0), bs.QuadraticNetwork(p, 1, 0.5), 12
    n = round(1.5 * N)
    s, u = rng.uniform(0.1, 1.3, (n, 1)), rng.standard_normal((n, p))
    bg, y = BulkEquivalent(given_labels(net, N=N, s=s, u=u)), s[:, 0] ** 2
    z, g = bg.edge * (1 + depth), bg.stieltjes(-depth * bg.edge)
    e, v = bg.ladders(g)
    phi, inside = 1 / (bg.free / g**2 - e), N - p - 1  # inputs outside the span of the weights
    rows = []
    for _ in range(repetitions):
        turned = rng.standard_normal((n, p))
        turned *= np.linalg.norm(u, axis=1, keepdims=True) / np.linalg.norm(turned, axis=1, keepdims=True)
        F = 2 / p * turned[:, :, None] * turned[:, None, :]
        F = (F + (np.mean(u**2, axis=1) - y)[:, None, None] * np.eye(p)) / (0.5 + y)[:, None, None]
        t = np.sqrt(y)[:, None] * rng.choice([-1.0, 1.0], (n, directions))
        teacher = np.einsum("mab,ml,mk->lakb", F, t, t, optimize=True) / N
        found, blocks = [], []
        for _ in range(2):  # the same labels, other inputs
            x, fresh, other = (rng.standard_normal((k, inside)) / math.sqrt(N) for k in (n, 40, 40))
            hessian = np.block([[x.T @ (F[:, i, j, None] * x) for j in range(p)] for i in range(p)])
            resolvent = np.linalg.inv(z * np.eye(p * inside) - hessian)
            mixed = np.einsum("mab,ml,mi->ailb", F, t, x, optimize=True).reshape(p * inside, -1) / math.sqrt(N)
            seen = resolvent @ mixed
            pair = np.einsum("mi,aibj,nj->mnab", fresh, resolvent.reshape(p, inside, p, inside), other, optimize=True)
            coupling = np.einsum("mi,ailb->mlab", fresh, seen.reshape(p, inside, directions, p), optimize=True)
            found.append([components(pair), components(coupling)])
            blocks.append((teacher + (mixed.T @ seen).reshape(teacher.shape)).transpose(0, 2, 1, 3))
        change = (blocks[0] - blocks[1]) / math.sqrt(2)
        off, on = change[~np.eye(directions, dtype=bool)], change[np.arange(directions), np.arange(directions)]
        rows.append([*np.mean(found, axis=0), components(off), components(on) / 2])
    mean = N * np.mean(rows, axis=0)
    return list(mean), [crossed_variances(phi * v**k, p) for k in (0, 1, 2, 2)], [phi * v**k for k in (0, 1, 2, 2)]


@pytest.mark.parametrize(("p", "N", "depth"), [(2, 200, 0.5), (2, 120, 2.0), (3, 120, 1.0), (1, 200, 1.0)])
def test_noise_of_inputs_has_the_crossed_variances(p: int, N: int, depth: float) -> None:
    found, predicted, uncrossed = measured(p, N, depth, 30)
    for row, (one, two, wrong) in enumerate(zip(found, predicted, uncrossed, strict=True)):
        sectors = [0] if p == 1 else [0, 1] if row == 3 else [0, 1, 2]
        tolerance = 0.08 if row < 2 else 0.2
        np.testing.assert_allclose(one[sectors], two[sectors], rtol=tolerance)
        if row == 3:
            np.testing.assert_allclose(one[2], 0, atol=1e-20)  # symmetric
        if p > 1:  # the ladders of the sectors themselves are off by far more
            assert one[0] > 1.15 * wrong[0]
            assert one[1] < 0.6 * wrong[1]
            assert row == 3 or one[2] < 0.15 * wrong[2]


@pytest.mark.parametrize("p", [1, 2])
def test_noise_grows_with_z_as_in_matrices(p: int) -> None:
    """The regression of `-x^T R^2 x'`, the derivative, on `x^T R x'`; far in front of the edge, no mode apart."""
    rng, net, N = np.random.default_rng(1), bs.QuadraticNetwork(p, 1, 0.5), 150
    n, depth = round(1.5 * N), 0.5
    labels = given_labels(net, N=N, s=rng.uniform(0.1, 1.3, (n, 1)), u=rng.standard_normal((n, p)))
    assert labels.u is not None
    F = 2 / p * labels.u[:, :, None] * labels.u[:, None, :]
    F = (F + (labels.yhat - labels.y)[:, None, None] * np.eye(p)) / (0.5 + labels.y)[:, None, None]
    effective = SchurPencil(labels, p + 8, kept=0)
    effective.edge_density = None
    growth = effective.noise_variances(depth, np.empty(0))[1][0]
    sums = np.zeros((3, 2))
    for _ in range(12):
        x, fresh, other = (rng.standard_normal((k, N - p - 1)) / math.sqrt(N) for k in (n, 60, 60))
        hessian = np.block([[x.T @ (F[:, i, j, None] * x) for j in range(p)] for i in range(p)])
        resolvent = np.linalg.inv((effective.bulk.edge - depth) * np.eye(len(hessian)) - hessian)
        blocks = [
            np.einsum("mi,aibj,nj->mnab", fresh, r.reshape(p, N - p - 1, p, N - p - 1), other, optimize=True)
            for r in (resolvent, -resolvent @ resolvent)
        ]
        for k, second in enumerate(blocks):
            sums[:, k] += (components(blocks[0] + second) - components(blocks[0] - second)) / 4
    sectors = 3 if p > 1 else 1
    np.testing.assert_allclose(sums[:sectors, 1] / sums[:sectors, 0], growth[:sectors], rtol=0.12)


def test_a_fluctuating_slope_is_positive_and_follows_its_noise() -> None:
    mean, noise = np.array([1.0, 2.0, 3.0]), np.random.default_rng(0).standard_normal((3, 3))
    noise = noise + noise.T
    for size in (1e-6, 0.1, 10.0):
        found = positive_derivative(mean, size * noise)
        assert np.linalg.eigvalsh(found).min() > 0
        assert np.sum(np.diag(found) / mean) == pytest.approx(3)
    few = noise - np.diag(np.diag(noise))
    np.testing.assert_allclose(positive_derivative(mean, 1e-6 * few) - np.diag(mean), 1e-6 * few, atol=1e-10)


# ---------------------------------------------------------------- directions of a sample


def test_directions_drawn_have_the_variances_of_those_that_are_there() -> None:
    """The blocks of samples at `N = 2000` whose directions are given, against normal numbers in their place."""
    net, N, g, samples = bs.QuadraticNetwork(2, 2, 0.8), 2000.0, -0.6, 250
    found: dict[bool, list[list[float]]] = {True: [], False: []}
    base = np.array([[[1, 0], [0, 1]], [[1, 0], [0, -1]], [[0, 1], [1, 0]]]) / math.sqrt(2)
    for seed in range(samples):
        labels = draw_labels(net, alpha=1.2, N=N, seed=seed)
        rng = np.random.default_rng(seed)
        for known in (True, False):
            kept = labels if known else Labels(net, N, labels.y, labels.yhat, labels.count)
            bg = BulkEquivalent(kept)
            block, shift = teacher_block(bg, g, draw_directions(2, 2, rng))
            np.testing.assert_allclose(block, block.T, atol=1e-12)
            tensor = block.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3)
            in_basis = np.einsum("xij,ijkl,ykl->xy", base, tensor, base)
            in_shift = np.einsum("kl,ykl->y", shift, base)
            found[known].append([*in_basis.ravel(), *in_shift])
    given_, drawn = (np.array(found[k]) * math.sqrt(N) for k in (True, False))
    variance = [x.var(axis=0) for x in (given_, drawn)]
    error = math.sqrt(4 / samples)
    names = [f"{t}{n}" for t in "1zx" for n in "1zx"]
    for i, name in enumerate(names):
        if name == "11":  # of second order
            assert variance[0][i] < 0.02 * variance[0].max()
            continue
        assert variance[1][i] / variance[0][i] == pytest.approx(1, abs=4.5 * error), name
    for i in (10, 11):
        assert variance[1][i] / variance[0][i] == pytest.approx(1, abs=4.5 * error)
    assert np.all(variance[1][[9]] < 1e-20)
    for i in (1, 2):  # what shifts G also shifts the block
        one, two = (np.corrcoef(x[:, i], x[:, 9 + i])[0, 1] for x in (given_, drawn))
        assert one == pytest.approx(two, abs=0.15)
        assert abs(one) > 0.3


def test_derivative_of_the_block_in_the_label() -> None:
    """`dA/dy` of `A = f/(1 - g f)`, `f = (c - y)/(a + y)`, also where `f` is zero."""
    a, c, g, h = 0.7, 1.2, -0.6, 1e-5
    y = np.array([0.1, 0.9, 1.2, 3.0, 40.0])

    def f(y: Array) -> Array:
        return (c - y) / (a + y)

    def A(y: Array) -> Array:
        return f(y) / (1 - g * f(y))

    assert f(y)[2] == 0
    difference = (A(y + h) - A(y - h)) / (2 * h)
    np.testing.assert_allclose(-pole_square(1, f(y), A(y)) / (a + y), difference, rtol=1e-8)
    np.testing.assert_allclose(-pole_square(3, f(y), A(y)) / (a + y), 3 * difference, rtol=1e-8)


def test_directions_are_unit_components() -> None:
    rng = np.random.default_rng(1)
    draws = [draw_directions(3, 2, rng) for _ in range(4000)]

    def size(name: str) -> float:
        return float(np.mean([np.sum(getattr(d, name) ** 2) for d in draws]))

    assert isinstance(draws[0], DirectionDraw)
    assert size("teacher") == pytest.approx(2, rel=0.1)  # (p* - 1)(p* + 2)/2
    assert size("student") == pytest.approx(2 * 5, rel=0.05)
    assert size("both") == pytest.approx(2 * 5, rel=0.05)
    none = draw_directions(1, 1, rng)
    for name in ("teacher", "student", "both"):
        np.testing.assert_array_equal(getattr(none, name), 0)


# ---------------------------------------------------------------- modes behind the edge


def test_airy_points_have_the_law_of_tracy_and_widom_and_its_count() -> None:
    rng = np.random.default_rng(1)
    points = np.array([airy_points(12, rng) for _ in range(1200)])
    assert np.all(np.diff(points, axis=1) > 0)
    first = points[:, 0]
    assert first.mean() == pytest.approx(1.2065335745820, abs=4 * 1.268 / math.sqrt(1200))
    assert first.std() == pytest.approx(math.sqrt(1.607781034581), rel=0.08)
    for a in (4.0, 6.0, 7.5):  # at beta = 1 there is a quarter more than the leading order says
        count = np.sum(points < a, axis=1)
        assert count.max() < 12
        assert count.mean() == pytest.approx(2 / (3 * math.pi) * a**1.5 + 0.25, abs=0.09)
        assert count.std() < 1.2  # rigid: no Poisson process


def test_points_are_placed_by_their_number() -> None:
    for net, alpha, N in CASES:
        bg = background(net, alpha, N)
        interior = bg.density_behind_edge(20.0)
        assert interior is not None
        points = np.array([-1.5, 0.0, 1.0, 3.0, 9.0])
        depth, coupling = place_modes(points, bg, interior)
        np.testing.assert_allclose(depth[:2], bg.scale * points[:2], atol=1e-30)
        assert np.all(np.diff(depth) > 0)
        assert np.all(coupling > 0)
        for a, d in zip(points[2:], depth[2:], strict=True):
            held = bg.p * N * quad(_per_x, 0, math.sqrt(d), args=(interior,))[0]
            assert held == pytest.approx(2 / (3 * math.pi) * a**1.5, rel=1e-3)
    np.testing.assert_allclose(depth, bg.scale * points, rtol=1e-3)  # at N = 1e20 the edge is all there is
