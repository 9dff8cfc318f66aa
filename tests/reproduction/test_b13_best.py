"""Message passing beside state evolution: steps that leave it, and middles that tend to another place."""

from __future__ import annotations

import numpy as np
import pytest
from alone import assert_experiment

from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments.b13_best import EXPERIMENT, Effort, alphas, extrapolated, perfect

TINY = Effort(
    steps=Samples(300, 8),
    starts=Samples(30, 2),
    shares={1: (Samples(30, 4), Samples(60, 4)), 2: (Samples(30, 2), Samples(60, 2))},
)


def test_samples_follow_state_evolution_and_other_numbers_do_not() -> None:
    data, claims = assert_experiment(EXPERIMENT, TINY)
    assert claims["B13a"].verdict == "holds"
    steps = data["steps_1"]
    other = dict(data) | {"steps_1": steps.assign(evolved=steps.evolved + 6 * steps.stderr)}
    assert {claim.id: claim for claim in EXPERIMENT.judge(other, TINY)}["B13a"].verdict == "fails"
    far = data["shares"].assign(
        middle=2.0 * perfect(1) + 0 * data["shares"].middle, middle_stderr=0.001 + 0 * data["shares"].middle_stderr
    )
    judged = {claim.id: claim for claim in EXPERIMENT.judge(dict(data) | {"shares": far}, TINY)}
    assert judged["B13b"].verdict == "fails"


def test_points_close_in_on_the_threshold() -> None:
    assert perfect(1) == pytest.approx(1.12847, abs=1e-5)
    assert perfect(2) == pytest.approx(2.02671, abs=2e-5)
    wide, narrow = (np.ptp(alphas(1, N)) for N in (200, 1600))
    assert narrow == pytest.approx(wide / 4, rel=0.01)


@pytest.mark.parametrize("power", [0.5, 0.7, 1.0])
def test_powers_between_the_lines_are_within_their_distance(power: float) -> None:
    N = np.array([200.0, 400.0, 800.0, 1600.0])
    place, error, shape = extrapolated(N, 1.1 + 2.0 * N**-power, np.full(4, 0.001))
    assert abs(place - 1.1) < shape + error
    assert shape > 0.001
