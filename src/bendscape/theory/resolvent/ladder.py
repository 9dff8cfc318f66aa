r"""Products `B -> A B A`, averaged over the direction of `u`: one number for each sector of `p x p` matrices `B`.

Rotations of the neurons do not mix the trace, symmetric traceless and antisymmetric matrices. Sums of such products
over samples or a law are the ladders from which noise is computed, with one student or between two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._types import Array

__all__ = ["by_sector", "ladder_eigenvalues", "product_parts"]


def product_parts(A0: Array, A1: Array, p: float) -> tuple[Array, Array]:
    """Return `A0^2 + 2 A0 d/p`, the part of `B -> A B A` common to all sectors, and `d^2`, `d = A1 - A0`."""
    d = A1 - A0
    return A0**2 + 2 * A0 * d / p, d**2


def by_sector(common: Any, square: Any, p: float) -> tuple[Any, Any, Any]:
    """Eigenvalues of `B -> A B A`, averaged over the direction of `u`, from :func:`product_parts` or their sums."""
    # A = A0 I + d e e^T with a random unit vector e, E[e e^T] = I/p, so that
    #
    #   E[A B A] = A0^2 B + (A0 d/p)(B + B) + d^2 E[e e^T B e e^T],
    #   E[e e^T B e e^T] = (B + B^T + I Tr B)/(p (p+2)):
    #
    #   trace          B = I             (1 + 1 + p)/(p (p+2)) = 1/p
    #   symmetric      B = B^T, Tr B = 0 (1 + 1 + 0)/(p (p+2)) = 2/(p (p+2))
    #   antisymmetric  B = -B^T          (1 - 1 + 0)/(p (p+2)) = 0                                  :eq:`fs-eigenvalues`
    return common + square / p, common + 2 * square / (p * (p + 2)), common


def ladder_eigenvalues(A0: Array, A1: Array, weight: Array, p: int) -> Array:
    """Eigenvalues of `B -> sum weight A B A` by sector, :eq:`fs-eigenvalues`.

    `A` has the eigenvalue `A1` on a random direction and `A0` on all others. Weights `1/N` give `e_t`, weights `y/N`
    give `v_t`.
    """
    common, square = (weight @ part for part in product_parts(A0, A1, p))
    return np.array(by_sector(common, square, p))
