"""``bendscape spectrum``."""

from __future__ import annotations

import pytest

from command_line import document, printed

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]
WIDTHS = ["--p", "2", "--p-star", "1"]


def test_spectrum_json_has_the_stable_keys() -> None:
    found = document("spectrum", *NET, "--alpha", "2.5")
    assert found["unit"] == "H"
    assert {"value", "kind"} <= set(found["left_edge"])
    (outlier,) = found["outliers"]
    assert {"value", "side", "sector", "multiplicity", "overlap2_teacher", "overlap2_student"} <= set(outlier)
    assert outlier["value"] == pytest.approx(-1.013815, abs=5e-7)
    assert (outlier["side"], outlier["sector"], outlier["multiplicity"]) == ("left", "teacher", 2)


def test_spectrum_of_any_network() -> None:
    options = [*WIDTHS, "--activation", "tanh", "--alpha", "6", "--tolerance", "0.05"]
    found = document("spectrum", *options)
    assert found["left_edge"]["value"] == pytest.approx(-1.511, abs=0.02)
    assert found["outliers"][0]["overlap2_teacher"]["value"] == pytest.approx(0.198, abs=0.02)
    assert "difference" in printed("spectrum", *options)


def test_an_edge_that_is_not_there_comes_with_its_reason() -> None:
    assert "unbounded" in printed("spectrum", *WIDTHS, "--loss", "squared", "--alpha", "3", "--tolerance", "0.1")
