"""The Tracy-Widom prediction counts eigenvalues next to the edge as the spectrum itself does."""

from __future__ import annotations

import math

import pytest
from alone import assert_experiment

import bendscape as bs
from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments.c8_shifts import EXPERIMENT, Effort, tracy_widom_amplitude


@pytest.mark.parametrize(("p", "a", "alpha"), [(1, 0.5, 0.8), (2, 0.7, 2.5), (3, 0.3, 1.0)])
def test_the_scale_of_the_edge_is_that_of_the_mass_next_to_it(p: int, a: float, alpha: float) -> None:
    net = bs.QuadraticNetwork(p, 1, a)
    spectrum = bs.spectrum(net, alpha=alpha)
    distance = 1e-3 * abs(spectrum.left_edge.value)
    xi = 1.2065335745 * distance / tracy_widom_amplitude(net, alpha)  # at N = 1
    count = p * spectrum.mass(spectrum.left_edge.value, spectrum.left_edge.value + distance)
    assert count == pytest.approx(2 / (3 * math.pi) * xi**1.5, rel=0.02)


def test_the_smallest_eigenvalues_have_verdicts() -> None:
    assert_experiment(EXPERIMENT, Effort((Samples(20, 6), Samples(40, 6), Samples(60, 6))))
