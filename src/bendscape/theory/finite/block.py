r"""The teacher's block of one sample: `(1/N) sum_mu A_mu x t_mu t_mu^T`, beside its mean `T(g) I`.

A sample's directions of `u` and of `t` (the teacher's pre-activations, orthonormal) do not average to unit matrices. To
first order this changes the block itself, and it changes `G` of the sample from `g I` to `g I + phi S`, with `S` the
traceless part of `(1/N) sum A` and `phi` the ladder sum of that sector, which changes the block once more. For a
compressed sample, whose directions are not known, both are Gaussian with variances that sums over the labels give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..measure import Array
from .background import Background
from .sectors import traceless

__all__ = ["DirectionNoise", "draw_directions", "sample_block"]


@dataclass(frozen=True, eq=False)
class DirectionNoise:
    """Standard normal numbers in the place of the directions of a compressed sample."""

    teacher: Array
    student: Array
    both: Array
    teacher_overlaps: Array
    student_overlaps: Array


def draw_directions(p: int, p_star: int, rng: np.random.Generator) -> DirectionNoise:
    """Unit components, symmetric and traceless in each pair of indices."""
    both = traceless(rng.standard_normal((p_star, p_star, p, p)))
    both = traceless(both.transpose(2, 3, 0, 1)).transpose(2, 3, 0, 1)
    student = traceless(rng.standard_normal((2, p, p)))
    teacher = traceless(rng.standard_normal((p_star, p_star)))
    return DirectionNoise(teacher, student, both, _off_diagonal(p_star, rng), _off_diagonal(p, rng))


def _off_diagonal(width: int, rng: np.random.Generator) -> Array:
    upper = np.triu(rng.standard_normal((width, width)), 1)
    return upper + upper.T


def sample_block(background: Background, g: float, noise: DirectionNoise) -> tuple[Array, Array]:
    """What a sample's directions add to `T(g) I`, and to `G = g I`.

    Returns
    -------
    block : array, shape (p p_star, p p_star)
        Neurons are the inner index.
    shift : array, shape (p, p)
    """
    p, p_star = background.p, background.labels.net.p_star
    e, v = (ladders[1] for ladders in background.ladders(g))
    phi = 1 / (background.free / g**2 - e)
    given = background.labels.s is not None
    tensor, shift = _given(background, g) if given else _drawn(background, g, noise)
    tensor = tensor + phi * v * np.eye(p_star)[:, :, None, None] * shift
    return tensor.transpose(0, 2, 1, 3).reshape(p * p_star, p * p_star), phi * shift


def _given(background: Background, g: float) -> tuple[Array, Array]:
    """From directions that are known."""
    s, u = background.labels.s, background.labels.u
    assert s is not None
    assert u is not None
    p, p_star = u.shape[1], s.shape[1]
    across, along = background.weights(g)
    e = u / np.linalg.norm(u, axis=1, keepdims=True)
    d = (along - across) * background.weight
    teacher = (s[:, :, None] * s[:, None, :]).reshape(len(s), -1)
    student = (e[:, :, None] * e[:, None, :]).reshape(len(e), -1)
    isotropic = ((across * background.weight).real @ teacher).reshape(p_star, p_star)
    tensor = ((teacher.T * d) @ student).reshape(p_star, p_star, p, p) + isotropic[:, :, None, None] * np.eye(p)
    mean = background.teacher(g).real * np.eye(p_star)[:, :, None, None] * np.eye(p)
    return tensor - mean, traceless((d @ student).reshape(p, p))


def _drawn(background: Background, g: float, noise: DirectionNoise) -> tuple[Array, Array]:
    """From their variances; `E[(B : e e^T)^2] = 2/(p (p+2))` for a unit symmetric traceless `B`."""
    p, p_star = background.p, background.labels.net.p_star
    labels, N = background.labels, background.N
    across, along = background.weights(g)
    d, mean = along - across, across + (along - across) / p
    student, teacher = 2 / (p * (p + 2)), 2 * p_star / (p_star + 2)
    weight, y = background.weight / N, labels.y
    squares = np.array([weight @ (d**2 * y**k) for k in range(3)]) * student  # of S, of both, of its part in the block
    amplitude = np.sqrt(max(squares[0], 1e-300))
    own = np.sqrt(max(squares[2] - (squares[1] / amplitude) ** 2, 0.0))
    shift = amplitude * noise.student[0]
    response = squares[1] / amplitude * noise.student[0] + own * noise.student[1]
    # overlaps of the student's vectors tilt the directions, those of the teacher's change the labels: to first order
    tilt = noise.student_overlaps / (np.sqrt(N) * (p + 2))
    shift = shift + (background.weight @ (d * labels.yhat)) * tilt
    response = response + (background.weight @ (d * y * labels.yhat)) * tilt
    tensor = np.eye(p_star)[:, :, None, None] * response
    tensor = tensor + np.sqrt(squares[2] * teacher) * noise.both
    even = np.sqrt(weight @ (mean * y) ** 2 * teacher) * noise.teacher
    derivative = -((p - 1) * (1 + background.f0) * across**2 / _square(background.f0))
    derivative = (derivative - (1 + background.f1) * along**2 / _square(background.f1)) / p / (labels.net.a + y)
    even = even + background.weight @ (y**2 * derivative) * 2 / (p_star + 2) * noise.teacher_overlaps / np.sqrt(N)
    return tensor + even[:, :, None, None] * np.eye(p), shift


def _square(f: Array) -> Array:
    return np.where(f == 0, 1.0, f**2)
