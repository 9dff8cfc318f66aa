r"""The loss, (3) in the paper, its gradient and its Hessian (4) at any student weights, in the paper's own units.

`H_kk' = sum_mu F_kk'^mu x_mu x_mu^T`. A product `H V = sum X^T (F . (X V))` never forms `H`: blocks of rows of `X` are
read once, multiplied, weighted, and multiplied back while they are in the cache.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from itertools import pairwise
from typing import Any

import numpy as np
from array_api_compat import device
from scipy.sparse.linalg import LinearOperator

from ..arguments import count
from ..errors import InvalidParameterError
from ..memory import reserve
from .arrays import namespace, one_blas_thread, to_numpy
from .curvature import Curvature, curvature, losses, multiplicity, pull
from .inputs import RegeneratedInputs, read, row_blocks
from .sample import Array, Sample, project

__all__ = ["Hessian", "SampleOperator", "gradient", "hessian", "loss"]

_CACHE = 2**19  # bytes of a block of rows that stay in a core's cache while they are used twice
_SMALL = 10**6  # multiplications up to which BLAS takes a matrix as it lies, without packing it first


def _rows_at_once(width: int, n: int, itemsize: int) -> int:
    """Rows of a block, for products with `width` rows of length `n`; measured with OpenBLAS, see `make bench`.

    Few vectors: what stays in the cache and is not packed. Many: so that adding up the results costs little.
    """
    unpacked = min(_SMALL // (width * n), _CACHE // (n * itemsize)) // 8 * 8
    return unpacked if width <= 16 and unpacked >= 8 else max(64, 4 * width)


def _student(sample: Sample, student: Any) -> tuple[Any, Any]:
    """Weights, those of the sample where none are given, and the functions of their library."""
    weights = sample.student if student is None else student
    shape, right = tuple(getattr(weights, "shape", ())), tuple(sample.student.shape)
    if shape != right:
        raise InvalidParameterError(f"student has shape {shape}: give an array of shape (p, N) = {right}")
    xp = namespace(sample.labels)
    if isinstance(weights, np.ndarray) and "numpy" not in xp.__name__:
        weights = xp.asarray(weights, device=device(sample.labels))
    try:
        return namespace(sample.labels, weights).astype(weights, xp.float64), xp
    except TypeError:
        name = type(weights).__module__
        raise InvalidParameterError(f"student is an array of {name}: give NumPy's, or the sample's own") from None


def loss(sample: Sample, student: Any = None) -> float:
    """`L = sum_mu l(y, yhat)`, with `l = (y - yhat)^2 / (2 (a + y))` in the paper: a sum over samples, not a mean."""
    weights, xp = _student(sample, student)
    return float(xp.sum(losses(sample.net, sample.labels, project(sample.inputs, weights, xp), xp)))


def gradient(sample: Sample, student: Any = None) -> Any:
    """Euclidean gradient of the loss in the student's weights, shape (p, N)."""
    weights, xp = _student(sample, student)
    slopes = pull(sample.net, sample.labels, project(sample.inputs, weights, xp), xp)
    total = xp.zeros_like(weights)
    for start, stop in row_blocks(sample.inputs):
        x = read(sample.inputs, start, stop)
        total += xp.astype(xp.astype(slopes[start:stop, :], x.dtype).T @ x, total.dtype)
    return total


class SampleOperator(LinearOperator):  # type: ignore[misc]  # SciPy has no types
    """`sum_mu F_mu (x) x_mu x_mu^T` as a SciPy ``LinearOperator`` that is never formed.

    Parameters
    ----------
    sample : Sample
    weights : Curvature
        `F_mu`, of one row or of more.
    dtype : dtype
        Of products.
    threads : int
        See :class:`Hessian`.
    """

    multiplicity: int | None = None

    def __init__(self, sample: Sample, weights: Curvature, dtype: Any, threads: int) -> None:
        self.sample, self.threads, self.xp = sample, count("threads", threads), namespace(sample.labels)
        if self.threads > 1 and "numpy" not in self.xp.__name__:
            raise InvalidParameterError(f"threads = {threads}: for arrays of another library set them there")
        self._curvature, self.width = weights, int(weights.left.shape[0])
        size = self.width * sample.inputs.shape[1]
        super().__init__(dtype, (size, size))

    @property
    def nbytes(self) -> int:
        """Memory that the inputs take, or would if they were stored."""
        M, n = self.sample.inputs.shape
        return int(M * n * np.dtype(self.dtype).itemsize)

    def product(self, rows: Any) -> Any:
        """`H v` for each row of an array of shape (b, pN) of the sample's own library."""
        n = self.sample.inputs.shape[1]
        v = self.xp.reshape(rows, (-1, n))
        if "numpy" not in self.xp.__name__:  # a device wants all at once, if all is there
            drawn = isinstance(self.sample.inputs, RegeneratedInputs)
            bounds = row_blocks(self.sample.inputs, None if drawn else self.sample.inputs.shape[0])
            return self.xp.reshape(self._sum(v, bounds), rows.shape)
        at_once = _rows_at_once(v.shape[0], n, np.dtype(self.dtype).itemsize)
        blocks = list(row_blocks(self.sample.inputs, at_once))
        ends = np.linspace(0, len(blocks), self.threads + 1).astype(int).tolist()
        shares = [blocks[i:j] for i, j in pairwise(ends)]
        with one_blas_thread():
            if self.threads == 1:
                return self._sum(v, blocks).reshape(rows.shape)
            with ThreadPoolExecutor(self.threads) as pool:
                parts = list(pool.map(lambda share: self._sum(v, share), shares))
        return sum(parts[1:], parts[0]).reshape(rows.shape)

    def _sum(self, v: Any, bounds: Iterable[tuple[int, int]]) -> Any:
        """The share of some blocks of rows in the product, shape (b p, N)."""
        xp, p = self.xp, self.width
        total = xp.zeros_like(v)
        for start, stop in bounds:
            x = read(self.sample.inputs, start, stop)
            z = self._curvature.apply(xp.reshape(v @ x.T, (-1, p, stop - start)), start, stop, xp)
            total += xp.reshape(z, (-1, stop - start)) @ x
        return total

    def native(self, rows: Any) -> Any:
        """NumPy rows as an array that :meth:`product` takes."""
        where = device(self.sample.labels)
        return self.xp.asarray(np.ascontiguousarray(rows, dtype=self.dtype), device=where)

    def dense(self) -> Array:
        """The matrix itself, as a NumPy array in double precision.

        Raises
        ------
        MemoryLimitError
            If it does not fit, with the temporary product of one block.
        """
        p, n = self.width, self.sample.inputs.shape[1]
        reserve(8 * (p * n) ** 2, f"a dense Hessian of {p * n} rows", "take the smallest eigenpairs by BlockLanczos()")
        matrix = np.zeros((p * n, p * n))
        for start, stop in row_blocks(self.sample.inputs):
            x = read(self.sample.inputs, start, stop)
            for k in range(p):
                for m in range(k, p):
                    weighted = self._curvature.entry(k, m, start, stop)[:, None] * x
                    matrix[k * n : (k + 1) * n, m * n : (m + 1) * n] += to_numpy(x.T @ weighted)
        for k in range(p):
            for m in range(k):
                matrix[k * n : (k + 1) * n, m * n : (m + 1) * n] = matrix[m * n : (m + 1) * n, k * n : (k + 1) * n].T
        return matrix

    def _matmat(self, columns: Any) -> Any:
        return to_numpy(self.product(self.native(columns.T))).T

    def _matvec(self, column: Any) -> Any:
        return self._matmat(column.reshape(-1, 1))

    def __neg__(self) -> SampleOperator:
        found = copy(self)
        found._curvature = self._curvature.negative()
        return found

    def _adjoint(self) -> SampleOperator:
        return self

    _transpose = _adjoint


class Hessian(SampleOperator):
    """The Hessian of a sample's loss as a SciPy ``LinearOperator`` that is never formed.

    `4 M N p b` operations for a product with `b` vectors. Component `k N + i` of a vector belongs to component `i` of
    neuron `k`, so an eigenvector reshaped to (p, N) has a row for each neuron.

    Parameters
    ----------
    sample : Sample
        Its inputs say the precision, the array library and the device of products.
    student : array, shape (p, N), optional
        Where to take the Hessian; by default at the sample's own student.
    threads : int
        Of a product with NumPy arrays, each with a share of the samples; the linear algebra below them runs on one.
        Results agree to rounding between numbers of threads, and exactly for the same number.

    Attributes
    ----------
    shape, dtype
        `(pN, pN)`, and the precision of the inputs.
    multiplicity : int or None
        `p p_star`: how many eigenvalues belong together at a random start, and what a solver's block should hold.
        None at weights given by the user, for fewer samples than inputs, and for linear neurons, where more may.
    nbytes : int
        Memory that the inputs take, or would if they were stored; solvers size their basis by it.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> H = bs.simulation.Hessian(sample)
    >>> H.shape, (H @ sample.student.ravel()).shape
    ((200, 200), (200,))

    `-H` is one, too; its lowest eigenpairs are the highest of `H`.

    >>> bool(((-H) @ sample.student.ravel() == -(H @ sample.student.ravel())).all())
    True
    """

    def __init__(self, sample: Sample, student: Any = None, *, threads: int = 1) -> None:
        weights, xp = _student(sample, student)
        first = read(sample.inputs, *next(row_blocks(sample.inputs, 1)))
        u = project(sample.inputs, weights, xp)
        of_samples = curvature(sample.net, sample.labels, u, first.dtype, xp)
        super().__init__(sample, of_samples, to_numpy(first[:1, :1]).dtype, threads)
        self.multiplicity = multiplicity(sample.net, *sample.inputs.shape) if student is None else None


def hessian(sample: Sample, student: Any = None) -> Array:
    """The dense `pN x pN` Hessian, blocks `H_kk' = sum_mu F_kk'^mu x x^T` with `F` of equation (5) or of the network.

    Row `k N + i` belongs to component `i` of neuron `k`.
    """
    return Hessian(sample, student).dense()
