"""Names of the release before: each is the function of today, and says what to write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import Interrupted

FORMER = [
    (bs, "bs", "along", "bs.comparison.hessian_trajectory", bs.comparison.hessian_trajectory),
    (bs, "bs", "recovery", "bs.comparison.compare_starts", bs.comparison.compare_starts),
    (bs.comparison, "bs.comparison", "along", "bs.comparison.hessian_trajectory", bs.comparison.hessian_trajectory),
    (bs.comparison, "bs.comparison", "recovery", "bs.comparison.compare_starts", bs.comparison.compare_starts),
    (bs.simulation, "bs.simulation", "recoveries", "bs.simulation.run_starts", bs.simulation.run_starts),
]
NET = bs.QuadraticNetwork(1, 1, 0.5)
GRID: dict[str, Any] = {"alpha": [1.0, 2.0], "N": [8, 10], "samples": 2, "seed": 4}


@pytest.mark.parametrize(("package", "public", "name", "now", "function"), FORMER)
def test_a_former_name_is_the_function_of_today(package: Any, public: str, name: str, now: str, function: Any) -> None:
    with pytest.warns(DeprecationWarning, match=rf"^{public}\.{name} will be removed .* use {now}$") as caught:
        assert getattr(package, name) is function
    assert caught[0].filename == __file__
    assert name not in package.__all__


@pytest.mark.parametrize("package", [bs, bs.comparison, bs.simulation])
def test_a_name_that_never_was_is_an_attribute_error(package: Any) -> None:
    with pytest.raises(AttributeError, match="no attribute 'never'"):
        _ = package.never


@pytest.mark.parametrize("package", [bs, bs.simulation])
def test_sweep_is_the_means_of_simulate_over_axes(package: Any) -> None:
    with pytest.warns(DeprecationWarning, match=r"use bs\.simulation\.sample_means\(bs\.simulate\("):
        sweep = package.sweep
    assert sweep(NET, **GRID).identical(bs.simulation.sample_means(bs.simulate(NET, **GRID)))
    one = sweep(NET, **(GRID | {"alpha": 2.0, "N": 8}))
    assert dict(one.sizes) == {"N": 1, "alpha": 1}


def test_an_interrupted_sweep_hands_over_means(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def interrupted(*_: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("bendscape.simulation.jobs.store.Store.add", _after(interrupted))
    with pytest.warns(DeprecationWarning, match="sample_means"):
        sweep = bs.sweep
    with pytest.raises(Interrupted, match="interrupted after 2 of 8") as caught:
        sweep(NET, **GRID)
    assert caught.value.data.samples.sum() == 2
    assert np.isfinite(caught.value.data.captured).sum() == 1


def _after(act: Any) -> Any:
    from bendscape.simulation.jobs import Store

    add = Store.add

    def acting(self: Any, *result: Any) -> None:
        act()
        add(self, *result)

    return acting
