r"""The curvature matrix `F_mu` of every sample, equation (5): diagonal plus rank one.

`F = (2/p) [(yhat - y) I + (2/p) u u^T] / (a + y)`. Products with the Hessian need no more than

    F_mu = diag(d_mu) + l_mu v_mu v_mu^T,

which is the form of every network with one hidden layer (`d = l' c_k sigma''`, `v = c_k sigma'`, `l = l''`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..models.quadratic import QuadraticNetwork
from ..units import hessian_scale

__all__ = ["Curvature", "curvature", "output", "slope"]


@dataclass(frozen=True, eq=False)
class Curvature:
    """`F_mu = diag(diagonal_mu) + left_mu right_mu^T`, symmetric: `left` is `right` times a number for each sample.

    Attributes
    ----------
    diagonal : array, shape (1, M) or (p, M)
        One row where all neurons have the same.
    left, right : array, shape (p, M)
    """

    diagonal: Any
    left: Any
    right: Any

    def apply(self, z: Any, start: int, stop: int, xp: Any) -> Any:
        """`F_mu z_mu` for samples `start` to `stop`, in the place of `z`, of shape (b, p, stop - start)."""
        along = xp.sum(z * self.right[:, start:stop], axis=1, keepdims=True)
        z *= self.diagonal[:, start:stop]
        z += along * self.left[:, start:stop]
        return z

    def entry(self, k: int, m: int, start: int, stop: int) -> Any:
        """`F_km` of samples `start` to `stop`."""
        product = self.left[k, start:stop] * self.right[m, start:stop]
        return product + self.diagonal[min(k, self.diagonal.shape[0] - 1), start:stop] if k == m else product


def output(u: Any, xp: Any) -> Any:
    """`yhat = (1/p) sum_k u_k^2` from pre-activations of shape (M, p)."""
    return xp.mean(u**2, axis=1)


def slope(net: QuadraticNetwork, labels: Any, yhat: Any) -> Any:
    """Derivative of one sample's loss in its output, `(yhat - y)/(a + y)`."""
    return (yhat - labels) / (net.a + labels)


def curvature(net: QuadraticNetwork, labels: Any, u: Any, dtype: Any, xp: Any) -> Curvature:
    """Equation (5) for all samples, in the precision of the inputs."""
    scale = hessian_scale(net.p)
    diagonal = scale * slope(net, labels, output(u, xp))[None, :]
    left = scale**2 * u.T / (net.a + labels)[None, :]
    return Curvature(*(xp.asarray(part, dtype=dtype, copy=True) for part in (diagonal, left, u.T)))
