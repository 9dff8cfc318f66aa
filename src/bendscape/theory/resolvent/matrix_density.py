"""Density of the bulk on the real axis, from the complex solution of the matrix equation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._types import Array
from ..law.matrix_averages import MatrixAverages, SpectralLaw
from ..numerics.newton import Newton

__all__ = ["density"]

_STEPS, _TOLERANCE = 40, 1e-10  # of Newton's method, and of its last step, relative
_HIGH, _LOW, _RATIO = 30.0, 1e-9, 0.3  # imaginary parts, in units of the curvatures, and the ratio of one to the next
_RATIO_MAX = 0.99  # of one imaginary part to the one before; beyond it the descent has failed
_REAL = 1e-9  # imaginary part of a trace that is rounding, in units of 1/curvature


def density(averages: MatrixAverages, alpha: float, law: SpectralLaw, x: Array) -> Array:
    """Density `-(1/p) Im Tr G/pi` at each real point `x`; nan where it is not found.

    Each point is solved by Newton's method from the one before it. Where that finds no solution of the right sign, the
    solution is followed down from far above the axis. `G = <(z - sigma Omega)^{-1}>` is the resolvent; for white inputs
    it is `Gamma`.
    """
    densities, omega, scale = np.zeros_like(x), None, averages.points.scale * max(1.0, np.sqrt(alpha), alpha)
    for i in np.argsort(x):
        z = complex(x[i])
        omega = None if omega is None else _newton(averages, alpha, law, omega, z)
        if omega is None or not _trace(averages, law, omega, z).imag * scale < -_REAL:
            omega = _descend(averages, alpha, law, z, scale)
        densities[i] = np.nan if omega is None else max(0.0, -_trace(averages, law, omega, z).imag / np.pi)
    return densities


def _trace(averages: MatrixAverages, law: SpectralLaw, omega: Any, z: complex) -> complex:
    """Trace of the resolvent, `(1/p) Tr <(z - sigma Omega)^{-1}>`."""
    values = np.linalg.eigvals(averages.matrix(omega))
    return complex(np.mean((1 / (z - np.multiply.outer(values, law.values))) @ law.weights))


def _descend(averages: MatrixAverages, alpha: float, law: SpectralLaw, z: complex, scale: float) -> Any:
    """Follow `Omega` from far above the axis down to it; None where Newton's method cannot follow."""
    height, ratio = _HIGH * scale, _RATIO
    omega = _newton(
        averages, alpha, law, alpha * averages.mean(np.zeros_like(averages.identity) + 0j)[0], z + 1j * height
    )
    while omega is not None and height > 0:
        lower = height * ratio if height * ratio > _LOW * scale else 0.0
        there = _newton(averages, alpha, law, omega, z + 1j * lower)
        if there is not None and (lower == 0 or _trace(averages, law, there, z + 1j * lower).imag < 0):
            omega, height, ratio = there, lower, max(_RATIO, ratio**1.5)
        elif ratio > _RATIO_MAX:
            return None
        else:
            ratio = np.sqrt(ratio)
    return omega


def _newton(averages: MatrixAverages, alpha: float, law: SpectralLaw, omega: Any, z: complex) -> Any:
    """Solve for `Omega` near `omega`; None where Newton's method does not converge."""

    def correction(x: Any, _: Any) -> Any:
        gamma, by_omega, _ = averages.stieltjes(x[0], z, law)
        mean, slope = averages.mean(gamma)
        return np.linalg.solve(np.eye(x.shape[1]) - alpha * slope @ by_omega, x[0] - alpha * mean)[None]

    def size(step: Any, x: Any) -> Any:
        return np.abs(step).max(axis=1) / (np.abs(x - step).max(axis=1) + abs(z))

    root = Newton(correction, size, _TOLERANCE, _STEPS).solve(omega[None])
    return root.x[0] if root.converged else None
