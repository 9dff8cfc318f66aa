"""An answer by curvature: eigenvectors of Hessians or of a spectral method, then gradient descent."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork
from ..simulation.data import Standardised
from ..simulation.data import held as array_of
from ..simulation.directions import leading_span, spectral_directions
from ..simulation.sample import Array, Sample
from ..simulation.training._train import train
from ..simulation.training.descent import GradientDescent
from ..simulation.training.starts import HessianStart, RandomStart, SpectralStart, Start
from .evidence import (
    Evidence,
    hessian_evidence,
    hessian_evidence_for_lengths,
    spectral_evidence,
    spectral_evidence_for_lengths,
)
from .held_out import Split, fits, label_variance, losses, outputs, unexplained
from .recovery import Attempt, Recovery
from .uncertainty import fit_uncertainty, in_units
from .verdict import Verdict, judge

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Descent", "descended", "unequal"]

ForLengths = Callable[[Evidence, tuple[float, ...]], Evidence]

_EQUAL = 0.9  # squared length over the largest, above which vectors have one length


@dataclass(frozen=True)
class Descent:
    """A start, and whether and how it is followed by gradient descent."""

    begin: Start
    method: GradientDescent
    refine: bool
    progress: bool

    def __call__(self, parts: Split, seed: int, rng: np.random.Generator) -> Attempt:
        """Learn without the samples held out, test the answer on them, and learn from all."""
        whole, data, test = parts.whole, parts.data, parts.test
        basis, evidence, of_lengths = self._directions(data, rng)
        begun = np.asarray(basis * math.sqrt(basis.shape[1]))
        student, run, exact = begun, None, False
        if self.refine:
            student, run = descended(data.sample, begun, self.method, progress=self.progress)
        loss = losses(data.sample, test, student)
        refined = self.refine
        if self.refine and len(loss) and (of_start := losses(data.sample, test, begun)).mean() < loss.mean():
            refined, loss = False, of_start
        variance = label_variance(whole.sample.labels)
        error, stderr = unexplained(test.labels, outputs(test, student if refined else begun), variance)
        if self.refine and len(loss):  # the samples held out have done their work
            first = student if refined else None
            if not refined:
                basis, evidence, of_lengths = self._directions(whole, rng)
                begun = np.asarray(basis * math.sqrt(basis.shape[1]))
            student, run = descended(
                whole.sample, begun if first is None else first, self.method, progress=self.progress
            )
            labels, made = whole.sample.labels, outputs(whole.sample, student)
            exact = fits(labels, made, student.size, variance)
            if exact and not refined:  # this answer is not the one that was tested
                refined, (error, stderr) = True, unexplained(labels, made, variance)
        verdict = judge(evidence, whole.findings, error, exact=exact)
        answer = student if refined else begun
        weights = unequal(answer)
        if evidence is not None and verdict.status == "explained" and weights is not None:
            evidence = of_lengths(evidence, weights)
        M, held = data.sample.inputs.shape[0], len(test.labels)
        deviations, expected = _how_certain(whole.sample, answer, verdict, evidence, refined=refined)
        result = Recovery(
            weights=whole.weights(answer),
            start=basis,
            evidence=evidence,
            unexplained=error,
            unexplained_stderr=stderr,
            trajectory=run,
            samples=M,
            held_out=held,
            seed=seed,
            refined=refined,
            verdict=verdict,
            uncertainty=in_units(whole, deviations),
            expected_overlap2=expected,
        )
        return Attempt(result, loss)

    def _directions(self, data: Standardised, rng: np.random.Generator) -> tuple[Array, Evidence | None, ForLengths]:
        """The span, the evidence for it, and how that changes with the lengths of the vectors."""
        begin, sample, net, findings = self.begin, data.sample, data.sample.net, data.findings
        if isinstance(begin, HessianStart):
            directions, students = begin.directions(sample, rng)
            evidence = hessian_evidence(sample, students, directions, findings, rng)
            return (
                directions.basis,
                evidence,
                lambda before, weights: hessian_evidence_for_lengths(
                    before, sample, students, directions, findings, weights
                ),
            )
        if isinstance(begin, SpectralStart):
            weight, directions = begin.preprocessing, spectral_directions(sample, begin.preprocessing)
            evidence = spectral_evidence(weight, sample, directions, findings, rng)
            return (
                directions.basis,
                evidence,
                lambda before, weights: spectral_evidence_for_lengths(
                    before, weight, sample, directions, findings, weights
                ),
            )
        if net.p < net.p_star:
            raise InvalidParameterError(f"p = {net.p}: this start needs at least p_star = {net.p_star} neurons")
        if not isinstance(begin, RandomStart):  # of the user's own, which may take inputs for an array
            sample = replace(sample, inputs=array_of(sample.inputs))
        student = begin(sample, rng)
        if np.shape(student) != sample.student.shape:
            raise InvalidParameterError(
                f"start = {begin!r} gives shape {np.shape(student)}, not {sample.student.shape}"
            )
        if isinstance(begin, RandomStart):
            student = train(sample, method=self.method, start=student, checkpoints=1).weights.values[-1]
        return leading_span(student, net.p_star), None, lambda before, _: before


def descended(
    sample: Sample, begun: Array, method: GradientDescent, *, progress: bool = False
) -> tuple[Array, xr.Dataset]:
    """Return a student of width `p_star` after gradient descent from there, and the run."""
    p_star = sample.net.p_star
    narrow = replace(sample, net=QuadraticNetwork(p_star, p_star, sample.net.a), student=begun)
    run = train(narrow, method=method, sphere=False, tolerance=1e-7, progress=progress)
    return run.weights.values[-1], run


def unequal(student: Array) -> tuple[float, ...] | None:
    """Squared lengths of its orthogonal vectors, of sum one; None where they are equal."""
    squares = np.linalg.svd(student, compute_uv=False) ** 2
    return None if squares[-1] > _EQUAL * squares[0] else tuple((squares / squares.sum()).tolist())


def _how_certain(
    sample: Sample, student: Array, verdict: Verdict, evidence: Evidence | None, *, refined: bool
) -> tuple[Array, float]:
    """Standard deviation of each component, and the overlap that is expected; nan where nothing supports them."""
    unknown = np.full(student.shape, np.nan), math.nan
    if not verdict.sufficient:
        return unknown
    squares = float(np.sum(student**2))
    if refined:
        deviations = fit_uncertainty(sample, student)
        return deviations, 1 / (1 + float(np.sum(deviations**2)) / squares)
    if evidence is None or verdict.findings:
        return unknown
    m2 = (
        evidence.predicted_overlap2
    )  # a direction of the length that labels have: it differs by 2 - 2 m from the vector
    return np.full(student.shape, math.sqrt(squares * (2 - 2 * math.sqrt(m2)) / student.size)), m2
