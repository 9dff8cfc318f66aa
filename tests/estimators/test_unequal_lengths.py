"""Vectors of unequal lengths: what `recover` predicts for them once they are recovered."""

from __future__ import annotations

from typing import Any

import counts
import numpy as np
import pytest

import bendscape as bs
from bendscape.models import Optimal
from bendscape.simulation import HessianStart, SpectralStart, span_overlap2

STARTS = [HessianStart(inits=2), SpectralStart(Optimal(floor=0.1))]


def recovered(start: Any, lengths: tuple[int, ...], seed: int) -> Any:
    X, y = counts.made(80, 4.0, lengths, 0.0, seed)
    return bs.recover(X, y, p_star=len(lengths), start=start)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("lengths", [(2, 1), pytest.param((4, 1), marks=pytest.mark.long)])
def test_the_overlap_of_the_start_is_predicted(start: Any, lengths: tuple[int, ...]) -> None:
    """Predicted for one length it is 0.8 and 0.9 here, and 0.45 to 0.7 is found."""
    rows = []
    for seed in range(6):
        answer = recovered(start, lengths, seed)
        if not answer.verdict.complete:
            continue
        assert answer.evidence.teacher_weights == pytest.approx(
            np.array(lengths) ** 2 / np.sum(np.square(lengths)), abs=1e-3
        )
        rows.append((span_overlap2(answer.start, answer.weights), answer.evidence.predicted_overlap2))
    assert len(rows) >= 4
    off = np.diff(rows, axis=1)
    assert abs(off.mean()) < 4 * off.std(ddof=1) / np.sqrt(len(off)) + 0.04
    assert np.mean(rows, axis=0)[1] < 0.75


def test_vectors_of_one_length_have_the_evidence_they_had() -> None:
    answer = recovered(STARTS[0], (1, 1), 0)
    assert answer.verdict.complete
    assert answer.evidence.teacher_weights is None


def test_what_is_not_derived_is_not_given() -> None:
    hessian, spectral = (recovered(start, (2, 1), 1).evidence for start in STARTS)
    assert np.isnan(hessian.limit_overlap2)
    assert abs(spectral.limit_overlap2 - spectral.predicted_overlap2) < 0.1
    assert hessian.threshold == pytest.approx(1.272978, abs=1e-5)
