"""``bendscape compare-starts``, and its former name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from command_line import assert_refused, bendscape, document, printed


def test_every_start_is_printed_and_a_store_continues(tmp_path: Path) -> None:
    options = ["--p", "2", "--p-star", "1", "--a", "1", "--alpha", "1,4", "--N", "40", "--samples", "3"]
    options += ["--steps", "150", "--store", str(tmp_path / "kept")]
    text = printed("compare-starts", *options, "--plot", str(tmp_path / "c.png"))
    assert all(name in text for name in ("random", "Hessian", "averaged", "optimal", "alpha_BBP"))
    assert (tmp_path / "c.png").stat().st_size > 10_000
    size = (tmp_path / "kept").stat().st_size
    record = document("compare-starts", *options)
    assert (tmp_path / "kept").stat().st_size == size
    refined = np.array(record["data_vars"]["overlap2"]["data"])[:, 1, 1]
    assert refined.min() > 0.3
    assert record["attrs"]["limit"] == 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--p", "inf"], "p = inf"),
        (["--alpha", "0,1"], "alpha = 0"),
        (["--level", "2"], "level = 2"),
        (["--samples", "0"], "samples = 0"),
    ],
)
def test_bad_options_are_one_line(options: list[str], message: str) -> None:
    given = ["--p", "1", "--p-star", "1", "--a", "1", "--alpha", "1", "--N", "30", *options]
    assert assert_refused("compare-starts", *given, message=message).err.count("\n") == 1


def test_the_former_name_prints_the_same_numbers_and_names_the_new_one() -> None:
    options = ["--p", "1", "--p-star", "1", "--a", "1", "--alpha", "2", "--N", "20", "--samples", "2", "--steps", "5"]
    former, new = bendscape("compare", *options, "--json"), bendscape("compare-starts", *options, "--json")
    assert (former.code, former.out) == (new.code, new.out) == (0, new.out)
    assert former.err.startswith("bendscape: the command compare is now called compare-starts\n")
    assert "is now called" not in new.err
    assert " compare " not in printed("--help")
