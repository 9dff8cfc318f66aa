"""The options that make a network, or a family of networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bendscape as bs
from bendscape.cli.networks import NetworkFamily, NetworkOptions
from bendscape.models import Network, loss
from command_line import assert_refused, bendscape

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
def test_bad_options_are_one_line_and_exit_code_2(arguments: list[str], message: str) -> None:
    assert assert_refused("threshold", *WIDTHS, *arguments, message=message).err.count("\n") == 1


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
def test_nothing_breaks_out_of_a_formula(tmp_path: Path, option: str, text: str) -> None:
    assert_refused("threshold", *WIDTHS, option, text.format(folder=tmp_path), message="bendscape: ")
    assert list(tmp_path.iterdir()) == []


def test_a_pickle_is_no_covariance(tmp_path: Path) -> None:
    np.save(tmp_path / "law.npy", np.array([{"not": "numbers"}]), allow_pickle=True)
    assert_refused("threshold", *WIDTHS, "--covariance", str(tmp_path / "law.npy"), message="law.npy")


@pytest.mark.parametrize("ending", ["npy", "csv"])
def test_a_covariance_comes_from_any_table(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"c.{ending}"
    values = np.diag([1.0, 3.0])
    np.save(path, values) if ending == "npy" else np.savetxt(path, values)
    options = ["--p", "1", "--p-star", "1", "--loss", "magnitude:a=1", "--alpha", "2", "--tolerance", "0.3"]
    code, out, _ = bendscape("spectrum", *options, "--covariance", str(path), "--json")
    listed = bendscape("spectrum", *options, "--covariance", "1,3", "--json")
    assert code == listed[0] == 0
    assert out.split('"alpha"')[1] == listed[1].split('"alpha"')[1]
    np.save(tmp_path / "z.npy", values * (1 + 1j))
    code, _, err = bendscape("spectrum", *options, "--covariance", str(tmp_path / "z.npy"))
    assert code == 2
    assert "complex" in err
