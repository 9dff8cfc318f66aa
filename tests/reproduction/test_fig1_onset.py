"""Fig. 1: the jump is that of the closed form, and samples have a verdict."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments.fig1_onset import EXPERIMENT, Effort

TINY = Effort(simulations=(Samples(20, 3), Samples(30, 3)), curve=40)


def test_the_overlap_grows_or_jumps_as_theory_says() -> None:
    _, claims = assert_experiment(EXPERIMENT, TINY)
    assert {claims[number].verdict for number in ("C4a", "C4b")} == {"holds"}
