r"""Noise with the symmetry of the neurons: random `p x p` blocks by sector of the orthogonal group.

What the components of the inputs outside the known directions add to the equations are averages of
`Y = x_mu^T R x_nu`, a `p x p` matrix, over the resolvent `R` of the rest. Its covariance
`E[Y_kk' Y_ll'] = C_(kl),(k'l') / N` is a ladder sum in the *pair of left and of right indices*:
`C = sum_t phi_t P_t` over trace, symmetric traceless and antisymmetric matrices, `phi_t = 1/(1/g^2 - e_t)`, with
`e_t` the eigenvalues of `B -> alpha E[A B A]`. The sectors of `Y` itself pair the indices differently: with
`a = (phi_tr - phi_sym)/p`, `b = (phi_sym + phi_anti)/2`, `c = (phi_sym - phi_anti)/2` a unit component of `Y` has
variance `a + p b + c` in the trace, `a + c` in the symmetric and `a - c` in the antisymmetric sector.
"""

from __future__ import annotations

import numpy as np

from ..measure import Array

__all__ = ["copied", "crossed", "ladder", "of_modes", "symmetric_noise", "traceless"]


def ladder(across: Array, along: Array, weight: Array, p: int) -> Array:
    """Eigenvalues of `B -> sum weight A B A`: trace, symmetric traceless, antisymmetric.

    `A` has the eigenvalue `along` on a random direction and `across` on all others.
    """
    d = along - across
    antisymmetric = weight @ (across**2 + 2 * across * d / p)
    trace = antisymmetric + weight @ d**2 / p
    symmetric = antisymmetric + weight @ d**2 * 2 / (p * (p + 2))
    return np.array([trace, symmetric, antisymmetric])


def crossed(ladders: Array, p: int) -> Array:
    """Variances of the unit components of `Y` in its own sectors, of what the ladders sum to."""
    trace, symmetric, antisymmetric = ladders
    if p == 1:
        return np.array([max(trace, 0.0), 0.0, 0.0])
    a, b, c = (trace - symmetric) / p, (symmetric + antisymmetric) / 2, (symmetric - antisymmetric) / 2
    return np.maximum([a + p * b + c, a + c, a - c], 0.0)


def copied(ladders: Array, p: int) -> float:
    """The share of `phi_tr = p a + b + c` that comes from modes which are copies of each other, one a neuron.

    A mode of the whole matrix, spread over the neurons at random, contributes to `a` alone; `p` degenerate modes
    `e_k x v` with one `v` contribute to `b` alone. At a sharp edge `a` diverges, and the share of the copies vanishes.
    """
    if p == 1:
        return 0.0
    trace, symmetric, antisymmetric = ladders
    even = (trace - symmetric) / p + (symmetric - antisymmetric) / 2
    return float(1 - min(p * even / trace, 1.0))


def of_modes(total: float, share: float, p: int) -> Array:
    """Variances in the sectors of `Y` from modes whose trace ladder is `total`, with a share of copies."""
    spread = (1.0 - share) / p
    return total * np.array([spread + share * p, spread, spread])


def traceless(block: Array) -> Array:
    """The symmetric traceless part in the last two axes."""
    p = block.shape[-1]
    even = (block + np.swapaxes(block, -1, -2)) / 2
    return np.asarray(even - np.trace(even, axis1=-2, axis2=-1)[..., None, None] * np.eye(p) / p)


def _coloured(normal: Array, variance: Array) -> Array:
    """Independent normal numbers, shape (..., p, p), with the variances of three sectors."""
    p = normal.shape[-1]
    trace = np.trace(normal, axis1=-2, axis2=-1)[..., None, None] * np.eye(p) / p
    odd = (normal - np.swapaxes(normal, -1, -2)) / 2
    scale = np.sqrt(variance)
    return np.asarray(scale[0] * trace + scale[1] * traceless(normal) + scale[2] * odd)


def symmetric_noise(normal: Array, kept: int, variances: Array) -> Array:
    """A symmetric matrix of `p x p` blocks with the given variances.

    Parameters
    ----------
    normal : array, shape (n, n, p, p)
        Independent standard normal numbers.
    kept : int
        The first `kept` blocks are of one kind, the others of a second.
    variances : array, shape (3, 3)
        Between blocks of the first kind, of both, and of the second kind; diagonal blocks are symmetric, with twice
        the variance.

    Returns
    -------
    array, shape (n p, n p)
    """
    n, p = normal.shape[0], normal.shape[-1]
    even = (normal + normal.transpose(1, 0, 3, 2)) / np.sqrt(2)
    noise = np.empty_like(even)
    noise[:kept, :kept] = _coloured(even[:kept, :kept], variances[0])
    noise[:kept, kept:] = _coloured(even[:kept, kept:], variances[1])
    noise[kept:, :kept] = noise[:kept, kept:].transpose(1, 0, 3, 2)
    noise[kept:, kept:] = _coloured(even[kept:, kept:], variances[2])
    return np.asarray(noise.transpose(0, 2, 1, 3).reshape(n * p, n * p))
