"""Message passing: the posterior of the teacher's weights, given a sample."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
