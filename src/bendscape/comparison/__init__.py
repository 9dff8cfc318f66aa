"""Theory beside simulation: the first layer that imports both."""

from .along import along
from .beside import compare, limit
from .crossing import crossing
from .recovery import every_start, recovery

__all__ = ["along", "compare", "crossing", "every_start", "limit", "recovery"]
