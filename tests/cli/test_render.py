"""JSON and pictures, the same way for every command."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import assert_refused, document, printed

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]
WIDTHS = ["--p", "2", "--p-star", "1"]
TANH = ["--p", "1", "--p-star", "1", "--activation", "tanh", "--tolerance", "0.1"]


def test_infinite_width_is_valid_json() -> None:
    found = document("spectrum", "--p", "inf", "--p-star", "1", "--a", "0.7", "--alpha", "2")
    assert (found["p"], found["unit"], found["outliers"][0]["multiplicity"]) == ("inf", "(p/2) H", "inf")
    assert found["right_edge"]["value"] > 0
    assert document("threshold", "--p", "inf", "--p-star", "1", "--a", "1")["alpha"] == pytest.approx(1)


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
def test_pictures_are_saved_and_not_overwritten(tmp_path: Path, arguments: list[str]) -> None:
    picture = tmp_path / "picture.png"
    printed(*arguments, "--plot", str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")
    picture.write_text("precious", encoding="utf-8")
    assert_refused(*arguments, "--plot", str(picture), message="--force")
    assert picture.read_text(encoding="utf-8") == "precious"
    printed(*arguments, "--plot", str(picture), "--force")
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
    tmp_path: Path,
    name: str,
    extra: list[str],
    named: str,
) -> None:
    arguments = ["phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "0.5,1", "--plot", str(tmp_path / name), *extra]
    assert_refused(*arguments, message=named)
    assert not list(tmp_path.iterdir())


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
def test_pictures_of_every_model(tmp_path: Path, arguments: list[str]) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "picture.png"
    printed(*arguments, "--plot", str(file))
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size > 8000
