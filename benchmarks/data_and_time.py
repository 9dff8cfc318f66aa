"""Data and time for an overlap of 0.9 and for exact recovery: message passing against descents from spectral starts.

Run it with ``make bench``; ``python benchmarks/data_and_time.py 2000 1.2 1.75 3`` takes another number of inputs, and
other `alpha`. One sample of one teacher vector a point; all methods see the same inputs, in single precision. Data: the
smallest `alpha` of the grid. Time: seconds of processor time of one thread, at the first `alpha` at which all methods
recover exactly, and as ratios to message passing.

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
LEVELS = (CLOSE, EXACT)
STEPS, AT_ONCE, POWER = 1500, 10, 300

Course = Iterator[float]  # squared overlaps with the teacher along a run
Seconds = dict[float, float]  # by squared overlaps


def overlap2(sample: Sample, weights: Any) -> float:
    """Squared overlap of the leading direction with the teacher."""
    rows = np.asarray(weights)
    leading = np.linalg.svd(rows, full_matrices=False)[2][:1]
    return span_overlap2(leading, sample.teacher)


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


def seconds(course: Callable[[Sample], Course], sample: Sample) -> Seconds:
    """Processor time until each of the squared overlaps is reached, infinite if it is not."""
    begin, reached = time.process_time(), dict.fromkeys(LEVELS, math.inf)
    for value in course(sample):
        now = time.process_time() - begin
        reached |= {level: now for level in LEVELS if value >= level and math.isinf(reached[level])}
        if all(map(math.isfinite, reached.values())):
            break
    return reached


def message_seconds(sample: Sample) -> Seconds:
    """Processor time of as many steps of message passing as each of the squared overlaps needs."""
    record = message_passing(sample, Noiseless(1)).history.overlap2.values
    reached = dict.fromkeys(LEVELS, math.inf)
    for level in LEVELS:
        there = np.flatnonzero(record >= level)
        if there.size:
            begin = time.process_time()
            message_passing(sample, Noiseless(1), method=MessagePassing(steps=int(there[0]) + 1))
            reached[level] = time.process_time() - begin
    return reached


def measured(N: int, alphas: tuple[float, ...], console: Console) -> Table:
    """Data and time of each method, up to the first `alpha` at which all of them recover exactly."""
    ways: dict[str, Callable[[Sample], Seconds]] = {
        "message passing": message_seconds,
        "descent from the optimal spectral start": lambda sample: seconds(descent, sample),
    }
    if importlib.util.find_spec("deepinv"):
        ways["deepinv: spectral start, descent"] = lambda sample: seconds(deepinv, sample)
    needed: dict[str, Seconds] = {name: dict.fromkeys(LEVELS, math.inf) for name in ways}
    for alpha in alphas:
        sample = draw(NET, alpha=alpha, N=N, seed=7, dtype="float32")
        times = {name: way(sample) for name, way in ways.items()}
        for name, reached in times.items():
            needed[name] |= {x: min(alpha, needed[name][x]) for x in LEVELS if math.isfinite(reached[x])}
            console.print(f"N = {N}, alpha = {alpha:g}: {name}: " + ", ".join(f"{reached[x]:.2f} s" for x in LEVELS))
        if all(math.isfinite(each[EXACT]) for each in times.values()):
            break
    return _table(N, alpha, needed, times)


def _table(N: int, alpha: float, needed: dict[str, Seconds], times: dict[str, Seconds]) -> Table:
    table = Table(title=f"One vector, N = {N}: smallest alpha, and seconds at alpha = {alpha:g} (over message passing)")
    for heading in ("method", "alpha, m = 0.9", "alpha, exact", "seconds, m = 0.9", "seconds, exact"):
        table.add_column(heading)
    first = times["message passing"]
    for name, took in times.items():
        data = [f"{needed[name][level]:g}" for level in LEVELS]
        table.add_row(name, *data, *(f"{took[level]:.2f} ({took[level] / first[level]:.1f})" for level in LEVELS))
    return table


def main() -> None:
    """Print the table of one size."""
    N = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    alphas = tuple(map(float, sys.argv[2:])) or ALPHA
    require_memory(int(8 * max(alphas) * N**2), f"{N} inputs at alpha = {max(alphas):g}, twice", "give fewer inputs")
    Console(width=120).print(measured(N, alphas, Console(stderr=True)))


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
