r"""Data of your own as a sample: inputs of variance `1/N`, labels of mean one, as in theory.md section 1.

One factor for all inputs and one for the labels: what a quadratic teacher makes of its inputs is known up to both.
Inputs are not centred, for a mean taken out of `x` adds linear terms to `(w . x)^2`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import count
from ..errors import InvalidParameterError
from ..expected import instance
from ..memory import require_memory
from ..models.quadratic import QuadraticNetwork
from ..user_arrays import column, real_array
from .arrays import Array
from .diagnostics import Finding, look, with_negative
from .inputs import ScaledInputs, chosen, row_blocks
from .sample import Sample, input_bytes
from .sphere import random_students

__all__ = ["Standardised", "held", "prepared", "standardise"]

_EXTREME = 1e-290  # and its inverse: beyond, the factor of the inputs has not all digits
_NEGATIVE = 0.5  # sum of labels below zero over that above: it is 0.44 for one vector and noise of three mean labels
_SMALL = 1e-12  # of the mean label: a denominator of the loss that rounding can make of zero


@dataclass(frozen=True, eq=False)
class Standardised:
    """What :func:`standardise` returns.

    Attributes
    ----------
    sample : Sample
        With a random student, and None as teacher.
    input_scale : float
        Root of the mean square of the inputs as they were given.
    label_scale : float
        Mean of the labels as they were given.
    findings : tuple of Finding
        In what the data differ from what theory takes them to be, each with the remedy that helps.
    """

    sample: Sample
    input_scale: float
    label_scale: float
    findings: tuple[Finding, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """The findings as sentences."""
        return tuple(map(str, self.findings))

    def part(self, rows: npt.NDArray[np.intp] | None = None) -> Sample:
        """The samples of these rows, or all, ready for many products.

        Inputs in double precision are scaled once, into an array of their size; any others take less memory as they
        are, and are scaled whenever they are read.
        """
        given = self.sample.inputs
        inputs = given if rows is None else chosen(given, rows)
        labels = self.sample.labels if rows is None else self.sample.labels[rows]
        double = isinstance(given, ScaledInputs) and given.array.dtype == float
        return replace(self.sample, inputs=held(inputs) if double else inputs, labels=labels)

    def weights(self, student: Array) -> Array:
        """A student as rows `v_k` in the units of the data: `y = sum_k (v_k . x)^2`."""
        rows = real_array("student", student, ("p", self.sample.student.shape[1]))
        p, n = rows.shape
        return np.asarray(rows * (math.sqrt(self.label_scale / (p * n)) / self.input_scale))


def standardise(net: QuadraticNetwork, X: Any, y: Any, *, rng: np.random.Generator) -> Standardised:
    """Inputs and labels in the units of the theory, with a random student.

    Parameters
    ----------
    net : QuadraticNetwork
        Of finite width: student, teacher and loss.
    X : array_like, shape (M, N)
    y : array_like, shape (M,)
        Labels that noise has made negative count as zero; a finding says how many, and how large the noise is.
    rng : Generator
        Draws the student.

    Raises
    ------
    InvalidParameterError
        If shapes do not fit, an entry is not finite, labels are negative beyond what noise makes of them, all the same,
        or zero for a loss with `a = 0`, or there are fewer samples or inputs than directions.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> rng = np.random.default_rng(1)
    >>> X = 5 * rng.standard_normal((300, 100))
    >>> y, net = (X @ rng.standard_normal(100)) ** 2, bs.QuadraticNetwork(p=1, p_star=1, a=1.0)
    >>> found = bs.simulation.standardise(net, X, y, rng=rng)
    >>> round(found.input_scale), found.doubts
    (5, ())
    """
    instance("rng", rng, np.random.Generator, "numpy.random.default_rng(seed)")
    found = prepared(net, X, y, rng=rng)
    return replace(found, sample=replace(found.sample, inputs=held(found.sample.inputs)))


def prepared(net: QuadraticNetwork, X: Any, y: Any, *, rng: np.random.Generator) -> Standardised:
    """As :func:`standardise`, with inputs that stay where they are: see :meth:`Standardised.part`."""
    if not isinstance(net, QuadraticNetwork) or math.isinf(net.p):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork of finite width")
    remedy = "leave such samples out"
    inputs, labels = real_array("X", X, ("M", "N"), dtype=None, remedy=remedy), column("y", y, remedy=remedy)
    M, n = inputs.shape
    if len(labels) != M:
        raise InvalidParameterError(f"X has {M} samples and y has {len(labels)}: give the same number")
    k = count("p_star", net.p_star)
    if k > min(M, n):
        raise InvalidParameterError(
            f"p_star = {k}: {M} samples of {n} inputs have at most {min(M, n)} directions; give fewer"
        )
    given, label_scale = _standard_labels(net, labels)
    own = np.maximum(given, 0)
    size = _root_mean_square(inputs)
    student = random_students((int(net.p), n), 1, rng)[0]
    findings = with_negative(look(ScaledInputs(inputs, 1 / size), own, k, rng.spawn(1)[0]), given, k)
    white = ScaledInputs(inputs, 1 / (size * math.sqrt(n)))
    return Standardised(Sample(net, white, own, student, None), size, label_scale, findings)


def _root_mean_square(inputs: npt.NDArray[Any]) -> float:
    largest = max(float(inputs.max()), -float(inputs.min()))
    if largest == 0:
        raise InvalidParameterError("X is zero everywhere: give inputs that vary")
    if not _EXTREME < largest < 1 / _EXTREME:
        raise InvalidParameterError(f"X has entries of the size {largest:.3g}: give them in another unit")
    squares = 0.0  # of numbers up to one: those of very large or small ones are not finite, or zero
    for start, stop in row_blocks(inputs):
        squares += float(np.sum(np.multiply(inputs[start:stop], 1 / largest, dtype=np.float64) ** 2))
    return largest * math.sqrt(squares / inputs.size)


def held(inputs: Any) -> Array:
    """All rows as one array in double precision."""
    if isinstance(inputs, np.ndarray):
        return inputs
    M, n = inputs.shape
    require_memory(
        input_bytes(M, n, "float64"), f"{M} inputs of {n} components in double precision", "give fewer samples"
    )
    whole = np.empty((M, n))
    for start, stop in row_blocks(inputs):
        whole[start:stop] = inputs[start:stop]
    return whole


def _standard_labels(net: QuadraticNetwork, labels: Array) -> tuple[Array, float]:
    """Labels over the mean of those that are not below zero, and what they were divided by."""
    if len(labels) == 1:
        raise InvalidParameterError("y has one label: give more samples")
    largest = float(np.abs(labels).max())
    if labels.max() - labels.min() <= 1e-12 * largest:
        raise InvalidParameterError(
            f"y is {labels[0]:.6g} for all samples: they depend on no direction; give labels that vary"
        )
    scaled = labels / largest
    clipped = np.maximum(scaled, 0)
    if np.sum(clipped - scaled) > _NEGATIVE * np.sum(clipped):
        raise InvalidParameterError(
            f"y has {np.sum(labels < 0)} labels below zero, down to {labels.min():.6g}, and a quadratic teacher has "
            "none: these are more than noise makes; give squared projections, for instance intensities"
        )
    mean = clipped.mean()
    if net.a + clipped.min() / mean < _SMALL:
        raise InvalidParameterError(
            f"a = {net.a}: the loss is divided by a + y, and y has the label {labels.min():g}; give a above zero"
        )
    return np.asarray(scaled / mean), float(largest * mean)
