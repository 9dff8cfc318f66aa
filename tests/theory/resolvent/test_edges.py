"""Where the law of curvatures ends, and the bulk with it: bounds computed by hand, closed forms, matrices of NumPy."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import AccuracyError, LimitError
from bendscape.models import Activation, Expression, loss
from bendscape.theory.law.advice import remedy
from bendscape.theory.law.growth import extent_on_a_line
from bendscape.theory.law.matrix_averages import SIGN, SpectralLaw
from bendscape.theory.law.support import Support, support_of
from bendscape.theory.loss_design.families import design_loss
from bendscape.theory.numerics.roots import bracketed_root
from bendscape.theory.resolvent import matrix_edges
from bendscape.theory.resolvent.axis import _unstable
from bendscape.theory.resolvent.matrix_edges import find_edge
from edge_table import drawn, everything, own_edge, row

N, LARGE = bs.Network, math.inf
FEW = bs.Averaging(tolerance=1.0, points=2**10, most=2**10, replicates=4)
TRIED = [each for each in everything() if each[0] in ("quadratic", "tanh", "softplus", "gelu", "cosine", "hermite1")]

ENDS: list[tuple[bs.Network, float, float]] = [  # the lower and the upper end of the eigenvalues of F
    (N(1, 1), -LARGE, LARGE),
    (N(2, 1), -LARGE, LARGE),
    (N(2, 1, loss="normalised"), -1.0, LARGE),  # 2 (yhat - y)/(p (1 + y))
    (N(3, 2, loss="magnitude"), -2 / 3, LARGE),
    (N(1, 1, loss="huber"), -2.0, LARGE),
    (N(2, 1, loss="huber"), -1.0, LARGE),  # F = l'' v v^T where yhat = y
    (N(2, 1, loss=loss("huber", delta=1000.0)), -1000.0, LARGE),
    (N(2, 1, loss="log(cosh(yhat - y))"), -1.0, LARGE),
    (N(1, 1, loss="log(1 + (y - yhat)**2)"), -LARGE, LARGE),  # l'' < 0 where |y - yhat| is about two
    (N(1, 1, loss="amplitude"), -LARGE, 2.0),
    (N(2, 1, loss="(y - yhat)**2/(2*(1 + y)**0.99)"), -LARGE, LARGE),  # like y^0.01
    (N(2, 1, loss="huber", output_weights=(1.0, -1.0)), -2.0, LARGE),
    (N(2, 1, loss="yhat"), 1.0, 1.0),
    (N(2, 1, activation="hermite1"), 0.0, 0.5),
    (N(2, 1, activation="hermite1", loss="y*yhat"), 0.0, 0.0),
    (N(2, 1, activation="hermite1", loss="logistic"), 0.0, LARGE),  # y^2/16 where y yhat is small
    (N(1, 1, activation="hermite3", loss="huber"), -LARGE, LARGE),
    (N(2, 1, activation="hermite5", loss="huber"), -LARGE, LARGE),  # slopes whose squares overflow on the way
    (N(3, 1, activation="x**5", loss="huber"), -LARGE, LARGE),
    (N(4, 1, activation="hermite1", teacher_activation="quadratic", loss="log(cosh(yhat - y))"), 0.0, 0.25),
    (N(2, 1, activation="tanh", loss="normalised"), -LARGE, LARGE),  # 1/(1 + y) for y near -1
    (N(2, 1, activation="tanh", loss="magnitude"), -0.309842, 0.5),
    (N(2, 1, activation="tanh", loss="huber"), -0.325649, 0.5),
    (N(2, 1, activation="tanh", noise=bs.Noise(additive=0.1)), -LARGE, LARGE),
    (N(2, 1, activation="tanh", loss="huber", noise=bs.Noise(additive=0.1)), -2 / 27**0.5, 0.5),  # max |s''| = 4/27^0.5
    (N(2, 2, activation="tanh", link="s1*s2"), -LARGE, LARGE),
    (N(2, 2, activation="tanh", link="tanh(s1*s2)", loss="huber"), -0.325649, 0.5),
    (N(1, 1, activation="softplus"), -LARGE, 1.04533),
    (N(2, 1, activation="softplus", loss="huber"), -0.125, 0.5),
    (N(2, 1, activation="softplus", loss="normalised"), -0.125, LARGE),
    (N(1, 1, activation="cosine"), -2.0, 1.125),
    (N(1, 1, activation="gelu", loss="huber"), -2 / (2 * math.pi) ** 0.5, 1.27442),
    (N(2, 1, activation="gelu", loss="normalised"), -LARGE, LARGE),
    (N(2, 1, activation="log(cosh(x))"), -LARGE, LARGE),  # y is large, or yhat where the other u is zero
    (N(2, 1, activation="log(cosh(x))", loss="yhat**2*exp(-y)"), 0.0, LARGE),
    (N(2, 1, activation="log(exp(x) + exp(-x))", loss="yhat**2*exp(-y)"), 0.0, LARGE),
    (N(1, 1, activation="log(cosh(x))", loss="exp(-y*yhat)"), -LARGE, LARGE),
    (N(1, 1, activation="log(1 + x**2)"), -LARGE, LARGE),  # labels grow like a logarithm
]


@pytest.mark.parametrize(("net", "low", "high"), ENDS, ids=str)
def test_ends_of_the_law_of_curvatures(net: bs.Network, low: float, high: float) -> None:
    for sign, value in ((1.0, low), (-1.0, -high)):
        found = support_of(net, sign)
        assert found.status == ("bounded" if math.isfinite(value) else "unbounded"), found.reason
        if math.isfinite(value):
            assert found.end.value == pytest.approx(value, abs=3e-5 * max(1.0, abs(value)))
            assert not found.reason


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([net for net, *_ in ENDS]), st.floats(0.1, 30.0), st.integers(0, 10**6))
def test_no_sample_is_beyond_the_end(net: bs.Network, size: float, seed: int) -> None:
    """Pre-activations far more scattered than normal ones, by power laws."""
    rng = np.random.default_rng(seed)
    u, s, xi = (size * rng.standard_t(2, size=(2000, k)) for k in (net.p, net.p_star, 2))
    with np.errstate(all="ignore"):  # labels at an end that is singular
        F = net.curvature(u, net.labels(s, xi)).dense()
    F = F[np.all(np.isfinite(F), axis=(1, 2))]
    values = np.linalg.eigvalsh(F)
    rounding = 1e-12 * np.abs(values).max() + 1e-9
    for sign in SIGN.values():
        support = support_of(net, sign)
        if support.status == "bounded":
            # ends of labels are approached up to a relative distance of the inverse radius
            assert (sign * values).min() >= support.end.value - 1e-4 * max(1.0, abs(support.end.value)) - rounding


@pytest.mark.parametrize(
    ("function", "status"),
    [
        (lambda x: -np.log1p(x**2), "unbounded"),
        (lambda x: -np.log(np.log(3 + x**2)), "unbounded"),
        (lambda x: -np.sqrt(np.log(2 + x**2)), "unbounded"),
        (lambda x: -(np.abs(x) ** 0.01), "unbounded"),
        (lambda x: -np.minimum(np.abs(x), 30) - 1e-3 * np.log1p(x**2), "unbounded"),
        (lambda x: x * np.sin(x), "unbounded"),
        (lambda x: -np.exp(x), "unbounded"),
        (lambda x: 1 / np.log(2 + x**2), "bounded"),
        (lambda x: -np.minimum(np.abs(x), 1e9), "bounded"),
        (lambda x: -np.abs(x) / (1 + np.abs(x)), "bounded"),
        (np.cos, "bounded"),
        (lambda x: 1 / np.sqrt(np.log(2 + x**2)), "undecided"),
    ],
)
def test_slow_growth_is_told_from_no_growth(function: Any, status: str) -> None:
    assert extent_on_a_line(function).status == status


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("alpha", [0.25, 1.0, 4.0])
def test_the_linear_network_is_marchenko_pastur(p: int, alpha: float) -> None:
    """`F = 1 1^T/p^2`, so that `H` is `X^T X/p` on one direction of the neurons, and zero on the others."""
    found = bs.spectrum(N(p, 1, activation="hermite1"), alpha=alpha, averaging=FEW)
    low = (1 - math.sqrt(alpha)) ** 2 if p == 1 and alpha > 1 else 0.0
    assert found.left_edge.value == pytest.approx(low / p, abs=1e-9)
    assert found.left_edge.kind == ("sharp" if low else "zero")
    assert found.right_edge.value == pytest.approx((1 + math.sqrt(alpha)) ** 2 / p, rel=1e-9)
    assert found.outliers == ()
    ends = (1 - math.sqrt(alpha)) ** 2, (1 + math.sqrt(alpha)) ** 2
    x = np.linspace(*ends, 7)[1:-1]  # of the eigenvalues of X^T X
    expected = np.sqrt((ends[1] - x) * (x - ends[0])) / (2 * math.pi * x)  # times p, of a share 1/p
    np.testing.assert_allclose(found.density(x / p), expected, rtol=1e-6)


@pytest.mark.parametrize(("slope", "edges"), [("yhat", (1.0, 9.0)), ("-yhat", (-9.0, -1.0))])
def test_neurons_that_do_not_see_each_other(slope: str, edges: tuple[float, float]) -> None:
    """`F = +-2/p`: all of them become unstable together, at the edges of Marchenko and Pastur."""
    found = bs.spectrum(N(2, 1, loss=slope), alpha=4.0, averaging=FEW)
    assert (found.left_edge.value, found.right_edge.value) == pytest.approx(edges, rel=1e-9)
    apart = bs.spectrum(N(2, 1, activation="tanh", loss=slope), alpha=4.0, averaging=FEW)
    alone = bs.spectrum(N(1, 1, activation="tanh", loss=slope), alpha=4.0, averaging=FEW)
    assert 2 * apart.right_edge.value == pytest.approx(alone.right_edge.value, rel=1e-4)


@pytest.mark.parametrize("weights", [None, (0.1, 0.3, 0.4)])
@pytest.mark.parametrize("loss", ["huber", "logistic", "magnitude"])
@pytest.mark.parametrize("alpha", [0.5, 4.0, 200.0])
def test_a_share_of_zero_eigenvalues_is_the_edge(weights: Any, loss: str, alpha: float) -> None:
    """`F = l'' c c^T`: zero on all other directions of the neurons."""
    net = N(3, 1, activation="hermite1", loss=loss, output_weights=weights)
    averages, support = next(FEW.draw(net, 2**10)), support_of(net, 1.0)
    found = find_edge(averages, alpha, SpectralLaw.of(net.inputs), support)
    assert support.positive
    assert found.kind == "zero"
    share = 1 - min(alpha, 1.0) / 3
    assert found.point.tau * found.point.z == pytest.approx(-share, rel=1e-2)


def test_a_hessian_that_is_zero() -> None:
    found = bs.spectrum(N(2, 1, activation="hermite1", loss="y*yhat"), alpha=2.0, averaging=FEW)
    assert (found.left_edge.value, found.right_edge.value, found.outliers) == (0.0, 0.0, ())
    assert (found.left_edge.kind, found.right_edge.kind) == ("zero", "zero")


def test_without_an_edge_the_reason_names_a_loss_that_was_tried() -> None:
    net = N(2, 1)
    found = bs.spectrum(net, alpha=4.0, averaging=FEW)
    assert "unbounded below" in found.left_edge.reason
    assert "loss 'magnitude' gives it an end on the left" in found.left_edge.reason
    with pytest.raises(LimitError, match="loss 'magnitude' gives it an end on the left"):
        bs.threshold(net, averaging=FEW)
    assert support_of(replace(net, loss="magnitude"), 1.0).status == "bounded"
    assert "second derivative of hermite3 is unbounded" in remedy(N(2, 1, activation="hermite3"))
    given = remedy(N(1, 1, activation="hermite3"))
    assert "on the left and the right" in given
    assert {support_of(N(1, 1, activation="hermite3", loss=given.split("'")[1]), s).status for s in (1.0, -1.0)} == {
        "bounded"
    }


@pytest.mark.parametrize("activation", ["hermite5", "x**2*tanh(x)"])
def test_a_valley_that_is_lost_further_out_is_no_end(activation: str) -> None:
    """Outputs that cancel to a number of order one, where the loss is concave, and slopes that grow: it never ends."""
    net = N(2, 1, activation=activation, loss="(y - yhat)**2/(2*(1 + y**2 + yhat**2))")

    def other(size: float, output: float) -> float:
        return bracketed_root(lambda x: net.outputs([[size, x]])[0] - output, -2 * size, -size / 2, "u", xtol=1e-14)

    def lowest(size: float) -> float:
        u = np.array([[size, other(size, output)] for output in np.linspace(-3.0, 3.0, 21)])
        return float(np.linalg.eigvalsh(net.curvature(u, np.full(len(u), 0.9)).dense()).min())

    values = [lowest(size) for size in (6.0, 12.0, 24.0)]
    assert values[0] < -1
    assert all(b < 2 * a for a, b in itertools.pairwise(values))
    assert support_of(net, 1.0).status != "bounded"


def test_an_end_that_is_not_decided_is_no_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    net = N(1, 1, activation="tanh", loss="huber", teacher_weights=(1.25,))
    support = support_of(net, 1.0)
    monkeypatch.setitem(support.__dict__, "end", replace(support.end, status="undecided"))
    found = bs.spectrum(net, alpha=4.0, averaging=FEW)
    assert found.left_edge.kind == "undecided"
    assert math.isnan(found.left_edge.value)
    assert "not decided" in found.left_edge.reason
    assert math.isfinite(found.right_edge.value)
    with pytest.raises(AccuracyError, match="not decided"):
        bs.threshold(net, averaging=FEW, side="left")
    slow = Support(net, 1.0)
    slow.__dict__["end"] = replace(support_of(net, -1.0).end, error=0.1)  # approached like one over a logarithm
    assert slow.status == "undecided"


def test_an_edge_that_is_not_verified_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Curvatures far below the edge, found again and again."""
    net = N(1, 1, activation="tanh", loss="huber", teacher_weights=(1.5,))
    monkeypatch.setattr(Support, "worst", lambda self, inverse, hint=None: (-1.0, self.end.where))  # noqa: ARG005
    monkeypatch.setattr(matrix_edges, "_end", lambda curve, support, t, high: high)  # noqa: ARG005
    with pytest.raises(AccuracyError, match="is not verified"):
        bs.spectrum(net, alpha=4.0, averaging=FEW)


def test_at_a_fold_the_slope_decides_which_branch_it_is() -> None:
    """Both are zero there, up to rounding; so is the edge of the equations of this sample, found where it is zero."""
    assert [_unstable(np.array([x, 0.27]), slope) for x, slope in ((0.0, -1e-18), (1e-17, -1e-18), (0.0, 1e-18))] == [
        1,
        1,
        0,
    ]
    assert _unstable(np.array([-0.2, 0.0]), -1e-18) == 2
    net, one = (
        N(3, 1, activation="hermite2", loss="magnitude"),
        drawn("hermite2", "magnitude", 3, 1, 200, (3, 1, 200, 3)),
    )
    # the fourth eigenvalue, behind three outliers, lies N^(-2/3) inside of it
    assert 0 < one.eigenvalues[3] - own_edge(net, one, "left") < 2 * 200 ** (-2 / 3)


def test_a_root_without_a_bracket_says_where() -> None:
    with pytest.raises(AccuracyError, match="the threshold: no root is bracketed between 1 and 2"):
        bracketed_root(lambda x: x, 1.0, 2.0, "the threshold", xtol=1e-9)
    with pytest.raises(LimitError, match="inside"):
        bracketed_root(_refuses, 1.0, 2.0, "the threshold", xtol=1e-9)


def _refuses(x: float) -> float:
    raise LimitError(f"inside, at {x}")


def test_losses_whose_equations_are_not_solved_are_not_without_a_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(*_: Any) -> Any:
        raise AccuracyError("no Stieltjes matrix")

    monkeypatch.setattr("bendscape.theory.verbs.sampled_threshold.find_edge", failed)
    with pytest.raises(AccuracyError, match="no Stieltjes matrix"):
        design_loss(N(1, 1, activation="tanh"), "constant", averaging=FEW)


def test_functions_of_ones_own_that_overflow_are_not_decided() -> None:
    """`log cosh u` is infinite beyond 710, where the curvature goes on rising."""
    own = Activation("log cosh", lambda u: np.log(np.cosh(u)), np.tanh, lambda u: np.cosh(u) ** -2)
    found = bs.spectrum(N(2, 1, activation=own), alpha=3.0, averaging=FEW).right_edge
    assert (found.kind, math.isnan(found.value)) == ("undecided", True)
    assert "not a finite number; give the functions of the network as formulas" in found.reason
    assert extent_on_a_line(lambda x: -np.abs(np.sinh(x) / np.cosh(x)) * np.abs(x) ** 0.5).status == "undecided"


def test_formulas_that_overflow_on_the_way_have_their_value() -> None:
    slope = Expression("log(cosh(x))", ("x",)).derivative("x")
    np.testing.assert_allclose(slope([-1e30, -1e4, 0.0, 2.0, 1e4]), [-1.0, -1.0, 0.0, math.tanh(2.0), 1.0])
    np.testing.assert_allclose(Expression("log(cosh(x))", ("x",))([-1e30, 800.0]), [1e30, 800 - math.log(2)])
    assert float(Expression("exp(x)", ("x",))(1e30)) == math.inf
    assert np.isnan(Expression("log(x)", ("x",))(-1.0))
    assert float(Expression("softplus(x)/sigmoid(x)", ("x",))(-800.0)) == pytest.approx(1.0)


SEVEN = [  # where rounding was in the way: of four errors, of a fold, near the eigenvalue zero, in large arguments
    ("gelu", "huber", 2, 1),
    ("hermite2", "magnitude", 3, 1),
    ("hermite1", "huber", 3, 1),
    ("hermite1", "logistic", 3, 1),
    ("hermite1", "magnitude", 3, 2),
    ("hermite5", "huber", 2, 1),
    ("hermite5", "huber", 2, 2),
]


@pytest.mark.long
@pytest.mark.parametrize("each", SEVEN, ids=str)
def test_networks_whose_edges_are_hard_to_follow(each: tuple[str, str, int, int]) -> None:
    parts = row(*each)["rows"]
    assert {part["verdict"] for part in parts} <= {"within", "none"}, parts


@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.sampled_from(TRIED))
def test_edges_and_outliers_against_matrices(each: tuple[str, str, int, int]) -> None:
    """A few of the table of all names, at small sizes."""
    found = row(*each, sizes={60: 8, 120: 4})
    assert not [part for part in found.get("rows", [found]) if part["verdict"] == "wrong"], found


def test_slow_theory_shows_its_progress(capsys: pytest.CaptureFixture[str]) -> None:
    net, paper = N(1, 1, activation="tanh"), bs.QuadraticNetwork(1, 1, 1.0)
    quiet = bs.threshold(net, averaging=FEW, side="left")
    assert capsys.readouterr().err == ""
    assert bs.threshold(net, averaging=FEW, side="left", progress=True) == quiet
    assert "edges" in capsys.readouterr().err
    bs.finite_threshold(paper, N=1e4, samples=2, seed=1, progress=True)
    assert "samples" in capsys.readouterr().err
    bs.phase_diagram(p=1, p_star=1, a=1.0, N=1e4, samples=2, seed=1, progress=True)
    assert "points" in capsys.readouterr().err
    bs.theory.design_loss(paper, "constant", progress=True)
    assert "losses" in capsys.readouterr().err
