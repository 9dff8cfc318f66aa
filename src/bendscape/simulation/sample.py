"""One sample: teacher, student, inputs and labels at finite `N`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import count, positive, seed_sequence
from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork

__all__ = ["Array", "Sample", "dimensions", "draw"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """Data and weights.

    Attributes
    ----------
    net : QuadraticNetwork
    inputs : array, shape (M, N)
        Rows `x_mu`, entries of variance `1/N`.
    labels : array, shape (M,)
        `y = (1/p_star) sum_l (w*_l . x)^2`.
    student, teacher : array, shape (p, N) and (p_star, N)
        Weight vectors, each uniform on the sphere of radius `sqrt(N)`.
    """

    net: QuadraticNetwork
    inputs: Array
    labels: Array
    student: Array
    teacher: Array


def _sphere(rng: np.random.Generator, rows: int, n: int) -> Array:
    w = rng.standard_normal((rows, n))
    return np.asarray(w * (math.sqrt(n) / np.linalg.norm(w, axis=1, keepdims=True)))


def dimensions(net: QuadraticNetwork, alpha: Any, N: Any) -> tuple[int, int]:
    """`M = round(alpha N)` and `N`, checked together with the network."""
    if not isinstance(net, QuadraticNetwork):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork")
    if math.isinf(net.p):
        raise InvalidParameterError("p = inf: a simulation needs a finite width")
    M = round(positive("alpha", alpha) * count("N", N))
    if M < 1:
        raise InvalidParameterError(f"alpha = {alpha!r}: alpha N rounds to zero samples at N = {N}")
    return M, int(N)


def draw(net: QuadraticNetwork, *, alpha: float, N: int, seed: Any) -> Sample:
    """Draw teacher, student and `M = round(alpha N)` inputs, each from a stream of its own.

    Parameters
    ----------
    net : QuadraticNetwork
        Of finite width.
    alpha : float
        Samples over inputs.
    N : int
        Input dimension.
    seed : int, SeedSequence or None
        The same seed gives the same sample.

    Raises
    ------
    InvalidParameterError
        If the width is infinite, `N` is no positive integer, `alpha N` rounds to zero, or the seed is no seed.
    """
    M, N = dimensions(net, alpha, N)
    root = seed_sequence(seed)
    teacher_rng, student_rng, input_rng = (np.random.default_rng(child) for child in root.spawn(3))
    teacher = _sphere(teacher_rng, net.p_star, N)
    student = _sphere(student_rng, int(net.p), N)
    inputs = input_rng.standard_normal((M, N)) / math.sqrt(N)
    labels = np.mean((inputs @ teacher.T) ** 2, axis=1)
    return Sample(net, inputs, labels, student, teacher)
