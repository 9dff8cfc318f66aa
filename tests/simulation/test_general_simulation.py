"""General networks in the simulation: Hessians of the literal loss, either end of the spectrum, stores, workers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, aslinearoperator
from scipy.special import erf, ndtr

import bendscape as bs
from bendscape.errors import InvalidParameterError, OutputError
from bendscape.models import Activation, Loss, Network, Noise
from bendscape.models import loss as loss_of
from bendscape.simulation import (
    BlockLanczos,
    Dense,
    Eigsh,
    Hessian,
    Sample,
    draw,
    gradient,
    hessian,
    highest,
    loss,
    lowest,
    memory_needed,
    student_overlap2,
)
from bendscape.simulation.arrays import to_numpy
from swept import swept

Array = np.ndarray
FEW: dict[str, Any] = {"alpha": 2.0, "N": 20, "samples": 3, "seed": 9}


class Case(NamedTuple):
    """A network, and its formulas written once more: they take complex numbers."""

    net: Network
    sigma: Callable[[Any], Any]
    c: tuple[float, ...]
    label: Callable[[Any], Any]  # from s of shape (M, p_star), without noise
    loss: Callable[[Any, Any], Any]


def sigmoid(u: Any) -> Any:
    return 1 / (1 + np.exp(-u))


def square(s: Any) -> Any:
    return np.mean(s**2, axis=1)


HALF = (0.5, 0.5)
CASES = {
    "tanh": Case(Network(2, 1, "tanh"), np.tanh, HALF, lambda s: np.tanh(s[:, 0]), lambda y, yhat: (y - yhat) ** 2 / 2),
    "sigmoid, normalised": Case(
        Network(2, 2, "sigmoid", loss=loss_of("normalised", a=1.0)),
        sigmoid,
        HALF,
        lambda s: np.mean(sigmoid(s), axis=1),
        lambda y, yhat: (y - yhat) ** 2 / (2 * (1 + y)),
    ),
    "erf, quadratic teacher": Case(
        Network(2, 1, "erf", teacher_activation="quadratic"), erf, HALF, square, lambda y, yhat: (y - yhat) ** 2 / 2
    ),
    "gelu, huber": Case(
        Network(2, 2, "gelu", loss=loss_of("huber", delta=0.3)),
        lambda u: u * ndtr(u),
        HALF,
        lambda s: np.mean(s * ndtr(s), axis=1),
        lambda y, yhat: 0.09 * (np.sqrt(1 + (y - yhat) ** 2 / 0.09) - 1),
    ),
    "product of two": Case(
        Network(2, 2, "quadratic", link="s1*s2"),
        lambda u: u**2,
        HALF,
        lambda s: s[:, 0] * s[:, 1],
        lambda y, yhat: (y - yhat) ** 2 / 2,
    ),
    "noise": Case(
        Network(2, 1, "cosine", noise=Noise(additive=0.2, multiplicative=0.1)),
        np.cos,
        HALF,
        lambda s: np.cos(s[:, 0]),
        lambda y, yhat: (y - yhat) ** 2 / 2,
    ),
    "unequal weights": Case(
        Network(2, 2, "tanh", output_weights=(0.7, -1.5), teacher_weights=(2.0, 0.1), loss="(y - yhat)**4"),
        np.tanh,
        (0.7, -1.5),
        lambda s: np.tanh(s) @ (2.0, 0.1),
        lambda y, yhat: (y - yhat) ** 4,
    ),
}
EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
NETWORKS = [case.net for case in CASES.values()]
TANH = Network(2, 1, "tanh", teacher_activation="quadratic")


def elsewhere(sample: Sample, seed: int = 5) -> Array:
    return np.asarray(np.random.default_rng(seed).standard_normal(sample.student.shape) * 1.2)


def literal_gradient(case: Case, sample: Sample, w: Array) -> Array:
    """By complex steps through the literal loss: exact to rounding."""

    def total(weights: Any) -> Any:
        yhat = case.sigma(sample.inputs @ weights.T) @ np.array(case.c)
        return np.sum(case.loss(sample.labels, yhat))

    units = np.eye(w.size).reshape(-1, *w.shape)
    return np.array([total(w + 1e-30j * unit).imag / 1e-30 for unit in units]).reshape(w.shape)


def literal_hessian(case: Case, sample: Sample, w: Array) -> Array:
    """Differences of that, of fourth order."""
    h, rows = 1e-3, []
    for unit in np.eye(w.size).reshape(-1, *w.shape):
        a, b, c, d = (literal_gradient(case, sample, w + t * h * unit).ravel() for t in (-2, -1, 1, 2))
        rows.append((a - d + 8 * (c - b)) / (12 * h))
    return np.array(rows)


@EVERY
def test_labels_are_those_of_the_definition(case: Case) -> None:
    sample = draw(case.net, alpha=300.0, N=6, seed=3)
    y = case.label(sample.inputs @ sample.teacher.T)
    xi = np.random.default_rng(np.random.SeedSequence(3).spawn(4)[3]).standard_normal((1800, 2))
    noise = case.net.noise
    expected = y * (1 + noise.multiplicative * xi[:, 0]) + noise.additive * xi[:, 1]
    np.testing.assert_allclose(sample.labels, expected, rtol=1e-12, atol=1e-13)


@EVERY
@pytest.mark.parametrize("random", [True, False])
def test_loss_gradient_and_hessian_are_those_of_the_literal_loss(case: Case, random: bool) -> None:
    sample = draw(case.net, alpha=3.0, N=6, seed=2)
    w = elsewhere(sample) if random else sample.student
    yhat = case.sigma(sample.inputs @ w.T) @ np.array(case.c)
    assert loss(sample, w) == pytest.approx(float(np.sum(case.loss(sample.labels, yhat))), rel=1e-12)
    first, second = literal_gradient(case, sample, w), literal_hessian(case, sample, w)
    np.testing.assert_allclose(gradient(sample, w), first, atol=1e-12 * np.abs(first).max())
    for matrix in (hessian(sample, w), Hessian(sample, w) @ np.eye(w.size), -((-Hessian(sample, w)).dense())):
        np.testing.assert_allclose(matrix, second, atol=1e-8 * np.abs(second).max())


samples = st.builds(
    lambda net, alpha, n, seed: draw(net, alpha=alpha, N=n, seed=seed),
    st.sampled_from(NETWORKS),
    st.floats(0.4, 4.0),
    st.integers(3, 20),
    st.integers(0, 2**31),
)


@settings(max_examples=50)
@given(samples, st.integers(1, 3))
def test_products_are_those_of_the_dense_matrix(sample: Sample, threads: int) -> None:
    w = elsewhere(sample)
    H, dense = Hessian(sample, w, threads=threads), hessian(sample, w)
    v = np.random.default_rng(0).standard_normal((w.size, 3))
    scale = float(np.linalg.norm(dense) + 1e-300)
    np.testing.assert_allclose(dense, dense.T, rtol=0, atol=1e-13 * scale)
    np.testing.assert_allclose(H @ v, dense @ v, rtol=0, atol=1e-11 * scale)
    np.testing.assert_array_equal((-H) @ v, -(H @ v))
    assert (-H).shape == H.shape
    assert (-H).multiplicity == H.multiplicity
    assert isinstance(-H, Hessian)


@given(st.integers(1, 4), st.integers(1, 3), st.floats(0.1, 5.0), st.integers(3, 20), st.integers(0, 2**31))
def test_the_papers_network_is_one_of_these(p: int, p_star: int, a: float, n: int, seed: int) -> None:
    paper = bs.QuadraticNetwork(p, p_star, a)
    one, other = (draw(net, alpha=2.0, N=n, seed=seed) for net in (paper, Network.of_quadratic(paper)))
    for name in ("inputs", "student", "teacher"):
        np.testing.assert_array_equal(getattr(other, name), getattr(one, name))
    np.testing.assert_allclose(other.labels, one.labels, rtol=1e-12)
    assert loss(other) == pytest.approx(loss(one), rel=1e-11)
    np.testing.assert_allclose(gradient(other), gradient(one), atol=1e-11 * np.abs(gradient(one)).max())
    np.testing.assert_allclose(hessian(other), hessian(one), atol=1e-11 * np.abs(hessian(one)).max())
    assert Hessian(other).multiplicity == Hessian(one).multiplicity


def test_samples_of_the_papers_network_are_what_they_were() -> None:
    sample = draw(bs.QuadraticNetwork(2, 2, 0.7), alpha=2.0, N=50, seed=3)
    teacher, student, inputs = np.random.SeedSequence(3).spawn(3)
    for weights, stream in ((sample.teacher, teacher), (sample.student, student)):
        drawn = np.random.default_rng(stream).standard_normal((2, 50))
        np.testing.assert_array_equal(weights, drawn * (math.sqrt(50) / np.linalg.norm(drawn, axis=1, keepdims=True)))
    first, second = inputs.generate_state(2, np.uint64)
    regenerated = bs.simulation.RegeneratedInputs((int(first), int(second)), (100, 50), sample.inputs.dtype)
    again = replace(sample, inputs=regenerated)
    assert loss(again) == pytest.approx(loss(sample), rel=1e-12)


@pytest.mark.parametrize("net", NETWORKS, ids=CASES)
@pytest.mark.parametrize(
    ("change", "threads", "rounding"),
    [({"regenerate": True}, 1, 1e-12), ({}, 3, 1e-12), ({"dtype": "float32"}, 1, 1e-4)],
)
def test_how_inputs_are_held_changes_nothing_but_rounding(
    net: Network, change: dict[str, Any], threads: int, rounding: float
) -> None:
    one, other = draw(net, alpha=1.5, N=400, seed=1), draw(net, alpha=1.5, N=400, seed=1, **change)
    v = np.random.default_rng(0).standard_normal((800, 3))
    expected = Hessian(one) @ v
    found = Hessian(other, threads=threads) @ v
    assert found.dtype == np.dtype(change.get("dtype", "float64"))
    np.testing.assert_allclose(found, expected, rtol=0, atol=10 * rounding * np.abs(expected).max())
    assert loss(other) == pytest.approx(loss(one), rel=10 * rounding)
    pull = gradient(one)
    np.testing.assert_allclose(gradient(other), pull, rtol=0, atol=10 * rounding * np.abs(pull).max())


@pytest.mark.parametrize("name", ["array_api_strict", "torch"])
@pytest.mark.parametrize("net", NETWORKS, ids=CASES)
def test_other_libraries_agree_with_numpy(net: Network, name: str) -> None:
    pytest.importorskip(name)
    sample = draw(net, alpha=2.0, N=30, seed=1)
    moved = sample.to(name)
    assert loss(moved) == pytest.approx(loss(sample), rel=1e-12)
    assert type(gradient(moved)) is type(moved.labels)
    for found, expected in (
        (to_numpy(gradient(moved)), gradient(sample)),
        (hessian(moved), hessian(sample)),
        (Hessian(moved) @ np.ones((60, 2)), Hessian(sample) @ np.ones((60, 2))),
        (highest(Hessian(moved), 3, solver=BlockLanczos()).values, highest(Hessian(sample), 3).values),
    ):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


def test_where_zero_has_many_eigenvectors_no_multiplicity_is_announced() -> None:
    def announced(net: Network, alpha: float) -> int | None:
        found: int | None = Hessian(draw(net, alpha=alpha, N=20, seed=1)).multiplicity
        return found

    assert announced(Network(2, 3, "tanh"), 1.0) == 6
    assert announced(Network(2, 3, "tanh"), 0.9) is None
    assert announced(Network(2, 3, "hermite1", teacher_activation="tanh"), 3.0) is None
    linear = Network(3, 1, "2*x", teacher_activation="tanh")
    data = bs.simulate(linear, alpha=3.0, N=60, samples=1, seed=1, eigenvalues=20, solver=BlockLanczos())
    np.testing.assert_allclose(data.value, 0.0, atol=1e-6)  # (p - 1) N of them
    assert data.converged.all()


SOLVERS = [Dense(), BlockLanczos(tolerance=1e-10), Eigsh(tolerance=1e-10)]


@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("net", [bs.QuadraticNetwork(2, 1, 0.7), TANH], ids=str)
def test_each_end_is_that_of_the_whole_spectrum(net: Any, side: Any, solver: Any) -> None:
    data = bs.simulate(net, **(FEW | {"N": 60}), side=side, solver=solver, eigenvalues=5)
    for i, child in enumerate(np.random.SeedSequence(9).spawn(3)):
        values = np.linalg.eigvalsh(hessian(draw(net, alpha=2.0, N=60, seed=child)))
        expected = values[:5] if side == "left" else values[::-1][:5]
        np.testing.assert_allclose(data.value[i], expected, atol=1e-7 * np.abs(values).max())
    extreme, other = ("smallest", "largest") if side == "left" else ("largest", "smallest")
    np.testing.assert_array_equal(data[f"{extreme}_eigenvalue"], data.value[:, 0])
    assert f"{other}_eigenvalue" not in data
    np.testing.assert_allclose(data.outlier, data.value[:, :2].mean("eigenvalue"))
    np.testing.assert_allclose(data.gap, np.abs(data.value[:, 2] - data.value[:, 1]))
    assert (data.gap > 0).all()
    for name in ("value", "residual", f"{extreme}_eigenvalue", "outlier", "gap"):
        assert data[name].attrs["units"] == "H"
    words = " ".join(data[name].attrs["long_name"] for name in data)
    assert ("highest" in words, "lowest" in words) == (side == "right", side == "left")
    assert data.attrs["side"] == side
    assert data.converged.all()


def test_a_sweep_takes_either_end() -> None:
    options: dict[str, Any] = {"alpha": [1.0, 3.0], "N": 20, "samples": 3, "seed": 9}
    data = swept(TANH, **options, side="right")
    assert "smallest_eigenvalue" not in data
    assert (data.largest_eigenvalue > swept(TANH, **options).smallest_eigenvalue).all()
    assert data.attrs["side"] == "right"
    point = bs.simulate(TANH, alpha=3.0, N=20, samples=3, seed=(9, 20, 3 * 10**9), side="right")
    assert float(data.largest_eigenvalue[0, 1]) == pytest.approx(float(point.largest_eigenvalue.mean()), rel=1e-12)
    for number in (*point.value.values.ravel(), *data.largest_eigenvalue.values.ravel()):
        assert number > 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_highest_of_any_operator(dtype: Any) -> None:
    matrix = np.diag(np.arange(-30.0, 10.0)).astype(dtype)
    operator: LinearOperator = aslinearoperator(matrix)
    for given_, solver in ((matrix, Dense()), (operator, Dense()), (operator, BlockLanczos()), (operator, Eigsh())):
        found = highest(given_, 3, solver=solver)
        assert found.converged
        np.testing.assert_allclose(found.values, [9.0, 8.0, 7.0], rtol=1e-4)
    with pytest.raises(InvalidParameterError, match="number = 41"):
        highest(operator, 41)
    with pytest.raises(InvalidParameterError, match="operator is None"):
        highest(None, 1)


def test_the_overlap_with_the_student_is_that_with_the_span_of_its_weights() -> None:
    data = bs.simulate(TANH, **FEW, eigenvalues=40)
    np.testing.assert_allclose(data.overlap2_student.sum("eigenvalue"), 4.0)  # p^2: a full basis
    np.testing.assert_allclose(data.overlap2.sum("eigenvalue"), 2.0)
    sample = draw(TANH, alpha=2.0, N=20, seed=np.random.SeedSequence(9).spawn(1)[0])
    vectors = lowest(Hessian(sample), 40).vectors
    inverse = np.linalg.inv(sample.student @ sample.student.T)  # projection without an orthonormal basis
    inner = vectors.T.reshape(-1, 2, 20) @ sample.student.T
    expected = np.einsum("bki,ij,bkj->b", inner, inverse, inner)
    np.testing.assert_allclose(student_overlap2(sample, vectors), expected, atol=1e-12)
    np.testing.assert_allclose(data.overlap2_student[0], expected, atol=1e-10)
    along = np.concatenate([sample.student[1], np.zeros(20)]) / math.sqrt(20)
    np.testing.assert_allclose(student_overlap2(sample, along[:, None]), 1.0)


def test_more_neurons_than_inputs_span_everything() -> None:
    sample = draw(Network(5, 1, "tanh"), alpha=2.0, N=3, seed=1)
    np.testing.assert_allclose(student_overlap2(sample, np.eye(15)), 1.0)


def test_attributes_say_which_network() -> None:
    data = bs.simulate(TANH, **FEW)
    about = {"p": 2, "p_star": 1, "network": "p=2, p*=1, tanh, teacher quadratic, squared loss", "side": "left"}
    assert about.items() <= data.attrs.items()
    assert "a" not in data.attrs
    assert about.items() <= swept(TANH, **FEW).attrs.items()
    paper = bs.simulate(bs.QuadraticNetwork(2, 1, 0.7), **FEW).attrs
    assert "network" not in paper
    assert paper["a"] == 0.7


NEAR = 0.1 + 1e-15
RELATIVES: list[Any] = [
    TANH,
    Network(2, 1, "tanh"),
    Network(2, 1, "sin(x)", teacher_activation="quadratic"),
    Network(2, 1, "tanh", link="s1**2"),
    Network(2, 1, "tanh", link="s1**2/2"),
    *(Network(2, 1, "tanh", noise=Noise(additive=x)) for x in (0.1, NEAR)),
    Network(2, 1, "tanh", noise=Noise(multiplicative=0.1)),
    *(Network(2, 1, "quadratic", loss=loss_of("normalised", a=x)) for x in (0.1, NEAR)),
    *(Network(2, 1, "tanh", output_weights=c) for c in ((1, 1), (0.5, 0.25), (0.25, 0.5), (NEAR, 0.5))),
    *(Network(2, 1, "tanh", teacher_weights=c) for c in ((2,), (-1,))),
    bs.QuadraticNetwork(2, 1, 0.1),
]


def test_no_two_networks_share_a_store(tmp_path: Path) -> None:
    options: dict[str, Any] = {"alpha": 1.0, "N": 8, "samples": 1, "seed": 1}
    for i, net in enumerate(RELATIVES):
        bs.simulate(net, **options, store=tmp_path / str(i))
    for i in range(len(RELATIVES)):
        for j, other in enumerate(RELATIVES):
            if i == j:
                bs.simulate(other, **options, store=tmp_path / str(i))
            else:
                with pytest.raises(OutputError, match="holds a run with"):
                    bs.simulate(other, **options, store=tmp_path / str(i))


def test_weights_that_are_not_used_do_not_tell_networks_apart() -> None:
    assert str(Network(2, 1, "tanh", link="s1")) == str(Network(2, 1, "tanh", link="s1", teacher_weights=(3,)))
    assert str(Network(2, 1, "tanh", output_weights=(0.5, 0.5))) == str(Network(2, 1, "tanh"))
    assert str(RELATIVES[11]) == "p=2, p*=1, tanh with c=(0.5, 0.25), squared loss"
    assert str(RELATIVES[-2]) == "p=2, p*=1, tanh, teacher tanh with c*=(-1), squared loss"


def test_a_store_goes_on_and_keeps_its_side(tmp_path: Path) -> None:
    whole, store = bs.simulate(TANH, **FEW), tmp_path / "store"
    bs.simulate(TANH, **(FEW | {"samples": 2}), store=store)
    assert bs.simulate(TANH, **FEW, store=store).identical(whole)
    with pytest.raises(OutputError, match="side = 'left', not 'right'"):
        bs.simulate(TANH, **FEW, store=store, side="right")


FORMULA = Network(2, 1, "x**2 - x/3", loss="(y - yhat)**4", noise=Noise(0.1))


@pytest.mark.parametrize("net", [FORMULA, Network(2, 2, "hermite3", link="s1*s2")], ids=str)
def test_workers_change_nothing(net: Network) -> None:
    assert bs.simulate(net, **FEW, workers=2, side="right").identical(bs.simulate(net, **FEW, side="right"))


def test_functions_that_cannot_be_sent_to_workers_are_refused(tmp_path: Path) -> None:
    net = Network(2, 1, Activation("mine", lambda u: u**2, lambda u: 2 * u, lambda u: 2 + 0 * u))
    assert bs.simulate(net, **FEW).sizes["sample"] == 3
    with pytest.raises(InvalidParameterError, match=r"mine.* cannot be sent to workers .*or workers=1"):
        bs.simulate(net, **FEW, workers=2)
    with pytest.raises(InvalidParameterError, match="mine is a user function"):
        bs.simulate(net, **FEW, store=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_data_of_general_networks_are_compared_with_the_network_they_are_of(tmp_path: Path) -> None:
    for call in (bs.simulate, swept):
        data = call(TANH, **FEW)
        with pytest.raises(InvalidParameterError, match=r"net = None: the network of the data is p=2, .*net="):
            bs.compare(data)
        with pytest.raises(InvalidParameterError, match=r"net = p=1, p.*: the network of the data is p=2"):
            bs.compare(data, bs.Network(1, 1))
        with pytest.raises(InvalidParameterError, match="side = 'right': theory has the limit of the smallest"):
            bs.compare(call(bs.QuadraticNetwork(2, 1, 0.7), **FEW, side="right"))
        with pytest.raises(InvalidParameterError, match="data has no network"):
            bs.compare(call(bs.QuadraticNetwork(2, 1, 0.7), **FEW), TANH)
    bs.simulate(TANH, **FEW).to_netcdf(tmp_path / "data.nc", engine="scipy")
    with pytest.raises(InvalidParameterError, match="network"):
        bs.compare(xr.load_dataset(tmp_path / "data.nc", engine="scipy"))


@pytest.mark.parametrize("side", ["left", "right"])
def test_limits_beside_samples_are_outliers_and_then_the_edge(side: Any) -> None:
    net, few = bs.Network(2, 2, activation="tanh"), bs.Averaging(points=256, most=256, tolerance=1.0)
    data = swept(net, alpha=[12.0, 4.0], N=[20, 30], samples=3, seed=1, side=side)
    found = bs.compare(data, net, averaging=few)
    for alpha in (4.0, 12.0):
        limit, there = bs.spectrum(net, alpha=alpha, averaging=few), found.sel(alpha=alpha)
        edge = limit.left_edge if side == "left" else limit.right_edge
        outliers = [o for o in limit.outliers if o.side == side for _ in range(int(o.multiplicity))]
        outermost = (outliers if side == "left" else outliers[::-1])[:4]
        values = [o.value for o in outermost] + [edge.value] * (4 - len(outermost))
        assert float(there[f"{side}_edge"]) == edge.value
        np.testing.assert_allclose(there.outlier_limit.values, np.mean(values))
        assert float(there.overlap2_limit) == pytest.approx(sum(o.overlap2_teacher.value for o in outermost) / 4)
        off = (there.captured - there.overlap2_limit) / np.hypot(there.captured_stderr, there.overlap2_limit_stderr)
        np.testing.assert_allclose(there.captured_deviation, off)


def test_a_picture_names_the_end() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    words: dict[Any, str] = {"left": "lowest", "right": "highest"}
    for side, word in words.items():
        ax = plt.figure().add_subplot()
        bs.plot.eigenvalues(bs.simulate(TANH, **FEW, side=side), ax=ax)
        assert any(word in text.get_text() for text in ax.get_legend().get_texts())
        plt.close("all")


@pytest.mark.parametrize("side", ["top", "", None, 1, True, ["left"], "Left"])
def test_there_are_two_sides(side: Any, tmp_path: Path) -> None:
    for call in (bs.simulate, swept):
        with pytest.raises(InvalidParameterError, match=r"side = .*give 'left' .* or 'right'"):
            call(TANH, **FEW, side=side, store=tmp_path / "store")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("net", [None, "tanh", Network, {"p": 2}])
def test_what_is_no_network_is_refused(net: Any) -> None:
    for call in (
        lambda: draw(net, alpha=1.0, N=5, seed=1),
        lambda: bs.simulate(net, **FEW),
        lambda: swept(net, **FEW),
        lambda: memory_needed(net, alpha=1.0, N=5),
    ):
        with pytest.raises(InvalidParameterError, match="give a QuadraticNetwork or a Network"):
            call()


def test_a_student_of_another_shape_is_refused() -> None:
    sample = draw(TANH, alpha=2.0, N=5, seed=1)
    for function in (loss, gradient, hessian):
        with pytest.raises(InvalidParameterError, match=r"give an array of shape \(2, 5\)"):
            function(sample, np.ones((1, 5)))


def test_labels_that_the_loss_does_not_admit_are_refused() -> None:
    # five standard deviations: not among the labels that the network itself tries, but among a million
    net = Network(1, 1, "tanh", noise=Noise(additive=0.2), loss=loss_of("normalised", a=1.75))
    with pytest.raises(InvalidParameterError, match=r"a label y = -.* occurs in this sample, .* y > -1\.75"):
        draw(net, alpha=500_000.0, N=2, seed=1)


def test_what_is_not_finite_is_refused_with_its_label() -> None:
    net = Network(1, 1, "x**8")
    sample = draw(net, alpha=2.0, N=5, seed=1)
    for function, what in ((loss, "loss"), (gradient, "gradient"), (Hessian, "curvature")):
        with pytest.raises(InvalidParameterError, match=rf"the {what} of a sample with label y = .* is not finite"):
            function(sample, np.full((1, 5), 1e40))


def own(u: Any) -> Any:
    return u**3


def own_first(u: Any) -> Any:
    return 3 * u**2


def own_second(u: Any) -> Any:
    return 6 * u


def test_functions_of_a_module_go_to_workers() -> None:
    net = Network(1, 1, (own, own_first, own_second), loss=Loss("square", _value, _first, _second))
    assert bs.simulate(net, **FEW, workers=2).identical(bs.simulate(net, **FEW))


def _value(y: Any, yhat: Any) -> Any:
    return (y - yhat) ** 2


def _first(y: Any, yhat: Any) -> Any:
    return 2 * (yhat - y)


def _second(y: Any, yhat: Any) -> Any:
    return 2 + 0 * (yhat - y)
