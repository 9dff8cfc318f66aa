r"""Data of your own as a sample: inputs of variance `1/N`, labels of mean one, as in theory.md section 1.

One factor for all inputs and one for the labels: what a quadratic teacher makes of its inputs is known up to both.
Inputs are not centred, for a mean taken out of `x` adds linear terms to `(w . x)^2`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import count
from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork
from .diagnostics import Finding, look
from .sample import Array, Sample
from .starts import random_students

__all__ = ["Standardised", "standardise"]

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

    def weights(self, student: Array) -> Array:
        """A student as rows `v_k` in the units of the data: `y = sum_k (v_k . x)^2`."""
        p, n = student.shape
        return np.asarray(student * (math.sqrt(self.label_scale / (p * n)) / self.input_scale))


def _array(name: str, value: Any, axes: int) -> Array:
    try:
        if np.iscomplexobj(value):
            raise TypeError
        found = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InvalidParameterError(f"{name} has entries that are no real numbers: give an array of those") from None
    if found.ndim == axes + 1 == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != axes or found.size == 0:
        shape = "(M, N)" if axes == 2 else "(M,)"
        raise InvalidParameterError(f"{name} has shape {found.shape}: give an array of shape {shape}")
    if not np.all(np.isfinite(found)):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        raise InvalidParameterError(f"{name} has the entry {found[where]} at {where}: leave such samples out")
    return found


def standardise(net: QuadraticNetwork, X: Any, y: Any, *, rng: np.random.Generator) -> Standardised:
    """Inputs and labels in the units of the theory, with a random student.

    Parameters
    ----------
    net : QuadraticNetwork
        Of finite width: student, teacher and loss.
    X : array_like, shape (M, N)
    y : array_like, shape (M,)
        Zero or positive.
    rng : Generator
        Draws the student.

    Raises
    ------
    InvalidParameterError
        If shapes do not fit, an entry is not finite, labels are negative, all the same, or zero for a loss with
        `a = 0`, or there are fewer samples or inputs than directions.

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
    if not isinstance(net, QuadraticNetwork) or math.isinf(net.p):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork of finite width")
    inputs, labels = _array("X", X, 2), _array("y", y, 1)
    M, n = inputs.shape
    if len(labels) != M:
        raise InvalidParameterError(f"X has {M} samples and y has {len(labels)}: give the same number")
    k = count("p_star", net.p_star)
    if k > min(M, n):
        raise InvalidParameterError(
            f"p_star = {k}: {M} samples of {n} inputs have at most {min(M, n)} directions; give fewer"
        )
    own, label_scale = _standard_labels(net, labels)
    largest = float(np.abs(inputs).max())
    if largest == 0:
        raise InvalidParameterError("X is zero everywhere: give inputs that vary")
    white = inputs / largest  # squares of very large or small numbers are not finite, or zero
    size = float(np.sqrt(np.mean(white**2)))
    white /= size
    student = random_students((int(net.p), n), 1, rng)[0]
    findings = look(white, own, k, rng.spawn(1)[0])
    return Standardised(Sample(net, white / math.sqrt(n), own, student, None), largest * size, label_scale, findings)


def _standard_labels(net: QuadraticNetwork, labels: Array) -> tuple[Array, float]:
    """Labels of mean one, and what they were divided by."""
    if len(labels) == 1:
        raise InvalidParameterError("y has one label: give more samples")
    if labels.min() < 0:
        raise InvalidParameterError(
            f"y has the label {labels.min():.6g}: a quadratic teacher has none below zero; give squared projections, "
            "for instance intensities, and set to zero what noise has made negative"
        )
    if labels.max() - labels.min() <= 1e-12 * labels.max():
        raise InvalidParameterError(f"y is {labels[0]:.6g} for all samples: constant labels know no direction")
    scaled = labels / labels.max()
    own = scaled / scaled.mean()
    if net.a + own.min() < _SMALL:
        raise InvalidParameterError(
            f"a = {net.a}: the loss is divided by a + y, and y has the label {labels.min():g}; give a above zero"
        )
    return np.asarray(own), float(labels.max() * scaled.mean())
