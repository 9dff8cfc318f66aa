"""Outputs of any teacher of a network, as functions of its pre-activations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..._types import Array
from ...expected import instance
from ..general import Network

__all__ = ["TeacherOutput"]


@dataclass(frozen=True, repr=False)
class TeacherOutput:
    """Output of the teacher of a :class:`~bendscape.Network`, without its noise.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> bs.models.TeacherOutput(bs.Network(1, 2, link="s1*s2")).value(np.array([[3.0, 4.0]])).tolist()
    [12.0]
    """

    net: Network

    def __post_init__(self) -> None:
        instance("net", self.net, Network, "a bs.Network")

    @property
    def isotropic(self) -> bool:
        """Whether it is treated as a function of `|z|` alone: no."""
        return False

    @property
    def width(self) -> int:
        """Number of pre-activations."""
        return self.net.p_star

    @property
    def lowest(self) -> float:
        """Lower bound of its values: none is computed."""
        return -math.inf

    def value(self, z: Array) -> Array:
        """Return its values, shape (...), at pre-activations of shape (..., p_star)."""
        return self.net.labels(z.reshape(-1, self.width)).reshape(np.shape(z)[:-1])

    def __repr__(self) -> str:
        return f"TeacherOutput({self.net})"
