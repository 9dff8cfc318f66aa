"""From data to the signal in one call: ``bs.recover(X, y)``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol, overload

import numpy as np

from ..arguments import count, flag, seed_sequence
from ..errors import DataWarning, InvalidParameterError
from ..expected import choice
from ..models.quadratic import QuadraticNetwork
from ..simulation.data import prepared
from ..simulation.sample import Array
from ..simulation.training.descent import GradientDescent
from ..simulation.training.starts import HessianStart, SpectralStart, Start, takes_sample
from ..statistics import mean_stderr
from ..user_arrays import column, shown
from .by_descent import Descent
from .by_messages import by_messages, exactly
from .counting import count_vectors
from .evidence import OPTIMAL
from .held_out import Split, split
from .label_kinds import KINDS, Kind, exact_kinds, intensities, plausible_kinds
from .recovery import Attempt, Recovery
from .signals._recover_signal import is_operator, signal_recovery
from .signals.result import SignalRecovery
from .verdict import warn, warn_undecided

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..models.priors import Prior
    from .signals.labels import SignalKind

__all__ = ["recover"]

Method = Literal["auto", "message passing", "descent"]
METHODS = ("auto", "message passing", "descent")

_OF_VECTORS = {"p_star": None, "p": 2, "a": 1.0, "refine": True, "steps": 2000, "method": "auto", "channel": None}
_SHORT = 0.01  # length over the largest: what a vector too many is left with
_HIDDEN = 3  # vectors that the count may have missed, tried by message passing


class LinearMap(Protocol):
    """A linear operator: those of `bendscape.simulation.sensing`, SciPy and PyLops."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""

    def matvec(self, x: Any) -> Any:
        """`A x`."""

    def rmatvec(self, z: Any) -> Any:
        """`A^H z`."""


@overload
def recover(
    X: LinearMap | npt.NDArray[np.complexfloating[Any, Any]] | tuple[Callable[[Any], Any], Callable[[Any], Any]],
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
) -> SignalRecovery: ...


@overload
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
    method: Method = "auto",
    channel: Kind | None = None,
) -> Recovery: ...


def recover(
    X: Any,
    y: Any,
    *,
    p_star: int | None = None,
    p: int = 2,
    a: float = 1.0,
    start: Any = None,
    refine: bool = True,
    steps: int = 2000,
    held_out: float = 0.1,
    seed: int = 0,
    progress: bool = False,
    method: Method = "auto",
    channel: Kind | None = None,
    **signal: Any,
) -> Recovery | SignalRecovery:
    r"""The vectors of `y = sum_l (v_l . x)^2`, by message passing, or by curvature and gradient descent.

    If `X` is a linear operator, the result is the signal whose intensities are the labels: the options are then those
    of :func:`bendscape.estimators.recover_signal`.

    Parameters
    ----------
    X : array_like, shape (M, N)
        Inputs of any scale: white, without a mean. Or an operator: one of `bendscape.simulation.sensing`, a complex
        matrix, anything with `matvec` and `rmatvec`, a pair of functions.
    y : array_like, shape (M,)
        Labels of any scale. Noise may have made some of them negative.
    p_star : int, optional
        How many vectors. If not given it is the number of eigenvalues of a spectral method in front of its bulk
        (:func:`bendscape.estimators.count_vectors`), or up to three more if only the answer with more explains labels
        held out; `vectors` has the evidence, and says where it does not decide.
    p, a : int, float
        Width of the students whose Hessian is taken, and the constant of the loss in units of the mean label.
    start : HessianStart, SpectralStart or RandomStart, optional
        Of a descent, by default ``HessianStart(inits=4)``. A random start is a student of width `p` after gradient
        descent. If it is given, the method is descent.
    refine : bool
        Follow the start with gradient descent of a student of width `p_star`. If not, the answer is the start.
    steps : int
        Of gradient descent, at most.
    held_out : float
        Share of the samples that is kept to tell how good the answer is, zero or less than one half.
    seed : int
        Of the samples held out and of the random students.
    progress : bool
        A bar on standard error.
    method : {"auto", "message passing", "descent"}
        ``"auto"``: message passing; if it does not explain all labels a descent, too, and of both the answer that
        explains labels held out better. `method` and `reason` of the answer tell which and why.
    channel : {"intensities", "counts", "amplitudes", "saturated"}, optional
        The kind of the labels, for message passing: `sum_l (v_l . x)^2` with Gaussian noise, whole numbers with that
        mean and the law of Poisson, its square root, or none above the largest one. If it is not given, labels are
        intensities, unless an answer of another kind explains all of them, or they look like it and the evidence for
        it is larger.
    **signal
        `kind`, `dark`, `prior`, `noise`, `signal_shape` and `like`, if `X` is an operator.

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain, or the data cannot be of a quadratic teacher; see
        :func:`bendscape.simulation.standardise`.

    Warns
    -----
    DataWarning
        If the answer does not explain labels held out, and theory finds too few samples, the eigenvalues no signal, or
        the data differ from what theory takes them to be; if the number of vectors is not decided; if labels are taken
        for another kind than intensities or counts.

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
    given = {"p_star": p_star, "p": p, "a": a, "refine": refine, "steps": steps, "method": method, "channel": channel}
    if is_operator(X):
        others = [name for name, value in given.items() if not _is(value, _OF_VECTORS[name])]
        if others:
            raise InvalidParameterError(f"{others[0]} = {shown(given[others[0]])}: X is an operator; leave it out")
        recovered = signal_recovery(X, y, start=start, held_out=held_out, seed=seed, progress=progress, **signal)
        warn(recovered.verdict, stacklevel=2)
        return recovered
    if signal:
        _refuse_signal(signal)
    begin = HessianStart(inits=4) if start is None else start
    if isinstance(begin, type) or not takes_sample(begin):  # the class in the place of a start
        raise InvalidParameterError(f"start = {start!r}: give HessianStart(), SpectralStart(...) or RandomStart()")
    steps = count("steps", steps)
    chosen, reason = _method(method, start, flag("refine", refine))
    kind: Any = None if channel is None else choice("channel", channel, KINDS)
    descent = Descent(begin, GradientDescent(steps), refine, progress)
    answers = _Answers(
        X, column("y", y, remedy="leave such samples out"), p, a, descent, held_out, seed, chosen, reason, kind
    )
    answer = answers.counted() if p_star is None else answers(count("p_star", p_star))
    warn(answer.verdict, stacklevel=2)
    if channel is None and answer.channel not in ("intensities", "counts"):
        text = f"labels are taken for {answer.channel}, which explains them best: give channel = {answer.channel!r}"
        warnings.warn(f"{text}, or channel = 'intensities'", DataWarning, stacklevel=2)
    if answer.vectors is not None:
        warn_undecided(answer.vectors, stacklevel=2)
    return answer


def _is(value: Any, usual: Any) -> bool:
    """Whether an option has its usual value."""
    return value is usual or (isinstance(value, type(usual)) and value == usual)


def _refuse_signal(options: dict[str, Any]) -> NoReturn:
    """Raise for options that a real matrix does not have."""
    name, value = next(iter(options.items()))
    if name not in signature(signal_recovery).parameters:
        raise TypeError(f"recover() got an unexpected keyword argument {name!r}")
    raise InvalidParameterError(
        f"{name} = {shown(value)}: X is a real matrix, with a row for each sample; "
        "give bs.simulation.sensing.Matrix(X) as the operator of a signal"
    )


def _method(method: Method, start: Start | None, refine: bool) -> tuple[str, str]:
    """Return the method, and the reason where it is not for the data to decide."""
    choice("method", method, METHODS)
    if start is None and refine:
        return method, f"method = {method!r} was given"
    if method == "message passing":
        raise InvalidParameterError(
            "message passing takes no start and no refine = False: leave them out, or give method = 'descent'"
        )
    return "descent", "a start, or refine = False, was given: they are those of a descent"


@dataclass(frozen=True, eq=False)
class _Answers:
    """The answers of one data set, by the number of vectors."""

    X: Any
    labels: Array
    p: int
    a: float
    descent: Descent
    held_out: float
    seed: int
    method: str
    reason: str
    channel: Kind | None
    passed: dict[int, Attempt] = field(default_factory=dict)
    parts: dict[tuple[int, Kind], tuple[Split, np.random.Generator]] = field(default_factory=dict)

    def counted(self) -> Recovery:
        """Return the answer with the counted number of vectors, corrected by the labels held out."""
        begin = self.descent.begin
        weight = begin.preprocessing if isinstance(begin, SpectralStart) else OPTIMAL
        vectors = count_vectors(self.X, intensities(self.channel or "intensities", self.labels), preprocessing=weight)
        answer = self(self._explaining(vectors.count))
        if not answer.verdict.complete and self._takes(vectors.count + 1) and self.method != "message passing":
            told = "a descent explains the labels with one vector more, and message passing does not"
            more = replace(self._descent(vectors.count + 1, answer.channel).answer, reason=told)
            if _needs_all(more):
                answer = more
        if answer.verdict.complete:
            told = f"{vectors.reason}; {len(answer.weights)} explain labels that they were not learnt from"
            vectors = replace(vectors, count=len(answer.weights), status="decided", reason=told)
        elif answer.verdict.status == "explained" and vectors.status == "decided":
            told = f"{vectors.reason}; what they leave unexplained may be noise, or a shorter vector"
            vectors = replace(vectors, status="at least", reason=told)
        return replace(answer, vectors=vectors)

    def _explaining(self, counted: int) -> int:
        """Return the smallest number of vectors by which message passing explains all labels, or the counted one."""
        for p_star in range(counted, counted + _HIDDEN + 1) if self.method != "descent" else ():
            attempt = self._exactly(p_star) if self._takes(p_star) else None
            if attempt is not None and _needs_all(attempt.answer):
                self.passed[p_star] = attempt
                return p_star
        return counted

    def _takes(self, p_star: int) -> bool:
        """Return whether data and start are large enough for `p_star` vectors."""
        informed = isinstance(self.descent.begin, HessianStart | SpectralStart)
        return 2 * p_star <= min(np.shape(self.X)) and (informed or p_star <= self.p)

    def __call__(self, p_star: int) -> Recovery:
        """Return the answer with `p_star` vectors."""
        if self.method == "descent":
            return replace(self._descent(p_star, self.channel or "intensities").answer, reason=self.reason)
        messages = self._messages(p_star)
        if self.method == "message passing":
            return replace(messages.answer, reason=self.reason)
        return better(messages, lambda: self._descent(p_star, messages.answer.channel))

    def _messages(self, p_star: int) -> Attempt:
        """Return the answer of message passing with the kind of labels that has the largest evidence."""
        if p_star not in self.passed:
            self.passed[p_star] = self._exactly(p_star) or self._by_messages(p_star)
        return self.passed[p_star]

    def _exactly(self, p_star: int) -> Attempt | None:
        """Return the answer that explains all labels to rounding; none if there is none of any kind."""
        if self.labels.min() < 0:
            return None
        for kind in (self.channel,) if self.channel else exact_kinds(self.labels):
            attempt = exactly(self._split(p_star, kind)[0], kind, self.labels, self.seed)
            if attempt is not None:
                return attempt
        return None

    def _by_messages(self, p_star: int) -> Attempt:
        if self.channel:
            kinds: tuple[Kind, ...] = (self.channel,)
        else:
            kinds = plausible_kinds(self.labels, self._split(p_star, "intensities")[0].whole.findings)
        tried = [by_messages(self._split(p_star, kind)[0], kind, self.labels, self.seed) for kind in kinds]
        return min(tried, key=lambda each: each.surprise)

    def _descent(self, p_star: int, kind: Kind) -> Attempt:
        parts, students = self._split(p_star, kind)
        attempt = self.descent(parts, self.seed, students)
        return replace(attempt, answer=replace(attempt.answer, channel=kind))

    def _split(self, p_star: int, kind: Kind) -> tuple[Split, np.random.Generator]:
        """Return standardised data in parts, and the generator of the students; the last are kept."""
        if (p_star, kind) not in self.parts:
            self.parts.clear()
            self.parts[p_star, kind] = self._fresh(p_star, kind)
        return self.parts[p_star, kind]

    def _fresh(self, p_star: int, kind: Kind) -> tuple[Split, np.random.Generator]:
        net = QuadraticNetwork(self.p, p_star, self.a)
        held, students = (np.random.default_rng(stream) for stream in seed_sequence(self.seed).spawn(2))
        whole = prepared(net, self.X, intensities(kind, self.labels), rng=students)
        return split(whole, self.held_out, held), students


def _needs_all(answer: Recovery) -> bool:
    """Whether an answer explains all labels, and each of its vectors is needed for that."""
    return answer.verdict.complete and bool(answer.lengths[-1] > _SHORT * answer.lengths[0])


def better(messages: Attempt, descend: Callable[[], Attempt]) -> Recovery:
    """Return the answer of message passing, or that of a descent where it explains labels better, with the reason."""
    if messages.answer.verdict.complete:
        return replace(messages.answer, reason="message passing explains the labels, and nothing is left for a descent")
    descent = descend()
    answer = descent.answer
    if messages.broken:
        return replace(answer, reason=f"message passing broke down: {messages.broken}")
    if answer.verdict.complete:
        return replace(answer, reason="a descent explains the labels, and message passing does not")
    # message passing is the best of all methods on inputs of the theory, and descent makes no use of their law
    ours = all(each.within_theory or each.about in ("label", "labels") for each in answer.verdict.findings)
    if not len(messages.losses):
        told = "no labels were held out to compare message passing with a descent, and the inputs are"
        return replace(
            messages.answer if ours else answer, reason=f"{told}{'' if ours else ' not'} those of the theory"
        )
    mean, stderr = mean_stderr(messages.losses - descent.losses)
    told = f"the loss on {len(messages.losses)} labels held out is {messages.losses.mean():.3g} by message passing and "
    told += f"{descent.losses.mean():.3g} by a descent, a difference of {abs(mean):.2g} +- {stderr:.1g}"
    posterior = messages.answer.posterior
    allowed = stderr if ours and posterior is not None and posterior.converged else 0.0
    return replace(answer if mean > allowed else messages.answer, reason=told)
