"""The Tracy-Widom prediction counts eigenvalues next to the edge as the spectrum itself does."""

from __future__ import annotations

import math

import pytest

import bendscape as bs
from bendscape.claims.shifts import _tracy_widom


@pytest.mark.parametrize(("p", "a", "alpha"), [(1, 0.5, 0.8), (2, 0.7, 2.5), (3, 0.3, 1.0)])
def test_the_scale_of_the_edge_is_that_of_the_mass_next_to_it(p: int, a: float, alpha: float) -> None:
    net = bs.QuadraticNetwork(p, 1, a)
    found = bs.spectrum(net, alpha=alpha)
    distance = 1e-3 * abs(found.left_edge.value)
    xi = 1.2065335745 * distance / _tracy_widom(net, alpha)  # at N = 1
    count = p * found.mass(found.left_edge.value, found.left_edge.value + distance)
    assert count == pytest.approx(2 / (3 * math.pi) * xi**1.5, rel=0.02)
