"""Every verb of the theory on the command line, of every network, with numbers, grids and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.cli.networks import NetworkFamily
from bendscape.models import Network, loss
from test_command_line import document, run

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]
WIDTHS = NET[:4]
TANH = ["--p", "1", "--p-star", "1", "--activation", "tanh", "--tolerance", "0.1"]


def variable(found: Any, name: str) -> np.ndarray:
    return np.array(found["data_vars"][name]["data"], dtype=float)


def test_overlap_is_that_of_the_library(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    found = document(monkeypatch, capsys, "overlap", *NET, "--alpha", "1:3:3")
    np.testing.assert_array_equal(variable(found, "overlap2"), bs.overlap(net, alpha=[1.0, 2.0, 3.0]).overlap2)
    found = document(monkeypatch, capsys, "overlap", *NET, "--alpha", "2", "--students", "3")
    expected = bs.overlap(bs.HessianMethod(net, 3), alpha=2.0)
    for name in ("overlap2", "overlap2_each"):
        np.testing.assert_array_equal(variable(found, name), expected[name])
    assert run(monkeypatch, "overlap", *TANH, "--alpha", "6") == 0
    shown = capsys.readouterr().out
    assert "m^2" in shown
    assert "+-" in shown


def test_thresholds_over_noise(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    grids = ["--a", "0.7,1.5", "--noise", "0:1:3", "--multiplicative-noise", "0.2"]
    found = document(monkeypatch, capsys, "phase-diagram", *WIDTHS, *grids)
    expected = bs.phase_diagram(p=2, p_star=1, a=[0.7, 1.5], noise=[0.0, 0.5, 1.0], multiplicative_noise=0.2)
    assert found["data_vars"]["alpha_BBP"]["dims"] == ["a", "noise"]
    np.testing.assert_array_equal(variable(found, "alpha_BBP"), expected.alpha_BBP)
    one = document(monkeypatch, capsys, "threshold", *NET, "--noise", "0.5", "--multiplicative-noise", "0.2")
    assert one["alpha"] == pytest.approx(float(expected.alpha_BBP.sel(a=0.7, noise=0.5)), rel=1e-12)
    plain, zero = (document(monkeypatch, capsys, "threshold", *NET, *more) for more in ([], ["--noise", "0"]))
    assert zero["alpha"] == plain["alpha"]


def test_thresholds_over_parameters_of_a_loss(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(monkeypatch, capsys, "phase-diagram", *WIDTHS, "--loss", "huber:delta=1,2")
    for delta, alpha in zip((1.0, 2.0), variable(found, "alpha_BBP"), strict=True):
        assert alpha == bs.threshold(Network(2, 1, loss=loss("huber", delta=delta))).alpha
    assert run(monkeypatch, "phase-diagram", *WIDTHS, "--loss", "huber:delta=1,2", "--noise", "0.1") == 0
    title = " ".join(capsys.readouterr().out.split())
    assert "Phase diagram, p = 2, p* = 1, noise = 0.1, quadratic, huber loss" in title


def test_a_family_is_a_network_and_its_grids() -> None:
    assert NetworkFamily("1,2", "1", "0.7", noise="0,1").family() == (
        None,
        {"p": [1, 2], "p_star": 1, "a": 0.7, "noise": [0, 1]},
    )
    net, numbers = NetworkFamily("1:3", "2", "0.5:1:2", activation="tanh", noise="0,1").family()
    assert net == Network(1, 2, activation="tanh", loss=loss("magnitude", a=0.5), noise=bs.Noise(1.0))
    assert numbers == {"p": [1, 2, 3], "p_star": 2, "a": [0.5, 1.0], "noise": [0, 1]}
    net, numbers = NetworkFamily("2", "1", loss="normalised:a=1,2,b=0.5").family()
    assert net == Network(2, 1, loss=loss("normalised", a=1.0, b=0.5))
    assert numbers == {"p": 2, "p_star": 1, "a": [1, 2], "b": 0.5}


def test_thresholds_of_finite_size(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    grids = ["--a", "0.7", "--N", "1e4,1e6", "--samples", "3", "--seed", "2"]
    found = document(monkeypatch, capsys, "phase-diagram", *WIDTHS, *grids)
    expected = bs.phase_diagram(p=2, p_star=1, a=0.7, N=[1e4, 1e6], samples=3, seed=2)
    np.testing.assert_array_equal(variable(found, "alpha_half"), expected.alpha_half)
    assert (found["attrs"]["samples"], found["attrs"]["seed"]) == (3, 2)
    assert run(monkeypatch, "phase-diagram", *WIDTHS, "--a", "0.7", "--N", "1e4", "--samples", "4") == 0
    shown = capsys.readouterr().out
    assert "alpha_half" in shown
    assert "+-" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["threshold", *TANH],
        ["threshold", *NET, "--noise", "0.5"],
        pytest.param(["threshold", *WIDTHS, "--loss", "huber"], marks=pytest.mark.long),
        ["spectrum", *TANH, "--alpha", "6"],
        ["spectrum", *NET, "--noise", "0.5", "--alpha", "3"],
        pytest.param(["spectrum", *WIDTHS, "--loss", "huber", "--alpha", "2"], marks=pytest.mark.long),
        ["overlap", *NET, "--alpha", "1:3:3", "--students", "2"],
        ["phase-diagram", *WIDTHS, "--a", "0.5,1,2", "--noise", "0:1:3"],
        ["phase-diagram", *WIDTHS, "--loss", "huber:delta=1,2"],
        ["phase-diagram", *WIDTHS, "--a", "0.7,1", "--N", "1e4", "--samples", "2"],
        ["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0.7", "--N", "1e4,1e5", "--samples", "2"],
    ],
)
def test_pictures_of_every_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "picture.png"
    assert run(monkeypatch, *arguments, "--plot", str(file)) == 0
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size > 8000


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
def test_bad_options_are_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(monkeypatch, *arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert "Traceback" not in printed.err
