"""Comparison of theory and simulation: the first layer that imports both."""

from .._lazy import former_names
from ._compare import compare, limit
from ._crossing import crossing
from .starts import compare_starts, every_start
from .trajectory import hessian_trajectory

__all__ = ["compare", "compare_starts", "crossing", "every_start", "hessian_trajectory", "limit"]

__getattr__ = former_names(
    "bs.comparison",
    __name__,
    {
        "along": ("trajectory", "hessian_trajectory", "bs.comparison.hessian_trajectory"),
        "recovery": ("starts", "compare_starts", "bs.comparison.compare_starts"),
    },
)
