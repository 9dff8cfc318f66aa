r"""User data as a sample: inputs of variance `1/N` and labels of mean one, as in theory.md section 1.

All inputs are divided by one number, and all labels by another: a quadratic teacher determines its weights only up to
these two. Inputs are not centred, because a mean subtracted from `x` adds linear terms to `(w . x)^2`.
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

_SMALLEST = 1e-290  # of entries; beyond it or its inverse the factor of the inputs loses digits
_MAX_NEGATIVE = 0.5  # sum of negative labels over that of positive ones; 0.44 for p* = 1 and noise of 3 mean labels
_MIN_DENOMINATOR = 1e-12  # of the loss, in mean labels; smaller ones are rounding errors of zero


@dataclass(frozen=True, eq=False)
class Standardised:
    """Standardised data, with the factors to their units: the result of :func:`standardise`.

    Attributes
    ----------
    sample : Sample
        Inputs of variance `1/N`, labels of mean one, a random student, and None as teacher.
    input_scale : float
        Root mean square of the given inputs.
    label_scale : float
        Mean of the given labels; negative ones count as zero.
    findings : tuple of Finding
        Ways in which the data differ from the assumptions of the theory, each with the remedy that helps.
    """

    sample: Sample
    input_scale: float
    label_scale: float
    findings: tuple[Finding, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """Return the findings as sentences."""
        return tuple(map(str, self.findings))

    def part(self, rows: npt.NDArray[np.intp] | None = None) -> Sample:
        """Return the sample of these rows, or of all, with inputs stored for many products.

        Inputs in double precision are scaled once, into a new array. Others take less memory unscaled, and are scaled
        each time they are read.
        """
        given = self.sample.inputs
        inputs = given if rows is None else chosen(given, rows)
        labels = self.sample.labels if rows is None else self.sample.labels[rows]
        double = isinstance(given, ScaledInputs) and given.array.dtype == float
        return replace(self.sample, inputs=held(inputs) if double else inputs, labels=labels)

    def weights(self, student: Array) -> Array:
        """Return a student as rows `v_k` in the units of the data: `y = sum_k (v_k . x)^2`."""
        rows = real_array("student", student, ("p", self.sample.student.shape[1]))
        p, n = rows.shape
        return np.asarray(rows * (math.sqrt(self.label_scale / (p * n)) / self.input_scale))


def standardise(net: QuadraticNetwork, X: Any, y: Any, *, rng: np.random.Generator) -> Standardised:
    """Return inputs and labels in the units of the theory, with a random student and the findings on the data.

    Parameters
    ----------
    net : QuadraticNetwork
        Student, teacher and loss; of finite width.
    X : array_like, shape (M, N)
    y : array_like, shape (M,)
        Labels that are negative by noise count as zero; a finding gives their number and the size of the noise.
    rng : Generator
        Draws the student.

    Returns
    -------
    Standardised

    Raises
    ------
    InvalidParameterError
        If shapes do not fit, an entry is not finite, labels are more negative than noise explains, all labels are
        equal, a label is zero and `a = 0`, or there are fewer samples or inputs than directions.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> rng = np.random.default_rng(1)
    >>> X = 5 * rng.standard_normal((300, 100))
    >>> y, net = (X @ rng.standard_normal(100)) ** 2, bs.QuadraticNetwork(p=1, p_star=1, a=1.0)
    >>> data = bs.simulation.standardise(net, X, y, rng=rng)
    >>> round(data.input_scale), data.findings
    (5, ())
    """
    instance("rng", rng, np.random.Generator, "numpy.random.default_rng(seed)")
    data = prepared(net, X, y, rng=rng)
    return replace(data, sample=replace(data.sample, inputs=held(data.sample.inputs)))


def prepared(net: QuadraticNetwork, X: Any, y: Any, *, rng: np.random.Generator) -> Standardised:
    """Return :func:`standardise` of the data without a copy of the inputs: see :meth:`Standardised.part`."""
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
    """Return the root mean square of all entries; raise if it is zero or close to overflow."""
    largest = max(float(inputs.max()), -float(inputs.min()))
    if largest == 0:
        raise InvalidParameterError("X is zero everywhere: give inputs that vary")
    if not _SMALLEST < largest < 1 / _SMALLEST:
        raise InvalidParameterError(
            f"X has entries of the size {largest:.3g}: give them in a unit in which they are of order one"
        )
    squares = 0.0  # of entries over the largest, since squares of very large or small numbers overflow or vanish
    for start, stop in row_blocks(inputs):
        squares += float(np.sum(np.multiply(inputs[start:stop], 1 / largest, dtype=np.float64) ** 2))
    return largest * math.sqrt(squares / inputs.size)


def held(inputs: Any) -> Array:
    """Return all rows as one array in double precision."""
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
    """Return labels divided by their mean, in which negative ones count as zero, and that mean."""
    if len(labels) == 1:
        raise InvalidParameterError("y has one label: give more samples")
    largest = float(np.abs(labels).max())
    if labels.max() - labels.min() <= 1e-12 * largest:
        raise InvalidParameterError(
            f"y is {labels[0]:.6g} for all samples, so that they depend on no direction: give labels that vary"
        )
    scaled = labels / largest
    clipped = np.maximum(scaled, 0)
    if np.sum(clipped - scaled) > _MAX_NEGATIVE * np.sum(clipped):
        raise InvalidParameterError(
            f"y has {np.sum(labels < 0)} labels below zero, down to {labels.min():.6g}, more than noise on the labels "
            "of a quadratic teacher explains: give squared projections, for instance intensities"
        )
    mean = clipped.mean()
    if net.a + clipped.min() / mean < _MIN_DENOMINATOR:
        raise InvalidParameterError(
            f"a = {net.a}: the loss divides by a + y, and the label y = {labels.min():g} occurs: give a above zero"
        )
    return np.asarray(scaled / mean), float(largest * mean)
