r"""The density of eigenvalues of a large matrix, by stochastic Lanczos quadrature, or of a small one exactly.

For a random unit vector `v` the average of `v^T f(H) v` is `Tr f(H)/n`. `s` steps of Lanczos from `q_1 = v`,

    beta_j q_{j+1} = H q_j - alpha_j q_j - beta_{j-1} q_{j-1}                                              :eq:`lanczos`

give a tridiagonal matrix whose eigenvalues and squared first components are the nodes and weights of a Gauss
quadrature, exact for polynomials up to degree `2 s - 1` (Golub and Meurant; Ubaru, Chen and Saad, SIAM J. Matrix Anal.
Appl. 38, 1075, 2017):

    v^T f(H) v = sum_j omega_j f(theta_j)                                                               :eq:`quadrature`

The spread between vectors is the error bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import device

from ...arguments import MANY, RUNS, count, refuse, seed_sequence
from ...errors import InvalidParameterError
from ...memory import require_memory
from ..arrays import Array, namespace, one_blas_thread, to_numpy
from .dense import DENSE_UP_TO, Dense
from .operator import SymmetricOperator, examined
from .result import solver_seed
from .spectral_density import Density, DensityMethod

__all__ = ["LanczosQuadrature", "density"]


@dataclass(frozen=True)
class LanczosQuadrature:
    """Stochastic Lanczos quadrature.

    Parameters
    ----------
    probes : int
        Random vectors, at least two.
    steps : int
        Of Lanczos for each, all reorthogonalised.
    seed : int
        Of the probes. A probe must not share the stream that made the data: it would be an input of the sample. The
        streams of :func:`draw` are spawned from its seed, and these are not, so that the seeds may be equal.
    """

    probes: int = 8
    steps: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        for name, most in (("probes", RUNS), ("steps", MANY)):
            object.__setattr__(self, name, count(name, getattr(self, name), most))
        if self.probes < 2:
            raise InvalidParameterError("probes = 1: give at least two, or there is no error bar")
        if self.steps < 4:
            raise InvalidParameterError(f"steps = {self.steps}: give at least four")
        seed_sequence(self.seed)

    def density(self, operator: Any) -> Density:
        """See :func:`bendscape.simulation.density`."""
        operator = examined(operator)
        n, steps = operator.shape[0], min(self.steps, operator.shape[0])
        one = steps * n * operator.dtype.itemsize
        together = int(np.clip(0.2 * operator.nbytes // one, 1, self.probes))
        require_memory(one * together, f"{steps} Lanczos vectors for {together} probes", "give fewer steps")
        rng = np.random.default_rng(solver_seed(self.seed))
        starts = rng.standard_normal((self.probes, n))
        starts /= np.linalg.norm(starts, axis=1, keepdims=True)
        with one_blas_thread():
            parts = [_tridiagonal(operator, starts[i : i + together], steps) for i in range(0, self.probes, together)]
        alpha, beta = (np.concatenate(part) for part in zip(*parts, strict=True))
        fewer = (max(2, 3 * steps // 4), max(2, 7 * steps // 8))
        rules = [_gauss_rules(alpha[:, :s], beta[:, : s - 1]) for s in (steps, *fewer)]
        (nodes, weights), *coarse = ((nodes * operator.scale, weights) for nodes, weights in rules)
        return Density(nodes, weights, tuple(coarse))


def _gauss_rules(alpha: Array, beta: Array) -> tuple[Array, Array]:
    """Nodes and weights of each tridiagonal matrix, :eq:`quadrature`."""
    from scipy.linalg import eigh_tridiagonal

    pairs = [eigh_tridiagonal(a, b) for a, b in zip(alpha, beta, strict=True)]
    return np.stack([values for values, _ in pairs]), np.stack([vectors[0] ** 2 for _, vectors in pairs])


def _tridiagonal(operator: SymmetricOperator, starts: Array, steps: int) -> tuple[Array, Array]:
    """Lanczos from every row at once: `alpha`, shape (rows, steps), and `beta`, shape (rows, steps - 1)."""
    first = operator.native(starts)
    xp, tiny = namespace(first), 100 * float(np.finfo(operator.dtype).eps)
    basis = xp.zeros((len(starts), steps, starts.shape[1]), dtype=first.dtype, device=device(first))
    basis[:, 0, :] = first
    alpha, beta = np.zeros((len(starts), steps)), np.zeros((len(starts), steps - 1))
    scale = 0.0
    for j in range(steps):
        # alpha_j = q_j.H q_j,    beta_j q_{j+1} = H q_j - sum_{i <= j} (q_i.H q_j) q_i                    :eq:`lanczos`
        # in exact arithmetic two terms of the sum are not zero, alpha_j q_j and beta_{j-1} q_{j-1}
        q, held = basis[:, j, :], basis[:, : j + 1, :]
        new = operator.multiply(q)
        alpha[:, j] = to_numpy(xp.sum(new * q, axis=1))
        along = xp.matmul(held, new[:, :, None])
        new = new - xp.matmul(xp.matrix_transpose(along), held)[:, 0, :]
        norm = to_numpy(xp.sqrt(xp.sum(new * new, axis=1))).astype(float)
        scale = max(scale, float(np.abs(alpha[:, j]).max()), float(norm.max()))
        if j < steps - 1:  # a vector whose space is exhausted stays zero, with no weight
            beta[:, j] = np.where(norm > tiny * scale, norm, 0.0)
            factor = np.where(norm > tiny * scale, 1 / np.maximum(norm, 1e-300), 0.0)[:, None]
            basis[:, j + 1, :] = new * xp.asarray(factor, dtype=new.dtype, device=device(first))
    return alpha, beta


def density(operator: Any, *, method: DensityMethod | None = None) -> Density:
    """Averages over the eigenvalues of a symmetric operator: its density, moments, or any smooth function.

    Parameters
    ----------
    operator : Hessian, or any SciPy LinearOperator or matrix
    method : LanczosQuadrature or Dense, optional
        By default `Dense()` up to 2000 rows and `LanczosQuadrature()` above.

    Returns
    -------
    Density

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5, N=200, seed=1)
    >>> H, method = bs.simulation.Hessian(sample), bs.simulation.LanczosQuadrature(steps=60)
    >>> mean, stderr = bs.simulation.density(H, method=method).mean(lambda x: x)
    >>> bool(abs(mean - bs.simulation.hessian(sample).trace() / 400) < 4 * stderr)
    True
    """
    if method is not None and (isinstance(method, type) or not hasattr(method, "density")):
        raise refuse("method", method, "Dense() or LanczosQuadrature()")
    seen = examined(operator)
    if method is None:
        method = Dense() if seen.shape[0] <= DENSE_UP_TO else LanczosQuadrature()
    return method.density(seen)
