"""Noise and covariance: closed averages against sampled ones."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments.b5_disturbances import EXPERIMENT, Effort

TINY = Effort(simulations=(Samples(20, 4), Samples(40, 4)), averaged=2**8, curve=4, noises=9)


def test_limits_and_samples_have_verdicts() -> None:
    assert_experiment(EXPERIMENT, TINY)
