"""The posterior of the teacher's weights: the result of message passing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...attributes import plain_attrs
from ..arrays import Array
from .steps import Run, Status

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["WeightPosterior", "history_of"]

_COLUMNS = {
    "residual": "length of a step over that of the teacher",
    "variance": "mean variance of a component of the weights",
    "damping": "share of the step that was taken",
    "free_energy": "minus the logarithm of the evidence, per input",
    "overlap2": "squared overlap with the teacher's span",
}
_MESSAGES = {
    "converged": "the weights no longer change",
    "not converged": "the weights still change: give MessagePassing(steps=...) more steps, or less damping of them, "
    "damping=0.3; near a threshold convergence is slow",
    "diverged": "the weights grow without bounds: for correlated inputs give VectorMessagePassing(), for labels with "
    "noise a channel with noise, such as GaussianNoise(p_star, variance)",
}


@dataclass(frozen=True, eq=False)
class WeightPosterior:
    """The posterior of the teacher's weights: the result of :func:`message_passing`.

    Attributes
    ----------
    weights : array, shape (p_star, N)
        Posterior means, in the units of the sample's teacher. The teacher is determined up to the symmetries of its
        labels: signs, and rotations among vectors where labels depend on `|W x|` alone.
    covariance : array, shape (p_star, p_star)
        Covariance of the `p_star` numbers that belong to one input, the same for every input, given the data.
    channel : Channel
    prior : array, shape (p_star, p_star)
        That covariance before the data.
    free_energy : float
        Minus the logarithm of the evidence (of the probability of the labels) per input, by :eq:`message-evidence`. Of
        two results on the same data the one with the lower number is better supported.
    history : xarray.Dataset
        `residual`, `variance`, `damping`, `free_energy` and `overlap2` (nan without a teacher) over `step`.
    status : {"converged", "not converged", "diverged"}
    method : str
        The method, with its parameters.
    """

    weights: Array
    covariance: Array
    channel: Any
    prior: Array
    free_energy: float
    history: xr.Dataset
    status: Status
    method: str

    @property
    def converged(self) -> bool:
        """Whether the weights no longer change."""
        return self.status == "converged"

    @property
    def steps(self) -> int:
        """Number of steps."""
        return int(self.history.sizes["step"])

    @property
    def message(self) -> str:
        """Return the end of the run as a sentence, with the remedy if it did not converge."""
        return _MESSAGES[self.status]

    @property
    def expected_overlap2(self) -> float:
        """Squared overlap with the teacher that the covariance alone makes us expect, `1 - tr C/tr T`."""
        return float(1 - np.trace(self.covariance) / np.trace(self.prior))

    @property
    def stderr(self) -> Array:
        """Standard deviation of each component of a vector, shape (p_star,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, without the vectors, for JSON."""
        return {
            "p_star": len(self.weights),
            "inputs": self.weights.shape[1],
            "channel": str(self.channel),
            "covariance": self.covariance.tolist(),
            "prior": self.prior.tolist(),
            "expected_overlap2": self.expected_overlap2,
            "free_energy": self.free_energy,
            "status": self.status,
            "steps": self.steps,
            "method": self.method,
        }


def history_of(ran: Run, channel: Any, method: Any) -> xr.Dataset:
    """Return the record of a run as a dataset."""
    import xarray as xr

    columns = {
        name: ("step", column, {"long_name": text, "units": "1"})
        for (name, text), column in zip(_COLUMNS.items(), ran.record.T, strict=True)
    }
    step = ("step", np.arange(len(ran.record)), {"long_name": "steps taken before", "units": "1"})
    attrs = plain_attrs({"channel": str(channel), "method": str(method), "status": ran.status})
    return xr.Dataset(columns, coords={"step": step}, attrs=attrs)
