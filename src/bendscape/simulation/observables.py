r"""Overlaps of the outermost eigenvectors of a sample's Hessian, each quantity with its definition.

`V` is a unit eigenvector as a `p x N` matrix, `q` an orthonormal basis of the teacher's span, `k = p p_star` the number
of directions that the teacher has among eigenvectors. The paper's `phi` is one bit of each sample. In the continuous
case the curves `N^(1/3) captured` of different `N` cross at `alpha_BBP` as those of `phi` do, with two to three times
smaller errors from the same samples; `dominance` crosses there without an exponent. In the discontinuous case
`captured` and `exp(mean log_captured)` approach their limits where `phi` stands still.

All of them are defined at either end of the spectrum: at the right one "lowest" is "highest" (`per_sample`).
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
    """An end of the spectrum, by name."""
    if isinstance(side, str) and side in ("left", "right"):
        return cast(Side, side)
    raise refuse("side", side, "'left' (smallest eigenvalues) or 'right' (largest)")


def per_sample(side: Side) -> dict[str, str]:
    """The numbers of one sample with their definitions: `PER_SAMPLE` in the words of that end of the spectrum."""
    if side == "left":
        return PER_SAMPLE

    def mirrored(text: str) -> str:
        return text.replace("smallest", "largest").replace("lowest", "highest")

    return {mirrored(key): mirrored(name) for key, name in PER_SAMPLE.items()}


def teacher_overlap2(sample: Sample, vectors: Array) -> Array:
    """Squared overlap `||V q||^2` of each column with the teacher's span; over a full basis they sum to `p p_star`."""
    sample = given_sample(sample, teacher=True)
    return _overlap2(sample.teacher, sample, _columns(sample, vectors))


def student_overlap2(sample: Sample, vectors: Array) -> Array:
    """The same with the span of the student's weight vectors; over a full basis they sum to `p` times its dimension."""
    sample = given_sample(sample)
    return _overlap2(sample.student, sample, _columns(sample, vectors))


def _columns(sample: Sample, vectors: Any) -> Array:
    """Eigenvectors as columns, finite, of the length of the Hessian's."""
    p, n = sample.student.shape
    return real_array("vectors", vectors, (int(p * n), "k"))


def _overlap2(weights: Any, sample: Sample, vectors: Array) -> Array:
    basis, _ = np.linalg.qr(to_numpy(weights).T)
    p, n = sample.student.shape
    return np.asarray(np.sum((vectors.T.reshape(-1, p, n) @ basis) ** 2, axis=(1, 2)))


def sample_participation(sample: Sample, vectors: Array) -> Array:
    r"""How few samples carry an eigenvector: `sum_mu w_mu^2/(sum_mu w_mu)^2`, `w_mu = ||V x_mu||^2`.

    About `3/M` (for `p = 1`) where all samples have a part; of order one where one extreme sample has all; nan
    for an eigenvector that no sample carries (`H` has zero eigenvalues for `alpha < 1`). Components
    in the space of inputs say nothing: the inputs are isotropic, and `sum v_i^4` is that of a random vector.
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
    eps = float(xp.finfo(x.dtype).eps)  # an eigenvector of the value zero has weight by rounding, eps^2 a sample
    carried = first > max(
        1e4 * eps**2 * sample.inputs.shape[0], np.finfo(float).eps
    )  # else it is a zero eigenvector of H
    return np.where(carried, second / np.where(carried, first, 1.0) ** 2, np.nan)


def observe(sample: Sample, pairs: Eigenpairs, side: Side = "left") -> dict[str, Any]:
    """Everything in `EACH` (arrays over eigenvalues) and `per_sample(side)` (numbers).

    Parameters
    ----------
    sample : Sample
    pairs : Eigenpairs
        From :func:`lowest`, or from :func:`highest` for ``side="right"``.
    side : {"left", "right"}
        The end of the spectrum at which the pairs lie. At the right one `smallest_eigenvalue` is
        `largest_eigenvalue`; other names stay. Eigenvalues have their true sign, and gaps are positive.

    Raises
    ------
    InvalidParameterError
        If the side is none of these.
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
