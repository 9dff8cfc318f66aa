"""Density of the bulk on the real axis, from the complex solution of the matrix equation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._types import Array
from ..law.matrix_averages import MatrixAverages, SpectralLaw
from ..numerics.newton import Newton

__all__ = ["density"]

_STEPS, _TOLERANCE = 40, 1e-10  # of Newton's method
_HIGH, _LOW, _RATIO = 30.0, 1e-9, 0.3  # imaginary parts, in units of the curvatures, and the ratio of one to the next
_STEEPEST = 0.99  # ratio, after which it is given up
_REAL = 1e-9  # an imaginary part that is rounding


def density(averages: MatrixAverages, alpha: float, law: SpectralLaw, x: Array) -> Array:
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


def _trace(averages: MatrixAverages, law: SpectralLaw, omega: Any, z: complex) -> complex:
    """`(1/p) Tr <(z - sigma Omega)^{-1}>`."""
    values = np.linalg.eigvals(averages.matrix(omega))
    return complex(np.mean((1 / (z - np.multiply.outer(values, law.values))) @ law.weights))


def _descend(averages: MatrixAverages, alpha: float, law: SpectralLaw, z: complex, scale: float) -> Any:
    """From far above the axis down to it, in steps that Newton's method can follow; None if it cannot."""
    height, ratio = _HIGH * scale, _RATIO
    omega = _newton(
        averages, alpha, law, alpha * averages.mean(np.zeros_like(averages.identity) + 0j)[0], z + 1j * height
    )
    while omega is not None and height > 0:
        lower = height * ratio if height * ratio > _LOW * scale else 0.0
        there = _newton(averages, alpha, law, omega, z + 1j * lower)
        if there is not None and (lower == 0 or _trace(averages, law, there, z + 1j * lower).imag < 0):
            omega, height, ratio = there, lower, max(_RATIO, ratio**1.5)
        elif ratio > _STEEPEST:
            return None
        else:
            ratio = np.sqrt(ratio)
    return omega


def _newton(averages: MatrixAverages, alpha: float, law: SpectralLaw, omega: Any, z: complex) -> Any:
    """A solution near `omega`, or None."""

    def correction(x: Any, _: Any) -> Any:
        gamma, by_omega, _ = averages.stieltjes(x[0], z, law)
        mean, slope = averages.mean(gamma)
        return np.linalg.solve(np.eye(x.shape[1]) - alpha * slope @ by_omega, x[0] - alpha * mean)[None]

    def size(step: Any, x: Any) -> Any:
        return np.abs(step).max(axis=1) / (np.abs(x - step).max(axis=1) + abs(z))

    found = Newton(correction, size, _TOLERANCE, _STEPS).solve(omega[None])
    return found.x[0] if found.converged else None
