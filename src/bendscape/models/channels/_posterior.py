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
from .radial import radial_moments

__all__ = ["Posterior", "posterior"]


@dataclass(frozen=True, eq=False)
class Posterior:
    """Posterior of the teacher's pre-activations `z`, label by label.

    Attributes
    ----------
    mean : array, shape (n, p_star)
    covariance : array, shape (n, p_star, p_star)
    log_evidence : array, shape (n,)
        Logarithm of the probability (or density) of the label, before it was seen.
    """

    mean: Array
    covariance: Array
    log_evidence: Array

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

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.models import GaussianNoise, posterior
    >>> there = posterior(GaussianNoise(2, 0.1), y=[2.0], omega=[[1.0, 0.0]], covariance=0.5)
    >>> there.mean.round(4).tolist(), there.covariance.round(4).tolist()
    ([[1.6624, 0.0]], [[[0.1831, 0.0], [0.0, 0.8312]]])
    """
    instance("channel", channel, Channel, "a channel, such as models.Noiseless(p_star)")  # type: ignore[type-abstract]
    labels = column("y", y)
    means = real_array("omega", omega, (len(labels), channel.p_star))
    refuse_impossible(channel, labels)
    return _isotropic(channel, labels, means, _variances(channel, covariance, len(labels)))


def _isotropic(channel: Channel, y: Array, omega: Array, v: Array) -> Posterior:
    centre = np.sqrt(np.sum(omega**2, axis=1))
    there = radial_moments(channel, y, centre, v)
    direction = np.divide(omega, centre[:, None], out=np.zeros_like(omega), where=centre[:, None] > 0)
    outer = direction[:, :, None] * direction[:, None, :]
    covariance = (
        there.across[:, None, None] * np.eye(channel.p_star) + (there.parallel - there.across)[:, None, None] * outer
    )
    return Posterior(there.along[:, None] * direction, covariance, there.log_evidence)


def _variances(channel: Channel, covariance: npt.ArrayLike, n: int) -> Array:
    """Return one variance a label."""
    given = numbers_of("covariance", covariance)
    if given.ndim > 1 or given.shape not in ((), (n,)):
        raise InvalidParameterError(
            f"covariance has shape {given.shape}: give one number or {n}; labels of {channel} depend on |z| alone"
        )
    if not np.all((given > 0) & np.isfinite(given)):
        raise InvalidParameterError(f"covariance = {shown(covariance)}: give positive finite numbers")
    return np.broadcast_to(given, (n,))
