r"""Starts correlated with the teacher: eigenvectors of Hessians at random students, and of spectral methods.

An eigenvector of a Hessian is a `p x N` matrix, and its rows lie near the teacher's span. Those of all informative
eigenvectors, of all students tried, are stacked; the leading right singular vectors are an orthonormal basis.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from array_api_compat import device

from ..arguments import RUNS, count
from ..errors import InvalidParameterError
from ..expected import instance
from ..memory import reserve
from ..models.preprocessing import Preprocessing, weight_of_labels
from ..user_arrays import real_array, shown
from .arrays import Array, namespace, to_numpy
from .curvature import Curvature
from .eigen.outermost import check_solver, highest, lowest
from .eigen.result import Eigenpairs, Solver
from .hessian import Hessian, SampleOperator
from .inputs import read, row_blocks
from .objective import on_sphere
from .sample import Sample, given_sample

__all__ = [
    "Directions",
    "HessianStart",
    "RandomStart",
    "SpectralStart",
    "Start",
    "WeightedCovariance",
    "hessian_directions",
    "leading_span",
    "random_students",
    "span_overlap2",
    "spectral_directions",
    "start",
    "takes_sample",
]


@dataclass(frozen=True, eq=False)
class Directions:
    """An estimate of the teacher's span.

    Attributes
    ----------
    basis : array, shape (k, N)
        Orthonormal rows.
    pairs : tuple of Eigenpairs
        What it was made of, one for each matrix.
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
        Of a product; with NumPy arrays in double precision, whatever that of the inputs.
    """

    def __init__(self, sample: Sample, weights: Any, *, threads: int = 1) -> None:
        xp = namespace(sample.labels)
        first = read(sample.inputs, *next(row_blocks(sample.inputs, 1)))
        # weights of small labels are huge, and with those in single precision the others would drown in rounding;
        # arrays of another library do not mix precisions
        dtype = xp.float64 if "numpy" in xp.__name__ else first.dtype
        row = xp.asarray(weights, dtype=dtype, device=device(sample.labels))[None, :]
        none = xp.zeros_like(row)
        super().__init__(sample, Curvature(row, none, none), to_numpy(none[:1, :1]).dtype, threads)


def _basis(rows: Array, number: int) -> Array:
    """The leading right singular vectors."""
    from scipy.linalg import svd

    return np.asarray(svd(rows, full_matrices=False)[2][:number])


def _directions(sample: Sample, number: int | None) -> int:
    """How many, at most as many as there are inputs."""
    return int(sample.net.p_star) if number is None else count("number", number, sample.inputs.shape[1])


def hessian_directions(
    sample: Sample,
    students: Sequence[Any],
    *,
    number: int | None = None,
    solver: Solver | None = None,
    threads: int = 1,
) -> Directions:
    """From the `p k` lowest eigenvectors of the Hessian at each of these students.

    Parameters
    ----------
    sample : Sample
    students : sequence of array, shape (p, N)
    number : int, optional
        `k`, how many directions; by default `p_star`.
    solver : Dense, BlockLanczos or Eigsh, optional
        See :func:`bendscape.simulation.lowest`.
    threads : int
        Of a product.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=4.0, N=200, seed=1)
    >>> found = bs.simulation.hessian_directions(sample, [sample.student])
    >>> bool(bs.simulation.span_overlap2(found.basis, sample.teacher) > 0.4)
    True
    """
    k = _directions(given_sample(sample), number)
    p, n = sample.student.shape
    several = isinstance(students, Sequence) or (isinstance(students, np.ndarray) and students.ndim > 0)
    if not several or len(students) == 0:
        raise InvalidParameterError(f"students = {shown(students)}: give a list of arrays of shape {(int(p), int(n))}")
    pairs = tuple(
        lowest(Hessian(replace(sample, student=w), threads=threads), int(p) * k, solver=solver) for w in students
    )
    rows = np.concatenate([found.vectors.T.reshape(-1, n) for found in pairs])
    return Directions(_basis(rows, k), pairs)


def spectral_directions(
    sample: Sample,
    preprocessing: Preprocessing,
    *,
    number: int | None = None,
    solver: Solver | None = None,
    threads: int = 1,
) -> Directions:
    """The leading eigenvectors of a spectral method.

    Parameters
    ----------
    sample : Sample
    preprocessing : Preprocessing
        `T`, for instance ``bs.models.Optimal()``.
    number, solver, threads
        As for :func:`hessian_directions`.

    Raises
    ------
    InvalidParameterError
        If `T` is not finite for a label of the sample.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=4.0, N=200, seed=1)
    >>> found = bs.simulation.spectral_directions(sample, bs.models.Optimal())
    >>> bool(bs.simulation.span_overlap2(found.basis, sample.teacher) > 0.4)
    True
    """
    k = _directions(given_sample(sample), number)
    preprocessing = weight_of_labels(preprocessing)
    labels = to_numpy(sample.labels)
    weights = preprocessing(labels)
    bad = ~np.isfinite(weights)
    if bad.any():
        raise InvalidParameterError(
            f"preprocessing = {preprocessing}: its weight of the label {labels[bad][0]:.3g} is not finite; give one "
            "that is, such as Optimal(floor=0.1)"
        )
    pairs = highest(WeightedCovariance(sample, weights, threads=threads), k, solver=solver)
    return Directions(np.ascontiguousarray(pairs.vectors.T), (pairs,))


def start(basis: Array, p: int, rng: np.random.Generator) -> Array:
    """A student of width `p`, rows of norm `sqrt(N)`, in the span of orthonormal rows.

    It has all directions equally where it has neurons enough: `W` is `sqrt(N p/k) O B` with a random `O` of orthonormal
    columns, rows then brought to their norm.
    """
    basis = real_array("basis", basis, ("k", "N"))
    if not np.all(np.any(basis, axis=1)):
        raise InvalidParameterError("basis has a row of zeros: give directions")
    k, p = len(basis), count("p", p)
    instance("rng", rng, np.random.Generator, "numpy.random.default_rng(seed)")
    reserve(8 * p * (basis.shape[1] + k), f"a student of {p} neurons", "give a smaller p")
    mixed = rng.standard_normal((max(p, k), min(p, k)))
    q, _ = np.linalg.qr(mixed)
    return on_sphere((q if p >= k else q.T) @ basis)


def random_students(shape: tuple[int, int], number: int, rng: np.random.Generator) -> list[Array]:
    """Students uniform on the sphere, shape (p, N) each."""
    reserve(8 * 3 * number * math.prod(shape), f"{number} students of shape {shape}", "give fewer, or narrower ones")
    return [on_sphere(rng.standard_normal(shape)) for _ in range(number)]


def leading_span(weights: Array, number: int) -> Array:
    """What a student says of the teacher's span: its leading right singular vectors, as rows."""
    rows = real_array("weights", weights, ("p", "N"))
    return _basis(rows, count("number", number, min(rows.shape)))


def takes_sample(start: Any) -> bool:
    """Whether it can be called with a sample and a generator, as a start is."""
    try:
        inspect.signature(start).bind(None, None)
    except (TypeError, ValueError):
        return False
    return callable(start)


class Start(Protocol):
    """A way to begin: from a sample to a student, and to the basis that it was made from."""

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Array:
        """A student, shape (p, N)."""


@dataclass(frozen=True)
class RandomStart:
    """The sample's own random student."""

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Array:  # noqa: ARG002  as the others
        """A student, shape (p, N)."""
        return np.asarray(to_numpy(given_sample(sample).student), dtype=float)


@dataclass(frozen=True)
class HessianStart:
    """The informative eigenvectors of the Hessian at random students, combined.

    Parameters
    ----------
    inits : int
        Students, the first of them the sample's own.
    solver : Dense, BlockLanczos or Eigsh, optional
        See :func:`bendscape.simulation.lowest`.
    """

    inits: int = 1
    solver: Solver | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "inits", count("inits", self.inits, RUNS))
        check_solver(self.solver)

    def directions(self, sample: Sample, rng: np.random.Generator) -> tuple[Directions, list[Array]]:
        """What they find, and the students."""
        p, n = given_sample(sample).student.shape
        instance("rng", rng, np.random.Generator, "numpy.random.default_rng(seed)")
        vectors = 8 * int(p * n) * (1 + int(p) * sample.net.p_star)  # a student, and its eigenvectors
        reserve(self.inits * vectors, f"{self.inits} students of {int(p * n)} weights", "fewer inits take less")
        others = random_students(tuple(sample.student.shape), self.inits - 1, rng)
        students = [np.asarray(to_numpy(sample.student), dtype=float), *others]
        return hessian_directions(sample, students, solver=self.solver), students

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Array:
        """A student, shape (p, N)."""
        return start(self.directions(sample, rng)[0].basis, int(sample.student.shape[0]), rng)


@dataclass(frozen=True)
class SpectralStart:
    """The leading eigenvectors of a spectral method.

    Parameters
    ----------
    preprocessing : Preprocessing
        For instance ``bs.models.Optimal()``.
    """

    preprocessing: Preprocessing

    def __post_init__(self) -> None:
        weight_of_labels(self.preprocessing)

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Array:
        """A student, shape (p, N)."""
        found = spectral_directions(sample, self.preprocessing)
        return start(found.basis, int(sample.student.shape[0]), rng)


def span_overlap2(rows: Any, teacher: Any) -> float:
    """`||Q_rows Q_teacher^T||^2/p_star`: the share of the teacher's span that lies in the span of some rows.

    Between zero and one; `k/N` for `k` random rows.
    """
    mine = real_array("rows", rows, ("k", "N"))
    ours, _ = np.linalg.qr(mine.T)
    theirs, _ = np.linalg.qr(real_array("teacher", teacher, ("p_star", mine.shape[1])).T)
    return float(np.sum((ours.T @ theirs) ** 2) / theirs.shape[1])
