"""Roots, Newton's method and symmetric matrices, which need no network."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
