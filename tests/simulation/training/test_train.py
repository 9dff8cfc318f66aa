"""Training: gradients, energy, the sphere, resumption, and what is seen on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import bendscape as bs
from bendscape.simulation import GradientDescent, GradientFlow, draw
from bendscape.simulation.directions import leading_span
from bendscape.simulation.sphere import on_sphere, tangent
from bendscape.simulation.training.objective import Objective

NETS: list[Any] = [
    bs.QuadraticNetwork(1, 1, 1.0),
    bs.QuadraticNetwork(3, 2, 0.3),
    bs.Network(2, 1, activation="tanh", loss="huber", noise=bs.Noise(additive=0.1)),
]
METHODS: list[Any] = [GradientDescent(steps=120), GradientFlow(time=25.0), GradientFlow(time=25.0, solver="LSODA")]


@pytest.mark.parametrize("net", NETS)
def test_the_gradient_is_that_of_the_loss(net: Any) -> None:
    sample = draw(net, alpha=2.0, N=30, seed=1)
    w = np.asarray(sample.student)
    value, gradient = Objective(sample)(w)
    assert value == pytest.approx(bs.simulation.loss(sample, w), rel=1e-13)
    assert np.allclose(gradient, bs.simulation.gradient(sample, w), rtol=0, atol=1e-12 * np.abs(gradient).max())
    rng = np.random.default_rng(0)
    for _ in range(3):
        v = rng.standard_normal(w.shape)
        # the error of a central difference falls with the square of the step: extrapolate it away
        slopes = [(Objective(sample)(w + h * v)[0] - Objective(sample)(w - h * v)[0]) / (2 * h) for h in (2e-3, 1e-3)]
        assert (4 * slopes[1] - slopes[0]) / 3 == pytest.approx(float(np.sum(gradient * v)), rel=1e-7, abs=1e-9)


def test_the_gradient_is_that_of_automatic_differentiation() -> None:
    """Of the loss as a formula, differentiated by SymPy, weight by weight."""
    net = bs.QuadraticNetwork(2, 1, 0.5)
    sample = draw(net, alpha=2.0, N=3, seed=4)
    w = sympy.symbols("w:6")
    total = 0
    for x, y in zip(sample.inputs.tolist(), sample.labels.tolist(), strict=True):
        u = [sum(w[3 * k + i] * x[i] for i in range(3)) for k in range(2)]
        total += (y - (u[0] ** 2 + u[1] ** 2) / 2) ** 2 / (2 * (sympy.Float(0.5, 30) + y))
    at = dict(zip(w, np.asarray(sample.student).ravel().tolist(), strict=True))
    exact = [float(sympy.diff(total, each).subs(at)) for each in w]
    assert np.allclose(Objective(sample)(np.asarray(sample.student))[1].ravel(), exact, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sphere", [True, False])
@pytest.mark.parametrize("net", NETS)
def test_energy_falls_and_the_sphere_is_kept(net: Any, sphere: bool, method: Any) -> None:
    sample = draw(net, alpha=3.0, N=40, seed=2)
    run = bs.train(sample, method=method, sphere=sphere, checkpoints=12)
    loss = run.loss.values
    assert np.all(np.diff(loss) < 1e-9 * loss[0])
    assert loss[-1] < 0.9 * loss[0]
    norms = np.linalg.norm(run.weights, axis=-1)
    if sphere:
        assert np.allclose(norms, np.sqrt(40), rtol=1e-14, atol=0)
    else:
        assert np.abs(norms / np.sqrt(40) - 1).max() > 1e-3
    _, gradient = Objective(sample)(run.weights.values[-1])
    free = tangent(gradient, run.weights.values[-1]) if sphere else gradient
    assert float(run.gradient_norm[-1]) == pytest.approx(np.linalg.norm(free), rel=1e-6)


def test_small_steps_follow_the_flow_and_the_error_falls_with_the_step() -> None:
    sample = draw(NETS[0], alpha=3.0, N=40, seed=2)
    flow = bs.train(sample, method=GradientFlow(time=2.0, rtol=1e-9, atol=1e-9), checkpoints=1)
    errors = []
    for steps in (100, 200):
        run = bs.train(sample, method=GradientDescent(steps=steps, step=2.0 / steps), checkpoints=1)
        assert float(run.time[-1]) == pytest.approx(2.0)
        errors.append(np.linalg.norm(run.weights[-1] - flow.weights[-1]))
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.1)


def test_flow_agrees_with_an_independent_solver() -> None:
    from scipy.integrate import solve_ivp

    sample = draw(NETS[1], alpha=3.0, N=30, seed=2)
    shape = sample.student.shape

    def velocity(_: float, w: Any) -> Any:
        w = w.reshape(shape)
        return -tangent(bs.simulation.gradient(sample, w), on_sphere(w)).ravel()

    exact = solve_ivp(velocity, (0, 3), np.asarray(sample.student).ravel(), rtol=1e-10, atol=1e-10, method="Radau")
    run = bs.train(sample, method=GradientFlow(time=3.0, rtol=1e-9, atol=1e-9), checkpoints=3)
    assert np.allclose(run.weights.values[-1].ravel(), exact.y[:, -1], atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_run_goes_on_as_if_it_had_not_stopped(method: Any, tmp_path: Path) -> None:
    sample = draw(NETS[1], alpha=2.0, N=30, seed=5)
    whole = bs.train(sample, method=method, checkpoints=6, store=tmp_path / "whole")
    lines = (tmp_path / "whole").read_bytes().split(b"\n")
    (tmp_path / "cut").write_bytes(b"\n".join(lines[:4]) + b"\n" + lines[4][: len(lines[4]) // 2])
    again = bs.train(sample, method=method, checkpoints=6, store=tmp_path / "cut")
    assert again.identical(whole)
    assert again.identical(bs.train(sample, method=method, checkpoints=6))


SCRIPT = """
import bendscape as bs
sample = bs.simulation.draw(bs.QuadraticNetwork(2, 1, 1.0), alpha=2.0, N=200, seed=5)
run = bs.train(sample, method=bs.GradientDescent(steps=400), checkpoints=40, tolerance=1e-12, store="run")
run.weights.values.tofile("weights")
"""


def test_a_killed_run_resumes_to_the_same_trajectory(tmp_path: Path) -> None:
    def start(folder: Path) -> subprocess.Popen[bytes]:
        folder.mkdir(exist_ok=True)
        return subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=folder)

    victim = start(tmp_path / "killed")
    store = tmp_path / "killed" / "run"
    deadline = time.monotonic() + 60
    while (not store.exists() or store.read_bytes().count(b"\n") < 5) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    assert not (tmp_path / "killed" / "weights").exists(), "it was killed too late to show anything"
    assert start(tmp_path / "killed").wait() == 0
    assert start(tmp_path / "whole").wait() == 0
    assert (tmp_path / "killed" / "weights").read_bytes() == (tmp_path / "whole" / "weights").read_bytes()


@pytest.mark.parametrize("solver", ["RK45", "LSODA"])
def test_a_flow_stops_on_its_way_to_a_checkpoint(solver: Any) -> None:
    sample = draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=8.0, N=40, seed=2)
    run = bs.train(sample, method=GradientFlow(time=1e4, solver=solver), checkpoints=1, tolerance=1e-3)
    assert run.attrs["status"] == "converged"
    assert run.time[-1] < 1e3
    assert run.gradient_norm[-1] <= 1e-3 * run.gradient_norm[0]


def test_start_and_end_are_kept() -> None:
    sample = draw(NETS[0], alpha=2.0, N=30, seed=5)
    run = bs.train(sample, method=GradientDescent(steps=20), checkpoints=[3, 10])
    assert run.steps.values.tolist() == [0, 3, 10, 20]


def test_a_loss_that_is_not_finite_is_named() -> None:
    sample = draw(NETS[0], alpha=2.0, N=30, seed=5)
    with pytest.raises(bs.errors.AccuracyError, match="not finite at the start"), np.errstate(all="ignore"):
        bs.train(sample, start=1e200 * np.asarray(sample.student), sphere=False)


def test_another_run_is_refused_a_store(tmp_path: Path) -> None:
    sample = draw(NETS[0], alpha=2.0, N=30, seed=5)
    own: dict[str, Any] = {"method": GradientDescent(steps=10), "checkpoints": 2, "store": tmp_path / "run"}
    bs.train(sample, **own)
    for other in ({"sphere": False}, {"start": np.roll(sample.student, 1)}, {"method": GradientDescent(steps=20)}):
        with pytest.raises(bs.errors.OutputError, match="give another file"):
            bs.train(
                sample, **({"method": GradientDescent(steps=10), "checkpoints": 2, "store": tmp_path / "run"} | other)
            )


def test_an_interruption_returns_the_finished_part(monkeypatch: pytest.MonkeyPatch) -> None:
    sample, calls = draw(NETS[0], alpha=2.0, N=30, seed=5), []
    advance = GradientDescent.advance

    def interrupted(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return advance(*args)

    monkeypatch.setattr(GradientDescent, "advance", interrupted)
    with pytest.raises(bs.errors.Interrupted, match="3 of 6 checkpoints; give it a store") as caught:
        bs.train(sample, method=GradientDescent(steps=50), checkpoints=5)
    assert caught.value.data.sizes["checkpoint"] == 3
    assert caught.value.data.attrs["status"] == "interrupted"


def test_training_stops_when_there_is_nothing_left_to_do() -> None:
    sample = draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=8.0, N=40, seed=2)
    run = bs.train(sample, method=GradientDescent(steps=5000), checkpoints=[50, 1000, 5000], tolerance=1e-4)
    assert run.attrs["status"] == "converged"
    assert run.steps[-1] < 1000
    assert run.max_overlap2[-1] > 0.999
    assert run.generalisation[-1] < 1e-4
    at_the_end = bs.train(sample, start=sample.teacher, checkpoints=5)
    assert at_the_end.attrs["status"] in ("converged", "no step lowers the loss by more than rounding")
    flow = bs.train(sample, method=GradientFlow(time=1e4), checkpoints=[100, 1000, 1e4], tolerance=1e-4)
    assert flow.attrs["status"] == "converged"


@pytest.mark.parametrize("net", [bs.QuadraticNetwork(3, 2, 1.0), bs.Network(2, 1, activation="tanh")])
def test_generalisation_is_the_error_on_fresh_inputs(net: Any) -> None:
    sample = draw(net, alpha=3.0, N=50, seed=1)
    w = bs.train(sample, method=GradientDescent(steps=30), checkpoints=1).weights.values[-1]
    x = np.random.default_rng(7).standard_normal((200_000, 50)) / np.sqrt(50)
    if isinstance(net, bs.QuadraticNetwork):
        squares = (np.mean((x @ sample.teacher.T) ** 2, axis=1) - np.mean((x @ w.T) ** 2, axis=1)) ** 2 / 2
    else:
        squares = (net.labels(x @ sample.teacher.T) - net.outputs(x @ w.T)) ** 2 / 2
    found = bs.simulation.generalisation_error(net, w, sample.teacher)
    error = squares.std() / np.sqrt(len(squares))
    other = 0 if isinstance(net, bs.QuadraticNetwork) else squares.std() / np.sqrt(2**14)
    assert abs(found - squares.mean()) < 4 * np.hypot(error, other)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": np.ones((1, 3))}, "shape"),
        ({"start": np.full((1, 20), np.nan)}, "the entry nan"),
        ({"start": np.zeros((1, 20))}, "zeros"),
        ({"method": GradientDescent}, "method"),
        ({"checkpoints": [5, 2000]}, "from 0 to 1000"),
        ({"checkpoints": [1.5]}, "whole numbers"),
        ({"checkpoints": 0}, "checkpoints = 0"),
        ({"tolerance": -1}, "tolerance"),
        ({"sphere": 1}, "sphere"),
    ],
)
def test_bad_arguments_are_refused(given: dict[str, Any], message: str) -> None:
    sample = draw(NETS[0], alpha=2.0, N=20, seed=5)
    with pytest.raises(bs.errors.InvalidParameterError, match=message):
        bs.train(sample, **given)


def test_bad_methods_are_refused_and_steps_that_explode_are_named() -> None:
    for make, message in (
        (lambda: GradientDescent(steps=0), "steps = 0"),
        (lambda: GradientDescent(step=-1), "step = -1"),
        (lambda: GradientFlow(time=0), "time = 0"),
        (lambda: GradientFlow(solver="Euler"), "solver = 'Euler'"),  # type: ignore[arg-type]
    ):
        with pytest.raises(bs.errors.InvalidParameterError, match=message):
            make()
    sample = draw(NETS[0], alpha=2.0, N=20, seed=5)
    with pytest.raises(bs.errors.AccuracyError, match="no longer finite"), np.errstate(all="ignore"):
        bs.train(sample, method=GradientDescent(steps=300, step=1e3), sphere=False)


def test_other_arrays_take_the_same_path() -> None:
    sample = draw(NETS[1], alpha=2.0, N=30, seed=5)
    one = bs.train(sample, method=GradientDescent(steps=20), checkpoints=1)
    moved = sample.to("array_api_strict")
    other = bs.train(moved, method=GradientDescent(steps=20), checkpoints=1)
    assert np.allclose(one.weights, other.weights, rtol=1e-9, atol=1e-9)
    seen, same = (bs.comparison.hessian_trajectory(each, run).informed for each, run in ((sample, one), (moved, other)))
    assert np.allclose(seen, same, rtol=0, atol=1e-7)
    begin = bs.simulation.HessianStart(2)
    spans = [leading_span(begin(each, np.random.default_rng(1)), 2) for each in (sample, moved)]
    assert bs.simulation.span_overlap2(*spans) == pytest.approx(1, abs=1e-7)


def test_the_hessian_along_the_way_begins_as_simulated_and_loses_the_signal() -> None:
    net = bs.QuadraticNetwork(1, 1, 1.0)
    lost, agree = [], []
    for seed in range(4):
        sample = draw(net, alpha=3.0, N=300, seed=seed)
        run = bs.train(sample, method=GradientDescent(steps=20), checkpoints=[0, 20])
        data = bs.comparison.hessian_trajectory(sample, run)
        exact = bs.simulation.lowest(bs.simulation.Hessian(sample), 5).values
        assert np.allclose(data.value[0], exact, atol=1e-9)
        assert list(data.reason.values) == ["", ""]
        agree.append(float(data.informed[0] - data.informed_theory[0]))
        lost.append(float(data.informed[1]) / float(data.informed[0]))
    assert abs(np.mean(agree)) < 4 * np.std(agree, ddof=1) / 2 + 0.02
    assert np.mean(lost) < 0.5


def test_along_refuses_what_is_not_its_own() -> None:
    sample = draw(NETS[0], alpha=2.0, N=20, seed=5)
    run = bs.train(sample, method=GradientDescent(steps=5), checkpoints=1)
    for other in (draw(NETS[1], alpha=2.0, N=20, seed=5), draw(NETS[0], alpha=2.0, N=20, seed=6)):
        with pytest.raises(bs.errors.InvalidParameterError, match="run"):
            bs.comparison.hessian_trajectory(other, run)
    last = bs.comparison.hessian_trajectory(sample, run.isel(checkpoint=[-1]))
    assert np.array_equal(last.value, bs.comparison.hessian_trajectory(sample, run).value[-1:])
    for wrong in (run.drop_attrs(), None):
        with pytest.raises(bs.errors.InvalidParameterError, match="run"):
            bs.comparison.hessian_trajectory(sample, wrong)  # type: ignore[arg-type]
    with pytest.raises(bs.errors.InvalidParameterError, match="sample"):
        bs.comparison.hessian_trajectory(run, sample)  # type: ignore[arg-type]
    with pytest.raises(bs.errors.InvalidParameterError, match="sample"):
        bs.train(NETS[0])
    with pytest.raises(bs.errors.InvalidParameterError, match="sample"):
        bs.comparison.hessian_trajectory(draw(NETS[2], alpha=2.0, N=20, seed=5), run)
