"""Fig. 7: the threshold rises with the teacher."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiments.fig7_growing_teacher import EXPERIMENT, Effort

TINY = Effort(curve=40)


def test_wider_teachers_need_more_data() -> None:
    _, claims = assert_experiment(EXPERIMENT, TINY)
    assert {claims[number].verdict for number in ("C10",)} == {"holds"}
