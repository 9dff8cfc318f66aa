"""Message passing on samples against state evolution, step by step.

`python tests/comparison/test_message_passing_steps.py` prints all steps, on samples and by the equations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.models import Noiseless, Optimal
from bendscape.simulation import GivenGuess, MessagePassing, SpectralGuess, draw, message_passing
from bendscape.theory.bayes_optimal.state_evolution import gain

Array = np.ndarray
STEPS, SIGMAS = 10, 4.0
BIAS = 4.0  # overlaps at N inputs differ from those of the limit by this number over N, times p_star


@dataclass(frozen=True)
class Steps:
    """Overlap at each step: mean and standard error over samples, and by state evolution."""

    overlap2: Array
    stderr: Array
    expected: Array

    @property
    def off(self) -> Array:
        return np.asarray(self.overlap2 - self.expected)


def state_evolution(p_star: int, alpha: float, q: float) -> Array:
    steps = [q]
    for _ in range(STEPS - 1):
        qhat = alpha * gain(Noiseless(p_star), steps[-1])
        steps.append(qhat / (1 + qhat))
    return np.array(steps)


def compared(p_star: int, alpha: float, N: int, samples: int, q: float | None) -> Steps:
    """Undamped steps from a planted guess of overlap `q`, or from the spectral one (None)."""
    net = bs.QuadraticNetwork(p_star, p_star, 1.0)
    method = MessagePassing(steps=STEPS, damping=1.0, adaptive=False, tolerance=0.0, fits=3)
    rows = []
    for seed in range(samples):
        sample = draw(net, alpha=alpha, N=N, seed=seed)
        guess: Any = SpectralGuess() if q is None else GivenGuess(planted(sample.teacher, q, seed), q)
        history = message_passing(sample, Noiseless(p_star), method=method, guess=guess).history
        rows.append(history.overlap2.values)
    if q is None:
        method_limit = bs.SpectralMethod(Optimal(), p_star)
        q = float(bs.overlap(method_limit, alpha=[alpha]).overlap2.values.ravel()[0])
    mean, stderr = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) / math.sqrt(samples)
    return Steps(mean, stderr, state_evolution(p_star, alpha, q))


def planted(teacher: Array, q: float, seed: int) -> Array:
    """A Gaussian guess with this overlap, and with that squared length."""
    noise = np.random.default_rng(10_000 + seed).standard_normal(teacher.shape)
    return np.asarray(q * teacher + math.sqrt(q * (1 - q)) * noise)


def assert_follows(steps: Steps, p_star: int, N: int) -> None:
    allowed = SIGMAS * steps.stderr + BIAS * p_star / N
    assert np.all(np.abs(steps.off) < allowed), (steps.off / allowed).round(2)


@pytest.mark.parametrize("p_star", [1, 2, 3, 4])
def test_steps_from_a_planted_guess_follow_state_evolution(p_star: int) -> None:
    assert_follows(compared(p_star, 1.0 * p_star, 300, 12, 0.3), p_star, 300)


@pytest.mark.parametrize("p_star", [1, 2])
def test_steps_from_the_spectral_guess_follow_state_evolution(p_star: int) -> None:
    """Only with the memory of the eigenvector: without it the overlap falls at the first step."""
    assert_follows(compared(p_star, 1.0 * p_star, 500, 12, None), p_star, 500)


@pytest.mark.long
@pytest.mark.parametrize("start", ["planted", "spectral"])
@pytest.mark.parametrize("N", [500, 2000])
@pytest.mark.parametrize("p_star", [1, 2, 3, 4])
def test_ten_steps_at_two_sizes(p_star: int, N: int, start: str) -> None:
    assert_follows(compared(p_star, 1.0 * p_star, N, 20, 0.3 if start == "planted" else None), p_star, N)


def main() -> None:
    from rich.console import Console

    say = Console(width=120, highlight=False).print
    for start in (0.3, None):
        for p_star in (1, 2, 3, 4):
            for N in (500, 2000):
                steps = compared(p_star, 1.0 * p_star, N, 20, start)
                say(f"p*={p_star} N={N} {'planted' if start else 'spectral'}")
                for name in ("overlap2", "stderr", "expected"):
                    say(f"  {name:9}", *(f"{x:.4f}" for x in getattr(steps, name)))
                say("  off/error", *(f"{x:.1f}" for x in steps.off / steps.stderr))


if __name__ == "__main__":
    main()
