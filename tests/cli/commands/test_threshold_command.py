"""``bendscape threshold``."""

from __future__ import annotations

import pytest

import bendscape as bs
from command_line import document, printed

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]


def test_threshold_json_has_the_stable_keys() -> None:
    found = document("threshold", *NET)
    keys = {"p", "p_star", "a", "alpha", "kind", "edge", "overlap2_jump", "alpha_smooth", "alpha_0_tangent"}
    assert keys <= set(found)
    assert found["alpha"] == bs.threshold(bs.QuadraticNetwork(2, 1, 0.7)).alpha
    assert found["kind"] == "continuous"
    assert found["alpha_0_window"]["window"] == pytest.approx([found["alpha"], 1.2 * found["alpha"]])


def test_threshold_of_any_network() -> None:
    options = ["--loss", "normalised:a=0.7", "--mean", "1", "--tolerance", "0.01"]  # with a mean, averages are sampled
    found = document("threshold", "--p", "1", "--p-star", "1", *options)
    assert found["alpha"] == pytest.approx(1.243388, abs=5 * found["error"] + 1e-4)
    assert (found["kind"], found["side"], found["unit"], found["seed"]) == ("continuous", "left", "H", 0)
    assert "replicates of" in printed("threshold", "--p", "1", "--p-star", "1", *options)


def test_tables_name_what_they_show() -> None:
    assert "0.9270552967" in printed("threshold", *NET)
    shown = printed("spectrum", *NET, "--alpha", "0.5")
    assert "smooth" in shown
    assert "A share 0.5" in " ".join(shown.split())
    assert "outlier" in printed("phase-diagram", "--p", "1,2", "--p-star", "1", "--a", "1", "--alpha", "1.5")
