"""What labels alone predict of samples, against the same samples diagonalised."""

from __future__ import annotations

import numpy as np
import pytest

from finite_agreement import NETWORKS, compared
from tolerances import EFFECTIVE, SIGMAS


def test_labels_predict_the_samples_that_they_come_from() -> None:
    table = compared("d1", 1.0, 150, 40, variants=("full", "no modes"))
    full, without = table.sel(variant="full"), table.sel(variant="no modes")
    off = np.abs(full.predicted - full.found) / full.paired_stderr
    assert float(off.max()) < 4
    assert float(full.correlation) > 0.5
    captured = {"quantity": "captured"}
    found = float(full.found.sel(captured))
    assert abs(float(full.predicted.sel(captured)) - found) < abs(float(full["limit"]) - found)
    assert float(without.predicted.sel(quantity="phi")) < 0.5 * float(full.predicted.sel(quantity="phi"))


def test_with_many_directions_the_derivative_follows_the_noise() -> None:
    table = compared("d4", 1.0, 150, 40, variants=("full", "no growth"))
    full, without = table.sel(variant="full"), table.sel(variant="no growth")
    off = np.abs(full.predicted - full.found) / full.paired_stderr
    assert float(off.max()) < 4
    captured = {"quantity": "captured"}
    assert float(without.predicted.sel(captured)) > 1.03 * float(full.predicted.sel(captured))


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_five_networks_near_their_thresholds(name: str) -> None:
    table = compared(name, 1.0, 300, 100, variants=("full",)).isel(variant=0)
    difference = np.abs(table.predicted - table.found)
    assert bool(np.all(difference < SIGMAS * table.paired_stderr + EFFECTIVE.at(300) * np.abs(table.found)))
    captured = {"quantity": "captured"}
    assert float(difference.sel(captured)) < abs(float(table["limit"]) - float(table.found.sel(captured)))
    assert float(table.correlation) > 0.5
