r"""Label, loss, its derivatives and the curvature matrix `F_mu` of every sample, for both kinds of networks.

For the paper's network `F = (2/p) [(yhat - y) I + (2/p) u u^T] / (a + y)`, equation (5). A product with the Hessian
needs only

    F_mu = diag(d_mu) + l_mu v_mu v_mu^T,

the form of every network with one hidden layer (`d = l' c_k sigma''`, `v = c_k sigma'`, `l = l''`). A general network
computes with NumPy: arrays of another library are copied to the host, and the results are copied back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InvalidParameterError
from ..models.general import Network
from ..models.quadratic import QuadraticNetwork
from ..units import hessian_scale
from .arrays import Array, to_numpy

__all__ = [
    "AnyNetwork",
    "Curvature",
    "curvature",
    "labels_of",
    "losses",
    "losses_and_pull",
    "multiplicity",
    "output",
    "pull",
    "slope",
]

AnyNetwork = QuadraticNetwork | Network
_FEW = 7  # neurons up to which an output is summed neuron by neuron


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
        """Overwrite `z`, of shape (b, p, stop - start), with `F_mu z_mu` for these samples, and return it."""
        along = xp.sum(z * self.right[:, start:stop], axis=1, keepdims=True)
        z *= self.diagonal[:, start:stop]
        z += along * self.left[:, start:stop]
        return z

    def negative(self) -> Curvature:
        """Return `-F`."""
        return Curvature(-self.diagonal, -self.left, self.right)

    def entry(self, k: int, m: int, start: int, stop: int) -> Any:
        """Return `F_km` of samples `start` to `stop`."""
        product = self.left[k, start:stop] * self.right[m, start:stop]
        return product + self.diagonal[min(k, self.diagonal.shape[0] - 1), start:stop] if k == m else product


def labels_of(net: AnyNetwork, s: Array, noise: np.random.SeedSequence) -> Array:
    """Return the labels for pre-activations of the teacher, shape (M, p_star), with the noise of the network."""
    if isinstance(net, QuadraticNetwork):
        return np.asarray(np.mean(s**2, axis=1))
    xi = np.random.default_rng(noise).standard_normal((len(s), 2)) if net.noise else None
    with np.errstate(all="ignore"):  # labels that are not finite raise below
        y = net.labels(s, xi)
    bad = ~(np.isfinite(y) & (y > net.loss.lowest))
    if bad.any():
        raise InvalidParameterError(
            f"net = {net}: a label y = {y[bad][0]:.3g} occurs in this sample, and the loss is for finite y > "
            f"{net.loss.lowest:.3g}: give a loss with a larger constant, less noise, or a teacher with finite labels"
        )
    return y


def output(u: Any, xp: Any) -> Any:
    """Return `yhat = (1/p) sum_k u_k^2` for pre-activations of shape (M, p)."""
    if u.shape[1] > _FEW:
        return xp.mean(u**2, axis=1)
    total = u[:, 0] ** 2  # column by column: a mean over few numbers of each row is several times slower
    for k in range(1, u.shape[1]):
        total = total + u[:, k] ** 2
    return total / u.shape[1]


def slope(net: QuadraticNetwork, labels: Any, yhat: Any) -> Any:
    """Return the derivative of every sample's loss with respect to its output, `(yhat - y)/(a + y)`."""
    return (yhat - labels) / (net.a + labels)


def losses(net: AnyNetwork, labels: Any, u: Any, xp: Any) -> Any:
    """Return the loss of every sample, shape (M,)."""
    if isinstance(net, QuadraticNetwork):
        return (labels - output(u, xp)) ** 2 / (2 * (net.a + labels))
    with np.errstate(all="ignore"):  # losses that are not finite raise below, with their label
        value = np.asarray(net.loss.value(to_numpy(labels), net.outputs(to_numpy(u))))
    return _moved(_finite(net, "loss", value, labels), labels, xp.float64, xp)


def pull(net: AnyNetwork, labels: Any, u: Any, xp: Any) -> Any:
    """Return the derivative of every sample's loss with respect to its pre-activations, shape (M, p)."""
    if isinstance(net, QuadraticNetwork):
        return hessian_scale(net.p) * slope(net, labels, output(u, xp))[:, None] * u
    with np.errstate(all="ignore"):
        value = net.gradient(to_numpy(u), to_numpy(labels))
    return _moved(_finite(net, "gradient", value, labels), labels, xp.float64, xp)


def losses_and_pull(net: AnyNetwork, labels: Any, u: Any, xp: Any) -> tuple[Any, Any]:
    """Return :func:`losses` and :func:`pull`; the output is computed once."""
    if not isinstance(net, QuadraticNetwork):
        return losses(net, labels, u, xp), pull(net, labels, u, xp)
    residual, weight = output(u, xp) - labels, net.a + labels
    return residual**2 / (2 * weight), hessian_scale(net.p) * (residual / weight)[:, None] * u


def curvature(net: AnyNetwork, labels: Any, u: Any, dtype: Any, xp: Any) -> Curvature:
    """Return `F` of all samples, in the precision of the inputs."""
    if isinstance(net, Network):
        return _general(net, labels, u, dtype, xp)
    scale = hessian_scale(net.p)
    diagonal = scale * slope(net, labels, output(u, xp))[None, :]
    left = scale**2 * u.T / (net.a + labels)[None, :]
    return Curvature(*(xp.asarray(part, dtype=dtype, copy=True) for part in (diagonal, left, u.T)))


def _general(net: Network, labels: Any, u: Any, dtype: Any, xp: Any) -> Curvature:
    with np.errstate(all="ignore"):
        matrices = net.curvature(to_numpy(u), to_numpy(labels))
        parts = (matrices.diagonal, matrices.weight[:, None] * matrices.direction, matrices.direction)
    return Curvature(*(_moved(_finite(net, "curvature", part, labels).T, labels, dtype, xp) for part in parts))


def _finite(net: Network, what: str, value: Array, labels: Any) -> Array:
    """Return the values, and raise InvalidParameterError if one is not finite."""
    bad = ~np.isfinite(value.reshape(len(value), -1)).all(axis=1)
    if bad.any():
        raise InvalidParameterError(
            f"net = {net}: the {what} of a sample with label y = {to_numpy(labels)[bad][0]:.3g} is not finite: give a "
            "loss and an activation that are finite for all labels and outputs, or smaller weights"
        )
    return value


def _moved(array: Array, like: Any, dtype: Any, xp: Any) -> Any:
    """Return a contiguous copy in the library of `like`, on its device."""
    from array_api_compat import device

    return xp.asarray(np.ascontiguousarray(array), dtype=dtype, device=device(like), copy=True)


def multiplicity(net: AnyNetwork, M: int, N: int) -> int | None:
    """Return the size of the largest cluster of eigenvalues at a random start, `p p_star`; None if it may be larger.

    It may be larger if zero is an eigenvalue of many vectors: for fewer samples than inputs, for inputs without
    variance in some directions, and for linear neurons, for which every `F` has rank one.
    """
    if isinstance(net, Network) and min(net.inputs.eigenvalues) == 0:
        return None
    linear = isinstance(net, Network) and not np.any(net.activation.second(np.linspace(-1.0, 1.0, 9)))
    return None if linear or M < N else int(net.p) * net.p_star
