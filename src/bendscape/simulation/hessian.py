r"""The loss (3), its gradient and its Hessian (4) at any student weights, in the paper's own units."""

from __future__ import annotations

import numpy as np

from ..units import hessian_scale
from .sample import Array, Sample

__all__ = ["gradient", "hessian", "loss"]


def _outputs(sample: Sample, student: Array) -> tuple[Array, Array]:
    """Pre-activations `u`, shape (M, p), and outputs `yhat`, shape (M,)."""
    u = sample.inputs @ student.T
    return u, np.mean(u**2, axis=1)


def loss(sample: Sample, student: Array | None = None) -> float:
    """`L = sum_mu (y - yhat)^2 / (2 (a + y))`: a sum over samples, not a mean."""
    _, yhat = _outputs(sample, sample.student if student is None else student)
    return float(np.sum((sample.labels - yhat) ** 2 / (2 * (sample.net.a + sample.labels))))


def gradient(sample: Sample, student: Array | None = None) -> Array:
    """Euclidean gradient of the loss in the student's weights, shape (p, N)."""
    u, yhat = _outputs(sample, sample.student if student is None else student)
    slope = (yhat - sample.labels) / (sample.net.a + sample.labels)
    return np.asarray(hessian_scale(sample.net.p) * (slope[:, None] * u).T @ sample.inputs)


def hessian(sample: Sample, student: Array | None = None) -> Array:
    """The dense `pN x pN` Hessian, blocks `H_kk' = sum_mu F_kk'^mu x x^T` with `F` of equation (5).

    Row `k N + i` belongs to component `i` of neuron `k`.
    """
    u, yhat = _outputs(sample, sample.student if student is None else student)
    scale, norm = hessian_scale(sample.net.p), sample.net.a + sample.labels
    p, n = u.shape[1], sample.inputs.shape[1]
    matrix = np.empty((p * n, p * n))
    for k in range(p):
        for m in range(k, p):
            f = scale**2 * u[:, k] * u[:, m] / norm + (scale * (yhat - sample.labels) / norm if k == m else 0.0)
            block = sample.inputs.T @ (f[:, None] * sample.inputs)
            matrix[k * n : (k + 1) * n, m * n : (m + 1) * n] = block
            matrix[m * n : (m + 1) * n, k * n : (k + 1) * n] = block.T
    return matrix
