"""The picture: the data of each alpha follow one another in one stream."""

from __future__ import annotations

import numpy as np
from alone import assert_experiment

from bendscape.reproduction.experiments.b10_picture import ALPHA, EXPERIMENT, Effort, projections

TINY = Effort(side=8, steps=100)


def test_projections_come_from_one_stream() -> None:
    rng = np.random.default_rng((3, 10))
    for which, alpha in enumerate(ALPHA):
        assert np.array_equal(projections(64, which, 3), rng.standard_normal((round(alpha * 64), 64)))


def test_every_start_is_shown() -> None:
    assert_experiment(EXPERIMENT, TINY)
