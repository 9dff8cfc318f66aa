"""Averages over the law of the curvature matrix `F` that the matrix resolvent needs, as functions of `Gamma`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..._types import Array
from ...models.inputs import Inputs
from ...results import Side
from .block import Sector
from .points import Points

__all__ = ["SIGN", "MatrixAverages", "SpectralLaw", "oriented"]

SIGN: dict[Side, float] = {"left": 1.0, "right": -1.0}  # the right of the spectrum of F is the left of that of -F


@dataclass(frozen=True, eq=False)
class SpectralLaw:
    """Eigenvalues of the covariance of the inputs, in units of their mean, with weights that add up to one."""

    values: Array
    weights: Array

    @classmethod
    def of(cls, inputs: Inputs) -> SpectralLaw:
        """Collect the eigenvalues of the inputs, equal ones once, with their shares as weights."""
        values, counts = np.unique(np.array(inputs.eigenvalues), return_counts=True)
        return cls(values, counts / counts.sum())


class MatrixAverages(Protocol):
    """Interface of :class:`Exchangeable` and :class:`Distinct`: averages as functions of `Gamma`.

    A matrix is a vector of channels; `trace` has the trace of each, `norms` its squared length, and `identity` is the
    identity.
    """

    points: Points
    p: int
    trace: Array
    norms: Array
    identity: Array

    def negated(self) -> MatrixAverages:
        """Return the averages of `-F`."""

    def matrix(self, channels: Any) -> Any:
        """Return the `p x p` matrix with these channels."""

    def eigenvalues(self, channels: Any) -> tuple[Any, Any]:
        """Eigenvalues of the matrix with these channels, and the share of each in the trace over `p`."""

    def relative(self, change: Any, gamma: Any) -> float:
        """Relative size of a change of `Gamma`."""

    def stieltjes(self, omega: Any, z: Any, law: SpectralLaw) -> tuple[Any, Any, Any]:
        """Return `<sigma (z - sigma Omega)^{-1}>`, and its derivatives in `Omega` and `z`."""

    def inverse(self, power: int, omega: Any, z: Any, law: SpectralLaw) -> Any:
        """Return the inverse of `<sigma^power (z - sigma Omega)^{-1}>`."""

    def mean(self, gamma: Any) -> tuple[Any, Any]:
        """Return `E[A]`, and its derivative in `Gamma`."""

    def regular(self, gamma: Any) -> Any:
        """Mask of the points at which `F - Gamma^{-1}` is positive definite, for a negative definite `Gamma`."""

    def blocks(self, gamma: Any) -> Sequence[Sector]:
        """Return `E[A (x) t t^T]`, sector by sector."""

    def rates(self, gamma: Any, velocity: Any) -> Sequence[Sector]:
        """Return the rate of change of `E[A (x) t t^T]` with `Gamma`, sector by sector."""


def oriented(averages: MatrixAverages, side: Side) -> MatrixAverages:
    """Return the averages of `F` for the left of a spectrum, those of `-F` for its right."""
    return averages if side == "left" else averages.negated()
