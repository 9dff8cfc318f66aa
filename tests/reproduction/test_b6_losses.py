"""The best loss, of two pairs of widths."""

from __future__ import annotations

import pytest
from alone import assert_experiment

from bendscape.reproduction.experiments import b6_losses
from bendscape.reproduction.experiments.b6_losses import EXPERIMENT, Effort

TINY = Effort(widths=((1, 1), (2, 1)), averaged=2**10)


def test_no_weight_reaches_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Falling weights take long, and have tests of their own: here powers, which fall too, stand for them."""
    designed = b6_losses._designed
    monkeypatch.setattr(
        b6_losses, "_designed", lambda p, q, name: designed(p, q, "power" if name == "spline" else name)
    )
    _, claims = assert_experiment(EXPERIMENT, TINY)
    assert {claim.verdict for claim in claims.values()} == {"holds"}
