"""The loss and its gradient together, in one pass over the inputs, as a function of the student's weights."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, namespace, one_blas_thread, to_numpy
from ..curvature import losses_and_pull
from ..inputs import RegeneratedInputs, read, row_blocks
from ..sample import Sample

__all__ = ["Objective"]


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
        self._blocks = list(row_blocks(sample.inputs, sample.inputs.shape[0] if whole else None))

    def __call__(self, weights: Array) -> tuple[float, Array]:
        """Loss and gradient, shape (p, N)."""
        from array_api_compat import device

        self.evaluations += 1
        xp, sample = self._xp, self.sample
        value, total, w = 0.0, np.zeros(weights.shape), None
        with one_blas_thread():
            for first, last in self._blocks:
                x, y = read(sample.inputs, first, last), sample.labels[first:last]
                if w is None:
                    w = xp.asarray(weights, dtype=x.dtype, device=device(x))
                u = xp.astype(x @ w.T, xp.float64)
                values, slopes = losses_and_pull(sample.net, y, u, xp)
                value += float(xp.sum(values))
                total += to_numpy(xp.astype(slopes, x.dtype).T @ x)
        return value, total
