r"""Noise with the symmetry of the neurons: random `p x p` blocks by sector of the orthogonal group.

Components of the inputs outside the teacher's and the student's directions enter the equations through the `p x p`
matrix `Y = x_mu^T R x_nu`, with the resolvent `R` of the rest. Its covariance is a ladder sum in the *pair of left and
of right indices*, over trace, symmetric traceless and antisymmetric matrices:

    E[Y_kk' Y_ll'] = C_(kl),(k'l') / N                                                               :eq:`fs-covariance`
    C = sum_t phi_t P_t,    phi_t = 1/(nu/g^2 - e_t)                                                     :eq:`fs-ladder`

The sectors of `Y` itself pair the indices differently, `(kk')` with `(ll')`. In that channel `C` has other eigenvalues,
the crossed variances. An array of three numbers has one for each sector, in the order trace, symmetric traceless,
antisymmetric.
"""

from __future__ import annotations

import numpy as np

from ..._types import Array

__all__ = [
    "crossed_variances",
    "mode_variances",
    "shared_fraction",
    "symmetric_noise",
    "traceless",
]


def _invariants(ladders: Array, p: int) -> tuple[float, float, float]:
    """Coefficients of `d_kl d_k'l'`, `d_kk' d_ll'` and `d_kl' d_lk'` in `C`, :eq:`fs-invariants`."""
    # P_tr   = d_kl d_k'l' / p
    # P_sym  = (d_kk' d_ll' + d_kl' d_lk')/2 - P_tr
    # P_anti = (d_kk' d_ll' - d_kl' d_lk')/2                                                                :eq:`fs-abc`
    trace, symmetric, antisymmetric = ladders
    return (trace - symmetric) / p, (symmetric + antisymmetric) / 2, (symmetric - antisymmetric) / 2


def crossed_variances(ladders: Array, p: int) -> Array:
    """Return `N` times the variances of the unit components of `Y` in its own sectors, from the `phi_t`."""
    if p == 1:  # a + b + c is phi_tr, and no other sector exists
        return np.array([max(ladders[0], 0.0), 0.0, 0.0])
    # as an operator from (ll') to (kk') the three invariants are the identity, p times the projector on the trace,
    # and the transposition:                                                                            :eq:`fs-crossed`
    a, b, c = _invariants(ladders, p)
    return np.maximum([a + p * b + c, a + c, a - c], 0.0)


def shared_fraction(ladders: Array, p: int) -> float:
    """Return `theta`, the share of `phi_tr = p a + b + c` of modes that share one vector, a copy for each neuron.

    A mode of the whole matrix, spread over the neurons at random, contributes to `a` alone; `p` degenerate modes
    `e_k x v` with one `v` contribute to `b` alone. Only spread modes contribute to the symmetric sector, `a + c`. At a
    sharp edge `a` diverges, and the share of the copies tends to zero.
    """
    if p == 1:
        return 0.0
    a, _, c = _invariants(ladders, p)
    return float(1 - min(p * (a + c) / ladders[0], 1.0))  # :eq:`fs-copies`


def mode_variances(total: float, theta: float, p: int) -> Array:
    """Return the modes' part of the crossed variances, from their part `total` of `phi_tr` and the share of copies."""
    a = (1.0 - theta) / p  # of the total, b is theta, and c is zero: :eq:`fs-modes`
    return total * np.array([a + theta * p, a, a])  # a + p b, a, a: :eq:`fs-crossed`


def traceless(block: Array) -> Array:
    """Return the symmetric traceless part in the last two axes."""
    p = block.shape[-1]
    symmetric = (block + np.swapaxes(block, -1, -2)) / 2
    return np.asarray(symmetric - np.trace(symmetric, axis1=-2, axis2=-1)[..., None, None] * np.eye(p) / p)


def _with_variances(normal: Array, variances: Array) -> Array:
    """Return blocks with these variances of three sectors, from standard normal numbers, shape (..., p, p)."""
    p = normal.shape[-1]
    trace = np.trace(normal, axis1=-2, axis2=-1)[..., None, None] * np.eye(p) / p
    antisymmetric = (normal - np.swapaxes(normal, -1, -2)) / 2
    size = np.sqrt(variances)
    return np.asarray(size[0] * trace + size[1] * traceless(normal) + size[2] * antisymmetric)


def symmetric_noise(normal: Array, kept: int, variances: Array) -> Array:
    """Return a symmetric matrix of `p x p` blocks with the variances of :eq:`fs-blocks`.

    Parameters
    ----------
    normal : array, shape (n, n, p, p)
        Independent standard normal numbers.
    kept : int
        The first `kept` blocks belong to samples, the others to the teacher.
    variances : array, shape (3, 3)
        One row of three sectors each: between two samples, a sample and the teacher, and within the teacher's block.
        Diagonal blocks are symmetric, with twice the variance.

    Returns
    -------
    array, shape (n p, n p)
    """
    n, p = normal.shape[0], normal.shape[-1]
    # (Z + Z^T)/2^(1/2): variance one off the diagonal; on it a block is 2^(1/2) times its symmetric part, and so has
    # twice the variance there and no antisymmetric part
    symmetric = (normal + normal.transpose(1, 0, 3, 2)) / np.sqrt(2)
    noise = np.empty_like(symmetric)
    noise[:kept, :kept] = _with_variances(symmetric[:kept, :kept], variances[0])
    noise[:kept, kept:] = _with_variances(symmetric[:kept, kept:], variances[1])
    noise[kept:, :kept] = noise[:kept, kept:].transpose(1, 0, 3, 2)
    noise[kept:, kept:] = _with_variances(symmetric[kept:, kept:], variances[2])
    return np.asarray(noise.transpose(0, 2, 1, 3).reshape(n * p, n * p))
