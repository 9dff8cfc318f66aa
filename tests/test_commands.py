"""Commands at odd values: one line in the command's own options, and the exit codes of a shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape import cli
from bendscape.cli.group import in_options

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]


def bendscape(monkeypatch: pytest.MonkeyPatch, capsys: Any, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    monkeypatch.setattr("sys.argv", ["bendscape", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


def test_a_diagram_of_one_point(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    code, out, _ = bendscape(monkeypatch, capsys, "phase-diagram", *NET)
    assert code == 0
    assert f"{bs.threshold(bs.QuadraticNetwork(2, 1, 0.7)).alpha:.5g}" in out
    code, out, _ = bendscape(monkeypatch, capsys, "phase-diagram", *NET, "--alpha", "2.5")
    assert code == 0
    assert "-1.0138" in out


@pytest.mark.parametrize(("grid", "code"), [("0.7", 2), ("0.7,", 0), ("0.7,1", 0)])
def test_pictures_of_few_points(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, grid: str, code: int
) -> None:
    options = ["--p", "2", "--p-star", "1", "--a", grid, "--plot", str(tmp_path / "a.png")]
    found, _, err = bendscape(monkeypatch, capsys, "phase-diagram", *options)
    assert found == code
    assert (tmp_path / "a.png").exists() == (code == 0)
    assert ("give one grid or two" in err) == (code == 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["threshold", "--p", "1_000", "--p-star", "1", "--a", "1"], "--p = '1_000': give a number"),
        (["threshold", "--p", "\u0663", "--p-star", "1", "--a", "1"], "--p = "),
        (["threshold", "--p", "1e308", "--p-star", "1", "--a", "1"], "--p = 1"),
        (["threshold", "--p", "1", "--p-star", "1e308", "--a", "1"], "--p-star = 1"),
        (["threshold", "--p", "2", "--p-star", "1", "--a", "1e308"], "--a = 1"),
        (
            ["threshold", "--p", "2", "--p-star", "1", "--a", "1e-308"],
            "--a = 1e-308: give zero, or a number from 1e-15",
        ),
        (["threshold", "--p", "2", "--p-star", "1", "--noise", ""], "--noise = '': give a number"),
        (["threshold", "--p", "2", "--p-star", "1", "--mean", ""], "--mean = '': give a number"),
        (["threshold", "--p", "2", "--p-star", "1", "--noise", "-1"], "--noise = -1"),
        (["threshold", "--p", "2", "--p-star", "1", "--loss", "hubber:delta=1"], "did you mean huber?"),
        (["spectrum", *NET, "--alpha", "1,1"], "--alpha = '1,1'"),
        (["phase-diagram", "--p", "1,,2", "--p-star", "1", "--a", "1"], "--p = '1,,2'"),
        (["simulate", *NET, "--alpha", "2", "--N", "1_0"], "1_0"),
        (["simulate", *NET, "--alpha", "2", "--N", "20", "--samples", "9" * 40], "--samples = 9999"),
        (["simulate", *NET, "--alpha", "2", "--N", "20", "--solver", "lanczoss"], "did you mean lanczos?"),
        (["finite-size", *NET, "--alpha", "1e-6", "--N", "1e6"], "--alpha = 1e-06: 1 samples at --N = 1e+06"),
        (["finite-size", *NET, "--alpha", "1", "--N", "1e21"], "--N = 1e+21"),
        (["finite-size", *NET, "--alpha", "1e308", "--N", "1e6"], "--alpha = 1"),
        (["compare", *NET, "--alpha", "2", "--steps", "9" * 40], "--steps = 9999"),
        (["recover", "no such file.csv", "--p-star", "1", "--out", "v.csv"], "no such file.csv is no file"),
        (["recover", "/dev/null", "--p-star", "1", "--out", "v.csv"], "device"),
    ],
)
def test_odd_values_are_named_with_their_option(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = bendscape(monkeypatch, capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert not list(tmp_path.iterdir())


def test_messages_of_the_library_speak_of_options() -> None:
    options = ["--p", "--p-star", "--N", "--held-out"]
    assert in_options("p_star = 0: give N = 3", options) == "--p-star = 0: give --N = 3"
    assert in_options("p=2, p*=1: a = 3, held_out = 1", options) == "p=2, p*=1: a = 3, --held-out = 1"


@pytest.mark.parametrize(("signal", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 141)])
def test_interrupts_and_closed_pipes_end_as_a_shell_expects(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, signal: type[BaseException], code: int
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise signal

    monkeypatch.setattr("bendscape.theory.verbs._threshold.threshold", stop)
    found, out, err = bendscape(monkeypatch, capsys, "threshold", *NET)
    assert (found, out) == (code, "")
    assert "Traceback" not in err


def test_a_full_disk_behind_standard_output_is_one_line() -> None:
    command = [sys.executable, "-m", "bendscape.cli", "threshold", *NET]
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (found.returncode, found.stderr) == (2, "bendscape: No space left on device\n")


@pytest.mark.parametrize("ending", ["npy", "csv"])
def test_a_covariance_comes_from_any_table(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"c.{ending}"
    values = np.diag([1.0, 3.0])
    np.save(path, values) if ending == "npy" else np.savetxt(path, values)
    options = ["--p", "1", "--p-star", "1", "--loss", "magnitude:a=1", "--alpha", "2", "--tolerance", "0.3"]
    code, out, _ = bendscape(monkeypatch, capsys, "spectrum", *options, "--covariance", str(path), "--json")
    listed = bendscape(monkeypatch, capsys, "spectrum", *options, "--covariance", "1,3", "--json")
    assert code == listed[0] == 0
    assert out.split('"alpha"')[1] == listed[1].split('"alpha"')[1]
    np.save(tmp_path / "z.npy", values * (1 + 1j))
    code, _, err = bendscape(monkeypatch, capsys, "spectrum", *options, "--covariance", str(tmp_path / "z.npy"))
    assert code == 2
    assert "complex" in err
