"""``bendscape recover``: every format, and files that are not what they should be."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bendscape.cli.tables import read_data
from bendscape.errors import DataWarning
from command_line import assert_refused, bendscape, document, printed

rng = np.random.default_rng(0)
X = 3 * rng.standard_normal((240, 40))
V = rng.standard_normal(40)
Y = (X @ V) ** 2


def write(folder: Path, name: str) -> list[str]:
    """A file of that name, and the options that go with it."""
    path, table = folder / name, np.c_[X, Y]
    names = [f"x{i}" for i in range(40)]
    match name:
        case "table.npy":
            np.save(path, table)
        case "both.npz":
            np.savez(path, X=X, y=Y)
        case "plain.csv":
            np.savetxt(path, table, delimiter=",")
        case "named.csv":
            pd.DataFrame(np.c_[Y, X], columns=["y", *names]).to_csv(path, index=False)
        case "named.parquet":
            pd.DataFrame(np.c_[Y, X], columns=["intensity", *names]).to_parquet(path)
            return [str(path), "--label-column", "intensity"]
        case "inputs.npy":
            np.save(path, X)
            np.save(folder / "labels.npy", Y)
            return [str(path), "--labels", str(folder / "labels.npy")]
    return [str(path)]


def read(path: Path) -> Any:
    if path.suffix == ".npy":
        return np.load(path)
    return (pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)).to_numpy()


@pytest.mark.parametrize("name", ["table.npy", "both.npz", "plain.csv", "named.csv", "named.parquet", "inputs.npy"])
@pytest.mark.parametrize("out", ["v.npy", "v.csv", "v.parquet"])
def test_the_vector_is_found_in_every_format(tmp_path: Path, name: str, out: str) -> None:
    options = [*write(tmp_path, name), "--p-star", "1", "--out", str(tmp_path / out)]
    record = document("recover", *options)
    found = read(tmp_path / out)
    assert found.shape == (1, 40)
    assert abs(float(found[0] @ V) / float(V @ V)) == pytest.approx(1, abs=1e-5)
    assert record["unexplained"] < 1e-8
    assert record["evidence"]["sufficient"]
    assert (record["inputs"], record["samples"], record["held_out"]) == (40, 216, 24)


@pytest.mark.parametrize("start", ["random", "optimal", "wide-hessian", "averaged-hessian"])
def test_every_start(tmp_path: Path, start: str) -> None:
    options = [*write(tmp_path, "table.npy"), "--p-star", "1", "--out", str(tmp_path / "v.npy"), "--start", start]
    assert "unexplained" in printed("recover", *options)
    assert abs(float(np.load(tmp_path / "v.npy")[0] @ V) / float(V @ V)) == pytest.approx(1, abs=1e-5)


def broken(folder: Path, name: str) -> list[str]:
    """Options with something wrong."""
    good = write(folder, "table.npy")[0]
    path = folder / name
    match name:
        case "cut.npy":
            path.write_bytes(Path(good).read_bytes()[:3000])
        case "cut.parquet":
            source = Path(write(folder, "named.parquet")[0])
            path.write_bytes(source.read_bytes()[:3000])
        case "empty.csv":
            path.touch()
        case "words.csv":
            path.write_text("x,name,y\n1,anna,2\n3,bert,4\n", encoding="utf-8")
        case "pickle.npy":
            np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        case "lacking.npz":
            np.savez(path, X=X)
        case "negative.npy":
            np.save(path, np.c_[X, Y - Y.max()])
        case "cube.npy":
            np.save(path, np.zeros((2, 2, 2)))
        case "nan.npy":
            np.save(path, np.c_[X, np.where(np.arange(240) == 7, np.nan, Y)])
        case "column.npy":
            np.save(path, Y)
        case "cut.csv":
            text = Path(write(folder, "named.csv")[0]).read_text(encoding="utf-8")
            path.write_text(text[: len(text) // 2], encoding="utf-8")
        case "no rows.csv":
            path.write_text("x,y\n", encoding="utf-8")
        case "index.csv":
            pd.DataFrame(np.c_[X, Y]).rename(columns=str).add_prefix("x").to_csv(path)
        case "wide.csv":
            path.write_text("a,y\n1,2,3\n2,5,6\n", encoding="utf-8")
        case "twins.csv":
            path.write_text("y,x,y\n1,2,3\n4,5,6\n", encoding="utf-8")
        case "quoted.csv":
            path.write_text('"a\nb","c","y"\n1,foo,3\n', encoding="utf-8")
        case "index.parquet":
            pd.DataFrame(np.c_[X, Y]).rename(columns=str).set_index("40").to_parquet(path)
        case "gap.csv":
            path.write_text("1.5,,2.5\n2,3,4\n", encoding="utf-8")
        case "thousands.csv":
            path.write_text("x;y\n1,234.5;2,5\n3,5;4,5\n", encoding="utf-8")
        case "table.xlsx":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("[Content_Types].xml", "<Types/>")
        case "data":
            path.mkdir()
        case "both.npz":
            write(folder, "both.npz")
            return [str(path), "--labels", good]
        case "twice.csv":
            path.write_bytes(Path(write(folder, "named.csv")[0]).read_bytes())
            return [str(path), "--labels", good]
        case "same.csv":
            (folder / "v.csv").write_text("precious", encoding="utf-8")
            return [str(folder / "v.csv")]
    return [str(path)]


BROKEN = {
    "cut.npy": "cut off or of another format",
    "cut.parquet": "cut off or of another format",
    "empty.csv": "it is empty",
    "words.csv": r"line 2 \(row 1\), column 2 \(name\) has 'anna', which is no number",
    "pickle.npy": "cut off or of another format",
    "lacking.npz": "has no y",
    "negative.npy": "labels below zero",
    "cube.npy": "give a table of numbers",
    "nan.npy": "leave such samples out",
    "cut.csv": "the file may be cut off",
    "no rows.csv": "has no rows",
    "index.csv": "its first column has no name",
    "gap.csv": r"line 1 \(row 1\), column 2 has nothing",
    "thousands.csv": "has '1,234.5': write numbers without separators of thousands",
    "wide.csv": "line 1 has 2 columns, and the lines below have 3",
    "twins.csv": "has the column y 2 times",
    "quoted.csv": "line ",
    "index.parquet": "has an index",
    "both.npz": "contains the labels",
    "twice.csv": "has a column y, and the labels are in",
    "same.csv": "holds the data",
    "column.npy": "or --labels FILE",
    "missing.npy": "does not exist",
    "table.xlsx": "is an Excel workbook",
    "data": "is a folder",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_line_and_loses_nothing(tmp_path: Path, name: str) -> None:
    out = tmp_path / "v.csv"
    out.write_text("precious", encoding="utf-8")
    options = ["recover", *broken(tmp_path, name), "--p-star", "1", "--out", str(out), "--force"]
    err = assert_refused(*options, message="").err
    assert re.search(BROKEN[name], err)
    assert err.splitlines()[-1].startswith("bendscape: ")
    assert len(err.splitlines()) == 1 + (name == "negative.npy")  # which was read, and said so
    assert out.read_text(encoding="utf-8") == "precious"


def as_csv(folder: Path, name: str) -> Path:
    """The data as people write them."""
    path, table = folder / f"{name}.csv", np.round(np.c_[X, Y], 1)
    frame = pd.DataFrame(table)
    match name:
        case "rounded":  # the first line has a number twice, which pandas alone would take for names
            frame.to_csv(path, index=False, header=False)
        case "counted":
            frame.to_csv(path, index=False)
        case "semicolons":
            frame.add_prefix("x").to_csv(path, index=False, sep=";")
        case "tabs":
            frame.to_csv(path, index=False, header=False, sep="\t")
        case "commented":
            np.savetxt(path, table, delimiter=",", header="made by hand")
        case "numbered":
            frame.rename(columns={40: "y"}).to_csv(path, index=False)
        case "spaced":
            names = ", ".join([f"x#{i}" for i in range(40)] + ["y"])
            np.savetxt(path, table, delimiter=",", header=names, comments="")
        case "marked":
            frame.add_prefix("x").to_csv(path, index=False, encoding="utf-8-sig")
    return path


@pytest.mark.parametrize(
    "name", ["rounded", "counted", "semicolons", "tabs", "commented", "marked", "numbered", "spaced"]
)
def test_a_csv_file_has_all_its_rows_and_no_more(tmp_path: Path, name: str) -> None:
    found = read_data(as_csv(tmp_path, name), None, None)
    assert np.array_equal(found.X, np.round(X, 1))
    assert np.array_equal(found.y, np.round(Y, 1))


def test_a_last_line_without_an_end_is_a_warning(tmp_path: Path) -> None:
    path = as_csv(tmp_path, "rounded")
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.warns(DataWarning, match="does not end with a line break"):
        read_data(path, None, None)


def test_output_that_cannot_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.npy").mkdir()
    data = write(tmp_path, "table.npy")
    for out in ("folder.npy", "nowhere/v.npy"):
        options = [*data, "--p-star", "1", "--force", "--out", str(tmp_path / out)]
        code, _, err = bendscape("recover", *options)
        assert (code, err.count("\n")) == (2, 1)
    monkeypatch.setattr(np, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    code, _, err = bendscape("recover", *data, "--p-star", "1", "--steps", "5", "--out", str(tmp_path / "v.npy"))
    assert code == 2
    assert "v.npy cannot be written (No space left on device)" in err


def test_an_interruption_says_that_nothing_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bendscape.estimators.recover.recover", stop)
    options = [*write(tmp_path, "table.npy"), "--p-star", "1", "--out", str(tmp_path / "v.npy")]
    code, _, err = bendscape("recover", *options)
    assert code == 130
    assert err.endswith("\nbendscape: interrupted; nothing was written\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--p-star", "50"], "at most 40 directions"),
        (["--p-star", "1", "--start", "magic"], "start = 'magic'"),
        (["--p-star", "1", "--label-column", "z"], "no names of columns"),
        (["--p-star", "1", "--held-out", "0.9"], "--held-out = 0.9"),
    ],
)
def test_wrong_options_are_one_line(tmp_path: Path, options: list[str], message: str) -> None:
    data = write(tmp_path, "table.npy")
    assert_refused("recover", *data, "--out", str(tmp_path / "v.npy"), *options, message=message)
    assert not (tmp_path / "v.npy").exists()


def test_an_earlier_answer_is_not_replaced_unasked(tmp_path: Path) -> None:
    out = tmp_path / "v.npy"
    out.touch()
    data = write(tmp_path, "table.npy")
    assert_refused("recover", *data, "--p-star", "1", "--out", str(out), message="--force")
    assert out.stat().st_size == 0


def test_too_few_samples_are_a_warning(tmp_path: Path) -> None:
    np.save(tmp_path / "few.npy", np.c_[X, Y][:15])
    options = [str(tmp_path / "few.npy"), "--p-star", "1", "--out", str(tmp_path / "v.npy"), "--steps", "50"]
    code, text, err = bendscape("recover", *options)
    assert code == 0
    assert "alpha = 0.375 samples an input are too few" in err
    assert re.search(r"sufficient\W+no", text)
