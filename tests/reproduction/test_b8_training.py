"""The Hessian along training."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments.b8_training import EXPERIMENT, Effort

TINY = Effort(Samples(60, 3))


def test_runs_have_verdicts() -> None:
    assert_experiment(EXPERIMENT, TINY)
