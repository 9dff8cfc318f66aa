"""Figs. 9 and 10, and where descent starts beside the threshold: verdicts that can come out either way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from alone import assert_experiment

import bendscape as bs
from bendscape.reproduction.experiments import c12_starts, fig9_descent


def decided(start: Any, *, slower: float = 1.0, wider: float = 0.0, noise: float = 1e-3) -> dict[str, Any]:
    """Verdicts on descents that start to recover at `start(net)`, take longer with the width, and err more."""
    rng, tables = np.random.default_rng(0), {}
    for p in fig9_descent.WIDTHS:
        alpha = np.unique([*fig9_descent.NEAR[p], *fig9_descent.FAR])
        nets = [fig9_descent.network(p, constant) for constant in fig9_descent.CONSTANTS]
        begin = np.array([start(net) for net in nets])[:, None, None, None]
        rise = 0.1 * alpha[:, None] / begin
        noisy = rise + noise * rng.standard_normal((len(nets), 1, len(alpha), 12))
        dims = ("constant", "N", "alpha", "sample")
        table = {"max_overlap2": noisy, "overlap2": noisy, "generalisation": 1.0 - noisy + wider * p}
        table["steps"] = np.full_like(noisy, 100 * p ** (slower - 1))
        runs = xr.Dataset({key: (dims, v) for key, v in table.items()})
        runs = runs.assign_coords(constant=list(fig9_descent.CONSTANTS), N=[1000], alpha=alpha)
        limits = {"a": [net.a for net in nets], "alpha_BBP": [bs.threshold(net).alpha for net in nets]}
        tables[p] = runs.assign({name: ("constant", column) for name, column in limits.items()})
    data = {str(p): table for p, table in tables.items()} | {"starts": fig9_descent.starts(tables, 0)}
    effort = fig9_descent.Effort(N=(1000,), samples=12, steps=2000, drawn=1)
    beside = c12_starts.EXPERIMENT.judge(data, c12_starts.Effort(effort, curve=5))
    return {claim.id: claim for claim in (*fig9_descent.EXPERIMENT.judge(data, effort), *beside)}


def at_threshold(net: bs.QuadraticNetwork) -> float:
    """As if descent began where the Hessian does."""
    return bs.threshold(net).alpha


def test_verdicts_on_descent_can_come_out_either_way() -> None:
    same = decided(at_threshold)
    late = decided(lambda net: 1.3 * at_threshold(net), slower=2.0)
    good = decided(lambda net: 1.8 / net.p**0.2)
    names = ("C12c", "B7a", "B7b", "B7c", "B11a", "B11b")
    assert {name: good[name].verdict for name in names} == dict.fromkeys(names, "holds")
    assert good["C12a"].verdict == good["C12b"].verdict == "fails"
    assert late["C12a"].verdict == late["B7b"].verdict == late["B11a"].verdict == late["B11b"].verdict == "fails"
    assert {same[name].verdict for name in ("C12a", "C12b")} == {"holds"}
    assert "1.30 +- " in late["C12a"].remark
    assert late["B11b"].found == pytest.approx(1.0, abs=0.03)
    worse = decided(lambda net: 1.4 * net.p**0.1, wider=0.1)
    assert worse["C12c"].verdict == worse["B7a"].verdict == worse["B7c"].verdict == "fails"


def test_a_start_that_depends_on_a_need_not_follow_the_threshold() -> None:
    slow = decided(lambda net: 1.6 * net.a**0.05)
    assert slow["B11a"].verdict == "fails"
    assert slow["B11b"].verdict == "holds"


def test_where_nothing_recovers_nothing_is_decided() -> None:
    nothing = decided(lambda _: np.inf)
    names = ("C12a", "C12b", "C12c", "B7a", "B7c", "B11a", "B11b")
    assert {nothing[name].verdict for name in names} == {"undecided"}


def test_few_samples_decide_nothing_about_the_start() -> None:
    noisy = decided(at_threshold, noise=0.05)
    assert {noisy[name].verdict for name in ("C12a", "C12b", "C12c", "B11a")} == {"undecided"}


def test_the_start_has_the_error_of_its_samples_and_of_its_place() -> None:
    """Of new samples, and, where all samples are equal, of the shape of the curve between two points."""
    rng, alpha, pairs = np.random.default_rng(1), np.array([1.0, 1.5, 2.0, 2.5]), []
    for _ in range(60):
        values = np.clip(0.2 * (alpha - 1.0)[:, None] + 0.1 * rng.standard_normal((4, 20)), 0, None)
        pairs.append(fig9_descent.start_of(alpha, values, 0.15, 0))
    places, errors = np.array(pairs).T
    assert 0.8 * np.std(places) < np.mean(errors) < 2 * np.std(places)
    for curve, place in ((0.2 * (alpha - 0.9), 1.4), (0.02 * np.exp(alpha), np.log(5.0))):
        start, error = fig9_descent.start_of(alpha, np.repeat(curve[:, None], 5, axis=1), 0.1, 0)
        assert abs(start - place) == pytest.approx(error)
        assert 0.001 < error < 0.05


def test_one_early_sample_is_no_start() -> None:
    """A mean that falls again is pooled with the next: 1/8 at 1.5, nothing at 2, all from 3 on."""
    alpha, values = np.array([1.0, 1.5, 2.0, 2.5, 3.0]), np.zeros((5, 8))
    values[1, 0], values[4] = 1.0, 1.0
    place, _ = fig9_descent.start_of(alpha, values, 0.1, 0)
    assert 2.5 < place < 3.0
    values[3] = np.nan  # no samples there
    place, _ = fig9_descent.start_of(alpha, values, 0.1, 0)
    assert 2.0 < place < 3.0


def test_runs_serve_two_figures() -> None:
    tiny = fig9_descent.Effort(N=(30, 40), samples=2, steps=6, drawn=4)
    data, _ = assert_experiment(fig9_descent.EXPERIMENT, tiny)
    assert_experiment(c12_starts.EXPERIMENT, c12_starts.Effort(tiny, curve=20), {"fig9": data})
