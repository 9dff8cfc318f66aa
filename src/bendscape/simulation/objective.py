"""The loss and its gradient together, in one pass over the inputs, as a function of the student's weights.

On the sphere the rows of the weights have the norm `sqrt(N)`, and the gradient is what is left tangent to it.
"""

from __future__ import annotations

import math

import numpy as np

from .arrays import Array, namespace, one_blas_thread, to_numpy
from .curvature import losses, pull
from .inputs import RegeneratedInputs, read, row_blocks
from .sample import Sample

__all__ = ["Objective", "on_sphere", "tangent"]


def on_sphere(weights: Array) -> Array:
    """Rows brought to the norm `sqrt(N)`; those of any size, whose squares may be zero or not finite."""
    largest = np.abs(weights).max(axis=1, keepdims=True)
    weights = weights / np.exp2(np.floor(np.log2(np.where(largest > 0, largest, 1.0))))
    return np.asarray(weights * (math.sqrt(weights.shape[1]) / np.linalg.norm(weights, axis=1, keepdims=True)))


def tangent(gradient: Array, weights: Array) -> Array:
    """What a gradient has along the sphere, row by row; the rows of the weights have the norm `sqrt(N)`."""
    along = np.sum(gradient * weights, axis=1, keepdims=True) / weights.shape[1]
    return np.asarray(gradient - along * weights)


class Objective:
    """`L(W)` and its Euclidean gradient; NumPy weights in double precision outside, the sample's own arrays inside.

    Attributes
    ----------
    evaluations : int
        How often it was called.
    """

    def __init__(self, sample: Sample) -> None:
        self.sample, self.evaluations = sample, 0
        self._xp = namespace(sample.labels)
        host = "numpy" in self._xp.__name__
        whole = not host and not isinstance(sample.inputs, RegeneratedInputs)
        self._rows = sample.inputs.shape[0] if whole else None

    def __call__(self, weights: Array) -> tuple[float, Array]:
        """Loss and gradient, shape (p, N)."""
        from array_api_compat import device

        self.evaluations += 1
        xp, sample = self._xp, self.sample
        value, total, w = 0.0, np.zeros(weights.shape), None
        with one_blas_thread():
            for first, last in row_blocks(sample.inputs, self._rows):
                x, y = read(sample.inputs, first, last), sample.labels[first:last]
                if w is None:
                    w = xp.asarray(weights, dtype=x.dtype, device=device(x))
                u = xp.astype(x @ w.T, xp.float64)
                value += float(xp.sum(losses(sample.net, y, u, xp)))
                slopes = pull(sample.net, y, u, xp)
                total += to_numpy(xp.astype(slopes, x.dtype).T @ x)
        return value, total
