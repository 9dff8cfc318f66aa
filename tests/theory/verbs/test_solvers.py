"""Verbs take every model: several students together, finite sizes, and names of the last release."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import InvalidParameterError, LimitError

NET = bs.QuadraticNetwork(2, 1, 0.7)
STUDENTS = bs.HessianMethod(NET, students=4)


def test_one_eigenvector_of_several_students_has_the_overlap_of_the_network() -> None:
    alpha = [0.5, 1.0, 2.5]
    one, several = bs.overlap(NET, alpha=alpha), bs.overlap(STUDENTS, alpha=alpha)
    np.testing.assert_allclose(several.overlap2_each, one.overlap2, atol=1e-9)
    for name in ("left_edge", "edge_kind", "outlier"):
        np.testing.assert_array_equal(several[name], one[name])
    assert (several.overlap2 - several.overlap2_each).values[1:].min() > 0
    assert several.attrs == one.attrs | {"inits": 4}


def test_the_same_network_in_other_words_has_the_same_students() -> None:
    other = bs.HessianMethod(bs.Network.of_quadratic(NET), 4)
    assert bs.overlap(other, alpha=2.5).overlap2.item() == bs.overlap(STUDENTS, alpha=2.5).overlap2.item()


def test_students_share_the_threshold_of_one() -> None:
    found, alone = bs.threshold(STUDENTS), bs.threshold(NET)
    assert found.net == STUDENTS
    assert found.to_dict() == alone.to_dict()
    sampled = bs.HessianMethod(bs.Network(1, 1, activation="tanh"), 3)
    few = bs.Averaging(tolerance=0.1, points=1024, most=4096)
    assert bs.threshold(sampled, averaging=few).alpha == bs.threshold(sampled.net, averaging=few).alpha


def test_what_several_students_do_not_have_is_refused_with_the_reason() -> None:
    with pytest.raises(LimitError, match="all have one limiting spectrum: give net = p=2"):
        bs.spectrum(STUDENTS, alpha=2.0)
    with pytest.raises(LimitError, match="labels without noise"):
        bs.overlap(bs.HessianMethod(bs.Network(2, 1, loss="huber"), 4), alpha=2.0)
    wrong: Any
    for wrong in (bs.SpectralMethod(bs.models.Optimal()), STUDENTS, "net", None):
        with pytest.raises(InvalidParameterError, match="give a QuadraticNetwork or a Network"):
            bs.HessianMethod(wrong)


def test_students_are_an_axis_of_a_phase_diagram() -> None:
    found = bs.phase_diagram(STUDENTS, a=[0.7, 1.5], students=[1, 3], alpha=[1.0, 2.5])
    assert dict(found.sizes) == {"a": 2, "students": 2, "alpha": 2}
    for a in (0.7, 1.5):
        net = bs.QuadraticNetwork(2, 1, a)
        for students in (1, 3):
            point, its = (
                found.sel(a=a, students=students),
                bs.overlap(bs.HessianMethod(net, students), alpha=[1.0, 2.5]),
            )
            assert float(point.alpha_BBP) == pytest.approx(bs.threshold(net).alpha, rel=1e-12)
            for name in ("overlap2", "overlap2_each", "left_edge"):
                np.testing.assert_allclose(point[name], its[name], rtol=1e-12)
    assert "neurons and students" in found.overlap2.attrs["long_name"]
    with pytest.raises(InvalidParameterError, match=r"a=0\.7 has no such number"):
        bs.phase_diagram(NET, students=[1, 2])


def test_thresholds_of_finite_size_are_those_of_the_points() -> None:
    found = bs.phase_diagram(p=[1, 2], p_star=1, a=[0.7, 1.5], N=[1e4, 1e6], samples=3, seed=3)
    assert found.alpha_half.dims == ("p", "a", "N")
    assert found.alpha_BBP.dims == ("p", "a")
    assert (found.attrs["samples"], found.attrs["seed"]) == (3, 3)
    for p, a, n in ((1, 1.5, 1e4), (2, 0.7, 1e6)):
        one, point = bs.finite_threshold(bs.QuadraticNetwork(p, 1, a), N=n, samples=3, seed=3), found.sel(p=p, a=a, N=n)
        assert (float(point.alpha_half), float(point.width)) == (one.alpha, one.width)
        assert float(point.overlap2) == one.overlap2
        assert (float(point.alpha_BBP), float(point.alpha_0_tangent)) == pytest.approx((one.alpha_bbp, one.alpha_0))


def test_a_quadratic_network_in_other_words_has_its_samples_of_finite_size() -> None:
    other = bs.Network.of_quadratic(NET)
    one, its = (bs.finite_size(net, alpha=1.2, N=1e4, samples=2, seed=1) for net in (NET, other))
    assert its.identical(one)
    assert bs.finite_threshold(other, N=1e4, samples=2, seed=1).alpha == pytest.approx(
        bs.finite_threshold(NET, N=1e4, samples=2, seed=1).alpha
    )
    with pytest.raises(InvalidParameterError, match="for labels without noise: give a QuadraticNetwork"):
        bs.finite_size(bs.Network(2, 1, loss="huber"), alpha=1.2, N=1e4, samples=2, seed=1)


def test_a_number_for_n_is_no_dimension_and_a_network_needs_no_grid() -> None:
    found = bs.phase_diagram(bs.Network.of_quadratic(NET), N=1e4, samples=2, seed=1)
    assert dict(found.sizes) == {}
    assert float(found.N) == 1e4
    assert float(found.alpha_half) == bs.finite_threshold(NET, N=1e4, samples=2, seed=1).alpha


@pytest.mark.parametrize(
    ("net", "options", "message"),
    [
        (bs.Network(1, 1, activation="tanh"), {}, "tanh, squared loss: the theory of finite size"),
        (STUDENTS, {}, "4 students: the theory of finite size is for one student"),
        (bs.SpectralMethod(bs.models.Optimal()), {}, "give a QuadraticNetwork"),
        (NET, {"noise": [0.0, 0.1]}, "give a QuadraticNetwork"),
        (NET, {"p": [2, math.inf]}, "p = inf is taken after"),
        (NET, {"seed": None}, "seed is not given"),
        (NET, {"seed": -1}, "seed = -1"),
        (NET, {"samples": 0}, "samples = 0"),
        (NET, {"N": [1e4, -1.0]}, "N = -1"),
        (NET, {"N": None, "a": 1.0}, "seed = 1: nothing is random without N"),
        (NET, {"alpha": 2.0}, "bs.finite_size"),
    ],
)
def test_finite_sizes_without_a_theory_are_refused_with_the_reason(
    net: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        bs.phase_diagram(net, **({"N": 1e4, "seed": 1} | options))


def test_old_names_answer_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match=r"use bs\.overlap\(bs\.HessianMethod"):
        combined = bs.combined_overlap(NET, alpha=[1.0, 2.5], inits=4)
    new = bs.overlap(STUDENTS, alpha=[1.0, 2.5])
    assert combined.attrs == {"p": 2, "p_star": 1, "a": 0.7, "inits": 4}
    assert combined.equals(new[["overlap2_each", "overlap2"]])
    with pytest.warns(DeprecationWarning, match=r"use bs\.phase_diagram"):
        finite = bs.finite_phase_diagram(p=1, p_star=1, a=[0.7], N=[1e3, 1e5], samples=2, seed=1)
    diagram = bs.phase_diagram(p=1, p_star=1, a=[0.7], N=[1e3, 1e5], samples=2, seed=1)
    assert finite.alpha_half.dims == ("N", "a")
    assert finite.attrs == {"p": 1, "p_star": 1, "samples": 2, "seed": 1}
    np.testing.assert_array_equal(finite.alpha_half, diagram.alpha_half.transpose("N", "a"))
    np.testing.assert_array_equal(finite.alpha_bbp, diagram.alpha_BBP)
    np.testing.assert_array_equal(finite.alpha_0, diagram.alpha_0_tangent)
    assert not {"combined_overlap", "finite_phase_diagram"} & set(dir(bs))


MOVED = {
    "comparison": ("crossing",),
    "theory": ("best_a", "conditional", "critical_a", "critical_width", "design_loss", "weak_recovery_limit"),
}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in MOVED.items() for name in names])
def test_names_that_moved_are_the_functions_of_their_module(module: str, name: str) -> None:
    home = getattr(bs, module)
    with pytest.warns(DeprecationWarning, match=rf"bs\.{name} will be removed .* use bs\.{module}\.{name}$"):
        assert getattr(bs, name) is getattr(home, name)
    assert name in home.__all__
    assert name in dir(home)
    assert name not in dir(bs)


def test_about_twenty_names_are_at_the_top() -> None:
    modules = {"comparison", "errors", "estimators", "models", "plot", "simulation", "theory", "units"}
    assert len(set(bs.__all__) - modules - {"__version__"}) == 20
    with pytest.raises(AttributeError, match="no_such_name"):
        bs.no_such_name  # noqa: B018
