"""What the matrix resolvent asks of a law of the curvature matrix `F`: averages as functions of a Stieltjes matrix."""

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

SIGN: dict[Side, float] = {"left": 1.0, "right": -1.0}  # the right of a spectrum is the left of that of `-F`


@dataclass(frozen=True, eq=False)
class SpectralLaw:
    """Eigenvalues of the covariance of the inputs, in units of their mean, with weights that add up to one."""

    values: Array
    weights: Array

    @classmethod
    def of(cls, inputs: Inputs) -> SpectralLaw:
        """Equal eigenvalues put together."""
        values, counts = np.unique(np.array(inputs.eigenvalues), return_counts=True)
        return cls(values, counts / counts.sum())


class MatrixAverages(Protocol):
    """What :class:`Exchangeable` and :class:`Distinct` have in common: averages as functions of `Gamma`.

    A matrix is a vector of channels; `trace` has the trace of each, `norms` its squared length, and `identity` is the
    identity.
    """

    points: Points
    p: int
    trace: Array
    norms: Array
    identity: Array

    def negated(self) -> MatrixAverages:
        """Those of `-F`."""

    def matrix(self, channels: Any) -> Any:
        """The `p x p` matrix."""

    def eigenvalues(self, channels: Any) -> tuple[Any, Any]:
        """Of a matrix, with the share of each."""

    def relative(self, change: Any, gamma: Any) -> float:
        """How large a change of `Gamma` is, each of its eigenvalues in its own units."""

    def stieltjes(self, omega: Any, z: Any, law: SpectralLaw) -> tuple[Any, Any, Any]:
        """`<sigma (z - sigma Omega)^{-1}>`, and its derivatives in `Omega` and `z`."""

    def inverse(self, power: int, omega: Any, z: Any, law: SpectralLaw) -> Any:
        """The inverse of `<sigma^power (z - sigma Omega)^{-1}>`."""

    def mean(self, gamma: Any) -> tuple[Any, Any]:
        """`E[A]`, and its derivative in `Gamma`."""

    def regular(self, gamma: Any) -> Any:
        """At which points `F - Gamma^{-1}` is positive definite, for a negative definite `Gamma`."""

    def blocks(self, gamma: Any) -> Sequence[Sector]:
        """`E[A (x) t t^T]`, sector by sector."""

    def rates(self, gamma: Any, velocity: Any) -> Sequence[Sector]:
        """How fast `E[A (x) t t^T]` changes with `Gamma`, sector by sector."""


def oriented(averages: MatrixAverages, side: Side) -> MatrixAverages:
    """The averages of `F` for the left of a spectrum, those of `-F` for its right."""
    return averages if side == "left" else averages.negated()
