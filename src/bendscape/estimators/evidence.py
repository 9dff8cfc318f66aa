"""Predictions of theory for an estimate from its own data: its overlap, and whether the data suffice.

The bulk and outlier equations are solved with the labels of the sample instead of their law (theory.md section 6):
every finite sample has its own threshold, often far below that of the limit. The equations depend on the labels alone;
the computed eigenvalues depend also on which input has which label, and are compared with the predicted ones.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..errors import AccuracyError, LimitError
from ..models.general import Network
from ..models.losses import loss
from ..models.methods import HessianMethod
from ..models.preprocessing import Optimal, Preprocessing, SpectralMethod
from ..simulation.curvature import output
from ..simulation.diagnostics import Finding, groups_of, weights_of_rows
from ..simulation.directions import Directions, hessian_directions, span_overlap2, spectral_directions
from ..simulation.eigen import Eigenpairs
from ..simulation.inputs import ScaledInputs, chosen, row_blocks, squared_lengths
from ..simulation.sample import Array, Sample, project
from ..theory.finite_size.combination import labels_overlap
from ..theory.law.spectral_method import labels_measure
from ..theory.law.squares import squares_given_label
from ..theory.resolvent.prediction import (
    TeacherOutlier,
    mean_outlier,
    projections2,
    teacher_outlier,
    toward,
    with_lengths,
)
from ..theory.verbs._overlap import overlap
from ..theory.verbs._spectrum import spectrum
from ..theory.verbs._threshold import threshold
from ..units import hessian_scale

__all__ = [
    "FAR",
    "OPTIMAL",
    "Evidence",
    "hessian_evidence",
    "hessian_evidence_for_lengths",
    "spectral_evidence",
    "spectral_evidence_for_lengths",
    "squared_lengths_in_theory",
]

_SIGNAL_SPACINGS = 3.5  # spacings in front of the bulk; the 99 % quantile of the Tracy-Widom law is 3.2 from its mean
_MAX_STUDENTS = 2  # students of a fold
_FOLDS = 5
_SIMULATED = 4
FAR = 20.0  # spacings in front of the bulk, from which on the equations hold at the sizes of samples
_MAX_UNEQUAL = 3  # vectors of unequal length up to which averages over labels of a network are not sampled
_SIGNAL_ERRORS = (
    4.0  # standard errors; pairs of samples count twice in the correlation, so that its spread is up to sqrt(2)
)
OPTIMAL = Optimal(floor=0.1)  # for data: noise would have small labels weigh most


@dataclass(frozen=True)
class Evidence:
    """Predictions for one data set, and the eigenvalues of its matrices.

    Eigenvalues are of the Hessian, or of the spectral method's matrix, of the standardised data; means over students.

    Attributes
    ----------
    alpha : float
        Samples over inputs.
    threshold : float
        `alpha_BBP` of the method, for infinite `N`.
    predicted_overlap2 : float
        Squared overlap of the estimate with the teacher's span, from these labels; zero where their equations have no
        outlier. Below about twice the threshold samples have more than that, and differ. Where lengths of inputs differ
        and the outlier is nowhere, or less than twenty spacings from the bulk, it is the mean over four simulated
        samples with these labels and lengths.
    limit_overlap2 : float
        The same for infinite `N` at this `alpha`.
    outlier : float
        The informative eigenvalue in theory, for these labels; nan without one.
    bulk, spacing : float
        The mean of as many eigenvalues at the edge of the bulk, where they would be if labels and inputs did not belong
        together, and the distance by which eigenvalues there differ from each other and between samples.
    found : float
        Mean of the eigenvalues that the directions belong to.
    crossed : float
        Where data are not those of the theory, and so the bulk may not be: the rank correlation, in standard errors, of
        labels with the projections of their inputs on directions learnt without them, in five parts. Otherwise nan.
    teacher_weights : tuple of float or None
        Squared lengths of the vectors, of sum one, for which `predicted_overlap2` and `outlier` are means over the
        vectors; None for vectors of one length. `threshold` is then that of the longest.
    """

    alpha: float
    threshold: float
    predicted_overlap2: float
    limit_overlap2: float
    outlier: float
    bulk: float
    spacing: float
    found: float
    crossed: float = math.nan
    teacher_weights: tuple[float, ...] | None = None

    @property
    def signal(self) -> float:
        """Return the distance of `found` from the bulk, towards the outlier, in units of the spacing.

        Without a signal it is zero on average, and above 3.5 in less than one sample of a hundred. It is nan without
        an outlier.
        """
        return float(np.sign(self.outlier - self.bulk)) * (self.found - self.bulk) / self.spacing

    @property
    def sufficient(self) -> bool:
        """Return whether `signal` is above 3.5, so that an informative eigenvalue is outside the bulk.

        For data that differ from the assumptions of the theory: whether `crossed` is above four.
        """
        return self.signal > _SIGNAL_SPACINGS if math.isnan(self.crossed) else self.crossed > _SIGNAL_ERRORS

    @property
    def as_predicted(self) -> bool:
        """Return whether `found` is nearer to the outlier than to the bulk."""
        return bool((self.found - self.bulk) / (self.outlier - self.bulk) > 0.5)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, `signal` and `sufficient`, for JSON."""
        return asdict(self) | {"signal": self.signal, "sufficient": self.sufficient}


def hessian_evidence(
    sample: Sample,
    students: Sequence[Array],
    directions: Directions,
    findings: Sequence[Finding] = (),
    rng: np.random.Generator | None = None,
) -> Evidence:
    """Return the evidence for the combined eigenvectors of Hessians at these students."""
    from array_api_compat import numpy as xp

    net, (M, N) = sample.net, sample.inputs.shape
    outputs = [output(project(sample.inputs, w, xp), xp) for w in students]
    lengths2 = squared_lengths_in_theory(sample, findings)
    predicted, each = labels_overlap(net, N, sample.labels, outputs, lengths2)
    limit = float(overlap(HessianMethod(net, len(students)), alpha=[M / N]).overlap2[0])
    places = _places(each, directions.pairs, hessian_scale(net.p))
    few = students[:_MAX_STUDENTS]
    crossed = _crossed(sample, findings, rng, lambda part: hessian_directions(part, few))
    evidence = Evidence(M / N, threshold(net).alpha, predicted, limit, *places, crossed)
    return _near(evidence, sample, lengths2, rng, lambda other: hessian_directions(other, students))


def spectral_evidence(
    preprocessing: Preprocessing,
    sample: Sample,
    directions: Directions,
    findings: Sequence[Finding] = (),
    rng: np.random.Generator | None = None,
) -> Evidence:
    """Return the evidence for the leading eigenvectors of a spectral method.

    `threshold` and `limit_overlap2` are nan for a weight whose averages over the law of labels are not accurate, or
    that has no threshold.
    """
    method, (M, N) = SpectralMethod(preprocessing, sample.net.p_star), sample.inputs.shape
    measure = labels_measure(preprocessing, sample.labels)
    lengths2 = squared_lengths_in_theory(sample, findings)
    one = teacher_outlier(with_lengths(measure, lengths2), M / N)
    start, limit = math.nan, math.nan
    with contextlib.suppress(AccuracyError, LimitError), np.errstate(all="ignore"):
        start, limit = threshold(method).alpha, float(overlap(method, alpha=[M / N]).overlap2[0])
    crossed = _crossed(sample, findings, rng, lambda part: spectral_directions(part, preprocessing))
    evidence = Evidence(M / N, start, one.overlap2, limit, *_places([one], directions.pairs, -1.0), crossed)
    return _near(evidence, sample, lengths2, rng, lambda other: spectral_directions(other, preprocessing))


def hessian_evidence_for_lengths(
    evidence: Evidence,
    sample: Sample,
    students: Sequence[Array],
    directions: Directions,
    findings: Sequence[Finding],
    weights: tuple[float, ...],
) -> Evidence:
    """Return the evidence with predictions for vectors of these squared lengths.

    `limit_overlap2` of several students together is not derived for them: it is nan. So is `threshold` of four vectors
    or more.
    """
    from array_api_compat import numpy as xp

    net, N = sample.net, sample.inputs.shape[1]
    outputs = [output(project(sample.inputs, w, xp), xp) for w in students]
    lengths2 = squared_lengths_in_theory(sample, findings)
    predicted, each = labels_overlap(net, N, sample.labels, outputs, lengths2, weights)
    unequal = Network(int(net.p), net.p_star, loss=loss("normalised", a=net.a), teacher_weights=weights)
    start = threshold(unequal).alpha if net.p_star <= _MAX_UNEQUAL else math.nan
    outlier, bulk, spacing, value = _places(each, directions.pairs, hessian_scale(net.p))
    changed = replace(evidence, outlier=outlier, bulk=bulk, spacing=spacing, found=value)
    return replace(
        changed, threshold=start, predicted_overlap2=predicted, limit_overlap2=math.nan, teacher_weights=weights
    )


def spectral_evidence_for_lengths(
    evidence: Evidence,
    preprocessing: Preprocessing,
    sample: Sample,
    directions: Directions,
    findings: Sequence[Finding],
    weights: tuple[float, ...],
) -> Evidence:
    """Return the evidence with predictions for vectors of these squared lengths."""
    method = SpectralMethod(preprocessing, sample.net.p_star, teacher_weights=weights)
    M, N = sample.inputs.shape
    lengths2 = squared_lengths_in_theory(sample, findings)
    measure = with_lengths(labels_measure(preprocessing, sample.labels), lengths2)
    squares = squares_given_label(projections2(sample.labels, lengths2), weights)
    one = mean_outlier([teacher_outlier(toward(measure, each), M / N) for each in squares])
    start, limit = math.nan, math.nan
    with contextlib.suppress(AccuracyError, LimitError), np.errstate(all="ignore"):
        start = threshold(method).alpha
        limit = float(np.sum([o.overlap2_teacher.value for o in spectrum(method, alpha=M / N).outliers])) / len(weights)
    outlier, bulk, spacing, value = _places([one], directions.pairs, -1.0)
    changed = replace(evidence, outlier=outlier, bulk=bulk, spacing=spacing, found=value)
    return replace(
        changed, threshold=start, predicted_overlap2=one.overlap2, limit_overlap2=limit, teacher_weights=weights
    )


def squared_lengths_in_theory(sample: Sample, findings: Sequence[Finding]) -> Array:
    """Return squared lengths of the inputs; ones if they differ no more than those of white inputs."""
    if any(each.about in ("row", "rows") for each in findings):
        return weights_of_rows(sample.inputs)
    return np.ones(sample.inputs.shape[0])


def _near(
    evidence: Evidence,
    sample: Sample,
    lengths2: Array,
    rng: np.random.Generator | None,
    learn: Callable[[Sample], Directions],
) -> Evidence:
    """Return the evidence with the overlap of simulated samples, if lengths differ and the outlier is near the bulk.

    Single long inputs have eigenvalues near the bulk, too. Then the equations have no outlier, and several eigenvectors
    share the correlation with the teacher. The simulated samples have these labels and lengths.
    """
    distance = abs(evidence.outlier - evidence.bulk) / evidence.spacing if evidence.spacing > 0 else math.nan
    if np.ptp(lengths2) == 0 or distance > FAR:
        return evidence
    rng = np.random.default_rng(0) if rng is None else rng
    (M, N), k = sample.inputs.shape, sample.net.p_star
    s2 = projections2(sample.labels, lengths2)
    overlaps = []
    for _ in range(_SIMULATED):
        along = rng.standard_normal((M, k))
        along *= np.sqrt(np.minimum(k * s2 / N, 1.0) / np.sum(along**2, axis=1))[:, None]
        x = np.empty((M, N), np.float32)  # single precision takes half the memory
        for i, j in row_blocks(x):
            x[i:j] = _beside(along[i:j], N, rng) * np.sqrt(lengths2[i:j, None])
        overlaps.append(span_overlap2(learn(replace(sample, inputs=ScaledInputs(x, 1.0))).basis, np.eye(k, N)))
    return replace(evidence, predicted_overlap2=float(np.mean(overlaps)))


def _beside(along: Array, N: int, rng: np.random.Generator) -> Array:
    """Draw inputs of length one whose first components are given."""
    x = rng.standard_normal((len(along), N))
    x[:, : along.shape[1]] = 0
    x *= np.sqrt(np.maximum(1 - np.sum(along**2, axis=1), 0) / np.sum(x**2, axis=1))[:, None]
    x[:, : along.shape[1]] = along
    return x


def _crossed(
    sample: Sample, findings: Sequence[Finding], rng: np.random.Generator | None, learn: Callable[[Sample], Directions]
) -> float:
    """Return the rank correlation, in standard errors, of held-out labels with projections of their inputs.

    The directions of the projections are learnt without these labels. It is nan if the data satisfy the assumptions of
    the theory; otherwise their bulk may differ from the predicted one. If labels are independent of inputs it is
    normal for any law of inputs: projections are divided by lengths, and copies of inputs are in one fold.
    """
    from array_api_compat import numpy as xp
    from scipy.stats import spearmanr

    if all(each.within_theory for each in findings):
        return math.nan
    rng = np.random.default_rng(0) if rng is None else rng
    M = sample.inputs.shape[0]
    groups = groups_of(sample.inputs, rng)
    if groups.max() + 1 < _FOLDS:
        return 0.0
    fold = (rng.permutation(groups.max() + 1) % _FOLDS)[groups]
    made = np.zeros(M)
    for k in range(_FOLDS):
        held = fold == k
        if not held.any() or np.ptp(sample.labels[~held]) == 0:
            return 0.0
        rest = chosen(sample.inputs, np.flatnonzero(~held))
        basis = learn(replace(sample, inputs=rest, labels=sample.labels[~held])).basis
        x = chosen(sample.inputs, np.flatnonzero(held))
        size, along = squared_lengths(x), np.sum(project(x, basis, xp) ** 2, axis=1)
        made[held] = np.divide(along, size, out=np.zeros(len(size)), where=size > 0)
    first = np.unique(groups, return_index=True)[1]  # copies are not independent
    labels, made = sample.labels[first], made[first]
    if np.ptp(made) == 0 or np.ptp(labels) == 0:
        return 0.0
    return float(spearmanr(labels, made).statistic) * math.sqrt(len(first) - 1)


def _places(
    each: Sequence[TeacherOutlier], pairs: Sequence[Eigenpairs], scale: float
) -> tuple[float, float, float, float]:
    """Return means of outlier, bulk, spacing and eigenvalue over the students with an outlier; over all without any."""
    rows = []
    for one, eigen in zip(each, pairs, strict=True):
        bulk, spacing = one.lowest_of_bulk(*eigen.vectors.shape[::-1])
        rows.append((scale * one.value, scale * bulk, abs(scale) * spacing, float(eigen.values.mean())))
    outlier, bulk, spacing, value = np.mean([row for row in rows if not math.isnan(row[0])] or rows, axis=0)
    return float(outlier), float(bulk), float(spacing), float(value)
