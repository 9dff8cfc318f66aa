"""The best that data allow: overlaps and thresholds of Bayes-optimal recovery, by state evolution."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
