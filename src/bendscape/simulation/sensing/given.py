r"""Operators of users, checked on entry: sizes, finite products, no rows of zeros, and the adjoint.

For random vectors `x` and `z` an operator and its adjoint have

    <z, A x> = <A^H z, x>                                                                                :eq:`dot-test`

up to rounding. A conjugate that was forgotten, or a Fourier transform that is not unitary, changes one side only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...arguments import count, refuse, shown
from ...errors import InvalidParameterError
from ...user_arrays import numbers_of
from ..arrays import Array, library, to_numpy
from .matrix import Matrix, checked_matrix
from .operator import Sensing

__all__ = ["Functions", "Given", "Restricted", "as_sensing"]

_EXTREME = 1e100  # largest number of a product with a random vector; one over it is the smallest
_ACCURACY = 1e-4  # of the two sides of the test of the adjoint, against a typical size


@dataclass(frozen=True, eq=False)
class Given(Sensing):
    """Anything with `shape`, `matvec` and `rmatvec`: SciPy's ``LinearOperator``, the operators of PyLops.

    Parameters
    ----------
    operator : object
        `matvec` multiplies a vector of shape (n,), `rmatvec` one of shape (m,) with the adjoint.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from bendscape.simulation.sensing import Given
    >>> Given(aslinearoperator(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))).alpha
    1.5
    """

    operator: Any
    dtype: np.dtype[Any] = field(init=False)
    signal_shape: tuple[int, ...] = field(init=False)
    label_shape: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        shape = getattr(self.operator, "shape", None)
        methods = all(callable(getattr(self.operator, name, None)) for name in ("matvec", "rmatvec"))
        if not methods or not isinstance(shape, tuple) or len(shape) != 2:
            raise InvalidParameterError(
                f"operator = {shown(self.operator)}: give a matrix, an operator with shape, matvec and rmatvec, or "
                "bs.simulation.sensing.Functions(forward, adjoint, signal_shape)"
            )
        m, n = (count("operator.shape", int(each)) for each in shape)
        object.__setattr__(self, "signal_shape", (n,))
        object.__setattr__(self, "label_shape", (m,))
        object.__setattr__(self, "dtype", _kind(self.operator, np.ones(n)))

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        return _each("matvec", self.operator.matvec, rows, self.signal_shape, self.shape[0])

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        return _each("rmatvec", self.operator.rmatvec, rows, self.label_shape, self.shape[1])


@dataclass(frozen=True, eq=False)
class Functions(Sensing):
    """A pair of functions: `A x` for a signal of any shape, and `A^H z` for what the first one returns.

    Parameters
    ----------
    product : callable
        `A`: it takes an array of shape `signal_shape`.
    adjoint_product : callable
        `A^H`: it takes an array of the shape that `product` returns.
    signal_shape : int or tuple of int
        Axes of the signal.
    library : str
        ``"numpy"``, ``"torch"`` or ``"cupy"``: the arrays that the functions take and return.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.simulation.sensing import Functions
    >>> masks = np.exp(1j * np.arange(12.0).reshape(3, 2, 2) ** 2)
    >>> A = Functions(
    ...     lambda x: np.fft.fft2(masks * x, norm="ortho"),
    ...     lambda z: np.sum(masks.conj() * np.fft.ifft2(z, norm="ortho"), axis=0),
    ...     (2, 2),
    ... )
    >>> A.label_shape, A.shape
    ((3, 2, 2), (12, 4))
    """

    product: Callable[[Any], Any]
    adjoint_product: Callable[[Any], Any]
    signal_shape: Any
    library: str = "numpy"
    label_shape: tuple[int, ...] = field(init=False)
    dtype: np.dtype[Any] = field(init=False)

    def __post_init__(self) -> None:
        for name in ("product", "adjoint_product"):
            if not callable(getattr(self, name)):
                raise InvalidParameterError(f"{name} = {shown(getattr(self, name))}: give a function of an array")
        shape = self.signal_shape if isinstance(self.signal_shape, tuple | list) else (self.signal_shape,)
        if not shape:
            raise refuse("signal_shape", self.signal_shape, "a positive integer, or several in a tuple")
        object.__setattr__(self, "signal_shape", tuple(count("signal_shape", n) for n in shape))
        library(self.library)
        image = self._call("product", np.ones(self.signal_shape, dtype=complex))
        object.__setattr__(self, "label_shape", image.shape)
        real = self._call("product", np.ones(self.signal_shape))
        object.__setattr__(self, "dtype", np.dtype(complex if real.dtype.kind == "c" else float))

    def _call(self, name: str, array: Array) -> Array:
        xp = library(self.library)
        return np.asarray(to_numpy(_attempt(name, getattr(self, name), xp.asarray(array, copy=True))))

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        return _each("product", lambda x: self._call("product", x), rows, self.signal_shape, self.shape[0])

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        call = "adjoint_product"
        return _each(call, lambda z: self._call(call, z), rows, self.label_shape, self.shape[1])


@dataclass(frozen=True, eq=False)
class Restricted(Sensing):
    """An operator for signals that are zero outside of a given support: some of its columns.

    Parameters
    ----------
    operator : Sensing
    support : array of bool, shape `signal_shape`
        Where the signal may differ from zero.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.simulation.sensing import CodedDiffraction, Restricted, random_masks
    >>> A = Restricted(CodedDiffraction(random_masks(2, 4, seed=1)), np.array([True, True, True, False]))
    >>> A.shape, A.unitary
    ((8, 3), True)
    """

    operator: Sensing
    support: Any
    places: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "operator", as_sensing(self.operator))
        support = numbers_of("support", self.support, dtype=None)
        if support.dtype.kind != "b" or support.shape != self.operator.signal_shape or not support.any():
            raise InvalidParameterError(
                f"support = {shown(self.support)}: give True and False of shape {self.operator.signal_shape}, that of "
                "signals of the operator, True where the signal may differ from zero"
            )
        object.__setattr__(self, "support", support)
        object.__setattr__(self, "places", np.flatnonzero(support))

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        """As the operator has it."""
        return self.operator.dtype

    @property
    def signal_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """``(n,)``: places of the support."""
        return (self.places.size,)

    @property
    def label_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """As the operator has it."""
        return self.operator.label_shape

    def forward(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        return self.operator.forward(self.embedded(rows))

    def adjoint(self, rows: Array) -> Array:
        """See :class:`Sensing`."""
        return np.asarray(self.operator.adjoint(rows)[:, self.places])

    def embedded(self, rows: Array) -> Array:
        """Signals on the support as signals everywhere, with zeros."""
        wide = np.zeros((len(rows), self.operator.shape[1]), dtype=rows.dtype)
        wide[:, self.places] = rows
        return wide

    def even(self) -> tuple[Sensing, Array]:
        """As the operator has it."""
        operator, divisors = self.operator.even()
        return Restricted(operator, self.support), divisors

    def gram(self) -> Any:
        """Rows and columns of that of the operator, where that is diagonal; otherwise by products."""
        from .gram import Diagonal

        whole = self.operator.gram()
        if isinstance(whole, Diagonal):
            return Diagonal(whole.values if whole.values.size == 1 else whole.values[self.places])
        return super().gram()


def as_sensing(operator: Any) -> Sensing:
    """Return an operator of the user as a :class:`Sensing`, checked.

    Parameters
    ----------
    operator : Sensing, array of shape (m, n), sparse array, or anything with `shape`, `matvec` and `rmatvec`

    Raises
    ------
    InvalidParameterError
        If a product is not finite or has another size, a row is zero, or the adjoint is none, :eq:`dot-test`.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.simulation.sensing import Functions, as_sensing
    >>> as_sensing(Functions(np.fft.fft, np.fft.ifft, 8))
    Traceback (most recent call last):
    bendscape.errors.InvalidParameterError: the adjoint is 0.125 times what it has to be: ...
    """
    seen = _wrapped(operator)
    m, n = seen.shape
    rng = np.random.default_rng(np.random.SeedSequence((m, n), spawn_key=(2**31 + 2,)))
    x, z = (_normal(rng, size, seen.is_complex) for size in (n, m))
    image, back = seen.forward(x[None, :])[0], seen.adjoint(z[None, :])[0]
    for name, array in (("A x", image), ("A^H z", back)):
        if not np.isfinite(array).all():
            bad = int((~np.isfinite(array)).sum())
            raise InvalidParameterError(
                f"operator is not finite: {bad} of {array.size} numbers of {name} are nan or infinite for a random "
                "vector: give an operator of finite numbers"
            )
        size = float(np.abs(array).max())
        if size and not 1 / _EXTREME <= size <= _EXTREME:
            raise InvalidParameterError(
                f"operator has products as large as {size:.2g}: divide it by a number, so that squares are finite"
            )
    empty = image == 0
    if empty.any():
        raise InvalidParameterError(
            f"operator has {int(empty.sum())} rows of zeros, such as row {int(np.argmax(empty))}: leave out these rows "
            "and their labels"
        )
    _check_adjoint(np.vdot(z, image), np.vdot(back, x), float(np.linalg.norm(image) * np.linalg.norm(z)), image, back)
    return seen


def _wrapped(operator: Any) -> Sensing:
    from scipy.sparse import issparse
    from scipy.sparse.linalg import aslinearoperator

    if isinstance(operator, Sensing):
        return operator
    if issparse(operator):
        return Given(aslinearoperator(operator))
    if hasattr(operator, "matvec") or callable(operator):
        return Given(operator)
    return Matrix(checked_matrix("operator", operator))


def _check_adjoint(there: complex, back: complex, size: float, *arrays: Array) -> None:
    """Compare the two sides of the test of the adjoint."""
    eps = max(float(np.finfo(array.dtype).eps) if array.dtype.kind in "fc" else 0.0 for array in arrays)
    allowed = size * (_ACCURACY / math.sqrt(arrays[0].size) + 1e3 * eps)
    if abs(there - back) <= allowed:
        return
    factor = back / there if there else complex("nan")
    if abs(factor.imag) < 1e-6 * abs(factor.real):
        raise InvalidParameterError(
            f"the adjoint is {factor.real:.6g} times what it has to be: give the conjugate transpose; a Fourier "
            "transform is unitary with norm='ortho', and then its inverse is its adjoint"
        )
    raise InvalidParameterError(
        f"the adjoint is that of another operator: <z, A x> = {there:.4g} and <A^H z, x> = {back:.4g} for random "
        "vectors: give the conjugate transpose of A; a transpose without a conjugate is a usual reason"
    )


def _normal(rng: np.random.Generator, size: int, complex_numbers: bool) -> Array:
    x = rng.standard_normal(size)
    return x + 1j * rng.standard_normal(size) if complex_numbers else x


def _kind(operator: Any, x: Array) -> np.dtype[Any]:
    """The kind of an operator: as it declares it, otherwise that of a product with a real vector."""
    declared = getattr(operator, "dtype", None)
    try:
        kind = (
            np.dtype(declared).kind
            if declared is not None
            else np.asarray(_attempt("matvec", operator.matvec, x)).dtype.kind
        )
    except TypeError:
        kind = np.asarray(_attempt("matvec", operator.matvec, x)).dtype.kind
    return np.dtype(complex if kind == "c" else float)


def _attempt(name: str, function: Callable[[Any], Any], array: Any) -> Any:
    """Call a function of the user, whatever it does."""
    try:
        return function(array)
    except MemoryError:
        raise
    except Exception as error:
        raise InvalidParameterError(
            f"{name} fails with {type(error).__name__} ({error}) for an array of shape {tuple(array.shape)}: give one "
            "that takes such arrays"
        ) from error


def _each(name: str, function: Callable[[Any], Any], rows: Array, shape: tuple[int, ...], size: int) -> Array:
    """A function of one vector, for each row."""
    images = [np.asarray(_attempt(name, function, np.array(row.reshape(shape)))) for row in rows]
    for image in images:
        if image.size != size or image.dtype.kind not in "biufc":
            raise InvalidParameterError(
                f"{name} returns an array of shape {image.shape} and type {image.dtype} for one of shape {shape}: give "
                f"a function that returns {size} numbers"
            )
    return np.stack([image.reshape(-1) for image in images]) if images else np.zeros((0, size))
