"""Tables in files, as people and programs write them: read correctly, or refused; never other numbers."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bendscape.cli.tables import ANY, Data, Dialect, dialect, read_data
from bendscape.errors import BendscapeError, DataWarning, InvalidParameterError

rng = np.random.default_rng(1)
N, M = 20, 60
X = rng.standard_normal((M, N))
Y = (X @ rng.standard_normal(N)) ** 2
TABLE = np.c_[X, Y]
NAMES = [f"x{i}" for i in range(N)] + ["y"]
BAD = repr(float(TABLE[6, 4]))  # a cell of line 7, column 5


def rows(mark: str = ",", end: str = "\n") -> str:
    return "".join(mark.join(repr(float(x)) for x in row) + end for row in TABLE)


def head(mark: str = ",") -> str:
    return mark.join(NAMES) + "\n"


def frame(**options: Any) -> str:
    """As pandas writes it."""
    columns = options.pop("columns", NAMES)
    return str(pd.DataFrame(TABLE, columns=columns).to_csv(**{"index": False} | options))


def savetxt(**options: Any) -> str:
    text = io.StringIO()
    np.savetxt(text, TABLE, **options)
    return text.getvalue()


def whole(found: Data) -> np.ndarray[Any, Any]:
    """The table again, labels where they were."""
    return np.insert(found.X, found.about["label_position"] - 1, found.y, axis=1)


def read(folder: Path, content: str | bytes, wanted: Dialect = ANY, **options: Any) -> Data:
    path = folder / options.pop("name", "data.csv")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return read_data(path, options.get("labels"), options.get("column"), wanted)


def attempt(folder: Path, content: str | bytes) -> Data | str:
    """What is read, or the message."""
    try:
        return read(folder, content)
    except BendscapeError as error:
        return str(error)


BARS = "".join("|" + line + "|\n" for line in rows("|").splitlines())
# file: separator, decimal mark, line of the heading, other lines that were left out
DECIDED: dict[str, tuple[str | bytes, str, str, int | None, int]] = {
    "savetxt": (savetxt(), " ", ".", None, 0),
    "savetxt, commas, header": (savetxt(delimiter=",", header=head().strip()), ",", ".", 1, 0),
    "savetxt, header in words": (savetxt(header="made by hand\n" + head(" ").strip()), " ", ".", 2, 1),
    "pandas": (frame(), ",", ".", 1, 0),
    "pandas, no names": (frame(columns=None), ",", ".", 1, 0),
    "pandas, whole numbers above": (frame(columns=list(range(400, 421))), ",", ".", 1, 0),
    "pandas, steps of five": (frame(columns=list(range(400, 505, 5))), ",", ".", 1, 0),
    "pandas, whole numbers in any order": (frame(columns=list(rng.permutation(21) * 7)), ",", ".", 1, 0),
    "pandas, numbers and y": (frame(columns=[*range(20), "y"]), ",", ".", 1, 0),
    "pandas, quotes": (frame(quoting=csv.QUOTE_ALL), ",", ".", 1, 0),
    "pandas, quotes and decimal commas": (frame(quoting=csv.QUOTE_ALL, decimal=","), ",", ",", 1, 0),
    "names with blanks": (frame(columns=[f"x {i}" for i in range(21)], sep=" "), " ", ".", 1, 0),
    "blanks": (rows("   "), " ", ".", None, 0),
    "blanks, names with commas": (", ".join(NAMES) + "\n" + rows(" "), " ", ".", 1, 0),
    "tabs": (rows("\t"), "\t", ".", None, 0),
    "bars": (rows(" | "), "|", ".", None, 0),
    "bars around": ("|" + head("|").strip() + "|\n" + "|---" * 21 + "|\n" + BARS, "|", ".", 1, 1),
    "semicolons": (head(";") + rows(";"), ";", ".", 1, 0),
    "a comma at the end": (rows(end=",\n"), ",", ".", None, 0),
    "a comma at the end, also of the heading": (head().strip() + ",\n" + rows(end=",\n"), ",", ".", 1, 0),
    "decimal commas": (rows(";").replace(".", ","), ";", ",", None, 0),
    "decimal commas, tabs": (rows("\t").replace(".", ","), "\t", ",", None, 0),
    "decimal commas, blanks": (rows(" ").replace(".", ","), " ", ",", None, 0),
    "a title": ("Measured on 3 May, hot\n\n" + head() + rows(), ",", ".", 3, 1),
    "a title of a spreadsheet": ("My title" + "," * 20 + "\n" + head() + rows(), ",", ".", 2, 1),
    "for a spreadsheet": ("sep=;\n" + head(";") + rows(";"), ";", ".", 2, 1),
    "units": (head() + ",".join(["mm"] * 21) + "\n" + rows(), ",", ".", 1, 1),
    "comments": ("# a\n% b\n" + head() + rows(), ",", ".", 3, 2),
    "empty lines below": (rows() + "\n" + "," * 20 + "\n\n# end\n", ",", ".", None, 2),
    "line ends of Windows": (rows(end="\r\n"), ",", ".", None, 0),
    "line ends of old": (rows(end="\r"), ",", ".", None, 0),
    "UTF-8 with a mark": (frame().encode("utf-8-sig"), ",", ".", 1, 0),
    "UTF-16": (frame().encode("utf-16"), ",", ".", 1, 0),
    "Latin-1": (frame(columns=[f"é{i}" for i in range(21)]).encode("latin-1"), ",", ".", 1, 0),
    "gz": (gzip.compress(rows().encode()), ",", ".", None, 0),
    "bz2": (bz2.compress(rows().encode()), ",", ".", None, 0),
    "xz": (lzma.compress(rows().encode()), ",", ".", None, 0),
}


@pytest.mark.parametrize("name", DECIDED)
def test_a_text_is_read_as_it_was_meant_and_says_how(tmp_path: Path, name: str) -> None:
    content, separator, decimal, heading, left_out = DECIDED[name]
    found = read(tmp_path, content)
    assert np.array_equal(whole(found), TABLE)
    about = found.about
    assert (about["separator"], about["decimal"], about["header_line"]) == (separator, decimal, heading)
    assert (about["lines_left_out"], about["rows"], about["columns"]) == (left_out, M, N + 1)
    assert "labels in column 21 of 21" in found.line
    assert ("heading in line" in found.line) == (heading is not None)


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a heading of decimals": (frame(columns=np.linspace(0, 1, 21).tolist()), "--header or --no-header"),
    "decimals in any order": (
        frame(columns=rng.permutation(np.linspace(0, 1, 21)).tolist()),
        "--header or --no-header",
    ),
    "whole numbers all over": (
        "\n".join(",".join(map(str, range(5 * i, 5 * i + 5))) for i in range(9)) + "\n",
        "--head",
    ),
    "an index": (frame(index=True), "first column has no name"),
    "an index without names": (frame(index=True, header=False), "first column counts the rows"),
    "names of rows": ("".join(f'"{i}" {row}\n' for i, row in enumerate(rows(" ").splitlines(), 1)), "counts the rows"),
    "a name less": ("a,b,c\n" + rows(), "line 1 has 3 columns, and the lines below have 21"),
    "the last column empty": (
        head() + "".join(row.rsplit(",", 1)[0] + ",\n" for row in rows().splitlines()),
        "the lines below have 20",
    ),
    "a row less long at the top": ("1 2\n" + rows(" "), "line 1 has 2 columns, and the lines below have 21"),
    "a row less long below names": (head(" ") + "1 2\n" + rows(" "), "line 2 has 2 columns"),
    "an index between blanks": ('"" 0 1\n0 0.0 0.0\n1 0.0 0.0\n', "first column has no name|line 1 has 2 columns"),
    "two ways": ("1,5\n2,6\n", "separator comma or with separator blanks and decimal commas"),
    "thousands or decimals": ("1,234;5,678\n2,345;3,456\n", "comma may be a decimal mark or separate thousands"),
    "thousands": ('"1,234.5","2"\n"2,345.5","3"\n', "separators of thousands"),
    "two separators": (rows(";").split("\n")[0] + "\n" + rows(), "line 1 has 21 numbers with another separator"),
    "no number at all": ("1.5D+00,2.5D+00\n3.5D-01,1D2\n", r"no row of numbers: line 2 has '3.5D-01'.*as 1.5"),
    "a word": (rows().replace(BAD, "oops"), r"line 7 \(row 7\), column 5 has 'oops', which is no number"),
    "a word in the first row": (rows().replace(repr(float(TABLE[0, 0])), "oops"), "line 1 has words and numbers"),
    "a column of dates": (
        "".join("2024-01-01," + row + "\n" for row in rows().splitlines()),
        "'2024-01-01', which is no",
    ),
    "nothing": (head() + rows().replace(BAD, ""), r"line 8 \(row 7\), column 5 \(x4\) has nothing"),
    "NA": (rows().replace(BAD, "NA"), "column 5 has 'NA': leave such samples out"),
    "infinite": (rows().replace(BAD, "inf"), "column 5 has 'inf'"),
    "beyond": (rows().replace(BAD, "1e400"), "'1e400', beyond double precision"),
    "complex": (rows().replace(BAD, "1+2j"), "complex number"),
    "true": (rows().replace(BAD, "True"), "'True'"),
    "hexadecimal": (rows().replace(BAD, "0x10"), "'0x10'"),
    "underscores": (rows().replace(BAD, "1_000"), "'1_000'"),
    "other digits": (rows().replace(BAD, "\u0663"), "column 5"),
    "a tab missing": (rows("\t").replace(BAD, ""), "column 5 has nothing"),
    "a column of nothing": (
        "".join("\t".join(["1", "", *row.split(",")[2:]]) + "\n" for row in rows().splitlines()),
        "nothing",
    ),
    "a cell less": (rows().replace(BAD + ",", ""), "line 7 has 20 columns"),
    "a note below": (rows() + "made by hand\n", "line 61 has 1 columns"),
    "no rows": (head(), "no line of numbers|no rows"),
    "nothing at all": (b"", "empty"),
    "blank lines": (b"\n \n\n", "empty"),
    "bytes": (bytes(range(256)), "no text"),
    "UTF-16 without a mark": (rows().encode("utf-16-le"), "--encoding utf-16-le"),
    "one column": ("1.5\n2.5\n3.5\n", "--labels FILE"),
    "JSON": ("[[1, 2], [3, 4]]", "is JSON"),
    "a page": ("<table></table>", "HTML"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", "HDF5"),
    "labels twice": (frame(columns=["label", *NAMES[1:]]), "name one with --label-column"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_text_that_is_no_table_or_more_than_one_is_refused(tmp_path: Path, name: str) -> None:
    content, message = REFUSED[name]
    with pytest.raises(InvalidParameterError, match=message):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "wanted", "expected"),
    [
        (frame(columns=np.linspace(0, 1, 21).tolist()), Dialect(header=True), TABLE),
        (rows(), Dialect(header=True), TABLE[1:]),
        (frame(columns=list(range(21))), Dialect(header=False), np.vstack([np.arange(21), TABLE])),
        ("1,5\n2,6\n", Dialect(separator=","), [[1, 5], [2, 6]]),
        ("1,234;5,678\n2,345;3,456\n", Dialect(decimal=","), [[1.234, 5.678], [2.345, 3.456]]),
        (rows().encode("utf-16-le"), Dialect(encoding="utf-16-le"), TABLE),
        (rows(":"), Dialect(separator=":"), TABLE),
    ],
)
def test_options_overrule(tmp_path: Path, content: str, wanted: Dialect, expected: Any) -> None:
    assert np.array_equal(whole(read(tmp_path, content, wanted)), expected)


@pytest.mark.parametrize("wanted", [Dialect(encoding="utf-9"), Dialect(encoding=""), Dialect(encoding="hex")])
def test_unknown_encodings_are_named(tmp_path: Path, wanted: Dialect) -> None:
    with pytest.raises(InvalidParameterError, match="encoding = "):
        read(tmp_path, rows(), wanted)


@pytest.mark.parametrize("mark", ["", "ab", "1", ".", "e", "-", "\n", '"', "\u00e9"])
def test_a_separator_is_one_mark(mark: str) -> None:
    with pytest.raises(InvalidParameterError, match="separator = "):
        dialect(None, mark, None, None)
    assert [dialect(None, name, None, None).separator for name in ("Tab", "\\t", "blanks", "bar")] == [
        "\t",
        "\t",
        " ",
        "|",
    ]


@pytest.mark.parametrize(
    ("content", "column", "position"),
    [
        (frame(), None, 21),
        (frame(columns=["Label", *NAMES[:-1]]), None, 1),
        (frame(), "x3", 4),
        (frame(), "3", 3),
        (frame(columns=list(range(400, 421))), "401", 2),
        (rows(), "2", 2),
        ("# y " + " ".join(NAMES[:-1]) + "\n" + rows(" "), None, 1),
    ],
)
def test_the_label_column_is_named_or_numbered(tmp_path: Path, content: str, column: str | None, position: int) -> None:
    found = read(tmp_path, content, column=column)
    assert found.about["label_position"] == position
    assert np.array_equal(found.y, TABLE[:, position - 1])


@pytest.mark.parametrize("column", ["z", "0", "22", "-1", "", "1.5", "x33"])
def test_other_columns_are_refused_with_those_there_are(tmp_path: Path, column: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"the columns x0, x1, x2, \.\.\., y.*a number from 1 to 21"):
        read(tmp_path, frame(), column=column)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zip"])
def test_packed_arrays_are_read(tmp_path: Path, ending: str) -> None:
    content = io.BytesIO()
    np.save(content, TABLE)
    raw = content.getvalue()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("table.npy", raw)
    pack: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    found = read(tmp_path, packed.getvalue() if ending == ".zip" else pack[ending](raw), name=f"data.npy{ending}")
    assert np.array_equal(whole(found), TABLE)


def test_what_a_file_is_its_bytes_say(tmp_path: Path) -> None:
    pd.DataFrame(TABLE, columns=NAMES).to_feather(tmp_path / "a.csv")
    pd.DataFrame(TABLE, columns=NAMES).to_parquet(tmp_path / "b.dat")
    np.save(tmp_path / "c.npy", TABLE)
    (tmp_path / "c.npy").rename(tmp_path / "c")
    for name, kind in (("a.csv", "feather"), ("b.dat", "parquet"), ("c", "npy")):
        found = read_data(tmp_path / name, None, None)
        assert found.about["format"] == kind
        assert np.array_equal(whole(found), TABLE)
        with pytest.raises(InvalidParameterError, match="is not text; leave the option out"):
            read_data(tmp_path / name, None, None, Dialect(separator=","))


@pytest.mark.parametrize("labels", ["y\n", "0\n", "", "# y\n"])
def test_labels_of_their_own(tmp_path: Path, labels: str) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(labels + "\n".join(repr(float(y)) for y in Y) + "\n")
    found = read(tmp_path, "".join(",".join(repr(float(x)) for x in row) + "\n" for row in X), labels=path)
    assert np.array_equal(found.y, Y)
    assert np.array_equal(found.X, X)
    path.write_text("\n".join(repr(float(y)) for y in Y[1:]) + "\n")
    with pytest.raises(InvalidParameterError, match=r"59 labels, and .* has 60 rows"):
        read(tmp_path, "".join(",".join(repr(float(x)) for x in row) + "\n" for row in X), labels=path)


def test_row_numbers_and_marks_for_missing_values_are_a_warning(tmp_path: Path) -> None:
    named = tmp_path / "named.csv"
    named.write_text(frame(index=True, index_label="id"))
    with pytest.warns(DataWarning, match=r"first column \(id\) counts the rows"):
        read_data(named, None, None)
    odd = tmp_path / "odd.csv"
    odd.write_text(frame().replace(BAD, "-999"))
    with pytest.warns(DataWarning, match="row 7 has -999 in the column x4"):
        read_data(odd, None, None)


def test_folders_devices_and_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path, "is a folder"),
        (tmp_path / "no", "does not exist"),
        (tmp_path / "pipe", "named pipe"),
    ):
        with pytest.raises(InvalidParameterError, match=message):
            read_data(path, None, None)


NUMBERS = arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(2, 9)),
    elements=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9).map(float),
)
WRITERS: dict[str, Callable[[Any, str], str]] = {
    "repr": lambda table, mark: "".join(mark.join(map(repr, row)) + "\n" for row in table.tolist()),
    "short": lambda table, mark: "".join(mark.join(f"{x:g}" for x in row) + "\n" for row in table.tolist()),
    "pandas": lambda table, mark: str(pd.DataFrame(table).to_csv(sep=mark, index=False)),
    "named": lambda table, mark: str(pd.DataFrame(table).add_prefix("x").to_csv(sep=mark, index=False)),
    "bare": lambda table, mark: str(pd.DataFrame(table).to_csv(sep=mark, index=False, header=False)),
    "commas": lambda table, mark: str(pd.DataFrame(table).to_csv(sep=mark, index=False, header=False, decimal=",")),
    "quoted": lambda table, mark: str(pd.DataFrame(table).to_csv(sep=mark, index=False, quoting=csv.QUOTE_ALL)),
    "index": lambda table, mark: str(pd.DataFrame(table).to_csv(sep=mark)),
    "offset": lambda table, mark: str(
        pd.DataFrame(table, columns=range(400, 400 + table.shape[1])).to_csv(sep=mark, index=False)
    ),
}


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=NUMBERS, writer=st.sampled_from(sorted(WRITERS)), mark=st.sampled_from([",", ";", "\t", "|", " "]))
def test_what_was_written_is_read_back_or_refused(tmp_path: Path, table: Any, writer: str, mark: str) -> None:
    expected = np.array([[float(f"{x:g}") for x in row] for row in table]) if writer == "short" else table
    found = attempt(tmp_path, WRITERS[writer](table, mark))
    assert isinstance(found, str) or np.array_equal(whole(found), expected)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6), writer=st.sampled_from(sorted(set(WRITERS) - {"index"})), mark=st.sampled_from(";\t|, ")
)
def test_measured_numbers_are_not_refused(tmp_path: Path, seed: int, writer: str, mark: str) -> None:
    """Gaussian inputs of seven columns or more, rounded or not, in every dialect that can be told."""
    draw = np.random.default_rng(seed)
    table = draw.standard_normal((30, 12))
    if mark == "," and writer == "commas":
        return
    expected = np.array([[float(f"{x:g}") for x in row] for row in table]) if writer == "short" else table
    assert np.array_equal(whole(read(tmp_path, WRITERS[writer](table, mark))), expected)


ODD = [
    "",
    ",",
    ";",
    "\t",
    " ",
    "|",
    "\n",
    "\r\n",
    '"',
    "'",
    "#",
    "%",
    "y",
    "x0",
    "1",
    "-2.5",
    "1e5",
    "1,5",
    "1.234",
    "nan",
]
ODD += [
    "NA",
    "inf",
    "-",
    "---",
    "\x00",
    "\ufeff",
    "\u00e9",
    "1_0",
    "0x1",
    "1j",
    "True",
    "2024-01-01",
    "sep=;",
    "a b",
    "\x0c",
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(ODD), max_size=40), encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le"]))
def test_any_text_is_a_table_of_finite_numbers_or_one_clear_error(
    tmp_path: Path, pieces: list[str], encoding: str
) -> None:
    found = attempt(tmp_path, "".join(pieces).encode(encoding))
    if isinstance(found, str):
        assert "data.csv" in found
        assert "\n" not in found
    else:
        assert np.isfinite(found.X).all()
        assert np.isfinite(found.y).all()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_files_of_every_kind_are_one_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    """Cut off, or with bytes changed: what is read nevertheless is a table of finite numbers."""
    whole_file = SOUND[data.draw(st.sampled_from(sorted(SOUND)))]
    raw = bytearray(whole_file)
    for _ in range(data.draw(st.integers(0, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    found = attempt(tmp_path, bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    assert "data.csv" in found if isinstance(found, str) else np.isfinite(found.X).all()


def _sound() -> dict[str, bytes]:
    small = TABLE[:5, -4:]
    npy, npz, parquet = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, small)
    np.savez(npz, X=small[:, :3], y=small[:, 3])
    pd.DataFrame(small, columns=list("abcy")).to_parquet(parquet)
    text = pd.DataFrame(small, columns=list("abcy")).to_csv(index=False).encode()
    files = {"npy": npy.getvalue(), "npz": npz.getvalue(), "parquet": parquet.getvalue(), "text": text}
    return files | {"gz": gzip.compress(text), "xz": lzma.compress(text), "bz2": bz2.compress(text)}


SOUND = _sound()
