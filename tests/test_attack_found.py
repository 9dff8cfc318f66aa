"""Right answers to calls that a generated attack found to end in a raw error, or in a warning of NumPy."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape import simulation as sim
from bendscape.errors import InvalidParameterError, MemoryLimitError
from bendscape.simulation.training.descent import State
from bendscape.simulation.training.objective import Objective
from bendscape.theory.finite_size.labels import draw_labels

NET = bs.QuadraticNetwork(2, 1, 0.7)


def test_far_from_all_eigenvalues_the_resolvent_is_that_of_a_point() -> None:
    spectrum = bs.spectrum(NET, alpha=2.0)
    far = np.array([1e308, -1e308, 1e200j, 1e101 + 1e101j])
    np.testing.assert_allclose(spectrum.stieltjes(far), 1 / far, rtol=1e-15)
    assert spectrum.stieltjes(1e8) == pytest.approx(1e-8, rel=1e-6)
    assert spectrum.mass(-1e308, 1e308) == 1.0
    assert spectrum.mass(high=1e308) == pytest.approx(1.0, abs=1e-6)


def test_algorithms_keep_the_numbers_they_checked() -> None:
    matrix = np.diag(np.linspace(-1.0, 1.0, 300))
    odd: dict[str, Any] = {"tolerance": Decimal("1e-8"), "basis": np.int8(100)}
    solvers: list[Any] = [sim.BlockLanczos(block=np.int8(2), **odd), sim.Eigsh(**odd)]  # type: ignore[arg-type]
    for solver in solvers:
        assert sim.lowest(matrix, 2, solver=solver).values == pytest.approx([-1.0, -1 + 2 / 299], abs=1e-7)


def test_means_of_infinite_values() -> None:
    assert sim.mean_stderr([1.0, math.inf])[0] == math.inf
    assert math.isnan(sim.mean_stderr([1.0, math.inf])[1])
    assert np.isnan(sim.mean_stderr([-math.inf, math.inf])).all()


def test_students_are_several() -> None:
    sample = sim.draw(NET, alpha=2.0, N=20, seed=1)
    wrong: list[Any] = [np.array(1.0), [], np.zeros((0, 2, 20))]
    for students in wrong:
        with pytest.raises(InvalidParameterError, match=r"students = .*: give a list of arrays of shape"):
            sim.hessian_directions(sample, students)


@pytest.mark.parametrize("alpha", [1e20, 2**64])
def test_labels_that_do_not_fit_are_refused(alpha: float) -> None:
    with pytest.raises(MemoryLimitError, match="pre-activations of"):
        draw_labels(NET, alpha=alpha, N=100, seed=1)


def test_an_empty_set_of_quantiles() -> None:
    found = bs.finite_threshold(NET, N=1e4, samples=3, seed=1)
    assert found.quantile([]).shape == (0,)


def test_a_flow_has_an_end_and_errors_that_numbers_hold() -> None:
    wrong: list[dict[str, Any]] = [{"time": 1e20}, {"rtol": 1e-300}, {"atol": 1e300}]
    for options in wrong:
        with pytest.raises(InvalidParameterError, match=next(iter(options))):
            bs.GradientFlow(**options)


def test_a_class_is_no_method() -> None:
    options: dict[str, Any] = {"alpha": [2.0], "N": 20, "samples": 1, "seed": 1, "method": bs.GradientDescent}
    for call in (sim.run_starts, bs.comparison.compare_starts):
        with pytest.raises(InvalidParameterError, match=r"method = .*give GradientDescent"):
            call(NET, **options)


def test_eigenvalues_of_any_size_are_scaled() -> None:
    assert bs.Inputs((1e308, 1e308, 3e307)).eigenvalues == pytest.approx(bs.Inputs((10.0, 10.0, 3.0)).eigenvalues)


def test_a_basis_has_no_row_of_zeros() -> None:
    with pytest.raises(InvalidParameterError, match="row of zeros"):
        sim.start(np.zeros((1, 20)), 2, np.random.default_rng(1))


def test_a_ratio_of_samples_to_inputs_has_an_end() -> None:
    calls: list[Any] = [bs.spectrum, bs.overlap, lambda net, alpha: bs.overlap(bs.HessianMethod(net, 2), alpha=alpha)]
    for call in calls:
        with pytest.raises(InvalidParameterError, match=r"alpha = 1e\+308: give"):
            call(NET, alpha=1e308)
    edges = [bs.spectrum(NET, alpha=alpha).left_edge.value / alpha for alpha in (1e90, 1e100)]
    assert edges[1] == pytest.approx(edges[0], rel=1e-12)  # the mean curvature


def test_where_a_run_stops_may_be_any_number() -> None:
    sample = sim.draw(NET, alpha=2.0, N=20, seed=1)
    objective = Objective(sample)
    start = State(sample.student, math.nan, 0, 0.0, *_norms(objective, sample.student))
    flow = bs.GradientFlow(time=1.0)
    there, same = (flow.advance(objective, start, to, True, 0.0) for to in (Decimal("0.5"), 0.5))  # type: ignore[arg-type]
    assert there.time == 0.5
    assert np.array_equal(there.weights, same.weights)
    assert flow.advance(objective, start, -1e308, True, 0.0) is start


def _norms(objective: Any, weights: Any) -> tuple[float, float]:
    loss, slope = objective(weights)
    return loss, float(np.linalg.norm(slope))


def test_curvatures_that_do_not_exist_are_refused() -> None:
    for y, yhat in ((-0.7, 1.0), (math.inf, 1.0), (np.array([1.0, -0.7]), 1.0), (1.0, np.nan)):
        with pytest.raises(InvalidParameterError, match=r"give finite labels, and y other than -a = -0\.7"):
            NET.curvature(y, yhat)
    assert NET.curvature(np.array([1.0]), np.array([1e308]))[1] == math.inf


def test_functions_and_data_that_overflow_are_refused() -> None:
    density = sim.density(np.diag(np.linspace(-1.0, 1.0, 5)))
    with pytest.raises(InvalidParameterError, match="is not finite at the eigenvalue"):
        density.mean(np.log)
    huge = np.full((2, 12), 1e308)
    with pytest.raises(InvalidParameterError, match=r"an entry of size 1e\+308"):
        sim.generalisation_error(NET, huge, np.ones((1, 12)))
    with pytest.raises(InvalidParameterError, match=r"X has an entry of size 1e\+308"):
        bs.Inputs.of_data(huge)


def test_a_number_of_points_becomes_a_power_of_two() -> None:
    net = bs.Network(4, 1, activation="tanh")
    averages = next(bs.Averaging().draw(net, np.int8(100)))  # type: ignore[arg-type]
    assert averages.points.u.shape == (128, 4)


def test_limits_beside_samples_are_of_networks() -> None:
    with pytest.raises(InvalidParameterError, match=r"net = .*give a QuadraticNetwork or a Network"):
        bs.comparison.limit(bs.SpectralMethod(bs.models.Optimal()), 2.0)


@pytest.mark.parametrize("N", [1e-308, 1e20, 2**64])
def test_dimensions_far_from_the_number_of_samples_are_refused(N: float) -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(InvalidParameterError, match=r"N = .*give one from M/1e.10 to 1e.06 M, for M = 40 samples"):
        bs.theory.conditional(NET, s=rng.standard_normal((40, 1)), u=rng.standard_normal((40, 2)), N=N)
