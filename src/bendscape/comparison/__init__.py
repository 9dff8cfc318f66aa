"""Theory beside simulation: the first layer that knows both."""

from .beside import compare, limit
from .crossing import crossing

__all__ = ["compare", "crossing", "limit"]
