"""Fig. 6 has no claim of its own."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiments.fig6_two_teachers import EXPERIMENT, Effort

TINY = Effort(curve=40)


def test_the_figure_is_drawn() -> None:
    assert_experiment(EXPERIMENT, TINY)
