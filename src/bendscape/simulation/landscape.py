r"""The loss, (3) in the paper, its gradient and its Hessian (4) at any student weights, in the paper's own units.

    L = sum_mu (y - yhat)^2/(2 (a + y)),    grad_k L = (2/p) sum_mu (yhat - y)/(a + y) u_k x_mu               :eq:`loss`
    H_kk' = sum_mu F_kk'^mu x_mu x_mu^T                                                                  :eq:`curvature`

and for other neurons and losses with the `F` of :eq:`general-curvature`. A product never forms `H`:

    H V = sum_mu (F_mu V x_mu) x_mu^T,    F_mu = diag(d_mu) + l_mu v_mu v_mu^T                             :eq:`product`

blocks of rows of the inputs are read once, multiplied, weighted, and multiplied back while they are in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from itertools import pairwise
from typing import Any

import numpy as np
from array_api_compat import device
from scipy.sparse.linalg import LinearOperator

from ..arguments import TOGETHER, count, refuse
from ..errors import InvalidParameterError
from ..memory import require_memory
from ..user_arrays import complex_array, numbers_of, real_array, shown
from .arrays import Array, namespace, one_blas_thread, to_numpy
from .curvature import Curvature, curvature, losses, multiplicity, pull
from .eigen.operator import RowOperator
from .inputs import RegeneratedInputs, read, row_blocks
from .sample import Sample, project

__all__ = ["Hessian", "SampleOperator", "gradient", "hessian", "loss"]

_CACHE_BYTES = 2**19  # bytes of a block of rows that stays in a core's cache between its two uses
_UNPACKED = 10**6  # multiplications up to which BLAS does not copy (pack) a matrix first


def _rows_at_once(width: int, n: int, itemsize: int) -> int:
    """Return the number of rows of a block, for products with `width` vectors of length `n`.

    Measured with OpenBLAS, see `make bench`. For few vectors a block stays in the cache and is not packed. For many it
    is large, so that adding up the results of all blocks costs little.
    """
    unpacked = min(_UNPACKED // (width * n), _CACHE_BYTES // (n * itemsize)) // 8 * 8
    return unpacked if width <= 16 and unpacked >= 8 else max(64, 4 * width)


def _weights(sample: Sample, student: Any) -> tuple[Any, Any]:
    """Return the student's weights, by default the sample's, and the array module of the sample; check both."""
    if not isinstance(sample, Sample):
        raise InvalidParameterError(f"sample = {shown(sample)}: give a Sample, for instance draw(net, ...)")
    _check_inputs(sample.inputs)
    xp = namespace(sample.labels)
    weights, right = sample.student if student is None else student, tuple(sample.student.shape)
    if type(weights) is not type(sample.labels) or isinstance(weights, np.ndarray):
        host = real_array("student", weights, right, remedy="give finite weights")
        weights = xp.asarray(host, device=device(sample.labels))
    elif tuple(weights.shape) != right:
        raise InvalidParameterError(f"student has shape {tuple(weights.shape)}: give an array of shape {right}")
    else:
        real_array("student", to_numpy(weights), right, remedy="give finite weights")
    return xp.astype(weights, xp.float64), xp


def _check_inputs(inputs: Any) -> None:
    try:
        dtype = np.dtype(inputs.dtype)
    except TypeError:  # of another library, which does not mix precisions
        return
    if dtype not in (np.float64, np.float32):
        raise InvalidParameterError(f"sample has inputs of dtype {dtype}: give float64 or float32")


def loss(sample: Sample, student: Any = None) -> float:
    """Return `L = sum_mu l(y, yhat)`, with `l = (y - yhat)^2 / (2 (a + y))` in the paper.

    It is a sum over samples, not a mean.

    Parameters
    ----------
    sample : Sample
    student : array, shape (p, N), optional
        Weights of the student; by default the sample's.

    Raises
    ------
    InvalidParameterError
        If the student's weights have another shape or are not finite, or the loss overflows.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> round(bs.simulation.loss(sample), 2)
    187.24
    """
    weights, xp = _weights(sample, student)
    with np.errstate(all="ignore"):  # a loss that is not finite raises below
        value = float(xp.sum(losses(sample.net, sample.labels, project(sample.inputs, weights, xp), xp)))
    if not math.isfinite(value):
        raise _overflow("loss", weights)
    return value


def gradient(sample: Sample, student: Any = None) -> Any:
    """Return the Euclidean gradient of the loss with respect to the student's weights, shape (p, N).

    Parameters
    ----------
    sample, student
        As for :func:`loss`.

    Raises
    ------
    InvalidParameterError
        As for :func:`loss`.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> slope = bs.simulation.gradient(sample)
    >>> slope.shape, round(float(np.linalg.norm(slope)), 2)
    ((2, 100), 72.8)
    """
    weights, xp = _weights(sample, student)
    total = xp.zeros_like(weights)
    with np.errstate(all="ignore"):
        # grad_k L = sum_mu (dl/du_k) x_mu                                                                    :eq:`loss`
        slopes = pull(sample.net, sample.labels, project(sample.inputs, weights, xp), xp)
        for start, stop in row_blocks(sample.inputs):
            x = read(sample.inputs, start, stop)
            total += xp.astype(xp.astype(slopes[start:stop, :], x.dtype).T @ x, total.dtype)
    if not bool(xp.all(xp.isfinite(total))):
        raise _overflow("gradient", weights)
    return total


def _overflow(what: str, weights: Any) -> InvalidParameterError:
    largest = float(np.abs(to_numpy(weights)).max())
    return InvalidParameterError(
        f"the {what} is not finite at a student with weights up to {largest:.3g}: give a smaller student, and inputs "
        "and labels that are finite"
    )


class SampleOperator(RowOperator):
    """`sum_mu F_mu (x) x_mu x_mu^T` as a SciPy ``LinearOperator`` that is never formed.

    Parameters
    ----------
    sample : Sample
    weights : Curvature
        `F_mu`, a matrix of one row or more for each sample.
    dtype : dtype
        Precision of products.
    threads : int
        See :class:`Hessian`.
    """

    multiplicity: int | None = None

    def __init__(self, sample: Sample, weights: Curvature, dtype: Any, threads: int) -> None:
        self.sample, self.threads = sample, count("threads", threads, TOGETHER)
        if self.threads > 1 and "numpy" not in self.xp.__name__:
            raise InvalidParameterError(f"threads = {threads}: for arrays of another library set them there")
        self._curvature, self.width = weights, int(weights.left.shape[0])
        size = self.width * sample.inputs.shape[1]
        super().__init__(dtype, (size, size))

    @property
    def xp(self) -> Any:
        """Return the array module of the sample; it is no attribute, because a module cannot be pickled."""
        return namespace(self.sample.labels)

    @property
    def nbytes(self) -> int:
        """Return the bytes of the inputs, stored or not."""
        M, n = self.sample.inputs.shape
        return int(M * n * np.dtype(self.dtype).itemsize)

    def product(self, rows: Any) -> Any:
        """Return `H v` for each row `v` of an array of shape (b, pN) of the sample's library."""
        n, size = self.sample.inputs.shape[1], self.shape[0]
        shape = getattr(rows, "shape", ())
        if (
            isinstance(rows, type | LinearOperator)
            or not isinstance(shape, tuple)
            or len(shape) != 2
            or shape[1] != size
        ):
            raise refuse("rows", rows, f"an array of shape (b, {size}) of the sample's library")
        v = self.xp.reshape(rows, (-1, n))
        if (
            "numpy" not in self.xp.__name__
        ):  # on a device one large product is fastest; regenerated inputs come in blocks
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
        """Return the sum over some blocks of rows, shape (b p, N)."""
        xp, p = self.xp, self.width
        total = xp.zeros_like(v)
        # V x_mu, shape (b, p, samples);    z_mu = F_mu (V x_mu);    sum_mu z_mu x_mu^T                    :eq:`product`
        for start, stop in bounds:
            x = read(self.sample.inputs, start, stop)
            z = self._curvature.apply(xp.reshape(v @ x.T, (-1, p, stop - start)), start, stop, xp)
            total += xp.reshape(z, (-1, stop - start)) @ x
        return total

    def native(self, rows: Any) -> Any:
        """Convert NumPy rows to an array for :meth:`product`."""
        where = device(self.sample.labels)
        host = numbers_of("rows", rows, dtype=None)
        return self.xp.asarray(np.ascontiguousarray(host, dtype=self.dtype), device=where)

    def dense(self) -> Array:
        """Return the matrix as a NumPy array in double precision.

        Raises
        ------
        MemoryLimitError
            If the matrix does not fit in memory together with the product of one block.
        """
        p, n = self.width, self.sample.inputs.shape[1]
        require_memory(
            8 * (p * n) ** 2, f"a dense Hessian of {p * n} rows", "take the smallest eigenpairs by BlockLanczos()"
        )
        matrix = np.zeros((p * n, p * n))
        # H_km = sum_mu F_km x_mu x_mu^T for k <= m, and H_mk = H_km^T                                   :eq:`curvature`
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
        rows = columns.T
        if rows.dtype.kind == "c":  # real and imaginary parts are multiplied in one product
            both = to_numpy(self.product(self.native(np.concatenate([rows.real, rows.imag]))))
            return (both[: len(rows)] + 1j * both[len(rows) :]).T
        return to_numpy(self.product(self.native(rows))).T

    def _matvec(self, column: Any) -> Any:
        return self._matmat(column.reshape(-1, 1))

    def _vectors(self, vectors: Any) -> Any:
        """Check one vector or columns, real or complex, of any container; SciPy alone would ignore a mask."""
        array = complex_array("vector", vectors)
        if array.ndim not in (1, 2) or array.shape[0] != self.shape[1]:
            n = self.shape[1]
            raise InvalidParameterError(
                f"vector has shape {array.shape}: give one of shape ({n},), or columns ({n}, k)"
            )
        return array

    def matvec(self, x: Any) -> Any:
        """Return `H x` for a vector of shape (pN,) or (pN, 1), real or complex."""
        return super().matvec(self._vectors(x))

    def matmat(self, X: Any) -> Any:
        """Return `H X` for columns of shape (pN, k), real or complex."""
        return super().matmat(self._vectors(X))

    rmatvec, rmatmat = matvec, matmat

    def dot(self, x: Any) -> Any:
        """Return `H x` for a vector or columns, and an operator for another operator or a number."""
        return super().dot(x if isinstance(x, LinearOperator) or np.isscalar(x) else self._vectors(x))

    def __matmul__(self, other: Any) -> Any:
        if np.isscalar(other):
            raise InvalidParameterError(f"vector = {shown(other)}: give an array, and multiply by a number with *")
        return self.dot(other)

    def __rmatmul__(self, other: Any) -> Any:
        if isinstance(other, LinearOperator) or np.isscalar(other):
            return super().__rmatmul__(other)
        return self.dot(np.transpose(complex_array("vector", other))).T

    def __neg__(self) -> SampleOperator:
        negated = copy(self)
        negated._curvature = self._curvature.negative()
        return negated

    def _adjoint(self) -> SampleOperator:
        return self

    _transpose = _adjoint


class Hessian(SampleOperator):
    """The Hessian of a sample's loss as a SciPy ``LinearOperator`` that is never formed.

    A product with `b` vectors takes `4 M N p b` operations. Component `k N + i` of a vector is component `i` of neuron
    `k`, so an eigenvector reshaped to (p, N) has a row for each neuron.

    Parameters
    ----------
    sample : Sample
        Its inputs determine the precision, the array library and the device of products.
    student : array, shape (p, N), optional
        Weights at which the Hessian is taken; by default those of the sample's student.
    threads : int
        Threads of a product with NumPy arrays; each takes a part of the samples, with one BLAS thread. Another
        number of threads changes results by rounding only, and the same number gives equal results.

    Attributes
    ----------
    shape, dtype
        `(pN, pN)`, and the precision of the inputs.
    multiplicity : int or None
        `p p_star`: the size of the largest cluster of eigenvalues at a random start, and so of a solver's block. None
        if the cluster may be larger: at a given `student`, for fewer samples than inputs, and for linear neurons.
    nbytes : int
        Bytes of the inputs, stored or not; solvers choose the size of their basis by it.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> H = bs.simulation.Hessian(sample)
    >>> H.shape, (H @ sample.student.ravel()).shape
    ((200, 200), (200,))

    `-H` is a Hessian operator, too; its lowest eigenpairs are the highest of `H`.

    >>> bool(((-H) @ sample.student.ravel() == -(H @ sample.student.ravel())).all())
    True
    """

    def __init__(self, sample: Sample, student: Any = None, *, threads: int = 1) -> None:
        weights, xp = _weights(sample, student)
        first = read(sample.inputs, *next(row_blocks(sample.inputs, 1)))
        u = project(sample.inputs, weights, xp)
        with np.errstate(all="ignore"):
            of_samples = curvature(sample.net, sample.labels, u, first.dtype, xp)
        if not all(bool(xp.all(xp.isfinite(part))) for part in (of_samples.diagonal, of_samples.left)):
            raise _overflow("Hessian", weights)
        super().__init__(sample, of_samples, to_numpy(first[:1, :1]).dtype, threads)
        self.multiplicity = multiplicity(sample.net, *sample.inputs.shape) if student is None else None


def hessian(sample: Sample, student: Any = None) -> Array:
    """Return the dense `pN x pN` Hessian.

    Its blocks are `H_kk' = sum_mu F_kk'^mu x x^T`, with `F` of equation (5) or of a general network.
    Row `k N + i` is component `i` of neuron `k`.

    Raises
    ------
    MemoryLimitError
        If the matrix does not fit in the available memory.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> H = bs.simulation.hessian(sample)
    >>> H.shape, round(float(H.trace()), 1)
    ((200, 200), 522.5)
    """
    return Hessian(sample, student).dense()
