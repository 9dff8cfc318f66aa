"""``bendscape overlap``."""

from __future__ import annotations

from typing import Any

import numpy as np

import bendscape as bs
from command_line import document, printed

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]
WIDTHS = ["--p", "2", "--p-star", "1"]
TANH = ["--p", "1", "--p-star", "1", "--activation", "tanh", "--tolerance", "0.1"]


def variable(data: Any, name: str) -> np.ndarray:
    return np.array(data["data_vars"][name]["data"], dtype=float)


def test_overlap_is_that_of_the_library() -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    found = document("overlap", *NET, "--alpha", "1:3:3")
    np.testing.assert_array_equal(variable(found, "overlap2"), bs.overlap(net, alpha=[1.0, 2.0, 3.0]).overlap2)
    found = document("overlap", *NET, "--alpha", "2", "--students", "3")
    expected = bs.overlap(bs.HessianMethod(net, 3), alpha=2.0)
    for name in ("overlap2", "overlap2_each"):
        np.testing.assert_array_equal(variable(found, name), expected[name])
    shown = printed("overlap", *TANH, "--alpha", "6")
    assert "m^2" in shown
    assert "+-" in shown
