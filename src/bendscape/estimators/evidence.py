"""What theory says of an estimate from its own data: the predicted overlap, and whether the data suffice.

The bulk and outlier equations are solved with the labels of the sample in the place of their law (theory.md section
6): every finite sample has a threshold of its own, often far below the limit's. They know nothing of how labels and
inputs belong together; the eigenvalues found do, and stand beside the predicted ones.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DataWarning
from ..models.preprocessing import Optimal, Preprocessing, SpectralMethod
from ..simulation.curvature import output
from ..simulation.eigenpairs import Eigenpairs
from ..simulation.sample import Array, Sample, project
from ..simulation.starts import Directions
from ..theory.combination import combined_overlap, labels_overlap
from ..theory.informed import Informed, informed
from ..theory.overlap import overlap
from ..theory.spectral_method import labels_measure
from ..theory.threshold import threshold
from ..units import hessian_scale

__all__ = ["OPTIMAL", "Evidence", "hessian_evidence", "spectral_evidence", "warn"]

_CLEAR = 3.0  # spacings in front of the bulk; the 99 % quantile of the Tracy-Widom law is 3.2 from its mean
OPTIMAL = Optimal(floor=0.1)  # for data: noise would have small labels weigh most


@dataclass(frozen=True)
class Evidence:
    """Predictions for one data set, and what was found in it.

    Eigenvalues are of the Hessian, or of the spectral method's matrix, of the standardised data; means over students.

    Attributes
    ----------
    alpha : float
        Samples over inputs.
    threshold : float
        `alpha_BBP` of the method, for infinite `N`.
    predicted_overlap2 : float
        Squared overlap of the estimate with the teacher's span, from these labels; zero where their equations have no
        outlier. Below about twice the threshold samples have more than that, and differ.
    limit_overlap2 : float
        The same for infinite `N` at this `alpha`.
    outlier : float
        Where theory has the informative eigenvalue, for these labels; nan if nowhere.
    bulk, spacing : float
        The mean of as many eigenvalues at the edge of the bulk, where they would be if labels and inputs did not belong
        together, and the distance by which eigenvalues there differ from each other and between samples.
    found : float
        Mean of the eigenvalues that the directions belong to.
    """

    alpha: float
    threshold: float
    predicted_overlap2: float
    limit_overlap2: float
    outlier: float
    bulk: float
    spacing: float
    found: float

    @property
    def signal(self) -> float:
        """Distance of what was found from the bulk, towards the outlier, in units of the spacing; nan without outlier.

        Without a signal it is zero on average, and above three in one sample of a hundred.
        """
        return float(np.sign(self.outlier - self.bulk)) * (self.found - self.bulk) / self.spacing

    @property
    def sufficient(self) -> bool:
        """Whether theory has an informative eigenvalue outside the bulk, and there is one, as `signal` tells."""
        return self.signal > _CLEAR

    @property
    def as_predicted(self) -> bool:
        """Whether what was found is nearer to the outlier than to the bulk."""
        return bool((self.found - self.bulk) / (self.outlier - self.bulk) > 0.5)


def hessian_evidence(sample: Sample, students: Sequence[Array], directions: Directions) -> Evidence:
    """For the combined eigenvectors of Hessians at these students."""
    from array_api_compat import numpy as xp

    net, (M, N) = sample.net, sample.inputs.shape
    outputs = [output(project(sample.inputs, w, xp), xp) for w in students]
    predicted, each = labels_overlap(net, N, sample.labels, outputs)
    limit = float(combined_overlap(net, alpha=[M / N], inits=len(students)).overlap2[0])
    places = _means(each, directions.pairs, hessian_scale(net.p))
    return Evidence(M / N, threshold(net).alpha, predicted, limit, *places)


def spectral_evidence(preprocessing: Preprocessing, sample: Sample, directions: Directions) -> Evidence:
    """For the leading eigenvectors of a spectral method."""
    method, (M, N) = SpectralMethod(preprocessing, sample.net.p_star), sample.inputs.shape
    found = informed(labels_measure(preprocessing, sample.labels), M / N)
    limit = float(overlap(method, alpha=[M / N]).overlap2[0])
    places = _means([found], directions.pairs, -1.0)
    return Evidence(M / N, threshold(method).alpha, found.overlap2, limit, *places)


def _means(each: Sequence[Informed], pairs: Sequence[Eigenpairs], scale: float) -> tuple[float, float, float, float]:
    """Outlier, bulk, spacing and eigenvalues found, over the students that have an outlier, or over all if none has."""
    rows = []
    for one, found in zip(each, pairs, strict=True):
        bulk, spacing = one.without(*found.vectors.shape[::-1])
        rows.append((scale * one.value, scale * bulk, abs(scale) * spacing, float(found.values.mean())))
    outlier, bulk, spacing, seen = np.mean([row for row in rows if not math.isnan(row[0])] or rows, axis=0)
    return float(outlier), float(bulk), float(spacing), float(seen)


def warn(evidence: Evidence | None, doubts: tuple[str, ...], stacklevel: int) -> None:
    """Say what speaks against the answer."""
    for doubt in doubts:
        warnings.warn(f"{doubt}; predicted overlaps may be wrong", DataWarning, stacklevel=stacklevel + 1)
    if evidence is None:
        return
    places = (
        f"the eigenvalue found is {evidence.found:.3g}; in the bulk it would be {evidence.bulk:.3g} +- "
        f"{evidence.spacing:.1g}, and {evidence.outlier:.3g} if a quadratic teacher made these labels from these inputs"
    )
    few = f"alpha = {evidence.alpha:.3g} samples an input are too few"
    if math.isnan(evidence.outlier):
        odd = "there are too few inputs, or their labels are not of a quadratic teacher"
        message = (
            f"{few if evidence.alpha < evidence.threshold else odd}: theory finds no informative eigenvalue outside "
            f"the bulk of these data (alpha_BBP = {evidence.threshold:.3g}); do not believe the directions"
        )
    elif not evidence.sufficient:
        message = (
            f"{places}: {few} to tell (alpha_BBP = {evidence.threshold:.3g}), or the labels are noisy or not made from "
            "these inputs; do not believe the directions"
        )
    elif not evidence.as_predicted:
        message = f"{places}: the labels know the inputs, but less than that; the predicted overlap is too large"
    else:
        return
    warnings.warn(message, DataWarning, stacklevel=stacklevel + 1)
