"""B1 to B4 are decided by their numbers, and can come out either way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from alone import assert_experiment

from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments import b1_finite as finite
from bendscape.reproduction.experiments import fig4_extrapolation

TINY = finite.Effort(simulations=Samples(100, 4), drawn=3, thresholds=4)  # a median of fewer has no error
N = np.array(finite.SIZES)


def halves(offset: Any, *, error: float = 0.003, form: float = 1.0) -> xr.Dataset:
    """Thresholds that obey `alpha_BBP - alpha_half = 4/(log N)^form`, shifted for each width."""
    half = 1.3 - 4 / np.log(N) ** form + np.asarray(offset)[:, None]
    over = ("p", "N")
    table = {
        "alpha_half": (over, half),
        "stderr": (over, np.full_like(half, error)),
        "alpha_bbp": ("p", np.full(3, 1.3)),
        "alpha_0": ("p", np.full(3, 0.9)),
    }
    return xr.Dataset(table, coords={"p": list(finite.WIDTHS), "N": N}, attrs={"samples": "9 samples"})


@pytest.mark.parametrize(
    ("offset", "error", "verdict"),
    [((0.1, 0.0, -0.1), 0.003, "holds"), ((-0.1, 0.0, -0.1), 0.003, "fails"), ((0.1, 0.0, -0.1), 0.1, "undecided")],
)
def test_width_is_decided_by_combined_errors(offset: Any, error: float, verdict: str) -> None:
    assert finite.falls_with_width(halves(offset, error=error)).verdict == verdict


def test_alpha_0_is_judged_as_a_bound_and_as_a_limit() -> None:
    table = halves((0.0, 0.0, 0.0))
    bound, limit, law = finite.bounds(table), finite.rises_past(table), finite.like_inverse_log(table)
    assert [claim.verdict for claim in (bound, limit, law)] == ["fails", "holds", "holds"]
    assert law.found == pytest.approx(1)
    lower = halves((0.0, 0.0, 0.0)).assign(alpha_0=("p", np.full(3, 0.5)))
    assert finite.bounds(lower).verdict == "holds"
    assert finite.like_inverse_log(halves((0.0, 0.0, 0.0), error=1e-5, form=2.0)).verdict == "fails"


def test_nearer_theory_wins_and_farther_loses() -> None:
    def table(theory: float, limit: float, error: float) -> xr.Dataset:
        size = len(finite.RATIOS)
        columns = {"captured": 0.2, "captured_stderr": error, "captured_theory": theory}
        columns |= {"captured_stderr_theory": error}
        data = {key: (("N", "alpha"), np.full((1, size), value)) for key, value in columns.items()}
        row = {key: ("alpha", np.full(size, limit)) for key in ("limit", "line")}
        coords = {"N": [300], "alpha": np.arange(size) + 1.0}
        return xr.Dataset({**data, **row, "samples_simulated": 9}, coords=coords, attrs={"draws": 9})

    assert finite.closer("a", table(0.21, 0.1, 0.01)).verdict == "holds"
    assert finite.closer("a", table(0.3, 0.19, 0.01)).verdict == "fails"
    assert finite.closer("a", table(0.21, 0.18, 0.5)).verdict == "undecided"


def test_tables_are_the_same_for_the_same_seed_and_serve_two_figures() -> None:
    data, _ = assert_experiment(finite.EXPERIMENT, TINY)
    again, row = finite.parts(TINY, 3)["a theory", float(data["a"].alpha[3])], data["a"].isel(N=0, alpha=3)
    assert again.work(*again.arguments)["captured"] == float(row.captured_theory)
    assert data["a"].line.values[-1] == data["a"].limit.values[-1] > 0
    assert data["a"].line.values[0] == 0
    _, claims = assert_experiment(fig4_extrapolation.EXPERIMENT, fig4_extrapolation.Effort(curve=40), {"finite": data})
    assert {claim.verdict for claim in claims.values()} == {"holds"}
