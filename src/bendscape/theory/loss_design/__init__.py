"""The loss that needs the fewest data, and a lower bound on the data that any efficient method needs."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
