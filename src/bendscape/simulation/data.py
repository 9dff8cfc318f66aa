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
from .sample import Array, Sample
from .starts import random_students

__all__ = ["Standardised", "standardise"]

_SURPRISE = 1e-6  # probability below which labels or inputs are said not to be of the law assumed


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
    doubts : tuple of str
        In what the data differ from what theory takes them to be.
    """

    sample: Sample
    input_scale: float
    label_scale: float
    doubts: tuple[str, ...]

    def weights(self, student: Array) -> Array:
        """A student as rows `v_k` in the units of the data: `y = sum_k (v_k . x)^2`."""
        p, n = student.shape
        return np.asarray(student * (math.sqrt(self.label_scale / (p * n)) / self.input_scale))


def _array(name: str, value: Any, axes: int) -> Array:
    try:
        found = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InvalidParameterError(f"{name} has entries that are no numbers: give an array of numbers") from None
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
        If shapes do not fit, an entry is not finite, labels are negative or all the same, or there are fewer samples
        or inputs than directions.

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
        raise InvalidParameterError(f"p_star = {k}: {M} samples of {n} inputs have at most {min(M, n)} directions")
    if labels.min() < 0:
        raise InvalidParameterError(
            f"y has the label {labels.min():.6g}: a quadratic teacher has none below zero; give squared projections, "
            "for instance intensities"
        )
    if labels.max() - labels.min() <= 1e-12 * labels.max():
        raise InvalidParameterError(f"y is {labels[0]:.6g} for all samples: constant labels know no direction")
    input_scale, label_scale = float(np.sqrt(np.mean(inputs**2))), float(labels.mean())
    if input_scale == 0:
        raise InvalidParameterError("X is zero everywhere: give inputs that vary")
    own = labels / label_scale
    student = random_students((int(net.p), n), 1, rng)[0]
    sample = Sample(net, inputs / (input_scale * math.sqrt(n)), own, student, None)
    return Standardised(sample, input_scale, label_scale, (*_odd_labels(own, k), *_odd_inputs(inputs)))


def _odd_labels(y: Array, p_star: int) -> tuple[str, ...]:
    """Whether labels of mean one are a chi-squared over its degrees."""
    from scipy.stats import gamma, kstest

    found = kstest(y, gamma(p_star / 2, scale=2 / p_star).cdf)
    if found.pvalue >= _SURPRISE:
        return ()
    return (
        f"the labels are not those of a quadratic teacher with p_star = {p_star} orthogonal directions of equal weight "
        f"and white Gaussian inputs (their distribution is {found.statistic:.2g} away from that law)",
    )


def _odd_inputs(X: Array) -> tuple[str, ...]:
    """Whether all inputs have one variance, and no mean."""
    M = len(X)
    square = np.mean(X**2)
    limit = 6.0 * math.sqrt(2.0 / M)  # six standard errors of a variance
    spread = float(np.max(np.abs(np.mean(X**2, axis=0) / square - 1)))
    shift = float(np.max(np.abs(X.mean(axis=0))) / math.sqrt(square))
    found = []
    if spread > limit:
        found.append(f"the inputs are not white (mean squares differ by up to {spread:.0%}): standardise the columns")
    elif shift > 6.0 / math.sqrt(M):
        found.append(f"the inputs have means (up to {shift:.2g} of their size): theory takes them to have none")
    return tuple(found)
