r"""The inputs `x_mu`: stored as one array, regenerated, or scaled block by block each time they are read.

Stored and regenerated inputs come from one counter-based generator (Philox): its key belongs to the sample, its counter
to the block of rows. So a block does not depend on the order in which blocks are read, and both modes have
the same data.
Normal numbers are always drawn in single precision; for inputs in double precision these numbers are converted, and
then divided by `sqrt(N)`.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import refuse

__all__ = [
    "BLOCK_BYTES",
    "RegeneratedInputs",
    "ScaledInputs",
    "chosen",
    "read",
    "row_blocks",
    "squared_lengths",
    "stored",
]

BLOCK_BYTES = 2**25  # bytes of a block of rows in double precision, unless a kernel sets its own size
_MIN_BLOCK_BYTES = 2**22
_BLOCK_ENTRIES = 2**18  # a block in single precision, one megabyte, stays in a core's cache


@dataclass(frozen=True, eq=False)
class RegeneratedInputs:
    """Inputs that are not stored: their rows are drawn again each time they are read.

    Attributes
    ----------
    key : tuple of int
        Key of the generator.
    shape : tuple of int
        `(M, N)`.
    dtype : numpy.dtype
        Single or double precision.
    factor, shift : array, shape (N,), optional
        A column is multiplied by the factor, by default `1/sqrt(N)`; then the shift is added, by default zero.
    namespace, device : module and device, optional
        Library and device of the blocks that :func:`read` returns; NumPy by default.

    Examples
    --------
    >>> import numpy as np
    >>> inputs = RegeneratedInputs(key=(1, 2), shape=(500, 1000), dtype=np.dtype("float64"))
    >>> bool(np.all(read(inputs, 262, 524) == stored(inputs)[262:]))
    True
    """

    key: tuple[int, int]
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    factor: Any = None
    shift: Any = None
    namespace: Any = None
    device: Any = None

    def _identity(self) -> tuple[Any, ...]:
        columns = (None if part is None else np.asarray(part).tobytes() for part in (self.factor, self.shift))
        return (self.key, self.shape, self.dtype, *columns, self.namespace, str(self.device))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RegeneratedInputs) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __getstate__(self) -> dict[str, Any]:
        """Return the state with the name of the module, which cannot be pickled itself."""
        return vars(self) | {"namespace": None if self.namespace is None else self.namespace.__name__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        name = state["namespace"]
        vars(self).update(state, namespace=None if name is None else importlib.import_module(name))

    @property
    def block_rows(self) -> int:
        """Return the number of rows that are drawn together; it depends on `N` alone."""
        return max(1, _BLOCK_ENTRIES // self.shape[1])

    def block(self, index: int, out: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        """Draw block number `index` of rows, into `out` if that is given."""
        blocks = math.ceil(self.shape[0] / self.block_rows)
        if isinstance(index, bool) or not isinstance(index, int | np.integer) or not 0 <= index < blocks:
            raise refuse("index", index, f"an integer from 0 to {blocks - 1}")
        start = index * self.block_rows
        rows = min(self.block_rows, self.shape[0] - start)
        generator = np.random.Generator(np.random.Philox(key=np.array(self.key, np.uint64), counter=(0, 0, 0, index)))
        normal = generator.standard_normal((rows, self.shape[1]), dtype=np.float32)
        if out is not None and (getattr(out, "shape", None), getattr(out, "dtype", None)) != (normal.shape, self.dtype):
            raise refuse("out", out, f"an array of shape {normal.shape} and type {self.dtype}, or nothing")
        factor = 1 / math.sqrt(self.shape[1]) if self.factor is None else self.factor
        block = np.asarray(np.multiply(normal, np.asarray(factor, self.dtype), out=out, dtype=self.dtype))
        return block if self.shift is None else np.add(block, self.shift.astype(self.dtype), out=block)

    def moved(self, namespace: Any, device: Any) -> RegeneratedInputs:
        """Return these inputs such that blocks are arrays of another library."""
        return replace(self, namespace=namespace, device=device)


@dataclass(frozen=True, eq=False)
class ScaledInputs:
    """Inputs of a user, times a factor: rows are converted to double precision when they are read.

    So data in single precision, or integers, are not copied to a wider type, and the numbers are those of the same data
    in double precision.

    Attributes
    ----------
    array : array, shape (M0, N)
        Real numbers of any type. It is not changed.
    factor : float
    rows : array of int, shape (M,), optional
        Indices of the rows, in order; by default all.

    Examples
    --------
    >>> import numpy as np
    >>> inputs = ScaledInputs(np.array([[1, 2], [3, 4], [5, 6]], dtype=np.int8), 0.5, np.array([2, 0]))
    >>> inputs.shape, read(inputs, 0, 1).tolist()
    ((2, 2), [[2.5, 3.0]])
    """

    array: npt.NDArray[Any]
    factor: float
    rows: npt.NDArray[np.intp] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Return `(M, N)`."""
        return len(self.array) if self.rows is None else len(self.rows), self.array.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return double precision, the type of the rows that are read."""
        return np.dtype(np.float64)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> npt.NDArray[np.float64]:
        part = self.array[rows] if self.rows is None else self.array[self.rows[rows]]
        return np.asarray(np.multiply(part, self.factor, dtype=np.float64))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return self[:].astype(np.float64 if dtype is None else dtype, copy=False)


def stored(inputs: RegeneratedInputs, threads: int = 1) -> npt.NDArray[Any]:
    """Return all rows as one NumPy array."""
    whole, rows = np.empty(inputs.shape, inputs.dtype), inputs.block_rows

    def fill(index: int) -> None:
        inputs.block(index, out=whole[index * rows : (index + 1) * rows])

    blocks = range(math.ceil(inputs.shape[0] / rows))
    if threads == 1:  # starting a thread takes longer than drawing a small sample
        for index in blocks:
            fill(index)
        return whole
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, blocks))
    return whole


def chosen(inputs: Any, rows: npt.NDArray[np.intp]) -> Any:
    """Return some rows as inputs; rows of :class:`ScaledInputs` are not copied."""
    if not isinstance(inputs, ScaledInputs):
        return inputs[rows]
    return replace(inputs, rows=rows if inputs.rows is None else inputs.rows[rows])


def squared_lengths(inputs: Any) -> npt.NDArray[np.float64]:
    """Return `|x|^2` of every row, shape (M,)."""
    bounds = row_blocks(inputs)
    return np.concatenate([np.sum(np.asarray(read(inputs, i, j), dtype=float) ** 2, axis=1) for i, j in bounds])


def row_blocks(inputs: Any, rows: int | None = None) -> Iterator[tuple[int, int]]:
    """Return bounds of consecutive blocks of about `rows` rows, or of at most `BLOCK_BYTES` in double precision.

    Blocks of small inputs are at most one sixteenth of them, so that a block does not double their memory. Blocks of
    regenerated inputs consist of whole generated blocks.
    """
    M, n = inputs.shape
    size = min(BLOCK_BYTES, max(_MIN_BLOCK_BYTES, M * n // 2))
    rows = max(1, size // (8 * n)) if rows is None else rows
    if isinstance(inputs, RegeneratedInputs):
        rows = max(1, round(rows / inputs.block_rows)) * inputs.block_rows
    return ((start, min(start + rows, M)) for start in range(0, M, rows))


def read(inputs: Any, start: int, stop: int) -> Any:
    """Return rows `start` to `stop`; the bounds come from :func:`row_blocks`."""
    if isinstance(inputs, ScaledInputs):
        return inputs[start:stop]
    if not isinstance(inputs, RegeneratedInputs):
        return inputs[start:stop, :]
    first, last = start // inputs.block_rows, math.ceil(stop / inputs.block_rows)
    blocks = [inputs.block(index) for index in range(first, last)]
    rows = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return rows if inputs.namespace is None else inputs.namespace.asarray(rows, device=inputs.device)
