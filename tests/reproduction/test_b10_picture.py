"""The picture: the data of each alpha follow one another in one stream, and every method is shown."""

from __future__ import annotations

import numpy as np
from alone import assert_experiment

from bendscape.reproduction.experiments.b10_picture import ALPHA, EXPERIMENT, FEW, MESSAGES, STARTS, Effort, projections

TINY = Effort(side=8, steps=100)


def test_projections_come_from_one_stream_in_which_the_first_six_were_first() -> None:
    assert ALPHA[:6] == (0.4, 1.0, 1.5, 2.0, 3.0, 4.0)
    rng = np.random.default_rng((3, 10))
    for which, alpha in enumerate(ALPHA):
        assert np.array_equal(projections(64, which, 3), rng.standard_normal((round(alpha * 64), 64)))


def test_every_start_is_shown() -> None:
    data, claims = assert_experiment(EXPERIMENT, TINY)
    table = data["pictures"]
    assert MESSAGES not in STARTS
    assert table.alpha.values.tolist() == sorted(ALPHA)
    recovered = {"message_passing": np.ones(7), "overlap2": 0.3 * table.overlap2}
    better = table.assign(message_passing=("alpha", recovered["message_passing"]), overlap2=recovered["overlap2"])
    judged = {claim.id: claim for claim in EXPERIMENT.judge({"pictures": better}, TINY)}
    assert judged["B12"].verdict == "holds"
    worse = table.assign(message_passing=table.overlap2.sel(start="random", refined=True))
    assert {claim.id: claim for claim in EXPERIMENT.judge({"pictures": worse}, TINY)}["B12"].verdict == "fails"
    assert f"alpha = {FEW:g}" in claims["B12"].statement
