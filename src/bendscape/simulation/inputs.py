r"""The inputs `x_mu`: stored as one array, or regenerated block by block each time they are read.

Both come from one counter-based generator (Philox): a key for the sample, a counter for the block of rows. So a block
is the same whoever asks for it, in whatever order, and the two modes are the same data. Normal numbers are drawn in
single precision in every case; inputs in double precision are those numbers, divided by `sqrt(N)` there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BLOCK_BYTES", "RegeneratedInputs", "read", "row_blocks", "stored"]

BLOCK_BYTES = 2**25  # of a block of rows, where speed asks for no other
_BLOCK_ENTRIES = 2**18  # a block in single precision, one megabyte, stays in a core's cache


@dataclass(frozen=True)
class RegeneratedInputs:
    """Inputs that are never held: their rows are drawn again each time they are needed.

    Attributes
    ----------
    key : tuple of int
        Of the generator.
    shape : tuple of int
        `(M, N)`.
    dtype : numpy.dtype
        Single or double precision.
    factor, shift : array, shape (N,), optional
        What a column is multiplied by, and what is added after; by default one over `sqrt(N)`, and nothing.
    namespace, device : module and device, optional
        Where :func:`read` puts a block; NumPy by default.

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
    factor: Any = field(default=None, compare=False)
    shift: Any = field(default=None, compare=False)
    namespace: Any = None
    device: Any = None

    @property
    def block_rows(self) -> int:
        """Rows that are drawn together; a property of `N` alone."""
        return max(1, _BLOCK_ENTRIES // self.shape[1])

    def block(self, index: int, out: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        """Block number `index` of rows."""
        start = index * self.block_rows
        rows = min(self.block_rows, self.shape[0] - start)
        generator = np.random.Generator(np.random.Philox(key=np.array(self.key, np.uint64), counter=(0, 0, 0, index)))
        normal = generator.standard_normal((rows, self.shape[1]), dtype=np.float32)
        factor = 1 / math.sqrt(self.shape[1]) if self.factor is None else self.factor
        block = np.asarray(np.multiply(normal, np.asarray(factor, self.dtype), out=out, dtype=self.dtype))
        return block if self.shift is None else np.add(block, self.shift.astype(self.dtype), out=block)

    def moved(self, namespace: Any, device: Any) -> RegeneratedInputs:
        """The same inputs, read into arrays of another library."""
        return replace(self, namespace=namespace, device=device)


def stored(inputs: RegeneratedInputs, threads: int = 1) -> npt.NDArray[Any]:
    """All rows as one NumPy array."""
    whole, rows = np.empty(inputs.shape, inputs.dtype), inputs.block_rows

    def fill(index: int) -> None:
        inputs.block(index, out=whole[index * rows : (index + 1) * rows])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(math.ceil(inputs.shape[0] / rows))))
    return whole


def row_blocks(inputs: Any, rows: int | None = None) -> Iterator[tuple[int, int]]:
    """Bounds of consecutive blocks of about that many rows, or of `BLOCK_BYTES` in double precision.

    For regenerated inputs, of whole generated blocks.
    """
    rows = max(1, BLOCK_BYTES // (8 * inputs.shape[1])) if rows is None else rows
    if isinstance(inputs, RegeneratedInputs):
        rows = max(1, round(rows / inputs.block_rows)) * inputs.block_rows
    M = inputs.shape[0]
    return ((start, min(start + rows, M)) for start in range(0, M, rows))


def read(inputs: Any, start: int, stop: int) -> Any:
    """Rows `start` to `stop`, bounds as :func:`row_blocks` gives them."""
    if not isinstance(inputs, RegeneratedInputs):
        return inputs[start:stop, :]
    first, last = start // inputs.block_rows, math.ceil(stop / inputs.block_rows)
    blocks = [inputs.block(index) for index in range(first, last)]
    rows = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return rows if inputs.namespace is None else inputs.namespace.asarray(rows, device=inputs.device)
