"""Which loss needs the fewest data, and how few any method needs."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
