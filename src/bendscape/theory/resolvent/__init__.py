"""The equations of the resolvent, given averages: the real axis, edges, outliers, onsets, densities."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
