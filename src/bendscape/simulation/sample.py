"""One sample: teacher, student, inputs and labels at finite `N`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork

__all__ = ["Array", "Sample", "draw"]

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
        If the width is infinite, `N` is no positive integer, or `alpha N` rounds to zero.
    """
    if math.isinf(net.p):
        raise InvalidParameterError("p = inf: a simulation needs a finite width")
    if isinstance(N, bool) or not isinstance(N, (int, np.integer)) or N < 1:
        raise InvalidParameterError(f"N = {N!r}: give a positive integer")
    if not (0 < alpha < math.inf and round(alpha * N) >= 1):
        raise InvalidParameterError(f"alpha = {alpha!r}: give a positive number with alpha N of at least one")
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    teacher_rng, student_rng, input_rng = (np.random.default_rng(child) for child in root.spawn(3))
    teacher = _sphere(teacher_rng, net.p_star, N)
    student = _sphere(student_rng, int(net.p), N)
    inputs = input_rng.standard_normal((round(alpha * N), N)) / math.sqrt(N)
    labels = np.mean((inputs @ teacher.T) ** 2, axis=1)
    return Sample(net, inputs, labels, student, teacher)
