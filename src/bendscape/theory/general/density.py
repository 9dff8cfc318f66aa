"""Density of the bulk on the real axis, from the complex solution of the matrix equation."""

from __future__ import annotations

from typing import Any

import numpy as np

from .curve import Averages, SpectralLaw
from .points import Array

__all__ = ["density"]

_NEWTON, _TOLERANCE = 40, 1e-10
_HIGH, _LOW, _STEP = 30.0, 1e-9, 0.3  # imaginary parts, in units of the curvatures, and the ratio of one to the next

_STEEPEST = 0.99
_REAL = 1e-9  # an imaginary part that is rounding


def density(averages: Averages, alpha: float, law: SpectralLaw, x: Array) -> Array:
    """`-(1/p) Im Tr G/pi`, at each real point.

    From point to point by Newton's method; where that finds no solution of the right sign, again from far above the
    axis; nan where that fails too. `G = <(z - sigma Omega)^{-1}>` is the trace of the resolvent, which for white inputs
    is `Gamma`.
    """
    found, omega, scale = np.zeros_like(x), None, averages.points.scale * max(1.0, np.sqrt(alpha), alpha)
    for i in np.argsort(x):
        z = complex(x[i])
        omega = None if omega is None else _newton(averages, alpha, law, omega, z)
        if omega is None or not _trace(averages, law, omega, z).imag * scale < -_REAL:
            omega = _descend(averages, alpha, law, z, scale)
        found[i] = np.nan if omega is None else max(0.0, -_trace(averages, law, omega, z).imag / np.pi)
    return found


def _trace(averages: Averages, law: SpectralLaw, omega: Any, z: complex) -> complex:
    """`(1/p) Tr <(z - sigma Omega)^{-1}>`."""
    values = np.linalg.eigvals(averages.matrix(omega))
    return complex(np.mean((1 / (z - np.multiply.outer(values, law.values))) @ law.weights))


def _descend(averages: Averages, alpha: float, law: SpectralLaw, z: complex, scale: float) -> Any:
    """From far above the axis down to it, in steps that Newton's method can follow; None if it cannot."""
    height, ratio = _HIGH * scale, _STEP
    omega = _newton(
        averages, alpha, law, alpha * averages.mean(np.zeros_like(averages.identity) + 0j)[0], z + 1j * height
    )
    while omega is not None and height > 0:
        lower = height * ratio if height * ratio > _LOW * scale else 0.0
        there = _newton(averages, alpha, law, omega, z + 1j * lower)
        if there is not None and (lower == 0 or _trace(averages, law, there, z + 1j * lower).imag < 0):
            omega, height, ratio = there, lower, max(_STEP, ratio**1.5)
        elif ratio > _STEEPEST:
            return None
        else:
            ratio = np.sqrt(ratio)
    return omega


def _newton(averages: Averages, alpha: float, law: SpectralLaw, omega: Any, z: complex) -> Any:
    """A solution near `omega`, or None."""
    for _ in range(_NEWTON):
        gamma, by_omega, _ = averages.stieltjes(omega, z, law)
        mean, slope = averages.mean(gamma)
        residual = omega - alpha * mean
        step = np.linalg.solve(np.eye(len(omega)) - alpha * slope @ by_omega, residual)
        omega = omega - step
        if not np.all(np.isfinite(omega)):
            return None
        if np.abs(step).max() <= _TOLERANCE * (np.abs(omega).max() + abs(z)):
            return omega
    return None
