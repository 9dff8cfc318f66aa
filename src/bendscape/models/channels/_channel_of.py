"""The channel of a network: how its teacher and its noise make labels."""

from __future__ import annotations

import math
from typing import Any

from ...errors import InvalidParameterError
from ...user_arrays import shown
from ..activations import activation
from ..general import Network
from ..quadratic import QuadraticNetwork
from .contract import Channel
from .gaussian import GaussianNoise
from .noiseless import Noiseless
from .outputs import Intensity
from .teacher import TeacherOutput
from .weighted_squares import WeightedSquares

__all__ = ["channel_of"]

_PLANES = 3


def channel_of(net: QuadraticNetwork | Network) -> Channel:
    """Return the law of a label of a network, given the pre-activations of its teacher.

    Raises
    ------
    InvalidParameterError
        If `net` is no network, or a teacher that is not the mean of squares has more than three neurons.

    Examples
    --------
    >>> import bendscape as bs
    >>> bs.models.channel_of(bs.QuadraticNetwork(p=2, p_star=1, a=0.7))
    Noiseless(p_star=1, output=Intensity())
    >>> bs.models.channel_of(bs.Network(1, 2, teacher_weights=[0.8, 0.2], noise=bs.Noise(0.5))).output
    WeightedSquares(weights=(0.8, 0.2))
    """
    if isinstance(net, QuadraticNetwork):
        return Noiseless(net.p_star)
    if not isinstance(net, Network):
        raise InvalidParameterError(f"net = {shown(net)}: give a bs.QuadraticNetwork or a bs.Network")
    output = _output(net)
    if not net.noise:
        return Noiseless(net.p_star, output)
    return GaussianNoise(net.p_star, net.noise.additive**2, output, net.noise.multiplicative**2)


def _output(net: Network) -> Any:
    weights, squares = net.teacher_weights, net.link is None and net.teacher_activation == activation("quadratic")
    if squares and all(math.isclose(w, 1 / net.p_star, rel_tol=1e-14) for w in weights):
        return Intensity()
    if net.p_star > _PLANES:
        raise InvalidParameterError(
            f"{net}: give a teacher with at most {_PLANES} neurons, or the mean of squares, to average over its labels"
        )
    if squares and net.p_star > 1 and min(weights) > 0:
        return WeightedSquares(weights)
    return TeacherOutput(net)
