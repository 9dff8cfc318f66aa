"""From patterns to the signal in one call: ``bs.recover(operator, y)``, or ``bs.estimators.recover_signal``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arguments import flag, number, refuse, seed_sequence
from ...errors import InvalidParameterError
from ...models.priors import Gaussian, OnSupport, Prior
from ...progress import progress_bar
from ...results import Estimate
from ...simulation.arrays import Array
from ...simulation.phase_retrieval import OperatorMessagePassing, Retrieval, retrieve, signal_overlap2
from ...simulation.sensing import Functions, Sensing, as_sensing
from ..verdict import warn
from .judgement import judge_signal
from .labels import Labels, SignalKind, read_labels
from .likelihood import HeldOut, held_out_overlap, noise_of
from .prediction import Design, design_of, predict
from .result import SignalEvidence, SignalRecovery
from .symmetry import ambiguity

__all__ = ["is_operator", "recover_signal", "signal_recovery"]

_ROUNDS, _STEPS = 6, 200  # of learning the noise, and most steps of message passing in each
_SETTLED = 0.05  # relative change of the noise that ends it
_FIRST_NOISE = 0.1  # of the mean square of labels, where labels are negative
_MOST_HELD = 2000  # labels held out that are enough


def recover_signal(
    operator: Any,
    y: Any,
    *,
    kind: SignalKind = "intensity",
    dark: float = 0.0,
    prior: Prior | None = None,
    start: Any = None,
    noise: float | None = None,
    held_out: float = 0.1,
    signal_shape: Any = None,
    like: Any = None,
    seed: int = 0,
    progress: bool = False,
) -> SignalRecovery:
    r"""The signal `x` whose intensities `|A x|^2` are the labels, by message passing, with evidence and verdict.

    A share of the labels is held out. The answer that is learnt without them is tested on them; then all labels are
    used. See :func:`bendscape.simulation.retrieve` for the algorithm.

    Parameters
    ----------
    operator : Sensing, LinearOperator, complex matrix, anything with `matvec` and `rmatvec`, or a pair of functions
        `A`.
    y : array_like, shape `label_shape` or (m,)
        Labels. Entries that are masked (``numpy.ma``) or nan were not measured.
    kind : {"intensity", "amplitude", "counts"}
        What a label is: `|A x|^2`, `|A x|`, or a count with the mean `dark + |A x|^2`.
    dark : float
        Level of the labels without a signal. It is subtracted, but for counts.
    prior : Prior, optional
        Law of the numbers of the signal, by default Gaussian: one of `bendscape.models.priors`. ``OnSupport(support)``
        is that on a given support; a real signal with a complex operator has ``Gaussian(complex_valued=False)``.
    start : array_like, optional
        A first guess of the signal.
    noise : float, optional
        Variance of Gaussian noise of the labels. If it is not given, labels are taken to have none; if that fails,
        it is learnt.
    held_out : float
        Share of the labels that is kept to test the answer, zero or less than one half; at most 2000 labels.
    signal_shape : int or tuple of int, optional
        Axes of the signal, for a pair of functions.
    like : xarray.DataArray, optional
        An array with the dimensions and coordinates of the signal, for the result. Without it, labels with names of
        dimensions lend the names of their last ones.
    seed : int
        Of the labels held out, and of the start of the eigenvector.
    progress : bool
        A bar on standard error.

    Raises
    ------
    InvalidParameterError
        If the operator is none (a wrong adjoint, rows of zeros, products that are not finite), there is not one label
        for each row, or a label cannot be one of its kind.
    MemoryLimitError
        If the labels do not fit in memory.

    Warns
    -----
    DataWarning
        If the answer is not supported by labels held out, with the reason; if labels are saturated, or a shift or a
        flip of the signal leaves them unchanged.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> from bendscape.simulation.sensing import CodedDiffraction, random_masks
    >>> A = CodedDiffraction(random_masks(3, (32, 32), seed=1))
    >>> rng = np.random.default_rng(2)
    >>> x = rng.standard_normal((32, 32)) + 1j * rng.standard_normal((32, 32))
    >>> answer = bs.estimators.recover_signal(A, A.intensities(x))
    >>> answer.verdict.status, round(answer.evidence.prediction.perfect, 3)
    ('explained', 2.264)
    >>> round(bs.simulation.signal_overlap2(answer.signal, x), 6)
    1.0
    """
    answer = signal_recovery(
        operator,
        y,
        kind=kind,
        dark=dark,
        prior=prior,
        start=start,
        noise=noise,
        held_out=held_out,
        signal_shape=signal_shape,
        like=like,
        seed=seed,
        progress=progress,
    )
    warn(answer.verdict, stacklevel=2)
    return answer


def signal_recovery(
    operator: Any,
    y: Any,
    *,
    start: Any,
    held_out: float,
    seed: int,
    progress: bool,
    kind: SignalKind = "intensity",
    dark: float = 0.0,
    prior: Prior | None = None,
    noise: float | None = None,
    signal_shape: Any = None,
    like: Any = None,
) -> SignalRecovery:
    """As :func:`recover_signal`, without a warning."""
    whole = as_sensing(_operator(operator, signal_shape))
    law = Gaussian(complex_valued=whole.is_complex) if prior is None else prior
    components = 2 if whole.is_complex or getattr(law, "complex_valued", False) else 1
    given = None if noise is None else number("noise", noise, "a finite number, zero or positive", least=0.0)
    labels = read_labels(whole, y, kind, dark, given, components)
    share = number("held_out", held_out, "a share of the labels, zero or more and below 0.5", least=0.0)
    if share >= 0.5:
        raise refuse("held_out", held_out, "a share of the labels, zero or more and below 0.5")
    template = _template(whole, y, like)
    run = _Run(whole, labels, law, start, given, seed)
    with progress_bar("patterns" if flag("progress", progress) else None, 3) as step:
        answer = _tested(run, _held(labels, share, seed), step)
    return SignalRecovery(
        signal=template(answer.retrieval.signal),
        stderr=template(np.sqrt(answer.retrieval.variance)),
        expected_overlap2=answer.retrieval.expected_overlap2 if answer.retrieval.converged else float("nan"),
        noise=answer.noise,
        retrieval=answer.retrieval,
        evidence=answer.evidence,
        verdict=judge_signal(answer.retrieval, answer.tested, answer.noise, answer.evidence, run.numbers),
        kind=kind,
        held_out=answer.evidence.held_out.labels,
        seed=seed,
    )


@dataclass(frozen=True, eq=False)
class _Answer:
    """The answer from all labels, the one that was tested, and the evidence."""

    retrieval: Retrieval
    tested: Retrieval
    noise: Estimate
    evidence: SignalEvidence


@dataclass(frozen=True, eq=False)
class _Run:
    """Runs of message passing on one set of labels."""

    operator: Sensing
    labels: Labels
    prior: Any
    start: Any
    noise: float | None
    seed: int

    def __call__(self, missing: Array, noise: float, start: Any = None, method: Any = None) -> Retrieval:
        """One run, without these labels, with noise of this variance."""
        return retrieve(
            self.operator,
            self.labels.values,
            channel=self.labels.channel(noise),
            prior=self.prior,
            method=method,
            start=self.start if start is None else start,
            missing=missing,
            seed=self.seed,
        )

    def learnt(self, missing: Array) -> tuple[Retrieval, Estimate]:
        """The answer without these labels, and the noise: as given, or none, or learnt."""
        if self.noise is not None or self.labels.kind == "counts":
            fixed = self.noise or 0.0
            return self(missing, fixed), Estimate(fixed)
        beyond = float(np.var(self.labels.values[~missing])) - 2 / self.labels.components * self._power**2
        noise = Estimate(max(_FIRST_NOISE * self._unit, beyond))  # random intensities have that variance without noise
        answer = None
        if not self.labels.negative:
            answer = self(missing, 0.0, method=OperatorMessagePassing())
            if answer.converged:
                return answer, Estimate(0.0)
            noise = self._noise(answer, missing)
        for _ in range(_ROUNDS):
            if not noise:
                break
            answer = self(missing, noise.value, answer and answer.signal, OperatorMessagePassing(_STEPS))
            if not answer.converged:
                break
            before, new = noise, self._noise(answer, missing)
            # too much noise makes the guesses seem worse than they are, which leaves less noise: the mean of both
            noise = Estimate(math.sqrt(before * new), new.error)
            if abs(new - before) <= max(_SETTLED * before, new.error):
                return answer, noise
        noise = noise if self.labels.negative else Estimate(0.0)
        return self(missing, noise.value, answer and answer.signal), noise

    def _noise(self, answer: Retrieval, missing: Array) -> Estimate:
        return noise_of(self.labels, missing, answer.guess, answer.guess_variance, self._power)

    @property
    def _power(self) -> float:
        return self.labels.power(0.0)

    @property
    def _unit(self) -> float:
        return self._power if self.labels.kind == "amplitude" else self._power**2

    @property
    def numbers(self) -> float:
        """Real unknowns in the units of labels: each label fixes one."""
        n = int(self.prior.support.sum()) if isinstance(self.prior, OnSupport) else self.operator.shape[1]
        return n * (2 if self.prior.complex_valued else 1)


def _tested(run: _Run, held: Array, step: Any) -> _Answer:
    """Learn without labels held out, test on them, and learn from all."""
    labels = run.labels
    tested, noise = run.learnt(labels.missing | held)
    step()
    support = run.prior.support if isinstance(run.prior, OnSupport) else None
    design = design_of(run.operator, support, complex_signal=run.prior.complex_valued)
    test = _test(run, tested, noise, held, design)
    answer = tested
    if held.any():
        if test.signal:
            answer = run(labels.missing, noise.value, tested.signal)
            if signal_overlap2(answer.signal, tested.signal) < test.low or not answer.converged:
                answer = tested
        else:
            answer, noise = run.learnt(labels.missing)
    step()
    missing, power = int(labels.missing.sum()), labels.power(noise.value)
    prediction = predict(design, labels.standardised(noise.value, power), 1 - missing / labels.missing.size)
    step()
    symmetry = ambiguity(run.operator, support, complex_signal=run.prior.complex_valued)
    return _Answer(answer, tested, noise, SignalEvidence(prediction, test, missing, labels.saturated, symmetry))


def _held(labels: Labels, share: float, seed: Any) -> Array:
    """Labels to hold out."""
    seen = np.flatnonzero(~labels.missing)
    number_held = min(round(share * len(seen)), _MOST_HELD)
    rng = np.random.default_rng(seed_sequence(seed).spawn(1)[0])
    held = np.zeros(labels.missing.size, dtype=bool)
    held[rng.choice(seen, number_held, replace=False)] = True
    return held


def _test(run: _Run, tested: Retrieval, noise: Estimate, held: Array, design: Design) -> HeldOut:
    if not held.any():
        nothing = float("nan")
        return HeldOut(nothing, nothing, nothing, nothing, 0)
    divisors = np.broadcast_to(run.operator.even()[1], held.size)[held]
    channel, power = run.labels.channel(noise.value), run.labels.power(noise.value) * divisors**2
    return held_out_overlap(channel, run.labels.values[held], tested.guess.reshape(-1)[held], power, design)


def is_operator(X: Any) -> bool:
    """Whether a value is a linear operator, not inputs with a row for each sample: those are a real matrix."""
    kind = getattr(X, "dtype", None)
    is_complex = getattr(kind, "kind", None) == "c" or bool(getattr(kind, "is_complex", False))
    products = all(callable(getattr(X, name, None)) for name in ("matvec", "rmatvec"))
    return is_complex or products or is_pair(X)


def is_pair(X: Any) -> bool:
    """Whether a value is a pair of functions."""
    return isinstance(X, tuple) and len(X) == 2 and all(callable(each) for each in X)


def _operator(operator: Any, signal_shape: Any) -> Any:
    """A pair of functions as an operator; anything else unchanged."""
    if not is_pair(operator):
        if signal_shape is not None:
            raise refuse("signal_shape", signal_shape, "None: this operator has a shape of its own")
        return operator
    if signal_shape is None:
        raise InvalidParameterError("a pair of functions needs signal_shape, the axes of the signal: give it")
    product, adjoint_product = operator
    return Functions(product, adjoint_product, signal_shape)


def _template(operator: Sensing, y: Any, like: Any) -> Any:
    """A function that gives an array of the shape of signals the names and coordinates of the signal."""
    shape = operator.signal_shape
    if like is not None:
        if not hasattr(like, "dims") or getattr(like, "shape", None) != shape:
            raise refuse("like", like, f"an xarray.DataArray of shape {shape}, that of signals")
        return lambda x: like.copy(data=x).rename(None).drop_attrs()
    if hasattr(y, "dims") and hasattr(y, "coords") and np.shape(y)[-len(shape) :] == shape:
        import xarray as xr

        return lambda x: xr.DataArray(x, dims=y.dims[-len(shape) :])
    return np.asarray
