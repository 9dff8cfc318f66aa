"""Figs. 2 and 6: every claim of theory holds but C5b; the inset of two teacher neurons is that of Fig. 6."""

from __future__ import annotations

from alone import assert_experiment, computed

from bendscape.reproduction.experiments import fig2_thresholds, fig6_two_teachers


def test_only_the_statement_for_every_width_fails() -> None:
    two = computed(fig6_two_teachers.EXPERIMENT, fig6_two_teachers.Effort(curve=40))
    tiny = fig2_thresholds.Effort(curve=40, networks=4)
    _, claims = assert_experiment(fig2_thresholds.EXPERIMENT, tiny, {"fig6": two})
    # the minimum over a leaves a_c at large width
    assert {number for number, claim in claims.items() if claim.verdict == "fails"} == {"C5b"}
