"""Signals from intensities: the verb, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...arguments import positive, refuse, seed_sequence, shown
from ...errors import InvalidParameterError
from ...memory import require_memory
from ...models.channels import Channel, Noiseless
from ...models.channels.contract import refuse_impossible
from ...models.priors import Gaussian, OnSupport, Prior
from ...user_arrays import check_finite, complex_array, numbers_of
from ..arrays import Array
from ..sensing.given import Restricted, as_sensing
from ..sensing.operator import Sensing, known_gram
from .descent import OperatorDescent
from .measured import Measured
from .message_passing import MessageState, OperatorMessagePassing
from .problem import Problem
from .spectral_start import overlap_of_evidence, spectral_direction

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Retrieval", "retrieve"]

Status = Literal[
    "converged",
    "converged, and the labels tell nothing of the signal: give more patterns",
    "not converged: give more patterns, or a method with more steps or less damping",
    "descent: the misfit is at a minimum, which has no uncertainty",
    "descent: the misfit still falls, give more steps",
]
CONVERGED: Status = "converged"
NOTHING: Status = "converged, and the labels tell nothing of the signal: give more patterns"
NOT: Status = "not converged: give more patterns, or a method with more steps or less damping"
MINIMUM: Status = "descent: the misfit is at a minimum, which has no uncertainty"
FALLING: Status = "descent: the misfit still falls, give more steps"
_SOMETHING = 0.01  # expected overlap below which the labels tell nothing
_CLEARLY = 0.5  # ratio of misfits below which descent is better
_EXTREME = 1e100  # largest size of a signal, whose square is a number
_ARRAYS = 16  # of the size of the labels that are in memory at a time


@dataclass(frozen=True, eq=False)
class Retrieval:
    """A signal from intensities, up to its global phase.

    Attributes
    ----------
    signal : array, shape `signal_shape`
        Posterior mean of the signal; after descent, the signal of the smallest misfit.
    variance : array, shape `signal_shape`
        Posterior `E|x - mean|^2` of each number; nan if it did not converge, or after descent.
    expected_overlap2 : float
        Squared overlap with the signal that the posterior expects; nan where the variance is.
    residual : float
        Root mean square of `|A x| - sqrt(y)`, relative to that of `sqrt(y)`; with noise in the labels not zero.
    scale : float
        Root mean square of the numbers of the signal, by the prior.
    guess, guess_variance : array, shape `label_shape`
        Each `A x` as all labels but its own predict it, `z_1` of :eq:`message-back`, and `E|A x - guess|^2`. After
        descent, `A x` of the answer, and nan.
    method : str
        Of the answer: ``"message passing"`` or ``"descent"``.
    steps, products : int
        Steps, and products with `A` and `A^H` in all.
    history : xarray.Dataset
        `variance`, `change` and `damping` over `step`, of message passing.
    status : str
        ``"converged"``, or why not and what to do.
    """

    signal: Array
    variance: Array
    expected_overlap2: float
    residual: float
    scale: float
    guess: Array = field(repr=False)
    guess_variance: Array = field(repr=False)
    method: str
    steps: int
    products: int
    history: xr.Dataset = field(repr=False)
    status: Status = CONVERGED

    @property
    def converged(self) -> bool:
        """Whether message passing converged to a signal, so that the variance is that of the answer."""
        return self.status == CONVERGED


def retrieve(
    operator: Any,
    y: Any,
    *,
    channel: Channel | None = None,
    prior: Prior | None = None,
    method: OperatorMessagePassing | OperatorDescent | None = None,
    start: Any = None,
    scale: float | None = None,
    missing: Any = None,
    seed: Any = 0,
) -> Retrieval:
    """Return the signal `x` whose intensities `|A x|^2` are the labels, with its uncertainty.

    A spectral start, :eq:`sensing-weight`, is followed by vector message passing, :eq:`message-operator`. If that
    does not converge and labels have no noise, descent goes on from where it ended; it is the answer if its misfit is
    less than half.

    Parameters
    ----------
    operator : bendscape.simulation.sensing.Sensing, or anything that `as_sensing` takes
        `A`: coded diffraction, a matrix, a SciPy ``LinearOperator``, a pair of functions.
    y : array, shape `label_shape` or (m,)
        Labels.
    channel : Channel, optional
        Law of a label given `z = A x`, with `p_star` 2 if signal or operator are complex, otherwise 1. By default
        ``Noiseless``: `y = |z|^2`. ``Poisson(2, mean=1.0)`` is for counts, ``Noiseless(2, Amplitude())`` for `|z|`.
    prior : Prior, optional
        Of the numbers of the signal; by default Gaussian, real for a real operator.
    method : OperatorMessagePassing or OperatorDescent, optional
    start : array, optional
        A first guess of the signal; without it, the spectral start.
    scale : float, optional
        Root mean square of the numbers of the signal; without it, that of the largest evidence of the labels.
    missing : array of bool, shape of `y`, optional
        True for labels that were not measured, such as those behind a beam stop; what `y` has there is not read.
    seed : int
        Of the start of the eigenvector.

    Returns
    -------
    Retrieval

    Raises
    ------
    InvalidParameterError
        If the operator has no right adjoint, or its sizes are not those of the labels, or the channel cannot give a
        label.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> from bendscape.simulation.sensing import CodedDiffraction, random_masks
    >>> A = CodedDiffraction(random_masks(3, (32, 32), seed=1))
    >>> rng = np.random.default_rng(2)
    >>> x = rng.standard_normal((32, 32)) + 1j * rng.standard_normal((32, 32))
    >>> answer = bs.simulation.retrieve(A, A.intensities(x))
    >>> answer.status, answer.residual < 1e-5
    ('converged', True)
    >>> bool(np.allclose(bs.simulation.align(answer.signal, x), x, atol=1e-4))
    True
    """
    whole = as_sensing(operator)
    problem = _problem(whole, y, channel, prior, scale, missing)
    seed_sequence(seed)
    if method is not None and not isinstance(method, OperatorMessagePassing | OperatorDescent):
        raise refuse("method", method, "OperatorMessagePassing(...) or OperatorDescent(...)")
    products = 0
    if start is None:
        direction, products = spectral_direction(problem, seed)
    else:
        direction = _given_start(problem, whole, start)
    overlap2 = overlap_of_evidence(problem, direction)
    if isinstance(method, OperatorDescent):
        return _by_descent(problem, whole, method, overlap2**0.5 * direction, 2 * products, None)
    state = (method or OperatorMessagePassing()).run(problem, direction, overlap2)
    answer = _by_messages(problem, whole, state, 2 * products)
    if answer.converged or method is not None or not problem.measured.noiseless:
        return answer  # descent would fit the noise
    other = _by_descent(problem, whole, OperatorDescent(), state.x, answer.products, state)
    return other if other.residual < _CLEARLY * answer.residual else answer


def _problem(
    whole: Sensing, y: Any, channel: Channel | None, prior: Prior | None, scale: float | None, missing: Any
) -> Problem:
    m, _ = whole.shape
    require_memory(16 * _ARRAYS * m, f"phase retrieval of {m} labels", "give a part of the patterns")
    prior = Gaussian(complex_valued=whole.is_complex) if prior is None else prior
    if not callable(getattr(prior, "posterior", None)):
        raise refuse("prior", prior, "a prior, such as bs.models.priors.Gaussian()")
    operator, divisors = whole.even()
    rows = _measured_rows(whole, missing)
    law = _channel(channel, whole, prior)
    labels = _labels(whole, y, rows, law)
    measured = Measured(law, labels, divisors if divisors.size == 1 else divisors[rows], rows)
    if isinstance(prior, OnSupport):
        operator, prior = Restricted(operator, prior.support), prior.prior
    known = known_gram(operator)
    known = known if prior.complex_valued else known.real()
    problem = Problem(operator, known, measured, prior, 1.0)
    size = (measured.power() / problem.mean_square()) ** 0.5 if scale is None else _scale(scale)
    return Problem(operator, known, measured, prior, size)


def _scale(value: Any) -> float:
    size = positive("scale", value)
    if not 1 / _EXTREME <= size <= _EXTREME:
        raise refuse("scale", value, f"a number from {1 / _EXTREME:g} to {_EXTREME:g}")
    return size


def _channel(channel: Channel | None, whole: Sensing, prior: Prior) -> Channel:
    components = 2 if whole.is_complex or prior.complex_valued else 1
    if channel is None:
        return Noiseless(components)
    if getattr(channel, "p_star", None) != components or not channel.isotropic:
        kind = "complex" if components == 2 else "real"
        raise refuse("channel", channel, f"one of |z| with p_star = {components}: z = A x is {kind}")
    return channel


def _measured_rows(whole: Sensing, missing: Any) -> Any:
    """Rows with a label."""
    if missing is None:
        return slice(None)
    gone = numbers_of("missing", missing, dtype=None)
    if gone.dtype.kind != "b" or gone.shape not in (whole.label_shape, (whole.shape[0],)) or gone.all():
        raise refuse("missing", missing, f"True and False of shape {whole.label_shape}, False for some labels")
    return np.flatnonzero(~gone.reshape(-1))


def _labels(whole: Sensing, y: Any, rows: Any, channel: Channel) -> Array:
    labels = numbers_of("y", y)
    if labels.shape not in (whole.label_shape, (whole.shape[0],)):
        raise InvalidParameterError(
            f"y has shape {labels.shape}: give an array of shape {whole.label_shape} or ({whole.shape[0]},), a label "
            "for each row of the operator"
        )
    flat: Array = labels.reshape(-1)[rows]
    check_finite("y", flat, "give finite labels, or say by missing=... which were not measured")
    if not flat.any():
        raise InvalidParameterError("y is zero everywhere: give labels that the signal has changed")
    refuse_impossible(channel, flat)
    return flat


def _given_start(problem: Problem, whole: Sensing, start: Any) -> Array:
    x = complex_array("start", start)
    if x.shape not in (whole.signal_shape, (whole.shape[1],)):
        raise InvalidParameterError(f"start = {shown(start)}: give an array of shape {whole.signal_shape}")
    check_finite("start", x, "give finite numbers")
    x = x.reshape(-1)
    if isinstance(problem.operator, Restricted):
        x = x[problem.operator.places]
    x = x if problem.prior.complex_valued else x.real
    size = float(np.sqrt(np.mean(np.abs(x) ** 2)))
    if not size:
        raise refuse("start", start, "a guess that is not zero everywhere")
    return np.asarray(x / size, dtype=problem.signal_type)


def _by_messages(problem: Problem, whole: Sensing, state: MessageState, products: int) -> Retrieval:
    cx = problem.components[0]
    r, w = state.latest
    mean, variance = problem.prior.posterior(r, cx * w)
    status = NOT if not state.converged else CONVERGED if 1 - float(np.mean(variance)) >= _SOMETHING else NOTHING
    variance = variance if state.converged else np.full(variance.shape, np.nan)
    divisors = whole.even()[1]
    return Retrieval(
        signal=_whole(problem, whole, problem.scale * mean, 0.0),
        variance=_whole(problem, whole, problem.scale**2 * variance, 0.0),
        expected_overlap2=1 - float(np.mean(variance)),
        residual=_residual(problem, mean),
        scale=problem.scale,
        guess=_rows(whole, divisors * state.z),
        guess_variance=_rows(whole, divisors**2 * (problem.components[1] * state.z_variance)),
        method="message passing",
        steps=state.steps,
        products=products + 2 * state.steps,
        history=_history(state),
        status=status,
    )


def _by_descent(
    problem: Problem, whole: Sensing, method: OperatorDescent, x: Array, products: int, before: MessageState | None
) -> Retrieval:
    state = method.run(problem, x)
    return Retrieval(
        signal=_whole(problem, whole, problem.scale * state.x, 0.0),
        variance=np.full(whole.signal_shape, np.nan),
        expected_overlap2=float("nan"),
        residual=_residual(problem, state.x),
        scale=problem.scale,
        guess=_rows(whole, whole.even()[1] * problem.forward(state.x)),
        guess_variance=np.full(whole.label_shape, np.nan),
        method="descent",
        steps=state.steps,
        products=products + 2 * state.products,
        history=_history(before),
        status=MINIMUM if state.converged else FALLING,
    )


def _whole(problem: Problem, whole: Sensing, x: Array, outside: float) -> Array:
    """Numbers of the signal in its own shape, with those outside of a given support."""
    if isinstance(problem.operator, Restricted):
        wide = np.full(whole.shape[1], outside, dtype=x.dtype)
        wide[problem.operator.places] = x
        x = wide
    return np.asarray(x.reshape(whole.signal_shape))


def _rows(whole: Sensing, numbers: Array) -> Array:
    """Numbers of all rows, or one for all, in the shape of the labels."""
    return np.array(np.broadcast_to(numbers, whole.shape[0])).reshape(whole.label_shape)


def _residual(problem: Problem, x: Array) -> float:
    divisors = problem.measured.divisors
    lengths = divisors * np.sqrt(problem.measured.intensities(problem.mean_square()))
    image = np.abs(problem.forward(x)[problem.measured.rows])
    return float(np.linalg.norm(divisors * image - lengths) / np.linalg.norm(lengths))


def _history(state: MessageState | None) -> xr.Dataset:
    import xarray as xr

    rows = np.array(state.history).reshape(-1, 3) if state is not None else np.zeros((0, 3))
    names = ("variance of a component of z", "change of z in the step, relative to z", "share of the new messages")
    table = {
        key: ("step", column, {"long_name": name})
        for key, column, name in zip(("variance", "change", "damping"), rows.T, names, strict=True)
    }
    return xr.Dataset(table, coords={"step": np.arange(1, len(rows) + 1)})
