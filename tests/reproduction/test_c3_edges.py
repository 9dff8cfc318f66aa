"""Both laws of the edge, and the kinds on both sides of the critical constant."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiments.c3_edges import EXPERIMENT, Effort

TINY = Effort(curve=40)


def test_the_edges_obey_their_laws() -> None:
    _, claims = assert_experiment(EXPERIMENT, TINY)
    assert {claims[number].verdict for number in ("C3a", "C3b", "C3c")} == {"holds"}
