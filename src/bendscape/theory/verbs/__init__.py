"""The questions about a model: threshold, spectrum, overlap, and special constants `a`."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
