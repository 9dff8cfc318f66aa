"""Data and time for an overlap of 0.9 and for exact recovery: message passing against descents from spectral starts.

Run it with ``make bench``; ``python benchmarks/data_and_time.py 10000`` takes another number of inputs (10000 need
1.6 GB). One sample of one teacher vector a point; all methods see the same inputs, in single precision. Data: the
smallest `alpha` of a grid. Time: seconds of processor time of one thread, at an `alpha` at which all methods recover
exactly, as ratios to message passing.

* message passing, from its own spectral start;
* gradient descent of a student of two neurons from the optimal spectral start;
* deepinv's spectral start, followed by gradient descent on its amplitude loss with the step `1/L`, where that package
  is installed (``pip install deepinv``).
"""

from __future__ import annotations

import importlib.util
import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import bendscape as bs
from bendscape.memory import require_memory
from bendscape.models import Noiseless, Optimal
from bendscape.simulation import MessagePassing, Sample, SpectralStart, draw, message_passing, span_overlap2
from bendscape.simulation.training.descent import State, loss_and_gradient
from bendscape.simulation.training.objective import Objective

NET = bs.QuadraticNetwork(2, 1, 1.0)
ALPHA = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.75, 2.0, 2.25, 2.5, 3.0)
CLOSE, EXACT = 0.9**2, 1 - 1e-6  # squared overlaps
STEPS, AT_ONCE, POWER = 3000, 10, 300

Course = Iterator[float]  # squared overlaps with the teacher along a run


def overlap2(sample: Sample, weights: Any) -> float:
    """Squared overlap of the leading direction with the teacher."""
    rows = np.asarray(weights)
    leading = np.linalg.svd(rows, full_matrices=False)[2][:1]
    return span_overlap2(leading, sample.teacher)


def passing(sample: Sample) -> Course:
    """Message passing, whole; its record has the overlaps of all steps."""
    run = message_passing(sample, Noiseless(1), method=MessagePassing(steps=STEPS))
    yield from run.history.overlap2.values.tolist()


def descent(sample: Sample) -> Course:
    """Gradient descent from the optimal spectral start."""
    weights = SpectralStart(Optimal())(sample, np.random.default_rng(1))
    method, objective = bs.GradientDescent(STEPS), Objective(sample)
    value, gradient = loss_and_gradient(objective, weights, True)
    state = State(weights, math.nan, 0, 0.0, value, float(np.linalg.norm(gradient)))
    smallest = 1e-6 * state.gradient_norm
    yield overlap2(sample, state.weights)
    while state.steps < STEPS and not state.stopped:
        state = method.advance(objective, state, state.steps + AT_ONCE, True, smallest)
        yield overlap2(sample, state.weights)


def deepinv(sample: Sample) -> Course:
    """Spectral start and amplitude loss of deepinv, with plain gradient descent."""
    import torch
    from deepinv.optim import AmplitudeLoss
    from deepinv.optim.phase_retrieval import spectral_methods
    from deepinv.physics import LinearPhysics, PhaseRetrieval

    torch.set_num_threads(1)
    torch.manual_seed(1)
    M, N = sample.inputs.shape
    matrix = torch.as_tensor(sample.inputs) * math.sqrt(N / M)  # columns of length one
    linear = LinearPhysics(A=lambda x, **_: x @ matrix.T, A_adjoint=lambda y, **_: y @ matrix)
    physics, fidelity = PhaseRetrieval(linear), AmplitudeLoss()
    y = torch.as_tensor(np.asarray(sample.labels, dtype=np.float32))[None] * (N / M)
    x = spectral_methods(y, physics, n_iter=POWER)
    step = 0.5 / (1 + math.sqrt(N / M)) ** 2
    yield overlap2(sample, x.numpy())
    for _ in range(STEPS // AT_ONCE):
        for _ in range(AT_ONCE):
            x = x - step * fidelity.grad(x, y, physics)
        yield overlap2(sample, x.numpy())


def seconds(course: Callable[[Sample], Course], sample: Sample, level: float) -> float:
    """Processor time until a squared overlap is reached, infinite if it is not."""
    begin = time.process_time()
    reached = any(value >= level for value in course(sample))
    return time.process_time() - begin if reached else math.inf


def message_seconds(sample: Sample, level: float) -> float:
    """Processor time of as many steps of message passing as a squared overlap needs, infinite if it is not reached."""
    record = np.array(list(passing(sample)))
    there = np.flatnonzero(record >= level)
    if there.size == 0:
        return math.inf
    begin = time.process_time()
    message_passing(sample, Noiseless(1), method=MessagePassing(steps=int(there[0]) + 1))
    return time.process_time() - begin


def measured(N: int, console: Console) -> Table:
    """Data and time of each method."""
    ways: dict[str, Callable[[Sample, float], float]] = {
        "message passing": message_seconds,
        "descent from the optimal spectral start": lambda sample, level: seconds(descent, sample, level),
    }
    if importlib.util.find_spec("deepinv"):
        ways["deepinv: spectral start, descent"] = lambda sample, level: seconds(deepinv, sample, level)
    needed: dict[tuple[str, float], float] = {}
    times: dict[tuple[str, float], float] = {}
    for alpha in ALPHA:
        sample = draw(NET, alpha=alpha, N=N, seed=7, dtype="float32")
        for name, way in ways.items():
            for level in (CLOSE, EXACT):
                if (name, level) not in needed and np.isfinite(way(sample, level)):
                    needed[name, level] = alpha
                    console.print(f"N = {N}: {name} reaches m^2 = {level:g} at alpha = {alpha:g}")
        if len(needed) == 2 * len(ways):
            times = {(name, level): way(sample, level) for name, way in ways.items() for level in (CLOSE, EXACT)}
            break
    return _table(N, list(ways), needed, times)


def _table(
    N: int, names: list[str], needed: dict[tuple[str, float], float], times: dict[tuple[str, float], float]
) -> Table:
    common = max(needed.values()) if times else math.nan
    table = Table(title=f"One vector, N = {N}: smallest alpha, and seconds at alpha = {common:g} (ratio)")
    for heading in ("method", "alpha, m = 0.9", "alpha, exact", "seconds, m = 0.9", "seconds, exact"):
        table.add_column(heading)
    for name in names:
        data = [f"{needed.get((name, level), math.nan):g}" for level in (CLOSE, EXACT)]
        took = [
            (times.get((name, level), math.nan), times.get((names[0], level), math.nan)) for level in (CLOSE, EXACT)
        ]
        table.add_row(name, *data, *(f"{mine:.2f} ({mine / first:.1f})" for mine, first in took))
    return table


def main() -> None:
    """Print the table of one size."""
    console, N = Console(stderr=True), int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    require_memory(int(2 * 4 * ALPHA[8] * N**2), f"{N} inputs at alpha = {ALPHA[8]:g}, twice", "give fewer inputs")
    Console(width=120).print(measured(N, console))


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
