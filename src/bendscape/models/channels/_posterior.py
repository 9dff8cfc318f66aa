"""The posterior of pre-activations, label by label: mean, covariance and evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..._types import Array
from ...errors import InvalidParameterError
from ...expected import instance
from ...user_arrays import column, numbers_of, real_array, shown
from .contract import Channel, refuse_impossible
from .quadrature import quadrature_averages
from .radial import ROUNDING, radial_moments

__all__ = ["Posterior", "posterior"]

_LARGEST = 1e100  # label, mean and variance, whose squares are numbers


@dataclass(frozen=True, eq=False)
class Posterior:
    """Posterior of the teacher's pre-activations `z`, label by label.

    Attributes
    ----------
    mean : array, shape (n, p_star)
    covariance : array, shape (n, p_star, p_star)
    log_evidence : array, shape (n,)
        Logarithm of the probability (or density) of the label, before it was seen.
    error : array, shape (n,)
        Error of the quadrature, relative to the evidence: the difference of two rules, or the bound of the tests.
    """

    mean: Array
    covariance: Array
    log_evidence: Array
    error: Array

    @property
    def variance(self) -> Array:
        """Trace of the covariance over `p_star`, shape (n,)."""
        return np.asarray(np.trace(self.covariance, axis1=1, axis2=2) / self.mean.shape[1])


def posterior(channel: Channel, y: npt.ArrayLike, omega: npt.ArrayLike, covariance: npt.ArrayLike) -> Posterior:
    """Return the posterior of `z` given each label, for a Gaussian `z` of mean `omega` and a covariance.

    Parameters
    ----------
    channel : Channel
        Law of the label, such as :class:`Noiseless` or :class:`GaussianNoise`.
    y : array, shape (n,)
        Labels.
    omega : array, shape (n, p_star)
        Means of `z` before the label is seen.
    covariance : number, or array of shape (n,), (p_star, p_star) or (n, p_star, p_star)
        Covariance of `z` before the label is seen: `v` stands for `v I`, for all labels or label by label.
        A channel that is isotropic (`channel.isotropic`) takes numbers only.

    Raises
    ------
    InvalidParameterError
        If shapes differ, a covariance is not positive, or the channel cannot give a label.
    AccuracyError
        If the error of the quadrature is above 1e-3.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import GaussianNoise, posterior
    >>> there = posterior(GaussianNoise(2, 0.1), y=[2.0], omega=[[1.0, 0.0]], covariance=0.5)
    >>> there.mean.round(4).tolist(), there.covariance.round(4).tolist()
    ([[1.6624, 0.0]], [[[0.1831, 0.0], [0.0, 0.8312]]])
    """
    instance("channel", channel, Channel, "a channel, such as models.Noiseless(p_star)")  # type: ignore[type-abstract]
    labels, means = column("y", y), real_array("omega", omega, ("M", channel.p_star))
    if len(labels) != len(means):
        raise InvalidParameterError(
            f"y has {len(labels)} labels and omega {len(means)} rows: give one row of omega for each label"
        )
    for name, values in (("y", labels), ("omega", means)):
        if not np.all(np.abs(values) <= _LARGEST):
            raise InvalidParameterError(f"{name} = {shown(values)}: give numbers of a size up to {_LARGEST:g}")
    refuse_impossible(channel, labels)
    if channel.isotropic:
        return _isotropic(channel, labels, means, _variances(channel, covariance, len(labels)))
    there = quadrature_averages(channel, labels, means, _matrices(covariance, *means.shape))
    return Posterior(there.mean, there.covariance, there.log_total, there.error)


def _isotropic(channel: Channel, y: Array, omega: Array, v: Array) -> Posterior:
    centre = np.sqrt(np.sum(omega**2, axis=1))
    there = radial_moments(channel, y, centre, v)
    direction = np.divide(omega, centre[:, None], out=np.zeros_like(omega), where=centre[:, None] > 0)
    outer = direction[:, :, None] * direction[:, None, :]
    covariance = (
        there.across[:, None, None] * np.eye(channel.p_star) + (there.parallel - there.across)[:, None, None] * outer
    )
    mean = there.along[:, None] * direction
    return Posterior(mean, covariance, there.log_evidence, np.full(len(y), ROUNDING))


def _variances(channel: Channel, covariance: npt.ArrayLike, n: int) -> Array:
    """Return one variance a label."""
    given = numbers_of("covariance", covariance)
    if channel.p_star == 1 and given.shape in ((1, 1), (n, 1, 1)):
        given = given[..., 0, 0]
    if given.ndim > 1 or given.shape not in ((), (n,)):
        raise InvalidParameterError(
            f"covariance has shape {given.shape}: give one number or {n}; labels of {channel} depend on |z| alone"
        )
    if not np.all((given >= 1 / _LARGEST) & (given <= _LARGEST)):
        raise InvalidParameterError(
            f"covariance = {shown(covariance)}: give positive numbers from {1 / _LARGEST:g} to {_LARGEST:g}"
        )
    return np.broadcast_to(given, (n,))


def _matrices(covariance: npt.ArrayLike, n: int, p_star: int) -> Array:
    """Return one symmetric positive matrix a label."""
    given = numbers_of("covariance", covariance)
    if given.shape not in ((), (n,), (p_star, p_star), (n, p_star, p_star)):
        raise InvalidParameterError(
            f"covariance has shape {given.shape}: give a number, {n} numbers, or matrices of shape ({p_star}, {p_star})"
        )
    matrices = given[..., None, None] * np.eye(p_star) if given.ndim < 2 else given
    matrices = np.broadcast_to(matrices, (n, p_star, p_star))
    symmetric = np.allclose(matrices, matrices.swapaxes(1, 2), rtol=1e-10, atol=0)
    fair = bool(np.all(np.abs(matrices) <= _LARGEST)) and symmetric
    if not (fair and np.all(np.linalg.eigvalsh(matrices)[:, 0] >= 1 / _LARGEST)):
        raise InvalidParameterError(
            f"covariance = {shown(covariance)}: give symmetric positive definite matrices, of eigenvalues from "
            f"{1 / _LARGEST:g} to {_LARGEST:g}"
        )
    return matrices
