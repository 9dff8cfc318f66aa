"""Data and time until the overlap with the teacher is 0.9, as ratios to gradient descent from a random start.

Run it with ``make bench``. One sample of `N` = 2000 inputs a point; every start sees the same inputs. Data: the
smallest `alpha` of the grid at which a start gets there. Time: of the start and of the descent, at an `alpha` at
which all of them do.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import bendscape as bs
from bendscape.comparison import every_start
from bendscape.simulation import draw
from bendscape.simulation.directions import neuron_overlap2
from bendscape.simulation.training.descent import State, loss_and_gradient
from bendscape.simulation.training.objective import Objective

NET, N, OVERLAP = bs.QuadraticNetwork(2, 1, 1.0), 2000, 0.9
ALPHA = (1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5)
STEPS, AT_ONCE = 1500, 10


def run(alpha: float, start: Any) -> tuple[float, float, int, bool]:
    """Seconds of the start, of the descent, its steps, and whether it got there."""
    sample = draw(NET, alpha=alpha, N=N, seed=7, dtype="float32")
    begin = time.perf_counter()
    weights = start(sample, np.random.default_rng(1))
    middle = time.perf_counter()
    method, objective = bs.GradientDescent(STEPS), Objective(sample)
    value, gradient = loss_and_gradient(objective, weights, True)
    state = State(weights, math.nan, 0, 0.0, value, float(np.linalg.norm(gradient)))
    smallest = 1e-4 * state.gradient_norm

    def there() -> bool:
        return float(neuron_overlap2(state.weights, sample.teacher).max()) >= OVERLAP**2

    while not there() and state.steps < STEPS and not state.stopped:
        state = method.advance(objective, state, state.steps + AT_ONCE, True, smallest)
    return middle - begin, time.perf_counter() - middle, state.steps, there()


def least(name: str, start: Any, console: Console) -> float:
    """The first `alpha` of the grid at which it gets there."""
    for alpha in ALPHA:
        begin, descent, steps, there = run(alpha, start)
        console.print(f"{name}, alpha = {alpha}: {begin:.1f} + {descent:.1f} s, {steps} steps, {there}")
        if there:
            return alpha
    raise SystemExit(f"{name}: no overlap of {OVERLAP} up to alpha = {ALPHA[-1]:g}: widen the grid")


def main() -> None:
    """Print the table."""
    console, starts = Console(stderr=True), every_start(NET)
    needed = {name: least(name, start, console) for name, start in starts.items()}
    common = max(needed.values())
    results = {name: run(common, start) for name, start in starts.items()}
    plain = sum(results["random"][:2])
    table = Table(title=f"Overlap {OVERLAP} at N = {N}, {NET}; time at alpha = {common:g}")
    for heading in ("start", "alpha needed", "data, ratio", "seconds: start", "descent", "steps", "time, ratio"):
        table.add_column(heading)
    for name, (begin, descent, steps, _) in results.items():
        data = f"{needed[name]:g}", f"{needed[name] / needed['random']:.2f}"
        ratio = (begin + descent) / plain
        table.add_row(name, *data, f"{begin:.2f}", f"{descent:.2f}", str(steps), f"{ratio:.2f}")
    Console().print(table)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
