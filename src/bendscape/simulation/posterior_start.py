"""A start of a descent from the posterior of the teacher's weights, by message passing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InvalidParameterError
from ..models.channels import Channel, channel_of
from ..user_arrays import shown
from .arrays import Array
from .directions import leading_span
from .inference._message_passing import message_passing
from .sample import Sample, given_sample
from .training.starts import start

__all__ = ["MessagePassingStart"]


@dataclass(frozen=True)
class MessagePassingStart:
    """The span of the posterior means of message passing.

    Without a descent after it, this is what message passing itself reaches.

    Parameters
    ----------
    channel : Channel, optional
        Law of a label, as for :func:`bendscape.simulation.message_passing`; by default that of the sample's
        network, :func:`bendscape.models.channel_of`.

    Examples
    --------
    >>> import bendscape as bs
    >>> import numpy as np
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=1.0), alpha=1.5, N=200, seed=1)
    >>> student = bs.simulation.MessagePassingStart()(sample, np.random.default_rng(1))
    >>> round(bs.simulation.span_overlap2(student[:1], sample.teacher), 6)
    1.0
    """

    channel: Channel | None = None

    def __post_init__(self) -> None:
        given = self.channel
        if given is not None and (isinstance(given, type) or not isinstance(given, Channel)):
            wanted = "a channel of bs.models, such as Noiseless(p_star=1)"
            raise InvalidParameterError(f"channel = {shown(given)}: give {wanted}")

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Array:
        """Return a student, shape (p, N)."""
        given = given_sample(sample)
        weights = message_passing(given, channel_of(given.net) if self.channel is None else self.channel).weights
        return start(leading_span(weights, len(weights)), int(given.student.shape[0]), rng)
