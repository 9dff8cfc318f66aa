"""Commands: their JSON, their errors, their files."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.cli import main

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of ``bendscape ARGUMENTS``, run in this process."""
    monkeypatch.setattr(sys, "argv", ["bendscape", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def document(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(monkeypatch, *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_threshold_json_has_the_stable_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(monkeypatch, capsys, "threshold", *NET)
    keys = {"p", "p_star", "a", "alpha", "kind", "edge", "overlap2_jump", "alpha_smooth", "alpha_0_tangent"}
    assert keys <= set(found)
    assert found["alpha"] == bs.threshold(bs.QuadraticNetwork(2, 1, 0.7)).alpha
    assert found["kind"] == "continuous"
    assert found["alpha_0_window"]["window"] == pytest.approx([found["alpha"], 1.2 * found["alpha"]])


def test_spectrum_json_has_the_stable_keys(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(monkeypatch, capsys, "spectrum", *NET, "--alpha", "2.5")
    assert found["unit"] == "H"
    assert {"value", "kind"} <= set(found["left_edge"])
    (outlier,) = found["outliers"]
    assert {"value", "side", "sector", "multiplicity", "overlap2_teacher", "overlap2_student"} <= set(outlier)
    assert outlier["value"] == pytest.approx(-1.013815, abs=5e-7)
    assert (outlier["side"], outlier["sector"], outlier["multiplicity"]) == ("left", "teacher", 2)


def test_infinite_width_is_valid_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(monkeypatch, capsys, "spectrum", "--p", "inf", "--p-star", "1", "--a", "0.7", "--alpha", "2")
    assert (found["p"], found["unit"], found["outliers"][0]["multiplicity"]) == ("inf", "(p/2) H", "inf")
    assert found["right_edge"]["value"] > 0
    assert document(monkeypatch, capsys, "threshold", "--p", "inf", "--p-star", "1", "--a", "1")[
        "alpha"
    ] == pytest.approx(1)


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
def test_phase_diagram_reads_grids(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, values: list[float] | None
) -> None:
    found = document(monkeypatch, capsys, "phase-diagram", "--p", text, "--p-star", "1", "--a", "0.7,1.5")
    assert found["dims"] == {"a": 2} | ({"p": len(values)} if values else {})
    expected = values or [2]
    nets = [[bs.QuadraticNetwork(p, 1, a) for a in (0.7, 1.5)] for p in expected]
    alphas = [[bs.threshold(net).alpha for net in row] for row in nets]
    np.testing.assert_allclose(
        np.reshape(found["data_vars"]["alpha_BBP"]["data"], (len(expected), 2)), alphas, rtol=1e-12
    )


def test_tables_name_what_they_show(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "threshold", *NET) == 0
    assert "0.9270552967" in capsys.readouterr().out
    assert run(monkeypatch, "spectrum", *NET, "--alpha", "0.5") == 0
    shown = capsys.readouterr().out
    assert "smooth" in shown
    assert "A share 0.5" in " ".join(shown.split())
    assert run(monkeypatch, "phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "1", "--alpha", "1.5") == 0
    assert "outlier" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["threshold", "--p", "0", "--p-star", "1", "--a", "1"], "p = 0"),
        (["threshold", "--p", "1.5", "--p-star", "1", "--a", "1"], "p = 1.5"),
        (["threshold", "--p", "two", "--p-star", "1", "--a", "1"], "p = 'two'"),
        (["threshold", "--p", "nan", "--p-star", "1", "--a", "1"], "p = nan"),
        (["threshold", "--p", "1", "--p-star", "inf", "--a", "1"], "--p-star = inf"),
        (["threshold", "--p", "1", "--p-star", "1", "--a", "-1"], "a = -1"),
        (["threshold", "--p", "1", "--p-star", "1", "--a", "nan"], "a = nan"),
        (["threshold", *NET, "--window", "0.5", "2"], "window"),
        (["threshold", "--p", "1,2", "--p-star", "1", "--a", "1"], "p = '1,2'"),
        (["spectrum", *NET, "--alpha", "0"], "alpha = 0"),
        (["spectrum", *NET, "--alpha", "-3"], "alpha = -3"),
        (["phase-diagram", "--p", ",", "--p-star", "1", "--a", "1"], "p = ','"),
        (["phase-diagram", "--p", "5:1", "--p-star", "1", "--a", "1"], "p = '5:1'"),
        (["phase-diagram", "--p", "1:2:x", "--p-star", "1", "--a", "1"], "p = '1:2:x'"),
        (["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0:1:log"], "a = '0:1:log'"),
        (["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0.1:inf:3"], "a = '0.1:inf:3'"),
        (["phase-diagram", "--p", "1:2:0", "--p-star", "1", "--a", "1"], "p = '1:2:0'"),
        (["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0:1:3:log"], "a = '0:1:3:log'"),
        (["spectrum", *NET], "--alpha"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], named: str
) -> None:
    assert run(monkeypatch, *arguments) == 2
    shown = capsys.readouterr()
    assert named in shown.err
    assert "Traceback" not in shown.err
    assert not shown.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["threshold", "--p", "2", "--p-star", "1", "--a", "1.5"],
        ["spectrum", *NET, "--alpha", "2.5"],
        ["phase-diagram", "--p", "1:4", "--p-star", "1", "--a", "0.1:2:6:log"],
        ["phase-diagram", "--p", "1,2,inf", "--p-star", "1", "--a", "0,0.3,2"],
        ["phase-diagram", "--p", "1,", "--p-star", "1", "--a", "0.1,2"],
        [
            "phase-diagram",
            "--p",
            "2",
            "--p-star",
            "1",
            "--a",
            "0.5:2:4",
            "--alpha",
            "0.5:3:5",
            "--variable",
            "overlap2",
        ],
    ],
)
def test_pictures_are_saved_and_not_overwritten(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str]
) -> None:
    picture = tmp_path / "picture.png"
    assert run(monkeypatch, *arguments, "--plot", str(picture)) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    picture.write_text("precious", encoding="utf-8")
    assert run(monkeypatch, *arguments, "--plot", str(picture)) == 2
    assert picture.read_text(encoding="utf-8") == "precious"
    assert "--force" in capsys.readouterr().err
    assert run(monkeypatch, *arguments, "--plot", str(picture), "--force") == 0
    assert picture.stat().st_size > 1000


@pytest.mark.parametrize(
    ("name", "extra", "named"),
    [
        ("picture.xyz", [], ".png"),
        ("no/such/folder/picture.png", [], "cannot be written"),
        ("picture.png", ["--variable", "kind"], "variable = 'kind'"),
    ],
)
def test_unusable_pictures_are_refused(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
    extra: list[str],
    named: str,
) -> None:
    arguments = ["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0.5,1", "--plot", str(tmp_path / name), *extra]
    assert run(monkeypatch, *arguments) == 2
    assert named in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_help_is_quick_and_shows_examples() -> None:
    code = (
        "import sys, bendscape.cli as c; sys.argv = ['bendscape', '--help']\n"
        "try: c.main()\n"
        "except SystemExit as stop: assert not stop.code\n"
        "heavy = {'scipy', 'numpy', 'matplotlib', 'xarray'} & set(sys.modules); assert not heavy, heavy"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for command in ("threshold", "spectrum", "phase-diagram", "reproduce"):
        assert command in shown
        page = [sys.executable, "-m", "bendscape.cli", command, "--help"]
        text = subprocess.run(page, capture_output=True, text=True, check=True).stdout
        assert f"Examples:\n    bendscape {command}" in text


SIMULATE = ["simulate", *NET, "--alpha", "2.5", "--N", "30", "--samples", "4", "--seed", "1"]


def test_simulate_json_has_the_stable_keys(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(monkeypatch, capsys, *SIMULATE)
    assert {"alpha", "N", "samples", "seed"} <= set(found)
    assert (found["alpha"], found["N"], found["samples"], found["seed"]) == (2.5, 30, 4, 1)
    data = bs.simulate(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.5, N=30, samples=4, seed=1)
    for key, name in {"smallest_eigenvalue": "smallest_eigenvalue", "overlap2": "captured", "phi": "phi"}.items():
        assert set(found[key]) == {"mean", "stderr"}
        assert found[key]["mean"] == pytest.approx(float(data[name].mean()))
    limit = bs.overlap(bs.QuadraticNetwork(2, 1, 0.7), alpha=[2.5]).isel(alpha=0)
    assert found["theory"] == {name: limit[name].item() for name in ("left_edge", "outlier", "overlap2")}


def test_simulate_goes_on_with_its_store(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    store = tmp_path / "run.jsonl"
    first = document(monkeypatch, capsys, *SIMULATE, "--store", str(store))
    lines = store.read_text().splitlines()
    assert len(lines) == 5
    store.write_text("\n".join(lines[:3]) + "\n" + lines[3][:20])
    assert document(monkeypatch, capsys, *SIMULATE, "--store", str(store), "--workers", "2") == first
    assert sorted(store.read_text().splitlines()) == sorted(lines)


def test_simulate_says_its_memory_and_draws(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, *SIMULATE, "--plot", str(tmp_path / "pairs.png")) == 0
    captured = capsys.readouterr()
    assert "GB" in captured.err
    assert "smallest eigenvalue" in captured.out
    assert (tmp_path / "pairs.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("--N", "0"), "N = 0"),
        (("--alpha", "-1"), "alpha = -1"),
        (("--samples", "0"), "samples = 0"),
        (("--seed", "-1"), "seed = -1"),
        (("--workers", "0"), "workers = 0"),
        (("--threads", "0"), "threads = 0"),
        (("--solver", "magic"), "solver = 'magic'"),
        (("--library", "magic"), "library = 'magic'"),
        (("--eigenvalues", "1"), "eigenvalues = 1"),
        (("--p", "inf"), "p = inf"),
        (("--N", "100000000"), "GB"),
    ],
)
def test_simulate_names_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: tuple[str, str], named: str
) -> None:
    assert run(monkeypatch, *SIMULATE, *change) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("bendscape: ")
    assert named in last
