"""General networks at three sizes, extrapolated: a small version here, twelve networks in the long one."""

from __future__ import annotations

import numpy as np
import pytest

import bendscape as bs
from general_agreement import NETWORKS, compared

WIDTHS = ((1, 1), (2, 1), (1, 2), (2, 2), (3, 1))
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


def random_points(number: int, seed: int) -> np.ndarray:
    """Deviations of thresholds, edges and overlaps of random networks from the closed theory, shape (n, 3)."""
    rng, few = np.random.default_rng(seed), bs.Averaging(tolerance=1.0, points=2**12, most=2**12)
    rows = []
    for _ in range(number):
        p, p_star = WIDTHS[rng.integers(len(WIDTHS))]
        exact = bs.QuadraticNetwork(p, p_star, float(np.exp(rng.uniform(np.log(0.3), np.log(3.0)))))
        net, onset = bs.Network.of_quadratic(exact), bs.threshold(exact)
        alpha = float(onset.alpha * rng.uniform(1.5, 4.0))
        found, known = bs.threshold(net, side="left", averaging=few), bs.spectrum(exact, alpha=alpha)
        there = bs.spectrum(net, alpha=alpha, averaging=few)
        overlap2 = there.outliers[0].overlap2_teacher
        # rounding and the search for the edge cost up to 1e-5, also where replicates agree better
        rows.append(
            [
                (found.alpha - onset.alpha) / np.hypot(found.error, 1e-5 * onset.alpha),
                (there.left_edge.value - known.left_edge.value) / np.hypot(there.left_edge.error, 1e-5),
                (overlap2.value - known.outliers[0].overlap2_teacher) / np.hypot(overlap2.error, 1e-5),
            ]
        )
    return np.array(rows)


def test_random_quadratic_networks_come_out_of_the_general_engine() -> None:
    assert np.abs(random_points(2, 0)).max() < 6


@pytest.mark.long
def test_fifty_random_quadratic_networks_come_out_of_the_general_engine() -> None:
    """Errors are from eight replicates: Student's law, of which one in a thousand is above 5.4."""
    deviations = random_points(50, 1)
    assert np.abs(deviations).max() < 8
    assert np.mean(np.abs(deviations) < 2.4) > 0.85  # 95 % for Student's law
