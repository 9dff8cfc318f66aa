"""Samples of finite size: what the labels of one sample, and the noise of its inputs, make of the limit."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
