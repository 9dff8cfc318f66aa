"""Symmetries of intensities besides the global phase: a detector that cannot tell a signal from its shift or flip."""

from __future__ import annotations

import numpy as np

from ...simulation.arrays import Array
from ...simulation.sensing import Sensing

__all__ = ["ambiguity"]

_EQUAL = 1e-6  # relative difference of intensities that are equal


def ambiguity(operator: Sensing, support: Array | None, *, complex_signal: bool) -> str:
    """Return which changes of a signal leave all intensities unchanged: ``"shift"``, ``"flip"``, both, or none.

    The test takes a random signal on the support. On a support that is not symmetric there is no flip, and on one that
    is not the whole field there is no shift.
    """
    rng = np.random.default_rng(np.random.SeedSequence(operator.shape, spawn_key=(2**31 + 5,)))
    x = rng.standard_normal(operator.signal_shape)
    x = x + 1j * rng.standard_normal(operator.signal_shape) if complex_signal else x
    inside = np.ones(operator.signal_shape, dtype=bool) if support is None else support
    x = np.where(inside, x, 0)
    before = operator.intensities(x)

    def equal(other: Array) -> bool:
        return bool(np.abs(operator.intensities(other) - before).max() <= _EQUAL * before.max())

    axes = tuple(range(x.ndim))
    names = []
    if inside.all() and x.size > 1 and equal(np.roll(x, (1,) * x.ndim, axes)):
        names.append("shift")
    if x.size > 1 and _symmetric(inside) and equal(np.flip(x).conj()):
        names.append("flip")
    return " and ".join(names)


def _symmetric(inside: Array) -> bool:
    """Whether a support read backwards is that support, up to a cyclic shift."""
    spectrum = np.fft.fftn(inside)
    overlap = np.fft.ifftn(spectrum * np.fft.fftn(np.flip(inside)).conj()).real.max()
    return bool(overlap > inside.sum() - 0.5)
