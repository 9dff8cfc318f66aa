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
from .verdict import judge

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Descent"]

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
            student, run = self._refined(data.sample, begun)
        loss = losses(data.sample, test, student)
        refined = self.refine
        if self.refine and len(loss) and (of_start := losses(data.sample, test, begun)).mean() < loss.mean():
            refined, loss = False, of_start
        variance = label_variance(whole.sample.labels)
        error, stderr = unexplained(test, outputs(test, student if refined else begun), variance)
        if self.refine and len(loss):  # the samples held out have done their work
            first = student if refined else None
            if not refined:
                basis, evidence, of_lengths = self._directions(whole, rng)
                begun = np.asarray(basis * math.sqrt(basis.shape[1]))
            student, run = self._refined(whole.sample, begun if first is None else first)
            exact = fits(whole.sample, student, variance)
            if exact and not refined:  # this answer is not the one that was tested
                refined, (error, stderr) = True, unexplained(whole.sample, outputs(whole.sample, student), variance)
        verdict = judge(evidence, whole.findings, error, exact=exact)
        answer = student if refined else begun
        weights = _unequal(answer)
        if evidence is not None and verdict.status == "explained" and weights is not None:
            evidence = of_lengths(evidence, weights)
        M, held = data.sample.inputs.shape[0], len(test.labels)
        result = Recovery(whole.weights(answer), basis, evidence, error, stderr, run, M, held, seed, refined, verdict)
        return Attempt(result, loss)

    def _refined(self, sample: Sample, begun: Array) -> tuple[Array, xr.Dataset]:
        """A student of width `p_star` after gradient descent from there."""
        p_star = sample.net.p_star
        narrow = replace(sample, net=QuadraticNetwork(p_star, p_star, sample.net.a), student=begun)
        run = train(narrow, method=self.method, sphere=False, tolerance=1e-7, progress=self.progress)
        return run.weights.values[-1], run

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


def _unequal(student: Array) -> tuple[float, ...] | None:
    """Squared lengths of its orthogonal vectors, of sum one; None where they are equal."""
    squares = np.linalg.svd(student, compute_uv=False) ** 2
    return None if squares[-1] > _EQUAL * squares[0] else tuple((squares / squares.sum()).tolist())
