"""``bendscape phase-diagram``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.models import Network, loss
from command_line import assert_refused, bendscape, document, printed

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]
WIDTHS = ["--p", "2", "--p-star", "1"]


def variable(data: Any, name: str) -> np.ndarray:
    return np.array(data["data_vars"][name]["data"], dtype=float)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,2,inf", [1, 2, math.inf]),
        ("1:4", [1, 2, 3, 4]),
        ("2", None),
        ("1:3:2", [1, 3]),
        ("1:100:3:log", [1, 10, 100]),
        ("1:10:3:log", [1, 3, 10]),
    ],
)
def test_phase_diagram_reads_grids(text: str, values: list[float] | None) -> None:
    found = document("phase-diagram", "--p", text, "--p-star", "1", "--a", "0.7,1.5")
    assert found["dims"] == {"a": 2} | ({"p": len(values)} if values else {})
    expected = values or [2]
    nets = [[bs.QuadraticNetwork(p, 1, a) for a in (0.7, 1.5)] for p in expected]
    alphas = [[bs.threshold(net).alpha for net in row] for row in nets]
    np.testing.assert_allclose(
        np.reshape(found["data_vars"]["alpha_BBP"]["data"], (len(expected), 2)), alphas, rtol=1e-12
    )


def test_a_diagram_of_one_point() -> None:
    code, out, _ = bendscape("phase-diagram", *NET)
    assert code == 0
    assert f"{bs.threshold(bs.QuadraticNetwork(2, 1, 0.7)).alpha:.5g}" in out
    code, out, _ = bendscape("phase-diagram", *NET, "--alpha", "2.5")
    assert code == 0
    assert "-1.0138" in out


@pytest.mark.parametrize(("grid", "code"), [("0.7", 2), ("0.7,", 0), ("0.7,1", 0)])
def test_pictures_of_few_points(tmp_path: Path, grid: str, code: int) -> None:
    options = ["--p", "2", "--p-star", "1", "--a", grid, "--plot", str(tmp_path / "a.png")]
    found, _, err = bendscape("phase-diagram", *options)
    assert found == code
    assert (tmp_path / "a.png").exists() == (code == 0)
    assert ("give one grid or two" in err) == (code == 2)


def test_thresholds_over_noise() -> None:
    grids = ["--a", "0.7,1.5", "--noise", "0:1:3", "--multiplicative-noise", "0.2"]
    found = document("phase-diagram", *WIDTHS, *grids)
    expected = bs.phase_diagram(p=2, p_star=1, a=[0.7, 1.5], noise=[0.0, 0.5, 1.0], multiplicative_noise=0.2)
    assert found["data_vars"]["alpha_BBP"]["dims"] == ["a", "noise"]
    np.testing.assert_array_equal(variable(found, "alpha_BBP"), expected.alpha_BBP)
    one = document("threshold", *NET, "--noise", "0.5", "--multiplicative-noise", "0.2")
    assert one["alpha"] == pytest.approx(float(expected.alpha_BBP.sel(a=0.7, noise=0.5)), rel=1e-12)
    plain, zero = (document("threshold", *NET, *more) for more in ([], ["--noise", "0"]))
    assert zero["alpha"] == plain["alpha"]


def test_thresholds_over_parameters_of_a_loss() -> None:
    found = document("phase-diagram", *WIDTHS, "--loss", "huber:delta=1,2")
    for delta, alpha in zip((1.0, 2.0), variable(found, "alpha_BBP"), strict=True):
        assert alpha == bs.threshold(Network(2, 1, loss=loss("huber", delta=delta))).alpha
    title = " ".join(printed("phase-diagram", *WIDTHS, "--loss", "huber:delta=1,2", "--noise", "0.1").split())
    assert "Phase diagram, p = 2, p* = 1, noise = 0.1, quadratic, huber loss" in title


def test_thresholds_of_finite_size() -> None:
    grids = ["--a", "0.7", "--N", "1e4,1e6", "--samples", "3", "--seed", "2"]
    found = document("phase-diagram", *WIDTHS, *grids)
    expected = bs.phase_diagram(p=2, p_star=1, a=0.7, N=[1e4, 1e6], samples=3, seed=2)
    np.testing.assert_array_equal(variable(found, "alpha_half"), expected.alpha_half)
    assert (found["attrs"]["samples"], found["attrs"]["seed"]) == (3, 2)
    shown = printed("phase-diagram", *WIDTHS, "--a", "0.7", "--N", "1e4", "--samples", "4")
    assert "alpha_half" in shown
    assert "+-" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["phase-diagram", *WIDTHS], "give --a"),
        (["phase-diagram", *WIDTHS, "--a", "1", "--loss", "huber"], "leave one out"),
        (["phase-diagram", *WIDTHS, "--loss", "huber:delta"], "huber:a=1"),
        (["phase-diagram", *WIDTHS, "--loss", "huber:1"], "huber:a=1"),
        (["phase-diagram", *WIDTHS, "--a", "1", "--noise", "0,much"], "--noise = '0,much'"),
        (["phase-diagram", *WIDTHS, "--a", "1", "--noise", "1", "--N", "1e4"], "labels without noise"),
        (["phase-diagram", *WIDTHS, "--a", "1", "--N", "1"], "N = 1"),
        (["phase-diagram", *WIDTHS, "--a", "1", "--N", "1e4", "--alpha", "1"], "--alpha = 1"),
        (["phase-diagram", "--p", "1,inf", "--p-star", "1", "--activation", "tanh"], "p = inf"),
        (["overlap", *NET], "--alpha"),
        (["overlap", *NET, "--alpha", "0"], "--alpha = 0"),
        (["overlap", *NET, "--alpha", "1", "--students", "0"], "--students = 0"),
        (["overlap", *NET, "--alpha", "1", "--side", "up"], "--side = 'up'"),
        (["overlap", *WIDTHS, "--loss", "huber", "--alpha", "1", "--students", "2"], "without noise"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(arguments: list[str], message: str) -> None:
    assert_refused(*arguments, message=message)
