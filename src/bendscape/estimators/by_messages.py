"""An answer by message passing: the posterior of the vectors, with noise and scale learnt from the data."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..simulation.data import Standardised
from ..simulation.directions import spectral_directions
from ..simulation.inference._learn import learn
from ..simulation.inference._message_passing import message_passing
from ..simulation.inference.result import WeightPosterior
from ..simulation.inputs import chosen, squared_lengths
from ..simulation.sample import Array, Sample
from ..simulation.training.descent import GradientDescent
from .by_descent import descended, unequal
from .evidence import OPTIMAL, spectral_evidence, spectral_evidence_for_lengths
from .held_out import Split, fits, label_variance, losses, outputs, unexplained
from .label_kinds import Kind, LabelKind
from .recovery import Attempt, Recovery
from .uncertainty import in_units
from .verdict import COMPLETE, Verdict, judge

__all__ = ["by_messages", "exactly"]

_POLISHING = GradientDescent(steps=300)  # of an answer that explains all labels, to rounding
_ROUNDING = 1e-12  # relative, of the level at which labels saturate
_NOISES = (1.0, 0.1, 0.01, 1e-3)  # variances in units of the mean label; the first falls while weights become better


@dataclass(frozen=True)
class Passed:
    """A posterior of the weights with the numbers of its channel, for labels of one kind.

    Attributes
    ----------
    kind : LabelKind
    posterior : WeightPosterior
    size : float
        Length of a student whose labels are of mean one, over that of the teacher in the channel.
    noise, noise_stderr : float
        Standard deviation of Gaussian noise, in the units of the labels; nan for counts.
    polished : array, shape (p_star, N), or None
        The student that fits labels without noise to rounding; message passing ends a little before.
    """

    kind: LabelKind
    posterior: WeightPosterior
    size: float = 1.0
    noise: float = 0.0
    noise_stderr: float = 0.0
    polished: Array | None = None

    @property
    def student(self) -> Array:
        """Posterior means as a student."""
        return self.polished if self.polished is not None else self.posterior.weights * self.size

    @property
    def deviations(self) -> Array:
        """Standard deviation of each component of the student."""
        rows = np.sqrt(np.diag(self.posterior.covariance)) * self.size
        return np.broadcast_to(rows[:, None], self.posterior.weights.shape)

    def expected_labels(self, test: Sample) -> Array:
        """Return the expected intensities of inputs, over their mean, up to the level of saturation."""
        if len(test.labels) == 0:
            return np.zeros(0)
        spread = float(np.mean(np.diag(self.posterior.covariance))) * self.size**2
        return self.kind.measured(outputs(test, self.student) + spread * squared_lengths(test.inputs))


def by_messages(parts: Split, name: Kind, labels: Array, seed: int) -> Attempt:
    """Learn without the samples held out, test the answer on them, and learn from all.

    `labels` are those given, of this kind; negative ones stay negative.
    """
    whole, kind = parts.whole, LabelKind.of(name, labels, parts.whole.label_scale)
    everything = _with_noise(whole.sample, kind, labels, whole.label_scale)
    tested = everything
    if len(parts.test.labels):
        tested = _with_noise(parts.data.sample, kind, labels[parts.rows], whole.label_scale)
    return _attempt(parts, everything, tested, seed, exact=_explains(whole, everything, labels))


def exactly(parts: Split, name: Kind, labels: Array, seed: int) -> Attempt | None:
    """Return the answer for labels without noise if it explains all of them to rounding."""
    kind = LabelKind.of(name, labels, parts.whole.label_scale)
    if not kind.may_be_exact or labels.min() < 0:
        return None
    everything = _without_noise(parts.whole.sample, kind, labels)
    if not _explains(parts.whole, everything, labels):
        return None
    tested = everything
    if len(parts.test.labels):
        tested = _without_noise(parts.data.sample, kind, labels[parts.rows])
    return _attempt(parts, everything, tested, seed, exact=True)


def _given(sample: Sample, kind: LabelKind, labels: Array) -> Sample:
    """Return the sample with labels in the unit of the channel, less inputs of zeros: labels of these tell nothing."""
    rows = np.flatnonzero(squared_lengths(sample.inputs))
    inputs = sample.inputs if len(rows) == len(labels) else chosen(sample.inputs, rows)
    return replace(sample, inputs=inputs, labels=labels[rows] / kind.unit)


def _without_noise(sample: Sample, kind: LabelKind, labels: Array) -> Passed:
    own = _given(sample, kind, labels)
    return Passed(kind, message_passing(own, kind.channel(sample.net.p_star, 0.0)))


def _with_noise(sample: Sample, kind: LabelKind, labels: Array, mean: float) -> Passed:
    """Return the posterior with the numbers of the channel learnt from these labels."""
    own, p_star = _given(sample, kind, labels), sample.net.p_star
    if kind.name == "counts":  # their mean and the scale of the prior are one number
        learned = learn(own, kind.channel(p_star, mean), parameters=("mean",), scale=False)
        size = math.sqrt(float(learned.values["mean"]) / mean)
        return Passed(kind, learned.posterior, size, math.nan, math.nan)
    if kind.name == "saturated":
        tried = [learn(own, kind.channel(p_star, each), parameters=()).posterior for each in _NOISES]
        return Passed(kind, min(tried, key=lambda each: each.free_energy), 1.0, math.nan, math.nan)
    learned = learn(own, kind.channel(p_star, _NOISES[0]))
    variance = learned.values["variance"]
    noise = math.sqrt(float(variance))
    return Passed(kind, learned.posterior, 1.0, noise * kind.unit, variance.error / (2 * noise) * kind.unit)


def _polished(whole: Standardised, passed: Passed) -> Array:
    """Return the student after some steps of descent on the labels below saturation, if it fits all labels better."""
    rows = np.flatnonzero(whole.sample.labels < passed.kind.level * (1 - _ROUNDING))
    sample = whole.sample if len(rows) == len(whole.sample.labels) else whole.part(rows)
    student = descended(sample, passed.student, _POLISHING)[0]
    before, after = (_misfit(whole, passed.kind, each) for each in (passed.student, student))
    return student if after < before else passed.student


def _misfit(whole: Standardised, kind: LabelKind, student: Array) -> float:
    return float(np.mean((whole.sample.labels - kind.measured(outputs(whole.sample, student))) ** 2))


def _explains(whole: Standardised, passed: Passed, labels: Array) -> bool:
    """Return whether posterior means explain all labels to rounding."""
    if not passed.kind.may_be_exact or labels.min() < 0:
        return False
    made = passed.kind.measured(outputs(whole.sample, passed.student))
    return fits(whole.sample.labels, made, passed.student.size, label_variance(whole.sample.labels))


def _attempt(parts: Split, everything: Passed, tested: Passed, seed: int, *, exact: bool) -> Attempt:
    whole, test, posterior, kind = parts.whole, parts.test, everything.posterior, everything.kind
    variance, made = label_variance(whole.sample.labels), tested.expected_labels(test)
    error = unexplained(test.labels, made, variance)
    if exact:
        everything = replace(everything, polished=_polished(whole, everything))
        all_made = kind.measured(outputs(whole.sample, everything.student))
        rest = np.sqrt(np.mean((whole.sample.labels - all_made) ** 2))
        everything = replace(everything, noise=0.0, noise_stderr=float(rest) * kind.unit)
        if not error[0] < COMPLETE:  # only all samples lead to it
            error = unexplained(whole.sample.labels, all_made, variance)
    loss = losses(parts.data.sample, test, tested.student, kind.level)
    M, N = whole.sample.inputs.shape
    # densities of labels in the units of the data; counts are one apart
    surprise = -math.inf if exact else N * posterior.free_energy + M * math.log(kind.unit)
    broken = posterior.message if posterior.status == "diverged" else ""
    return Attempt(_recovery(parts, everything, error, seed, exact=exact), loss, surprise, broken)


def _recovery(parts: Split, passed: Passed, error: tuple[float, float], seed: int, *, exact: bool) -> Recovery:
    whole, posterior, student = parts.whole, passed.posterior, passed.student
    directions = spectral_directions(whole.sample, OPTIMAL)
    rng = np.random.default_rng(seed)
    evidence = spectral_evidence(OPTIMAL, whole.sample, directions, whole.findings, rng)
    verdict = judge(evidence, whole.findings, error[0], exact=exact)
    if posterior.status == "diverged":
        verdict = Verdict("unexplained", (posterior.message, *verdict.reasons), verdict.findings)
    weights = unequal(student)
    if verdict.status == "explained" and weights is not None:
        evidence = spectral_evidence_for_lengths(evidence, OPTIMAL, whole.sample, directions, whole.findings, weights)
    return Recovery(
        weights=whole.weights(student),
        start=directions.basis,
        evidence=evidence,
        unexplained=error[0],
        unexplained_stderr=error[1],
        trajectory=None,
        samples=len(parts.rows),
        held_out=len(parts.test.labels),
        seed=seed,
        refined=True,
        verdict=verdict,
        method="message passing",
        uncertainty=in_units(whole, passed.deviations),
        expected_overlap2=posterior.expected_overlap2,
        channel=passed.kind.name,
        noise=passed.noise,
        noise_stderr=passed.noise_stderr,
        posterior=posterior,
    )
