"""What every verb that returns a dataset returns, at the smallest sizes: for tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bendscape as bs
from swept import swept

__all__ = ["datasets"]


def datasets(seed: int = 1) -> Iterator[tuple[str, Any]]:
    """Names with datasets, one a verb and kind of model."""
    net, other = bs.QuadraticNetwork(1, 1, 1.0), bs.Network(1, 1, activation="tanh")
    method = bs.SpectralMethod(bs.models.Optimal(floor=0.1), 1)
    data = swept(net, alpha=[0.5, 1.0, 2.0, 3.0], N=[30, 60], samples=3, seed=seed)
    some = bs.simulate(net, alpha=3.0, N=30, samples=3, seed=seed)
    yield "overlap", bs.overlap(net, alpha=[1.0, 2.0])
    yield "overlap of a spectral method", bs.overlap(method, alpha=[1.0, 2.0])
    yield "overlap of several students", bs.overlap(bs.HessianMethod(net, 2), alpha=[1.0, 2.0])
    yield "phase_diagram", bs.phase_diagram(p=[1, 2], p_star=1, a=[0.5, 1.0])
    yield "phase_diagram over alpha", bs.phase_diagram(p=[1, 2], p_star=1, a=[0.5, 1.0], alpha=[1.0, 2.0])
    yield "finite_size", bs.finite_size(net, alpha=1.5, N=1e4, samples=2, seed=seed)
    yield "phase_diagram at finite N", bs.phase_diagram(net, a=[1.0], N=[1e4], samples=2, seed=seed)
    yield "simulate", some
    yield "simulate a general network", bs.simulate(other, alpha=3.0, N=30, samples=2, seed=seed)
    yield "sweep", data
    yield "compare", bs.compare(some)
    yield "compare a sweep", bs.compare(data)
    yield "crossing", bs.comparison.crossing(data)
    sample = bs.simulation.draw(net, alpha=3.0, N=30, seed=seed)
    descent = bs.GradientDescent(steps=3)
    run = bs.train(sample, method=descent, checkpoints=[0, 3])
    yield "train", run
    yield "along", bs.comparison.hessian_trajectory(sample, run)
    yield "recovery", bs.comparison.compare_starts(net, alpha=[3.0], N=30, samples=2, seed=seed, method=descent)
    yield "curves", bs.spectrum(net, alpha=2.0).curves([-1.0, 0.5])
