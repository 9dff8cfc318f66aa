r"""Thick-restart block Lanczos with full reorthogonalisation.

A basis `Q` of rows grows by blocks, and `T = Q H Q^T` is kept in full (for Hermitian `H`, `Q^H` takes the place of
`Q^T`). Its lowest pairs approach eigenpairs:

    T_j = Q (Q_j H)^T,    Q_j H - T_j^T Q = R_j^T Q_{j+1}                                            :eq:`block-lanczos`
    T s = theta s,    v = Q^T s,    |H v - theta v| = |R_j s_last|                                   :eq:`ritz-residual`

with `s_last` the components of `s` in the last block. When the basis is full it is replaced by its lowest Ritz vectors
and the last block, and grows again (Wu and Simon, SIAM J. Matrix Anal. Appl. 22, 602, 2000). A block of `b` vectors
finds `b` copies of a degenerate eigenvalue; every block is orthogonalised twice against everything, so that no copy is
found twice.

The heavy arithmetic is five matrix products, written against the Python array API standard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import device

from ...arguments import count, positive, seed_sequence
from ...errors import InvalidParameterError
from ...memory import require_memory
from ..arrays import Array, adjoint, conjugate, namespace, one_blas_thread, to_numpy
from .dense import lowest_of_matrix
from .operator import SymmetricOperator, examined
from .result import Eigenpairs, default_tolerance, rounding_error, solver_seed, with_residuals

__all__ = ["BlockLanczos", "with_missed_copies"]


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
            if getattr(self, name) is not None or name == "max_products":
                object.__setattr__(self, name, count(name, getattr(self, name)))
        seed_sequence(self.seed)
        if self.tolerance is not None:
            object.__setattr__(self, "tolerance", positive("tolerance", self.tolerance))

    def sizes(self, operator: Any, number: int) -> tuple[int, int]:
        """Vectors in a block and in the basis."""
        n = operator.shape[0]
        block: int = self.block or operator.multiplicity or number
        room = 0.2 * operator.nbytes / (n * np.dtype(operator.dtype).itemsize)
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
        operator = examined(operator)
        number = count("number", number, operator.shape[0])
        block, basis = self.sizes(operator, number)
        size = (basis + 2 * block) * operator.shape[0] * operator.dtype.itemsize
        require_memory(size, f"a basis of {basis} vectors", "BlockLanczos(basis=...) sets a smaller one")
        with one_blas_thread():
            search = self.search(operator, block, basis)
            while not search.advance(number) and operator.products < self.max_products:
                pass
            (values, vectors), tolerance = search.pairs(number), search.target_residual()
            if block >= (operator.multiplicity or number):
                return with_residuals(operator, values, vectors, tolerance)
            complete = with_missed_copies(operator, values, vectors, tolerance, search.norm, self)
        return with_residuals(operator, *complete)

    def search(self, operator: SymmetricOperator, block: int, basis: int, stream: int = 0) -> _Search:
        """A search that has yet to begin."""
        relative = default_tolerance(operator) if self.tolerance is None else self.tolerance
        root = solver_seed(self.seed)
        rng = np.random.default_rng(root if stream == 0 else root.spawn(stream)[-1])
        return _Search(operator, block, basis, relative, rng)


def with_missed_copies(
    operator: SymmetricOperator, values: Array, vectors: Array, tolerance: float, norm: float, solver: BlockLanczos
) -> tuple[Array, Array, float, bool]:
    """The lowest pairs, those included that a search missed: copies of multiple eigenvalues.

    A Krylov space of a block of `b` vectors has `b` directions of each eigenspace. So the vectors found are lifted
    above the others, and the lowest pair that is left is looked for from another start, until it lies above the values
    found.

    Returns
    -------
    values, vectors, tolerance
    complete : bool
        Whether the last search came to an end.
    """
    number, block = values.size, solver.block or 1
    for stream in range(1, number + 1):
        # H + (lambda_k - lambda_1 + |H|) V V^T                                                             :eq:`lifted`
        lifted = operator.lifted(vectors, float(values[-1] - values[0]) + norm)
        search = solver.search(lifted, block, solver.sizes(operator, 1)[1], stream)
        limit = float(values[-1]) - tolerance
        while not search.advance(1) and search.values[0] - search.residual <= limit:
            if operator.products >= solver.max_products:
                return values, vectors, tolerance, False
        if search.values[0] >= limit:
            break
        basis = np.linalg.qr(np.hstack([vectors, search.pairs(1)[1]]))[0]
        values, mixing = np.linalg.eigh(adjoint(basis) @ operator.apply(basis))
        values, vectors = values[:number], basis @ mixing[:, :number]
    return values, vectors, tolerance, True


class _Search:
    """An orthonormal basis `Q` of `length` rows that have been multiplied, and the block of rows that comes next.

    `matrix` is `T = Q H Q^T`, with the coupling of the next block to the basis in the rows below.
    """

    def __init__(
        self, operator: SymmetricOperator, block: int, size: int, relative: float, rng: np.random.Generator
    ) -> None:
        self.operator, self.block, self.size, self.relative, self.rng = operator, block, size, relative, rng
        self.eps, self.norm, self.length = float(np.finfo(operator.dtype).eps), 0.0, 0
        self.previous_values: Array | float = math.inf  # at the last check
        self.centre: float | None = None
        self.residual = math.inf
        self.rows_to_add, self.remaining = 4 * block, math.inf
        self.matrix = np.zeros((size + block, size + block), dtype=np.result_type(operator.dtype, float))
        start = self.random(block)
        self.xp, self.device = namespace(start), device(start)
        self.rows = self.xp.zeros((size + block, operator.shape[0]), dtype=start.dtype, device=self.device)
        self.rows[:block, :] = self.orthonormal(start)
        self.values, self.mixing = np.zeros(0), np.zeros((0, 0))

    def random(self, number: int) -> Any:
        """Rows of random numbers of norm about one."""
        n = self.operator.shape[0]
        rows = self.rng.standard_normal((number, n)) / n**0.5
        if np.dtype(self.operator.dtype).kind == "c":
            rows = rows + 1j * self.rng.standard_normal((number, n)) / n**0.5
        return self.operator.native(rows)

    def native(self, small: Array) -> Any:
        """A small matrix of the host, where the rows are."""
        return self.xp.asarray(np.ascontiguousarray(small), dtype=self.rows.dtype, device=self.device)

    def orthonormal(self, new: Any) -> Any:
        """An orthonormal block that spans `new`, which is orthogonal to the basis up to rounding, and stays so.

        The second pass finds nothing to do, unless the block was close to dependent. Random rows take the place of
        directions that `new` does not have.
        """
        xp, floor = self.xp, 30 * self.eps * self.norm
        for _ in range(6):
            # V V^H = U diag(w) U^H,    V -> w^(-1/2) U^H V,    V -> V - V Q^H Q                 :eq:`orthonormal-block`
            double = xp.astype(new, xp.complex128 if self.matrix.dtype.kind == "c" else xp.float64)
            weights, mixing = np.linalg.eigh(to_numpy(double @ adjoint(double)))
            alive = weights > max(floor, 30 * self.eps * weights[-1] ** 0.5) ** 2
            done = floor == 0.0 and weights[0] > 0.5 and weights[-1] < 2.0
            new = self.native(adjoint(mixing[:, alive] / np.sqrt(weights[alive]))) @ new
            if done:
                return new
            if not alive.all():
                new = xp.concat([new, self.random(int(np.sum(~alive)))])
            if self.length:
                new = new - (new @ adjoint(self.rows[: self.length, :])) @ self.rows[: self.length, :]
            floor = 0.0  # from now on the rows are of norm one
        return new

    def step(self) -> None:
        """Multiply the next block, project the result on the basis, find the block after it."""
        start, end = self.length, self.length + self.block
        # T_j = Q (Q_j H)^T,    V = Q_j H - T_j^T Q = R_j^T Q_{j+1},    R_j = Q_{j+1} V^T            :eq:`block-lanczos`
        new = self.operator.multiply(self.rows[start:end, :])
        column = conjugate(self.rows[:end, :]) @ new.T
        new = new - column.T @ self.rows[:end, :]
        self.matrix[:end, start:end] = to_numpy(column)
        self.matrix[start:end, :end] = adjoint(self.matrix[:end, start:end])
        self.norm, self.length = max(self.norm, float(np.abs(self.matrix[start:end, start:end]).max())), end
        self.rows[end : end + self.block, :] = self.orthonormal(new)
        coupling = conjugate(self.rows[end : end + self.block, :]) @ new.T
        self.matrix[end : end + self.block, :end] = 0.0
        self.matrix[end : end + self.block, start:end] = to_numpy(coupling)

    def solve(self, number: int) -> Array:
        """The lowest Ritz pairs; returns their residuals."""
        # T s = theta s,    |H Q^T s - theta Q^T s| = |R_j s_last|                                   :eq:`ritz-residual`
        end = self.length
        copy = self.matrix[:end, :end].copy
        self.values, self.mixing = lowest_of_matrix(copy(), min(number, end), again=copy)
        return np.asarray(np.linalg.norm(self.matrix[end : end + self.block, :end] @ self.mixing, axis=0))

    def restart(self, number: int) -> None:
        """Go on from the lowest Ritz vectors and the next block."""
        kept, end = number + 2 * (self.size - number) // 5, self.length
        self.solve(kept)
        # Q -> S^T Q, then Q_{j+1};    T -> diag(theta), and the next step adds the coupling to Q_{j+1}
        self.rows[:kept, :] = self.native(self.mixing.T) @ self.rows[:end, :]
        self.rows[kept : kept + self.block, :] = self.xp.asarray(self.rows[end : end + self.block, :], copy=True)
        self.matrix[:] = 0.0
        self.matrix[range(kept), range(kept)] = self.values
        self.length = kept

    def spectrum_centre(self) -> float:
        """Where most of the spectrum lies: the median of `v.Hv` over the later half of the basis.

        Few extreme values do not move it; the first vectors have a share in all of them.
        """
        return float(np.median(np.diag(self.matrix).real[self.length // 2 : self.length]))

    def spread(self) -> float:
        """Three times the distance of the highest value wanted from where most of the spectrum lies."""
        centre = self.centre if self.centre is not None else self.spectrum_centre()
        return 3 * abs(centre - float(self.values[-1]))

    def target_residual(self) -> float:
        """The residual to reach: relative to the largest value wanted, and not below what rounding allows.

        A value far outside the others is no measure of them: the largest counts no further than three times the
        distance of the highest value wanted from the middle of the spectrum.
        """
        # max(tau min(|lambda|_max, 3 |lambda_k - c|), 100 eps |H|)                                  :eq:`residual-goal`
        size = min(float(np.abs(self.values).max()), self.spread())
        return max(self.relative * size, rounding_error(self.operator, self.norm))

    def advance(self, number: int) -> bool:
        """Grow the basis up to the next check of the residuals; whether those wanted are small enough."""
        if self.length + self.block > self.size:
            if self.centre is None:  # at the first restart; later most of the basis is low
                self.centre = self.spectrum_centre()
            self.restart(number)
        before = self.length
        target = min(max(before + self.rows_to_add, 2 * number), self.size - self.block + 1)
        while self.length < target:
            self.step()
        residuals = self.solve(number)
        self.norm = max(self.norm, float(np.abs(self.values).max()))
        self.residual = float(residuals.max())
        goal = 0.7 * self.target_residual()  # rounding adds to the true residuals
        remaining = math.log(max(self.residual / goal, 1.0)) if goal > 0 else 0.0
        self.rows_to_add = self.rows_to_next_check(remaining, self.length - before)
        self.remaining = remaining
        fallen, self.previous_values = self.previous_values - self.values, self.values
        # where rounding allows no smaller residual, it may be that of a neighbour of those wanted: they still fall
        return remaining == 0.0 and (goal < self.relative * self.spread() or bool(np.all(fallen <= goal)))

    def rows_to_next_check(self, remaining: float, grown: int) -> int:
        """Rows to add before the next check: nine tenths of what the residuals need at their present rate."""
        most = max(0.25 * self.length, 4 * self.block)
        rate = (self.remaining - remaining) / grown
        needed = 0.9 * remaining / rate if rate > 0 and remaining > 0 else math.inf
        return int(min(max(needed, self.block), most))

    def pairs(self, number: int) -> tuple[Array, Array]:
        """The lowest Ritz values and vectors, in double precision."""
        self.solve(number)
        vectors = to_numpy(self.native(self.mixing.T) @ self.rows[: self.length, :]).astype(self.matrix.dtype).T
        return self.values, vectors / np.linalg.norm(vectors, axis=0)
