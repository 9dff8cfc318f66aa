r"""Thick-restart block Lanczos with full reorthogonalisation.

A basis `Q` of rows grows by blocks, `Q_next R = H Q_j - (projection on Q)`, and `T = Q H Q^T` is kept in full. The
lowest Ritz pairs of `T` approach eigenpairs; the residual of a Ritz vector `Q^T s` is `|R s_last|`, `s_last` its
components in the last block. When the basis is full it is replaced by its lowest Ritz vectors and the last block, and
grows again (Wu and Simon, SIAM J. Matrix Anal. Appl. 22, 602, 2000). A block of `b` vectors finds `b` copies of a
degenerate eigenvalue; every block is orthogonalised twice against everything, so that none is found again.

The heavy arithmetic is five matrix products, written against the Python array API standard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import device

from ..arguments import count, positive, seed_sequence
from ..errors import InvalidParameterError
from ..memory import reserve
from .arrays import namespace, one_blas_thread, to_numpy
from .eigenpairs import Eigenpairs, acceptable, checked, multiply_rows, native_rows, own_stream, precision
from .sample import Array

__all__ = ["BlockLanczos"]


@dataclass(frozen=True)
class BlockLanczos:
    """Thick-restart block Lanczos with full reorthogonalisation.

    Parameters
    ----------
    block : int, optional
        Vectors multiplied at once. Of an eigenvalue of larger multiplicity copies may be missing without notice. By
        default the `multiplicity` that the operator announces (for a Hessian at a random start `p p_star`), or, if it
        announces none, the number of eigenpairs wanted, which is always enough.
    basis : int, optional
        Vectors held. By default as many as take a fifth of the memory of the inputs, between 20 blocks and 400.
    tolerance : float, optional
        Residual to reach, relative to the largest eigenvalue wanted; 1e-6, or 1e-4 in single precision.
    max_products : int
        Products with a vector after which to stop.
    seed : int
        Of the starting block.
    """

    block: int | None = None
    basis: int | None = None
    tolerance: float | None = None
    max_products: int = 20_000
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("block", "basis", "max_products"):
            if getattr(self, name) is not None:
                count(name, getattr(self, name))
        seed_sequence(self.seed)
        if self.tolerance is not None:
            positive("tolerance", self.tolerance)

    def sizes(self, operator: Any, number: int) -> tuple[int, int]:
        """Vectors in a block and in the basis."""
        n = operator.shape[0]
        block: int = self.block or getattr(operator, "multiplicity", None) or number
        room = 0.2 * getattr(operator, "nbytes", 0) / (n * np.dtype(operator.dtype).itemsize)
        wide = max(float(np.clip(room, 20 * block, max(400, 20 * block))), 3.0 * (number + block))
        basis = min(self.basis or int(wide), n - block)
        if basis < number + 2 * block:
            raise InvalidParameterError(
                f"{number} eigenpairs of a matrix of {n} rows with a block of {block} and a basis of {basis}: a basis "
                f"has to hold at least {number + 2 * block} vectors; give a larger basis, or use Dense()"
            )
        return block, basis

    def lowest(self, operator: Any, number: int) -> Eigenpairs:
        """See :func:`bendscape.simulation.lowest`."""
        block, basis = self.sizes(operator, number)
        size = (basis + 2 * block) * operator.shape[0] * np.dtype(operator.dtype).itemsize
        reserve(size, f"a basis of {basis} vectors", "BlockLanczos(basis=...) sets a smaller one")
        with one_blas_thread():
            search = _Search(operator, block, basis, np.random.default_rng(own_stream(self.seed)))
            while not search.advance(number, self.tolerance) and search.products < self.max_products:
                pass
            values, vectors = search.pairs(number)
        tolerance = acceptable(operator, values, search.norm, self.tolerance)
        return checked(operator, values, vectors, tolerance, search.products)


class _Search:
    """An orthonormal basis of `length` rows that have been multiplied, and the block of rows that comes next.

    `matrix` is `T = Q H Q^T`, with the coupling of the next block to the basis in the rows below.
    """

    def __init__(self, operator: Any, block: int, size: int, rng: np.random.Generator) -> None:
        self.operator, self.block, self.size, self.rng = operator, block, size, rng
        self.eps, self.norm, self.products, self.length = precision(operator), 0.0, 0, 0
        self.pace, self.missing = 4 * block, math.inf
        start = self.random(block)
        self.xp, self.device = namespace(start), device(start)
        self.rows = self.xp.zeros((size + block, operator.shape[0]), dtype=start.dtype, device=self.device)
        self.rows[:block, :] = self.orthonormal(start)
        self.matrix = np.zeros((size + block, size + block))
        self.values, self.mixing = np.zeros(0), np.zeros((0, 0))

    def random(self, number: int) -> Any:
        """Rows of random numbers of norm about one."""
        n = self.operator.shape[0]
        return native_rows(self.operator, self.rng.standard_normal((number, n)) / n**0.5)

    def product(self, rows: Any) -> Any:
        """The operator on every row."""
        self.products += rows.shape[0]
        return multiply_rows(self.operator, rows)

    def native(self, small: Array) -> Any:
        """A small matrix of the host, where the rows are."""
        return self.xp.asarray(np.ascontiguousarray(small), dtype=self.rows.dtype, device=self.device)

    def orthonormal(self, new: Any) -> Any:
        """An orthonormal block that spans `new`, which is orthogonal to the basis up to rounding, and stays so.

        Each pass divides by the root of the Gram matrix and projects; the second finds nothing to do, unless the block
        was close to dependent. Something random takes the place of what `new` no longer has to give.
        """
        xp, floor = self.xp, 30 * self.eps * self.norm
        for _ in range(6):
            double = xp.astype(new, xp.float64)
            weights, mixing = np.linalg.eigh(to_numpy(double @ double.T))
            alive = weights > max(floor, 30 * self.eps * weights[-1] ** 0.5) ** 2
            done = floor == 0.0 and weights[0] > 0.5 and weights[-1] < 2.0
            new = self.native((mixing[:, alive] / np.sqrt(weights[alive])).T) @ new
            if done:
                return new
            if not alive.all():
                new = xp.concat([new, self.random(int(np.sum(~alive)))])
            if self.length:
                new = new - (new @ self.rows[: self.length, :].T) @ self.rows[: self.length, :]
            floor = 0.0  # from now on the rows are of norm one
        return new

    def step(self) -> None:
        """Multiply the next block, project the result on the basis, find the block after it."""
        start, end = self.length, self.length + self.block
        new = self.product(self.rows[start:end, :])
        column = self.rows[:end, :] @ new.T
        new = new - column.T @ self.rows[:end, :]
        self.matrix[:end, start:end] = to_numpy(column)
        self.matrix[start:end, :end] = self.matrix[:end, start:end].T
        self.norm, self.length = max(self.norm, float(np.abs(self.matrix[start:end, start:end]).max())), end
        self.rows[end : end + self.block, :] = self.orthonormal(new)
        coupling = self.rows[end : end + self.block, :] @ new.T
        self.matrix[end : end + self.block, :end] = 0.0
        self.matrix[end : end + self.block, start:end] = to_numpy(coupling)

    def solve(self, number: int) -> Array:
        """The lowest Ritz pairs; returns the residuals that they have."""
        from scipy.linalg import eigh

        end = self.length
        self.values, self.mixing = eigh(self.matrix[:end, :end], subset_by_index=(0, min(number, end) - 1))
        return np.asarray(np.linalg.norm(self.matrix[end : end + self.block, :end] @ self.mixing, axis=0))

    def restart(self, number: int) -> None:
        """Go on from the lowest Ritz vectors and the next block."""
        kept, end = number + 2 * (self.size - number) // 5, self.length
        self.solve(kept)
        self.rows[:kept, :] = self.native(self.mixing.T) @ self.rows[:end, :]
        self.rows[kept : kept + self.block, :] = self.xp.asarray(self.rows[end : end + self.block, :], copy=True)
        self.matrix[:] = 0.0
        self.matrix[range(kept), range(kept)] = self.values
        self.length = kept

    def advance(self, number: int, tolerance: float | None) -> bool:
        """Grow the basis until it is time to look at the residuals; whether those wanted are small enough."""
        if self.length + self.block > self.size:
            self.restart(number)
        before = self.length
        target = min(max(before + self.pace, 2 * number), self.size - self.block + 1)
        while self.length < target:
            self.step()
        residuals = self.solve(number)
        self.norm = max(self.norm, float(np.abs(self.values).max()))
        goal = 0.7 * acceptable(self.operator, self.values, self.norm, tolerance)  # rounding adds to the true residuals
        missing = math.log(max(float(residuals.max()) / goal, 1.0)) if goal > 0 else 0.0
        self.pace = self.next_look(missing, self.length - before)
        self.missing = missing
        return missing == 0.0

    def next_look(self, missing: float, grown: int) -> int:
        """Rows to add before looking again: what the residuals need at their present rate, cautiously."""
        rate = (self.missing - missing) / grown
        needed = 0.9 * missing / rate if rate > 0 else math.inf
        return int(min(max(needed, self.block), max(0.25 * self.length, 4 * self.block)))

    def pairs(self, number: int) -> tuple[Array, Array]:
        """The lowest Ritz values and vectors, in double precision."""
        self.solve(number)
        vectors = to_numpy(self.native(self.mixing.T) @ self.rows[: self.length, :]).astype(float).T
        return self.values, vectors / np.linalg.norm(vectors, axis=0)
