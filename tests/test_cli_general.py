"""The options that make any other network on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bendscape as bs
from bendscape.cli.networks import NetworkOptions
from bendscape.models import Network, loss
from test_command_line import document, run

WIDTHS = ["--p", "2", "--p-star", "1"]


def made(**given: str) -> Network:
    net = NetworkOptions("2", "1", **given).network()
    assert isinstance(net, Network)
    return net


def test_options_make_the_network_of_the_library(tmp_path: Path) -> None:
    assert made(activation="tanh") == Network(2, 1, activation="tanh")
    assert made(activation="tanh", teacher_activation="quadratic") == Network(
        2, 1, activation="tanh", teacher_activation="quadratic"
    )
    assert made(loss="normalised:a=1,b=.5") == Network(2, 1, loss=loss("normalised", a=1, b=0.5))
    assert str(made(loss="(y - yhat)**4", link="s1**2")) == str(Network(2, 1, loss="(y - yhat)**4", link="s1**2"))
    assert made(noise="0.5", multiplicative_noise="0.1").noise == bs.Noise(additive=0.5, multiplicative=0.1)
    assert made(output_weights="1,.5", teacher_weights="2").output_weights == (1.0, 0.5)
    assert made(covariance="1,3", mean="2").inputs == bs.Inputs((1.0, 3.0), mean=2.0)
    assert made(covariance="power:0.5:64").inputs == bs.Inputs.power_law(0.5, size=64)
    np.save(tmp_path / "law.npy", np.diag([1.0, 3.0]))
    assert made(covariance=str(tmp_path / "law.npy")).inputs == bs.Inputs((1.0, 3.0))
    assert NetworkOptions("2", "1", "0.7").network() == bs.QuadraticNetwork(2, 1, 0.7)
    assert NetworkOptions("2", "1", "0.7", mean="1").network().loss == loss("normalised", a=0.7)  # type: ignore[union-attr]


def test_threshold_of_any_network(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--loss", "normalised:a=0.7", "--mean", "1", "--tolerance", "0.01"]  # with a mean, averages are sampled
    found = document(monkeypatch, capsys, "threshold", "--p", "1", "--p-star", "1", *options)
    assert found["alpha"] == pytest.approx(1.243388, abs=5 * found["error"] + 1e-4)
    assert (found["kind"], found["side"], found["unit"], found["seed"]) == ("continuous", "left", "H", 0)
    assert run(monkeypatch, "threshold", "--p", "1", "--p-star", "1", *options) == 0
    assert "replicates of" in capsys.readouterr().out


def test_spectrum_of_any_network(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    options = [*WIDTHS, "--activation", "tanh", "--alpha", "6", "--tolerance", "0.05"]
    found = document(monkeypatch, capsys, "spectrum", *options)
    assert found["left_edge"]["value"] == pytest.approx(-1.511, abs=0.02)
    assert found["outliers"][0]["overlap2_teacher"]["value"] == pytest.approx(0.198, abs=0.02)
    assert run(monkeypatch, "spectrum", *options) == 0
    assert "difference" in capsys.readouterr().out


def test_an_edge_that_is_not_there_comes_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "spectrum", *WIDTHS, "--loss", "squared", "--alpha", "3", "--tolerance", "0.1") == 0
    assert "unbounded" in capsys.readouterr().out


def test_simulations_of_any_network(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shape = ["--alpha", "6", "--N", "40", "--samples", "3", "--seed", "2", "--tolerance", "0.05"]
    found = document(monkeypatch, capsys, "simulate", *WIDTHS, "--activation", "tanh", *shape)
    assert found["network"] == "p=2, p*=1, tanh, squared loss"
    data = bs.simulate(Network(2, 1, activation="tanh"), alpha=6, N=40, samples=3, seed=2, side="left")
    assert found["smallest_eigenvalue"]["mean"] == pytest.approx(float(data.smallest_eigenvalue.mean()))
    assert found["theory"]["left_edge"] == pytest.approx(-1.511, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --a"),
        (["--a", "1", "--loss", "huber"], "leave one out"),
        (["--activation", "relu(x)"], "kink"),
        (["--loss", "huber:delta"], "huber:a=1"),
        (["--loss", "huber:size=1"], "does not take size"),
        (["--loss", "squared:a=1"], "does not take a"),
        (["--noise", "-1"], "standard deviation"),
        (["--noise", "much"], "give a number"),
        (["--output-weights", "1,2,3"], "2 finite numbers"),
        (["--covariance", "nowhere.npy"], "nowhere.npy"),
        (["--covariance", "power:1:2:3"], "power:EXPONENT"),
        (["--covariance", "1,-1"], "eigenvalues"),
        (["--activation", "tanh", "--tolerance", "0"], "tolerance"),
        (["--a", "1", "--tolerance", "-1"], "tolerance"),
        (["--a", "1", "--side", "right"], "no threshold"),
        (["--activation", "tanh", "--side", "up"], "left, right"),
        (["--activation", "tanh", "--window", "1", "2"], "leave it out"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(monkeypatch, "threshold", *WIDTHS, *arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert message in printed.err


@pytest.mark.parametrize("option", ["--activation", "--teacher-activation", "--loss", "--link", "--covariance"])
@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').mkdir('{folder}/out')",
        "(lambda: open('{folder}/out', 'w'))()",
        "x.__class__.__base__.__subclasses__()",
        "exec('import os')",
        "[open('{folder}/out', 'w') for _ in (1,)]",
    ],
)
def test_nothing_breaks_out_of_a_formula(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, text: str
) -> None:
    assert run(monkeypatch, "threshold", *WIDTHS, option, text.format(folder=tmp_path)) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_pickle_is_no_covariance(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    np.save(tmp_path / "law.npy", np.array([{"not": "numbers"}]), allow_pickle=True)
    assert run(monkeypatch, "threshold", *WIDTHS, "--covariance", str(tmp_path / "law.npy")) == 2
    assert "law.npy" in capsys.readouterr().err
