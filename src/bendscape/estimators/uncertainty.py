r"""Standard deviations of the components of a fit, from its residuals.

Near its minimum a weighted fit `sum_mu c_mu (y_mu - yhat_mu)^2` moves by

    dw = (J^T C J)^+ J^T C r,    J_(mu, k i) = (2/p*) (w_k . x_mu) x_(mu i)                            :eq:`fit-error`

with the labels' errors `r`. Rotations among the vectors change no label: `^+` leaves them out. The error of a label is
its residual over `sqrt(1 - h_mu)` with its leverage `h_mu` ("HC2", MacKinnon and White, Journal of Econometrics 1985),
so that errors may differ from label to label. Descent stops a little before the minimum; the rest of its way, `dw` of
the residuals, is added in squares.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..simulation.data import Standardised
from ..simulation.sample import Array, Sample

__all__ = ["fit_uncertainty", "in_units"]

_MAX_WEIGHTS = 2000  # of which a matrix is inverted
_BLOCK_ENTRIES = 1 << 18  # of a matrix of slopes, which are in memory at a time
_LEVERAGE = 0.999  # above which a label is fitted by a weight of its own


def fit_uncertainty(sample: Sample, student: Array) -> Array:
    """Standard deviation of each weight of a student after gradient descent, of its shape.

    nan where a matrix of all weights would be too large, or labels are not more than weights.
    """
    k, N = student.shape
    M = sample.inputs.shape[0]
    if student.size > _MAX_WEIGHTS or student.size >= M:
        return np.full(student.shape, np.nan)
    turns = _rotations(student)
    information = np.zeros((student.size, student.size))
    for slopes, _ in _slopes(sample, student):
        information += slopes.T @ slopes
    size = np.trace(information) / student.size
    inverse = np.linalg.inv(information + size * turns.T @ turns) - turns.T @ turns / size
    rest, variance = np.zeros(student.size), np.zeros(student.size)
    for slopes, residual in _slopes(sample, student):
        moved = slopes @ inverse
        leverage = np.minimum(np.einsum("mi,mi->m", moved, slopes), _LEVERAGE)
        rest += residual @ moved
        variance += (residual**2 / (1 - leverage)) @ moved**2
    return np.asarray(np.sqrt(variance + rest**2).reshape(k, N))


def _slopes(sample: Sample, student: Array) -> Iterator[tuple[Array, Array]]:
    """Yield rows of `C^(1/2) J`, and residuals times `C^(1/2)`, block by block."""
    k = len(student)
    step = max(1, _BLOCK_ENTRIES // student.size)
    for i in range(0, sample.inputs.shape[0], step):
        x = np.asarray(sample.inputs[i : i + step], dtype=float)
        y, z = sample.labels[i : i + step], x @ student.T
        weight = np.sqrt(1 / (sample.net.a + y))
        slopes = (2 / k * weight[:, None, None] * z[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        yield slopes, weight * (y - np.mean(z**2, axis=1))


def in_units(whole: Standardised, deviations: Array) -> Array:
    """Return standard deviations of a student's weights in the units of the data."""
    return np.asarray(deviations * whole.weights(np.ones_like(deviations)))


def _rotations(student: Array) -> Array:
    """Orthonormal rows: the changes of the weights by rotations among the vectors."""
    k = len(student)
    turned = [np.zeros_like(student) for _ in range(k * (k - 1) // 2)]
    for row, (i, j) in zip(turned, zip(*np.triu_indices(k, 1), strict=True), strict=True):
        row[i], row[j] = student[j], -student[i]
    return np.linalg.qr(np.array([each.ravel() for each in turned]).T)[0].T if turned else np.zeros((0, student.size))
