"""From data to the signal in one call: ``bs.recover(X, y)``."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import count, flag, number, refuse, seed_sequence
from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork
from ..simulation.curvature import output
from ..simulation.data import Standardised, prepared
from ..simulation.data import held as array_of
from ..simulation.diagnostics import groups_of
from ..simulation.directions import leading_span, spectral_directions
from ..simulation.sample import Array, Sample, project
from ..simulation.training._train import train
from ..simulation.training.descent import GradientDescent
from ..simulation.training.starts import HessianStart, RandomStart, SpectralStart, Start, takes_sample
from ..statistics import mean_stderr
from .counting import VectorCount, count_vectors
from .evidence import (
    OPTIMAL,
    Evidence,
    hessian_evidence,
    hessian_evidence_for_lengths,
    spectral_evidence,
    spectral_evidence_for_lengths,
)
from .verdict import Verdict, judge, warn, warn_undecided

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Recovery", "recover"]

ForLengths = Callable[[Evidence, tuple[float, ...]], Evidence]

_EXACT = 1e-8  # of the variance of labels: left by an answer that fits all of them but for rounding and its last steps
_EQUAL = 0.9  # squared length over the largest, above which vectors have one length
_SHORT = 0.01  # length over the largest: what a vector too many is left with
_TELLING = 0.01  # of the variance of all labels: if those held out have less, they cannot tell a good model


@dataclass(frozen=True, eq=False)
class Recovery:
    """Recovered vectors with evidence and verdict: the result of :func:`recover`.

    Attributes
    ----------
    weights : array, shape (p_star, N)
        Rows `v_l` in the units of the data: `y = sum_l (v_l . x)^2`. The data determine each up to its sign, and
        several of them up to a rotation among them.
    start : array, shape (p_star, N)
        Orthonormal rows: the span as it was before gradient descent.
    evidence : Evidence or None
        What theory predicts for the start; None for a random one, of which it predicts nothing.
    unexplained, unexplained_stderr : float
        Mean squared error on samples that were held out, over the variance of all labels (less that of single absurd
        ones), with its standard error: zero is a perfect model, one says no more than the mean. nan where too few were
        held out. It is that of the answer learnt without these samples; `weights` are learnt from all. An answer that
        only all samples lead to, and that fits them all to rounding, has the error on all labels.
    trajectory : xarray.Dataset or None
        The descent that refined the start, from :func:`bendscape.train`; None where there was none.
    samples, held_out : int
        How many samples were learnt from before the answer was tested, and how many held out.
    seed : int
    refined : bool
        Whether `weights` are those of the descent. Where the start explains labels held out better, they are the start.
    verdict : Verdict
        Whether the answer can be used, and why.
    vectors : VectorCount or None
        How many vectors there are, with the evidence; None where `p_star` was given.
    """

    weights: Array
    start: Array
    evidence: Evidence | None
    unexplained: float
    unexplained_stderr: float
    trajectory: xr.Dataset | None
    samples: int
    held_out: int
    seed: int
    refined: bool
    verdict: Verdict
    vectors: VectorCount | None = None

    @property
    def lengths(self) -> Array:
        """Singular values of the weights: the lengths of the vectors, rotated so that they are orthogonal."""
        return np.asarray(np.linalg.svd(self.weights, compute_uv=False))

    def to_dict(self) -> dict[str, Any]:
        """Return sizes, evidence, lengths, errors and the verdict, for JSON; the vectors are left out."""
        run = self.trajectory
        return {
            "inputs": self.weights.shape[1],
            "samples": self.samples,
            "held_out": self.held_out,
            "p_star": len(self.weights),
            "vectors": None if self.vectors is None else self.vectors.to_dict(),
            "evidence": None if self.evidence is None else self.evidence.to_dict(),
            "lengths": self.lengths.tolist(),
            "unexplained": self.unexplained,
            "unexplained_stderr": self.unexplained_stderr,
            "steps": None if run is None else int(run.steps[-1]),
            "status": None if run is None else run.attrs["status"],
            "refined": self.refined,
            "verdict": self.verdict.to_dict(),
            "seed": self.seed,
        }


def recover(
    X: Any,
    y: Any,
    *,
    p_star: int | None = None,
    p: int = 2,
    a: float = 1.0,
    start: Start | None = None,
    refine: bool = True,
    steps: int = 2000,
    held_out: float = 0.1,
    seed: int = 0,
    progress: bool = False,
) -> Recovery:
    r"""The vectors of `y = sum_l (v_l . x)^2`: a start by curvature, then gradient descent.

    Parameters
    ----------
    X : array_like, shape (M, N)
        Inputs of any scale: white, without a mean.
    y : array_like, shape (M,)
        Labels of any scale. Noise may have made some of them negative.
    p_star : int, optional
        How many vectors. If not given it is the number of eigenvalues of a spectral method in front of its bulk
        (:func:`bendscape.estimators.count_vectors`), or one more if only the answer with one more explains labels held
        out; `vectors` has the evidence, and says where it does not decide.
    p, a : int, float
        Width of the students whose Hessian is taken, and the constant of the loss in units of the mean label.
    start : HessianStart, SpectralStart or RandomStart, optional
        By default ``HessianStart(inits=4)``. A random start is a student of width `p` after gradient descent.
    refine : bool
        Follow the start with gradient descent of a student of width `p_star`.
    steps : int
        Of gradient descent, at most.
    held_out : float
        Share of the samples that is kept to tell how good the answer is, zero or less than one half.
    seed : int
        Of the samples held out and of the random students.
    progress : bool
        A bar on standard error.

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain, or the data cannot be of a quadratic teacher; see
        :func:`bendscape.simulation.standardise`.

    Warns
    -----
    DataWarning
        If the answer does not explain labels held out, and theory finds too few samples, the eigenvalues no signal, or
        the data differ from what theory takes them to be; if the number of vectors is not decided.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> rng = np.random.default_rng(1)
    >>> v, X = rng.standard_normal(100), rng.standard_normal((500, 100))
    >>> answer = bs.recover(X, (X @ v) ** 2)
    >>> answer.vectors.count, answer.vectors.status
    (1, 'decided')
    >>> bool(np.abs(np.abs(answer.weights[0] @ v) / (v @ v) - 1) < 1e-4)
    True
    """
    begin = HessianStart(inits=4) if start is None else start
    if isinstance(begin, type) or not takes_sample(begin):  # the class in the place of a start
        raise InvalidParameterError(f"start = {start!r}: give HessianStart(), SpectralStart(...) or RandomStart()")
    steps = count("steps", steps)
    answers = _Answers(X, y, p, a, begin, GradientDescent(steps), flag("refine", refine), held_out, seed, progress)
    answer = answers.counted() if p_star is None else answers(p_star)
    warn(answer.verdict, stacklevel=2)
    if answer.vectors is not None:
        warn_undecided(answer.vectors, stacklevel=2)
    return answer


@dataclass(frozen=True, eq=False)
class _Answers:
    """The answers of one data set, by the number of vectors."""

    X: Any
    y: Any
    p: int
    a: float
    begin: Start
    method: GradientDescent
    refine: bool
    held_out: float
    seed: int
    progress: bool

    def counted(self) -> Recovery:
        """Return the answer with the counted number of vectors, corrected by the labels held out."""
        weight = self.begin.preprocessing if isinstance(self.begin, SpectralStart) else OPTIMAL
        vectors = count_vectors(self.X, self.y, preprocessing=weight)
        answer = self(vectors.count)
        if not answer.verdict.complete and self._takes(vectors.count + 1):
            more = self(vectors.count + 1)
            if more.verdict.complete and more.lengths[-1] > _SHORT * more.lengths[0]:
                answer = more
        if answer.verdict.complete:
            told = f"{vectors.reason}; {len(answer.weights)} explain labels that they were not learnt from"
            vectors = replace(vectors, count=len(answer.weights), status="decided", reason=told)
        elif answer.verdict.status == "explained" and vectors.status == "decided":
            told = f"{vectors.reason}; what they leave unexplained may be noise, or a shorter vector"
            vectors = replace(vectors, status="at least", reason=told)
        return replace(answer, vectors=vectors)

    def _takes(self, p_star: int) -> bool:
        """Return whether data and start are large enough for `p_star` vectors."""
        informed = isinstance(self.begin, HessianStart | SpectralStart)
        return 2 * p_star <= min(np.shape(self.X)) and (informed or p_star <= self.p)

    def __call__(self, p_star: int) -> Recovery:
        """Return the answer with `p_star` vectors."""
        net = QuadraticNetwork(self.p, p_star, self.a)
        split, students = (np.random.default_rng(stream) for stream in seed_sequence(self.seed).spawn(2))
        whole = prepared(net, self.X, self.y, rng=students)
        data, test = _split(whole, self.held_out, split)
        basis, evidence, of_lengths = _directions(data, self.begin, students, self.method)
        begun = np.asarray(basis * math.sqrt(basis.shape[1]))
        student, run, exact = begun, None, False
        if self.refine:
            student, run = _refined(data.sample, begun, self.method, self.progress)
        refined = self.refine and not _better(data.sample, test, begun, student)
        variance = _variance(whole.sample.labels)
        error, stderr = _unexplained(test, student if refined else begun, variance)
        if self.refine and len(test.labels):  # the samples held out have done their work
            first = student if refined else None
            if not refined:
                basis, evidence, of_lengths = _directions(whole, self.begin, students, self.method)
                begun = np.asarray(basis * math.sqrt(basis.shape[1]))
            student, run = _refined(whole.sample, begun if first is None else first, self.method, self.progress)
            exact = _fits(whole.sample, student, variance)
            if exact and not refined:  # this answer is not the one that was tested
                refined, (error, stderr) = True, _unexplained(whole.sample, student, variance)
        verdict = judge(evidence, whole.findings, error, exact=exact)
        M, answer = data.sample.inputs.shape[0], student if refined else begun
        weights = _unequal(answer)
        if evidence is not None and verdict.status == "explained" and weights is not None:
            evidence = of_lengths(evidence, weights)
        held = whole.sample.inputs.shape[0] - M
        return Recovery(
            whole.weights(answer), basis, evidence, error, stderr, run, M, held, self.seed, refined, verdict
        )


def _refined(sample: Sample, begun: Array, method: GradientDescent, progress: bool) -> tuple[Array, xr.Dataset]:
    """A student of width `p_star` after gradient descent from there."""
    p_star = sample.net.p_star
    narrow = replace(sample, net=QuadraticNetwork(p_star, p_star, sample.net.a), student=begun)
    run = train(narrow, method=method, sphere=False, tolerance=1e-7, progress=progress)
    return run.weights.values[-1], run


def _outputs(sample: Sample, student: Array) -> Array:
    from array_api_compat import numpy as xp

    return np.asarray(output(project(sample.inputs, student, xp), xp))


def _better(sample: Sample, test: Sample, begun: Array, student: Array) -> bool:
    """Return whether the start explains labels held out better than the student after the descent.

    Each is multiplied by the factor that fits the training labels best. The loss is that of the network, in which
    large labels do not dominate.
    """
    if len(test.labels) == 0:
        return False

    def loss(weights: Array) -> float:
        yhat, weight = _outputs(sample, weights), 1 / (sample.net.a + sample.labels)
        factor = float(np.sum(weight * yhat * sample.labels) / np.sum(weight * yhat**2))
        off = factor * _outputs(test, weights) - test.labels
        return float(np.mean(off**2 / (test.net.a + test.labels)))

    return loss(begun) < loss(student)


def _fits(sample: Sample, student: Array, variance: float) -> bool:
    """Whether a student fits all labels, and has fewer weights than there are labels."""
    if len(sample.labels) <= student.size:
        return False
    return float(np.mean((sample.labels - _outputs(sample, student)) ** 2)) < _EXACT * variance


def _split(whole: Standardised, share: Any, rng: np.random.Generator) -> tuple[Standardised, Sample]:
    """Samples to learn from, and those held out; copies of an input are on one side."""
    wanted = "a share of the samples, zero or more and below 0.5"
    part = number("held_out", share, wanted, least=0.0)
    if part >= 0.5:
        raise refuse("held_out", share, wanted)
    sample = whole.sample
    M = len(sample.labels)
    order, kept = rng.permutation(M), round(part * M)
    if not all(each.within_theory for each in whole.findings):
        order = _by_groups(groups_of(sample.inputs, rng), order, kept)
    test, rest = np.sort(order[:kept]), np.setdiff1d(np.arange(M), order[:kept])
    if len(rest) < sample.net.p_star:
        raise InvalidParameterError(f"held_out = {share!r}: {len(rest)} samples are left; give more, or hold out less")
    return replace(whole, sample=whole.part(rest)), whole.part(test)


def _by_groups(groups: Any, order: Any, most: int) -> Any:
    """As many whole groups of samples as there may be held out, in this order; without those that are larger."""
    sizes, first = np.bincount(groups), np.full(groups.max() + 1, -1)
    first[groups[order[::-1]]] = np.arange(len(order))[::-1]  # the place at which a group comes first
    each = np.argsort(first)
    each = each[sizes[each] <= most]
    each = each[np.cumsum(sizes[each]) <= most]
    return order[np.isin(groups[order], each)]


def _unequal(student: Array) -> tuple[float, ...] | None:
    """Squared lengths of its orthogonal vectors, of sum one; None where they are equal."""
    squares = np.linalg.svd(student, compute_uv=False) ** 2
    return None if squares[-1] > _EQUAL * squares[0] else tuple((squares / squares.sum()).tolist())


def _directions(
    data: Standardised, begin: Start, rng: np.random.Generator, method: GradientDescent
) -> tuple[Array, Evidence | None, ForLengths]:
    """The span, the evidence for it, and how that changes with the lengths of the vectors."""
    sample, net, findings = data.sample, data.sample.net, data.findings
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
        raise InvalidParameterError(f"start = {begin!r} gives shape {np.shape(student)}, not {sample.student.shape}")
    if isinstance(begin, RandomStart):
        student = train(sample, method=method, start=student, checkpoints=1).weights.values[-1]
    return leading_span(student, net.p_star), None, lambda before, _: before


def _variance(labels: Array) -> float:
    """Return the variance of labels; one beyond the law of a quadratic teacher counts as the largest of that law."""
    high = float(np.quantile(labels[labels > 0], 0.75))
    return float(np.var(np.minimum(labels, high * (2 * math.log(len(labels)) + 10))))


def _unexplained(test: Sample, student: Array, variance: float) -> tuple[float, float]:
    if len(test.labels) < 2 or np.var(test.labels) < _TELLING * variance:
        return math.nan, math.nan
    mean, stderr = mean_stderr((test.labels - _outputs(test, student)) ** 2)
    return mean / variance, stderr / variance
