r"""What the two kinds of networks say of every sample: label, loss, slope, and the curvature matrix `F_mu`.

For the paper's network `F = (2/p) [(yhat - y) I + (2/p) u u^T] / (a + y)`, equation (5). Products with the Hessian need
no more than

    F_mu = diag(d_mu) + l_mu v_mu v_mu^T,

which is the form of every network with one hidden layer (`d = l' c_k sigma''`, `v = c_k sigma'`, `l = l''`). Functions
of a general network are NumPy's: arrays of another library are evaluated there, and what comes out is moved back.
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
        """`F_mu z_mu` for samples `start` to `stop`, in the place of `z`, of shape (b, p, stop - start)."""
        along = xp.sum(z * self.right[:, start:stop], axis=1, keepdims=True)
        z *= self.diagonal[:, start:stop]
        z += along * self.left[:, start:stop]
        return z

    def negative(self) -> Curvature:
        """`-F`."""
        return Curvature(-self.diagonal, -self.left, self.right)

    def entry(self, k: int, m: int, start: int, stop: int) -> Any:
        """`F_km` of samples `start` to `stop`."""
        product = self.left[k, start:stop] * self.right[m, start:stop]
        return product + self.diagonal[min(k, self.diagonal.shape[0] - 1), start:stop] if k == m else product


def labels_of(net: AnyNetwork, s: Array, noise: np.random.SeedSequence) -> Array:
    """`y` from the teacher's pre-activations of shape (M, p_star), with the noise of that stream if the net has one."""
    if isinstance(net, QuadraticNetwork):
        return np.asarray(np.mean(s**2, axis=1))
    xi = np.random.default_rng(noise).standard_normal((len(s), 2)) if net.noise else None
    with np.errstate(all="ignore"):  # what is not finite is reported
        y = net.labels(s, xi)
    bad = ~(np.isfinite(y) & (y > net.loss.lowest))
    if bad.any():
        raise InvalidParameterError(
            f"net = {net}: a label y = {y[bad][0]:.3g} occurs in this sample, and the loss is for finite y > "
            f"{net.loss.lowest:.3g}: give a loss with a larger constant, less noise, or a teacher with finite labels"
        )
    return y


def output(u: Any, xp: Any) -> Any:
    """`yhat = (1/p) sum_k u_k^2` from pre-activations of shape (M, p)."""
    if u.shape[1] > _FEW:
        return xp.mean(u**2, axis=1)
    total = u[:, 0] ** 2  # column by column: a mean over few numbers of each row is several times slower
    for k in range(1, u.shape[1]):
        total = total + u[:, k] ** 2
    return total / u.shape[1]


def slope(net: QuadraticNetwork, labels: Any, yhat: Any) -> Any:
    """Derivative of one sample's loss in its output, `(yhat - y)/(a + y)`."""
    return (yhat - labels) / (net.a + labels)


def losses(net: AnyNetwork, labels: Any, u: Any, xp: Any) -> Any:
    """The loss of every sample, shape (M,)."""
    if isinstance(net, QuadraticNetwork):
        return (labels - output(u, xp)) ** 2 / (2 * (net.a + labels))
    with np.errstate(all="ignore"):  # what is not finite is reported with its label
        value = np.asarray(net.loss.value(to_numpy(labels), net.outputs(to_numpy(u))))
    return _moved(_finite(net, "loss", value, labels), labels, xp.float64, xp)


def pull(net: AnyNetwork, labels: Any, u: Any, xp: Any) -> Any:
    """Derivative of every sample's loss in its pre-activations, shape (M, p)."""
    if isinstance(net, QuadraticNetwork):
        return hessian_scale(net.p) * slope(net, labels, output(u, xp))[:, None] * u
    with np.errstate(all="ignore"):
        value = net.gradient(to_numpy(u), to_numpy(labels))
    return _moved(_finite(net, "gradient", value, labels), labels, xp.float64, xp)


def losses_and_pull(net: AnyNetwork, labels: Any, u: Any, xp: Any) -> tuple[Any, Any]:
    """:func:`losses` and :func:`pull`, from one output."""
    if not isinstance(net, QuadraticNetwork):
        return losses(net, labels, u, xp), pull(net, labels, u, xp)
    residual, weight = output(u, xp) - labels, net.a + labels
    return residual**2 / (2 * weight), hessian_scale(net.p) * (residual / weight)[:, None] * u


def curvature(net: AnyNetwork, labels: Any, u: Any, dtype: Any, xp: Any) -> Curvature:
    """`F` for all samples, in the precision of the inputs."""
    if isinstance(net, Network):
        return _general(net, labels, u, dtype, xp)
    scale = hessian_scale(net.p)
    diagonal = scale * slope(net, labels, output(u, xp))[None, :]
    left = scale**2 * u.T / (net.a + labels)[None, :]
    return Curvature(*(xp.asarray(part, dtype=dtype, copy=True) for part in (diagonal, left, u.T)))


def _general(net: Network, labels: Any, u: Any, dtype: Any, xp: Any) -> Curvature:
    with np.errstate(all="ignore"):
        found = net.curvature(to_numpy(u), to_numpy(labels))
        parts = (found.diagonal, found.weight[:, None] * found.direction, found.direction)
    return Curvature(*(_moved(_finite(net, "curvature", part, labels).T, labels, dtype, xp) for part in parts))


def _finite(net: Network, what: str, value: Array, labels: Any) -> Array:
    bad = ~np.isfinite(value.reshape(len(value), -1)).all(axis=1)
    if bad.any():
        raise InvalidParameterError(
            f"net = {net}: the {what} of a sample with label y = {to_numpy(labels)[bad][0]:.3g} is not finite: give a "
            "loss and an activation that are finite for all labels and outputs, or smaller weights"
        )
    return value


def _moved(array: Array, like: Any, dtype: Any, xp: Any) -> Any:
    """A contiguous copy in another library, where `like` is."""
    from array_api_compat import device

    return xp.asarray(np.ascontiguousarray(array), dtype=dtype, device=device(like), copy=True)


def multiplicity(net: AnyNetwork, M: int, N: int) -> int | None:
    """How many eigenvalues belong together at a random start, the teacher's `p p_star`; None where it may be more.

    That is so where zero is an eigenvalue of many vectors: for fewer samples than inputs, for inputs without variance
    in some directions, and for linear neurons, for which every `F` is of rank one.
    """
    if isinstance(net, Network) and min(net.inputs.eigenvalues) == 0:
        return None
    linear = isinstance(net, Network) and not np.any(net.activation.second(np.linspace(-1.0, 1.0, 9)))
    return None if linear or M < N else int(net.p) * net.p_star
