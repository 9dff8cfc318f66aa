"""One experiment computed in this process, without a page."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import matplotlib.pyplot as plt

import bendscape as bs
from bendscape.reproduction.experiment import Claim, Data, Experiment, Run


def computed(experiment: Experiment[Any], effort: Any, seed: int = 3, needs: Mapping[str, Data] | None = None) -> Data:
    """Its tables."""
    results: dict[Hashable, Any] = {}
    parts = dict(experiment.parts(effort, seed))
    while parts:
        key = next(k for k, part in parts.items() if all(before in results for before in part.after))
        part = parts.pop(key)
        results[key] = part.work(*part.arguments, *(results[before] for before in part.after))
    return experiment.compute(Run(effort, seed, results, needs or {}))


def assert_experiment(
    experiment: Experiment[Any], effort: Any, needs: Mapping[str, Data] | None = None
) -> tuple[Data, dict[str, Claim]]:
    """It has the claims that it lists, with numbers and words, and a figure; returns its tables and claims."""
    data = computed(experiment, effort, needs=needs)
    claims = {claim.id: claim for claim in experiment.judge(data, effort)}
    assert sorted(claims) == sorted(experiment.claims)
    for claim in claims.values():
        assert claim.verdict in {"holds", "fails", "undecided"}
        assert claim.statement
        assert claim.measured
    with bs.plot.style():
        figure = experiment.draw(data)
    assert figure.axes
    plt.close(figure)
    return data, claims
