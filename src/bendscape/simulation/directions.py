r"""Estimates of the teacher's span: eigenvectors of Hessians at random students, and of spectral methods.

An eigenvector of a Hessian is a `p x N` matrix, and its rows are close to the teacher's span. The rows of all
informative eigenvectors at all students are stacked; the leading right singular vectors are an orthonormal basis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import device

from ..arguments import count
from ..errors import InvalidParameterError
from ..models.preprocessing import Preprocessing, weight_of_labels
from ..user_arrays import real_array, shown
from .arrays import Array, namespace, to_numpy
from .curvature import Curvature
from .eigen.outermost import highest, lowest
from .eigen.result import Eigenpairs, Solver
from .inputs import read, row_blocks
from .landscape import Hessian, SampleOperator
from .sample import Sample, given_sample

__all__ = [
    "Directions",
    "WeightedCovariance",
    "hessian_directions",
    "leading_span",
    "neuron_overlap2",
    "span_overlap2",
    "spectral_directions",
]


@dataclass(frozen=True, eq=False)
class Directions:
    """An estimate of the teacher's span.

    Attributes
    ----------
    basis : array, shape (k, N)
        Orthonormal rows.
    pairs : tuple of Eigenpairs
        The eigenpairs of the estimate, one for each matrix.
    """

    basis: Array
    pairs: tuple[Eigenpairs, ...]


class WeightedCovariance(SampleOperator):
    """`D = sum_mu T(y_mu) x_mu x_mu^T` as a SciPy ``LinearOperator`` that is never formed.

    Parameters
    ----------
    sample : Sample
    weights : array, shape (M,)
        `T(y)`.
    threads : int
        Threads of a product. With NumPy arrays products are in double precision for inputs of any precision.
    """

    def __init__(self, sample: Sample, weights: Any, *, threads: int = 1) -> None:
        xp = namespace(sample.labels)
        first = read(sample.inputs, *next(row_blocks(sample.inputs, 1)))
        # weights of small labels are huge; in single precision their rounding errors would exceed the other weights.
        # Other array libraries do not mix precisions.
        dtype = xp.float64 if "numpy" in xp.__name__ else first.dtype
        row = xp.asarray(weights, dtype=dtype, device=device(sample.labels))[None, :]
        none = xp.zeros_like(row)
        super().__init__(sample, Curvature(row, none, none), to_numpy(none[:1, :1]).dtype, threads)


def _basis(rows: Array, number: int) -> Array:
    """Return the `number` leading right singular vectors, as rows."""
    from scipy.linalg import svd

    return np.asarray(svd(rows, full_matrices=False)[2][:number])


def _directions(sample: Sample, number: int | None) -> int:
    """Return the number of directions, by default `p_star`; raise if it exceeds the number of inputs."""
    return int(sample.net.p_star) if number is None else count("number", number, sample.inputs.shape[1])


def hessian_directions(
    sample: Sample,
    students: Sequence[Any],
    *,
    number: int | None = None,
    solver: Solver | None = None,
    threads: int = 1,
) -> Directions:
    """Estimate the teacher's span from the `p k` lowest eigenvectors of the Hessian at each of these students.

    Parameters
    ----------
    sample : Sample
    students : sequence of array, shape (p, N)
    number : int, optional
        `k`, the number of directions; by default `p_star`.
    solver : Dense, BlockLanczos or Eigsh, optional
        See :func:`bendscape.simulation.lowest`.
    threads : int
        Threads of a product.

    Returns
    -------
    Directions

    Raises
    ------
    InvalidParameterError
        If `students` is not a list of arrays of shape (p, N), or `number` exceeds the number of inputs.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=4.0, N=200, seed=1)
    >>> directions = bs.simulation.hessian_directions(sample, [sample.student])
    >>> round(bs.simulation.span_overlap2(directions.basis, sample.teacher), 3)
    0.62
    """
    k = _directions(given_sample(sample), number)
    p, n = sample.student.shape
    several = isinstance(students, Sequence) or (isinstance(students, np.ndarray) and students.ndim > 0)
    if not several or len(students) == 0:
        raise InvalidParameterError(f"students = {shown(students)}: give a list of arrays of shape {(int(p), int(n))}")
    pairs = tuple(
        lowest(Hessian(replace(sample, student=w), threads=threads), int(p) * k, solver=solver) for w in students
    )
    rows = np.concatenate([each.vectors.T.reshape(-1, n) for each in pairs])
    return Directions(_basis(rows, k), pairs)


def spectral_directions(
    sample: Sample,
    preprocessing: Preprocessing,
    *,
    number: int | None = None,
    solver: Solver | None = None,
    threads: int = 1,
) -> Directions:
    """Estimate the teacher's span by the leading eigenvectors of a spectral method.

    Parameters
    ----------
    sample : Sample
    preprocessing : Preprocessing
        `T`, for instance ``bs.models.Optimal()``.
    number, solver, threads
        As for :func:`hessian_directions`.

    Returns
    -------
    Directions

    Raises
    ------
    InvalidParameterError
        If `T` is not finite for a label of the sample.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=4.0, N=200, seed=1)
    >>> directions = bs.simulation.spectral_directions(sample, bs.models.Optimal())
    >>> round(bs.simulation.span_overlap2(directions.basis, sample.teacher), 3)
    0.933
    """
    k = _directions(given_sample(sample), number)
    preprocessing = weight_of_labels(preprocessing)
    labels = to_numpy(sample.labels)
    weights = preprocessing(labels)
    bad = ~np.isfinite(weights)
    if bad.any():
        raise InvalidParameterError(
            f"preprocessing = {preprocessing}: its weight of the label {labels[bad][0]:.3g} is not finite: give a "
            "finite one, such as Optimal(floor=0.1)"
        )
    pairs = highest(WeightedCovariance(sample, weights, threads=threads), k, solver=solver)
    return Directions(np.ascontiguousarray(pairs.vectors.T), (pairs,))


def leading_span(weights: Array, number: int) -> Array:
    """Return the `number` leading right singular vectors of a student, as rows: its estimate of the teacher's span.

    Parameters
    ----------
    weights : array, shape (p, N)
    number : int
        At most `min(p, N)`.

    Examples
    --------
    >>> import numpy as np
    >>> abs(leading_span(np.array([[3.0, 0.0], [0.0, 1.0]]), 1)).tolist()
    [[1.0, 0.0]]
    """
    rows = real_array("weights", weights, ("p", "N"))
    return _basis(rows, count("number", number, min(rows.shape)))


def span_overlap2(rows: Any, teacher: Any) -> float:
    """Return `||Q_rows Q_teacher^T||^2/p_star`, the share of the teacher's span that lies in the span of some rows.

    It is between zero and one, and `k/N` on average for `k` random rows.

    Parameters
    ----------
    rows : array, shape (k, N)
    teacher : array, shape (p_star, N)

    Examples
    --------
    >>> import numpy as np
    >>> round(span_overlap2(np.array([[3.0, 0.0]]), np.array([[1.0, 1.0]])), 3)
    0.5
    """
    mine = real_array("rows", rows, ("k", "N"))
    ours, _ = np.linalg.qr(mine.T)
    theirs, _ = np.linalg.qr(real_array("teacher", teacher, ("p_star", mine.shape[1])).T)
    return float(np.sum((ours.T @ theirs) ** 2) / theirs.shape[1])


def neuron_overlap2(weights: Array, teacher: Any) -> Array:
    """Return the squared cosine of the angle between each row of the weights and the teacher's span."""
    basis, _ = np.linalg.qr(to_numpy(teacher).T)
    return np.asarray(np.sum((weights @ basis) ** 2, axis=1) / np.sum(weights**2, axis=1))
