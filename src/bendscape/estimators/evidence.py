"""What theory says of an estimate from its own data: the predicted overlap, and whether the data suffice.

The bulk and outlier equations are solved with the labels of the sample in the place of their law (theory.md section
6): every finite sample has a threshold of its own, often far below the limit's.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from ..errors import DataWarning
from ..models.preprocessing import Optimal, Preprocessing, SpectralMethod
from ..models.quadratic import QuadraticNetwork
from ..simulation.sample import Array
from ..theory.combination import combined_overlap, informed, labels_overlap
from ..theory.overlap import overlap
from ..theory.spectral_method import labels_measure
from ..theory.threshold import threshold

__all__ = ["OPTIMAL", "Evidence", "hessian_evidence", "spectral_evidence", "warn"]

OPTIMAL = Optimal(floor=0.01)  # for data: counts and rounded labels can be zero


@dataclass(frozen=True)
class Evidence:
    """Predictions for one data set.

    Attributes
    ----------
    alpha : float
        Samples over inputs.
    threshold : float
        `alpha_BBP` of the method, for infinite `N`.
    predicted_overlap2 : float
        Squared overlap of the estimate with the teacher's span, from these labels; zero where their equations have no
        outlier.
    limit_overlap2 : float
        The same for infinite `N` at this `alpha`.
    """

    alpha: float
    threshold: float
    predicted_overlap2: float
    limit_overlap2: float

    @property
    def sufficient(self) -> bool:
        """Whether these labels have an informative eigenvalue outside the bulk."""
        return self.predicted_overlap2 > 0


def hessian_evidence(net: QuadraticNetwork, N: int, y: Array, outputs: list[Array]) -> Evidence:
    """For the combined eigenvectors of Hessians at students with these outputs."""
    alpha = len(y) / N
    limit = float(combined_overlap(net, alpha=[alpha], inits=len(outputs)).overlap2[0])
    return Evidence(alpha, threshold(net).alpha, labels_overlap(net, N, y, outputs)[0], limit)


def spectral_evidence(preprocessing: Preprocessing, p_star: int, N: int, y: Array) -> Evidence:
    """For the leading eigenvectors of a spectral method."""
    alpha, method = len(y) / N, SpectralMethod(preprocessing, p_star)
    found = informed(labels_measure(preprocessing, y), alpha)
    limit = float(overlap(method, alpha=[alpha]).overlap2[0])
    return Evidence(alpha, threshold(method).alpha, 0.0 if found is None else found[1], limit)


def warn(evidence: Evidence, doubts: tuple[str, ...], stacklevel: int) -> None:
    """Say what speaks against the answer."""
    for doubt in doubts:
        warnings.warn(f"{doubt}; predicted overlaps may be wrong", DataWarning, stacklevel=stacklevel + 1)
    if not evidence.sufficient:
        warnings.warn(
            f"alpha = {evidence.alpha:.3g} samples an input are too few: theory finds no informative eigenvalue "
            f"outside the bulk of these data (alpha_BBP = {evidence.threshold:.3g}); do not believe the directions",
            DataWarning,
            stacklevel=stacklevel + 1,
        )
