r"""Observables of the outermost eigenpairs of a sample's Hessian, with their definitions.

`V` is a unit eigenvector as a `p x N` matrix, `q` an orthonormal basis of the teacher's span, and `k = p p_star` the
number of informative eigenvectors. The paper's `phi` is zero or one for each sample. In the continuous case the curves
`N^(1/3) captured` of different `N` cross at `alpha_BBP` as those of `phi` do, with two to three times smaller errors
from the same samples; `dominance` crosses there without an exponent. In the discontinuous case `captured` and
`exp(mean log_captured)` approach their limits, and `phi` does not change with `N`.

All of them are defined at both ends of the spectrum: at the right end "lowest" becomes "highest" (`per_sample`).
"""

from __future__ import annotations

import math
from typing import Any, Literal, cast

import numpy as np
from array_api_compat import device

from ..arguments import refuse
from ..errors import InvalidParameterError
from ..expected import instance
from ..user_arrays import real_array
from .arrays import Array, namespace, to_numpy
from .eigen.result import Eigenpairs
from .inputs import read, row_blocks
from .sample import Sample, given_sample

__all__ = [
    "EACH",
    "EIGENVALUES",
    "NEXT",
    "PER_SAMPLE",
    "Side",
    "checked_side",
    "observe",
    "per_sample",
    "sample_participation",
    "student_overlap2",
    "teacher_overlap2",
]

Side = Literal["left", "right"]

EACH = {
    "value": "eigenvalue of the Hessian",
    "overlap2": "squared overlap with the teacher's span, ||V q||^2",
    "overlap2_student": "squared overlap with the span of the student's weight vectors",
    "participation": "inverse participation over samples, sum w^2/(sum w)^2 with w = ||V x||^2",
    "residual": "||H v - value v||",
}
PER_SAMPLE = {
    "smallest_eigenvalue": "smallest eigenvalue of the Hessian",
    "outlier": "mean of the lowest k eigenvalues",
    "gap": "distance of the k-th eigenvalue to the next",
    "captured": "mean squared overlap of the lowest k eigenvectors with the teacher's span",
    "log_captured": "logarithm of captured; its mean is that of a typical sample",
    "excess": "captured less the mean squared overlap of the next min(4 k, 8) eigenvectors",
    "dominance": "overlap of the lowest k eigenvectors as a share of that of the lowest k + min(4 k, 8)",
    "phi": "1 if the eigenvector of largest overlap, of those computed, is among the lowest k",
}
EIGENVALUES = ("value", "residual", "smallest_eigenvalue", "largest_eigenvalue", "outlier", "gap")  # in units of H
NEXT = 8  # eigenpairs beyond the lowest k that the observables compare with


def checked_side(side: Any) -> Side:
    """Check the name of an end of the spectrum, and return it."""
    if isinstance(side, str) and side in ("left", "right"):
        return cast(Side, side)
    raise refuse("side", side, "'left' (smallest eigenvalues) or 'right' (largest)")


def per_sample(side: Side) -> dict[str, str]:
    """Return names and definitions of the numbers of one sample, `PER_SAMPLE`, for that end of the spectrum."""
    if side == "left":
        return PER_SAMPLE

    def mirrored(text: str) -> str:
        return text.replace("smallest", "largest").replace("lowest", "highest")

    return {mirrored(key): mirrored(name) for key, name in PER_SAMPLE.items()}


def teacher_overlap2(sample: Sample, vectors: Array) -> Array:
    """Return the squared overlap `||V q||^2` of each eigenvector with the teacher's span.

    Over a full basis these overlaps sum to `p p_star`.

    Parameters
    ----------
    sample : Sample
        With a teacher.
    vectors : array, shape (pN, k)
        Unit eigenvectors as columns.

    Returns
    -------
    array, shape (k,)

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> pairs = bs.simulation.lowest(bs.simulation.Hessian(sample), 4)
    >>> teacher_overlap2(sample, pairs.vectors).round(3).tolist()
    [0.383, 0.272, 0.07, 0.007]
    """
    sample = given_sample(sample, teacher=True)
    return _overlap2(sample.teacher, sample, _columns(sample, vectors))


def student_overlap2(sample: Sample, vectors: Array) -> Array:
    """Return the squared overlap of each eigenvector with the span of the student's weight vectors.

    Over a full basis these overlaps sum to `p` times the dimension of the span.

    Parameters
    ----------
    sample, vectors
        As for :func:`teacher_overlap2`.

    Returns
    -------
    array, shape (k,)

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> pairs = bs.simulation.lowest(bs.simulation.Hessian(sample), 4)
    >>> student_overlap2(sample, pairs.vectors).round(3).tolist()
    [0.001, 0.005, 0.014, 0.015]
    """
    sample = given_sample(sample)
    return _overlap2(sample.student, sample, _columns(sample, vectors))


def _columns(sample: Sample, vectors: Any) -> Array:
    """Check eigenvectors as columns of length `pN`, and return them."""
    p, n = sample.student.shape
    return real_array("vectors", vectors, (int(p * n), "k"))


def _overlap2(weights: Any, sample: Sample, vectors: Array) -> Array:
    basis, _ = np.linalg.qr(to_numpy(weights).T)
    p, n = sample.student.shape
    return np.asarray(np.sum((vectors.T.reshape(-1, p, n) @ basis) ** 2, axis=(1, 2)))


def sample_participation(sample: Sample, vectors: Array) -> Array:
    r"""Return the inverse participation over samples, `sum_mu w_mu^2/(sum_mu w_mu)^2` with `w_mu = ||V x_mu||^2`.

    It is about `3/M` (for `p = 1`) if all samples contribute to an eigenvector, and of order one if a single extreme
    sample does. It is nan if no sample contributes, as for the zero eigenvalues of `H` at `alpha < 1`. The inverse
    participation over components, `sum v_i^4`, would be that of a random vector, because the inputs are isotropic.

    Parameters
    ----------
    sample, vectors
        As for :func:`teacher_overlap2`.

    Returns
    -------
    array, shape (k,)

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> pairs = bs.simulation.lowest(bs.simulation.Hessian(sample), 4)
    >>> sample_participation(sample, pairs.vectors).round(3).tolist()
    [0.034, 0.058, 0.036, 0.037]
    """
    sample = given_sample(sample)
    vectors = _columns(sample, vectors)
    p, n = sample.student.shape
    xp = namespace(sample.labels)
    rows = xp.asarray(np.ascontiguousarray(vectors.T.reshape(-1, n)), device=device(sample.labels))
    first, second = np.zeros((2, vectors.shape[1]))
    for start, stop in row_blocks(sample.inputs):
        x = read(sample.inputs, start, stop)
        u = to_numpy(xp.astype(rows, x.dtype) @ x.T).astype(float).reshape(-1, p, stop - start)
        weight = np.sum(u**2, axis=1)
        first += weight.sum(axis=1)
        second += (weight**2).sum(axis=1)
    eps = float(
        xp.finfo(x.dtype).eps
    )  # rounding gives an eigenvector of the eigenvalue zero the weight eps^2 in each sample
    carried = first > max(
        1e4 * eps**2 * sample.inputs.shape[0], np.finfo(float).eps
    )  # otherwise its eigenvalue is zero
    return np.where(carried, second / np.where(carried, first, 1.0) ** 2, np.nan)


def observe(sample: Sample, pairs: Eigenpairs, side: Side = "left") -> dict[str, Any]:
    """Return the observables of a sample: `EACH` (arrays over eigenvalues) and `per_sample(side)` (numbers).

    Parameters
    ----------
    sample : Sample
    pairs : Eigenpairs
        From :func:`lowest`, or from :func:`highest` for ``side="right"``.
    side : {"left", "right"}
        The end of the spectrum of the pairs. At the right end the name `smallest_eigenvalue` becomes
        `largest_eigenvalue`; other names do not change. Eigenvalues have their true sign, and gaps are positive.

    Raises
    ------
    InvalidParameterError
        If the side is another word, the sample has no teacher, or there are fewer than `p p_star` pairs.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=100, seed=1)
    >>> numbers = observe(sample, bs.simulation.lowest(bs.simulation.Hessian(sample), 4))
    >>> round(numbers["outlier"], 3), round(numbers["captured"], 3), numbers["phi"]
    (-1.14, 0.328, 1.0)
    """
    sample = given_sample(sample, teacher=True)
    instance("pairs", pairs, Eigenpairs, "what bs.simulation.lowest or highest returns")
    outermost = "smallest_eigenvalue" if checked_side(side) == "left" else "largest_eigenvalue"
    k = sample.student.shape[0] * sample.net.p_star
    least = min(k, math.prod(sample.student.shape))
    if len(pairs.values) < least:
        raise InvalidParameterError(f"pairs has {len(pairs.values)} eigenpairs: give at least p p_star = {least}")
    overlaps = teacher_overlap2(sample, pairs.vectors)
    values, next_ = pairs.values, overlaps[k : k + min(4 * k, NEXT)]
    captured, full = float(overlaps[:k].mean()), len(next_) == min(4 * k, NEXT)
    return {
        "value": values,
        "overlap2": overlaps,
        "overlap2_student": student_overlap2(sample, pairs.vectors),
        "participation": sample_participation(sample, pairs.vectors),
        "residual": pairs.residuals,
        outermost: float(values[0]),
        "outlier": float(values[:k].mean()),
        "gap": float(abs(values[k] - values[k - 1])) if len(values) > k else math.nan,
        "captured": captured,
        "log_captured": math.log(captured),
        "excess": captured - float(next_.mean()) if full else math.nan,
        "dominance": k * captured / float(k * captured + next_.sum()) if full else math.nan,
        "phi": float(np.argmax(overlaps) < k) if len(overlaps) > k else math.nan,
        "converged": pairs.converged,
    }
