r"""Symmetric operators, checked before a solver uses them: finite, symmetric, and of which scale.

A matrix is checked entry by entry. An operator only gives products, and two products with random unit vectors `x` and
`y` check all three:

* *finite*: an entry that is nan or infinite makes the products so;
* *symmetric*: `x.Hy = y.Hx`. With the antisymmetric part `K = (H - H^T)/2` the difference is `2 x.Ky`, a random number
  of the size `2 ||K||_F/n`, and `||Hx||` has the size `||H||_F/sqrt(n)`. So

      sqrt(n) |x.Hy - y.Hx| / (||Hx|| + ||Hy||)  estimates  ||K||_F/||H||_F;

* *scale*: `||Hx||`, rounded to a power of two, is the unit in which solvers work. There squares neither overflow nor
  underflow, and a division by a power of two changes no digit.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from scipy.sparse.linalg import LinearOperator

from ...errors import BendscapeError, InvalidParameterError
from ...memory import require_memory
from ...user_arrays import numbers_of
from ..arrays import Array, adjoint, to_numpy

__all__ = ["OperatorSpec", "RowOperator", "SymmetricOperator", "examined"]

_ASYMMETRY = 1e-4  # up to which an asymmetry is taken for rounding: of single precision, over many terms
_ROWS = 256  # of a matrix, compared with as many columns at a time
_KINDS = "biuf"


class RowOperator(LinearOperator):  # type: ignore[misc]  # SciPy has no types
    """Base class of operators that multiply rows of any array library, and can form their dense matrix."""

    def native(self, rows: Any) -> Any:
        """NumPy rows as an array that :meth:`product` takes."""
        raise NotImplementedError

    def product(self, rows: Any) -> Any:
        """`H v` for each row."""
        raise NotImplementedError

    def dense(self) -> Array:
        """The matrix itself, as a NumPy array in double precision."""
        raise NotImplementedError


class SymmetricOperator(LinearOperator):  # type: ignore[misc]  # SciPy has no types
    """A finite symmetric operator `H` and its scale `s`, a power of two.

    Parameters
    ----------
    source : RowOperator, array, sparse array or anything that multiplies columns
    shape, dtype
        Of the operator, and of the vectors that it multiplies.
    scale : float
        `s`; :meth:`multiply` and :meth:`matrix` are those of `H/s`, products with `@` those of `H`.
    rounding : float
        Relative error of products.
    asymmetry : float
        Estimate of `||H - H^T||/(2 ||H||)`, Frobenius norms; zero for a matrix, which was made symmetric.

    Attributes
    ----------
    products : int
        With vectors so far, those of the look included.
    """

    def __init__(
        self, source: Any, shape: tuple[int, int], dtype: Any, *, scale: float, rounding: float, asymmetry: float = 0.0
    ) -> None:
        self.source, self.scale, self.sign = source, scale, 1.0
        self.rounding, self.asymmetry, self.products = rounding, asymmetry, 0
        self.multiplicity = _announced(source, "multiplicity")
        self.nbytes = _announced(source, "nbytes") or 0
        super().__init__(dtype, shape)

    def native(self, rows: Array) -> Any:
        """Rows of the host as :meth:`multiply` takes them."""
        if isinstance(self.source, RowOperator):
            return self.source.native(rows)
        return np.ascontiguousarray(rows, dtype=self.dtype)

    def multiply(self, rows: Any) -> Any:
        """`H v / s` for each row; the rows are left alone, and the result is an array of its own."""
        self.products += rows.shape[0]
        scaled = rows * (self.sign / self.scale)
        if isinstance(self.source, RowOperator):
            return self.source.product(scaled)
        image = np.array(_product(self.source, scaled), dtype=self.dtype, order="C")
        if not np.isfinite(image).all():
            raise _not_finite(image[~np.isfinite(image).all(axis=1)][0])
        return image

    def apply(self, columns: Array) -> Array:
        """`H v / s` for each column, NumPy arrays in double precision outside."""
        return np.asarray(to_numpy(self.multiply(self.native(columns.T))).T, dtype=np.result_type(self.dtype, float))

    def matrix(self) -> Array:
        """`H/s` as an array in double precision that may be written to.

        Raises
        ------
        MemoryLimitError
            If it does not fit.
        """
        n = self.shape[0]
        require_memory(8 * n * n, f"a dense matrix of {n} rows", "take some eigenpairs by BlockLanczos()")
        if isinstance(self.source, RowOperator):
            matrix = self.source.dense()
        elif issparse(self.source):
            matrix = self.source.toarray().astype(float, copy=False)
        elif isinstance(self.source, np.ndarray):
            matrix = self.source.astype(float)
        else:
            matrix = self.apply(np.eye(n))
            self._require_same(matrix)
            return np.asarray((matrix + adjoint(matrix)) / 2)
        matrix *= self.sign / self.scale
        return np.asarray(matrix)

    def _require_same(self, matrix: Array) -> None:
        """Refuse an operator whose products are not those of the matrix that earlier products gave."""
        x = _probes(self.shape[0])[:1].T
        again = self.apply(x)
        off = float(np.linalg.norm(matrix @ x - again) / (np.linalg.norm(again) or 1.0))
        if off > max(_ASYMMETRY, self.shape[0] * self.rounding):
            raise InvalidParameterError(
                f"operator changes: a product is {off:.2g} of its size away from that of the columns made before; give "
                "one whose products are linear in the vector and depend on nothing else"
            )

    def lifted(self, vectors: Array, lift: float) -> SymmetricOperator:
        """The operator with the eigenvalues of these orthonormal eigenvectors raised, in units of `s`."""
        return _Lifted(self, vectors, lift)

    def _matmat(self, columns: Any) -> Any:
        return self.apply(columns) * self.scale

    def _matvec(self, column: Any) -> Any:
        return self._matmat(column.reshape(-1, 1))

    def _adjoint(self) -> SymmetricOperator:
        return self

    _transpose = _adjoint

    def __neg__(self) -> SymmetricOperator:
        negative = copy(self)
        negative.sign = -self.sign
        return negative


class _Lifted(SymmetricOperator):
    """`H/s + lift V V^T`: computed eigenvectors are lifted, so that a second search finds those that were missed."""

    def __init__(self, base: SymmetricOperator, vectors: Array, lift: float) -> None:
        self._base, self._rows, self._lift = base, base.native(vectors.T), lift
        size = {"scale": base.scale, "rounding": base.rounding, "asymmetry": base.asymmetry}
        super().__init__(base.source, base.shape, base.dtype, **size)

    def multiply(self, rows: Any) -> Any:
        return self._base.multiply(rows) + self._lift * ((rows @ adjoint(self._rows)) @ self._rows)


@dataclass(frozen=True)
class OperatorSpec:
    """Size and precision of an operator: a solver computes from them how many vectors it stores."""

    shape: tuple[int, int]
    multiplicity: int | None
    nbytes: int
    dtype: Any


def examined(operator: Any) -> SymmetricOperator:
    """Look at an operator: a matrix of any library, a sparse one, a SciPy LinearOperator, or what multiplies like one.

    Raises
    ------
    InvalidParameterError
        If it is not square, not real, not finite, not symmetric, or cannot be multiplied with a block of vectors. An
        asymmetry below one part in ten thousand is taken for rounding: a matrix is then replaced by `(H + H^T)/2`.
    """
    if isinstance(operator, SymmetricOperator):
        return operator
    if isinstance(operator, LinearOperator):
        return _of_products(operator, _size(operator))
    if issparse(operator):
        return _of_sparse(operator)
    if _multiplies(operator):
        return _of_products(operator, _size(operator))
    return _of_entries(operator)


def _multiplies(operator: Any) -> bool:
    """Return whether this is an operator, given by its products, and not an array, given by its entries."""
    readable = ("__array__", "__array_interface__", "__dlpack__")
    return (
        hasattr(operator, "shape")
        and hasattr(operator, "__matmul__")
        and not any(hasattr(operator, name) for name in readable)
    )


def _size(operator: Any) -> int:
    shape = getattr(operator, "shape", None)
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[0] != shape[1] or shape[0] < 1:
        raise InvalidParameterError(f"operator has shape {shape}: give a symmetric matrix or LinearOperator")
    return int(shape[0])


def _announced(source: Any, name: str) -> int | None:
    """A positive integer that an operator may say of itself."""
    value: Any = getattr(source, name, None)
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return int(value) if whole and value > 0 else None


def _of_sparse(operator: Any) -> SymmetricOperator:
    n = _size(operator)
    if operator.dtype.kind not in _KINDS:
        raise _not_real(operator.dtype)
    require_memory(
        4 * (12 * operator.nnz + 8 * n), f"what is made of a sparse matrix of {n} rows", "give a LinearOperator"
    )
    matrix = operator.tocsr().astype(_working(operator.dtype))
    matrix.sum_duplicates()
    largest = _largest(matrix.data)
    difference = abs(matrix / largest - matrix.T / largest) if largest else matrix
    asymmetry = float(difference.max()) if difference.nnz else 0.0
    if asymmetry > _allowed(_eps(matrix.dtype)):
        i, j = (int(place[int(np.argmax(difference.tocoo().data))]) for place in difference.tocoo().coords)
        raise _asymmetric(i, j, float(matrix[i, j]), float(matrix[j, i]))
    if asymmetry:
        matrix = ((matrix / 2) + (matrix.T / 2)).tocsr()
    return SymmetricOperator(
        matrix, (n, n), matrix.dtype, scale=_power(largest, matrix.dtype), rounding=_eps(matrix.dtype)
    )


def _of_entries(operator: Any) -> SymmetricOperator:
    entries = numbers_of("operator", operator, dtype=None)
    n = _size(entries)
    matrix = np.asarray(entries, dtype=_working(entries.dtype))
    largest = _largest(matrix)
    asymmetry, (i, j) = _difference(matrix, largest)
    if asymmetry > _allowed(_eps(matrix.dtype)):
        raise _asymmetric(i, j, float(matrix[i, j]), float(matrix[j, i]))
    if asymmetry:
        require_memory(matrix.nbytes, f"a symmetric copy of a matrix of {n} rows", "give (H + H.T)/2")
        matrix = matrix / 2 + matrix.T / 2
    return SymmetricOperator(
        matrix, (n, n), matrix.dtype, scale=_power(largest, matrix.dtype), rounding=_eps(matrix.dtype)
    )


def _largest(entries: Array) -> float:
    """The largest absolute entry; refuses what is not finite."""
    if entries.size == 0:
        return 0.0
    largest = float(max(entries.max(), -entries.min()))
    if not math.isfinite(largest):
        bad = ~np.isfinite(entries)
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        where = f" at {place}" if entries.ndim == 2 else ""
        raise InvalidParameterError(
            f"operator has the entry {float(entries[place])}{where} and {int(bad.sum())} in all that are not finite: "
            "give finite numbers"
        )
    return largest


def _difference(matrix: Array, largest: float) -> tuple[float, tuple[int, int]]:
    """`max |H_ij - H_ji|` relative to the largest entry, and its place."""
    worst, place = 0.0, (0, 0)
    if not largest:
        return worst, place
    unit = matrix.dtype.type(_power(largest, matrix.dtype))
    for start in range(0, len(matrix), _ROWS):
        rows, columns = matrix[start : start + _ROWS], matrix[:, start : start + _ROWS].T
        if np.array_equal(rows, columns):
            continue
        apart = np.abs(rows / unit - columns / unit)
        i, j = np.unravel_index(int(np.argmax(apart)), apart.shape)
        if apart[i, j] > worst:
            worst, place = float(apart[i, j]), (start + int(i), int(j))
    return worst * float(unit) / largest, place


def _of_products(operator: Any, n: int) -> SymmetricOperator:
    dtype = _working(_declared(operator))
    seen = SymmetricOperator(operator, (n, n), dtype, scale=1.0, rounding=float(np.finfo(dtype).eps))
    x, y = vectors = _probes(n)
    images, exponent = _images(seen, vectors)
    lengths = np.linalg.norm(images, axis=1)
    apart = abs(float(x @ images[1] - y @ images[0]))
    seen.asymmetry = math.sqrt(n) * apart / float(lengths.sum()) if lengths.any() else 0.0
    if seen.asymmetry > _allowed(seen.rounding):
        raise InvalidParameterError(
            "operator is not symmetric: x.Hy and y.Hx differ for random vectors x and y, as they do where "
            f"||H - H.T||/||H|| is about {2 * seen.asymmetry:.2g}: give (H + H.T)/2; the products of an operator of "
            "your own have to be linear in the vector and to depend on nothing else"
        )
    seen.scale = _power(float(lengths.max()), dtype, exponent)
    return seen


def _probes(n: int) -> Array:
    """Two random unit vectors as rows, of a stream that nothing else has."""
    stream = np.random.SeedSequence(n, spawn_key=(2**31 + 1,))
    rows = np.random.default_rng(stream).standard_normal((2, n))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _images(seen: SymmetricOperator, rows: Array) -> tuple[Array, int]:
    """`H v` for each row, divided by a power of two so that the largest component is about one, and its exponent.

    Products that over- or underflow are taken again, with vectors that are smaller or larger.
    """
    low, high = _bounds(seen.dtype)
    images = _look(seen, rows)
    largest, moved = float(np.abs(images).max()), 0
    if not math.ldexp(1.0, -high) <= largest < math.inf:
        moved = -low if largest < 1 else -high
        images = _look(seen, np.ldexp(rows, moved))
        largest = float(np.abs(images).max())
    if not math.isfinite(largest):
        raise _not_finite(images[0])
    exponent = math.frexp(largest)[1]
    return np.ldexp(images, -exponent), exponent - moved


def _not_finite(image: Array) -> InvalidParameterError:
    return InvalidParameterError(
        f"operator is not finite: one of its products has {int((~np.isfinite(image)).sum())} of {len(image)} "
        "components that are nan or infinite: give an operator of finite numbers"
    )


def _look(seen: SymmetricOperator, rows: Array) -> Array:
    """Products of what was not yet looked at; their precision is noted."""
    seen.products += len(rows)
    with np.errstate(all="ignore"):
        if isinstance(seen.source, RowOperator):
            return np.asarray(to_numpy(seen.source.product(seen.source.native(rows))), dtype=float)
        image = _product(seen.source, rows.astype(seen.dtype))
    if image.dtype.kind == "f":
        seen.rounding = max(seen.rounding, float(np.finfo(image.dtype).eps))
    return image.astype(float)


def _product(operator: Any, rows: Array) -> Array:
    """Products of an operator of the user, whatever it does, with rows that it may overwrite."""
    try:
        image = np.asarray(operator @ rows.T)
    except (BendscapeError, MemoryError):
        raise
    except Exception as error:
        raise InvalidParameterError(
            f"operator fails with {type(error).__name__} ({error}) in a product with {len(rows)} vectors, the columns "
            f"of an array of shape {rows.T.shape}: give one that multiplies such blocks"
        ) from error
    if image.shape != rows.T.shape:
        raise InvalidParameterError(
            f"operator makes an array of shape {image.shape} of {len(rows)} vectors, the columns of an array of shape "
            f"{rows.T.shape}: give one whose products have the shape of what is multiplied"
        )
    if image.dtype.kind not in _KINDS:
        raise _not_real(image.dtype)
    return image.T


def _declared(operator: Any) -> np.dtype[Any] | None:
    """The dtype of an operator, where it is NumPy's; refuses complex ones."""
    try:
        dtype = np.dtype(getattr(operator, "dtype", None))  # None is that of float
    except TypeError:
        return None
    if dtype.kind == "c":
        raise _not_real(dtype)
    return dtype


def _working(declared: np.dtype[Any] | None) -> np.dtype[Any]:
    """The precision of vectors: single where the operator has no more, otherwise double."""
    small = declared is not None and declared.kind == "f" and declared.itemsize <= 4
    return np.dtype(np.float32 if small else np.float64)


def _eps(dtype: Any) -> float:
    return float(np.finfo(dtype).eps)


def _allowed(rounding: float) -> float:
    """The asymmetry that may be rounding."""
    return min(max(_ASYMMETRY, 1e4 * rounding), 0.1)


def _bounds(dtype: Any) -> tuple[int, int]:
    """Exponents of the smallest and the largest scale: a unit vector over it neither overflows nor loses digits."""
    most = int(np.finfo(dtype).maxexp)
    return 4 - most, int(0.8 * most)


def _power(size: float, dtype: Any, exponent: int = 0) -> float:
    """The power of two next to `size 2^exponent`, within those bounds; one for zero."""
    if size == 0:
        return 1.0
    low, high = _bounds(dtype)
    return math.ldexp(1.0, min(max(math.frexp(size)[1] + exponent, low), high))


def _not_real(dtype: Any) -> InvalidParameterError:
    return InvalidParameterError(
        f"operator has dtype {dtype}: give real numbers; a Hermitian matrix A + iB has the eigenvalues of the real "
        "symmetric matrix [[A, -B], [B, A]], where each occurs twice"
    )


def _asymmetric(i: int, j: int, here: float, there: float) -> InvalidParameterError:
    return InvalidParameterError(
        f"operator is not symmetric: its entry ({i}, {j}) is {here:.6g} and its entry ({j}, {i}) is {there:.6g}: give "
        "(H + H.T)/2"
    )
