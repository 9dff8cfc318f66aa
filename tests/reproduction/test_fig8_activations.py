"""Fig. 8: limits and samples of networks that are not the paper's."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments.fig8_activations import EXPERIMENT
from bendscape.reproduction.general_overlaps import Effort

TINY = Effort(simulations=(Samples(20, 4), Samples(40, 4)), averaged=2**8, curve=4)


def test_limits_and_samples_have_verdicts() -> None:
    assert_experiment(EXPERIMENT, TINY)
