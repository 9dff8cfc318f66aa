"""Starts beside their limits."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments.c13_methods import EXPERIMENT, Effort

TINY = Effort(simulations=(Samples(20, 4), Samples(40, 4)), networks=20)


def test_the_optimal_method_begins_at_the_limit() -> None:
    _, claims = assert_experiment(EXPERIMENT, TINY)
    assert {claims[number].verdict for number in ("C13c",)} == {"holds"}
