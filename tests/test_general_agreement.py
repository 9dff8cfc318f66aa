"""General networks at three sizes, extrapolated: a small version here, twelve networks in the long one."""

from __future__ import annotations

import numpy as np
import pytest

import bendscape as bs
from general_agreement import NETWORKS, compared

QUICK = bs.Averaging(tolerance=3e-3, points=2**12, most=2**14)


@pytest.mark.parametrize("name", ["cosine", "tanh"])
def test_two_networks_at_three_small_sizes(name: str) -> None:
    table = compared(name, {60: 120, 120: 60, 240: 30}, QUICK)
    assert np.all(np.abs(table.deviation) < 4)


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_twelve_networks_at_three_sizes(name: str) -> None:
    table = compared(name)
    assert np.all(np.abs(table.deviation) < 4)
