"""Starts of a descent: a student made from a sample, at random or correlated with the teacher."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...arguments import RUNS, count
from ...errors import InvalidParameterError
from ...expected import instance
from ...memory import require_memory
from ...models.preprocessing import Preprocessing, weight_of_labels
from ...user_arrays import real_array
from ..arrays import Array, to_numpy
from ..directions import Directions, hessian_directions, spectral_directions
from ..eigen.outermost import check_solver
from ..eigen.result import Solver
from ..sample import Sample, given_sample
from ..sphere import on_sphere, random_students

__all__ = ["HessianStart", "RandomStart", "SpectralStart", "Start", "named_starts", "start", "takes_sample"]


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
    require_memory(8 * p * (basis.shape[1] + k), f"a student of {p} neurons", "give a smaller p")
    mixed = rng.standard_normal((max(p, k), min(p, k)))
    q, _ = np.linalg.qr(mixed)
    return on_sphere((q if p >= k else q.T) @ basis)


def takes_sample(start: Any) -> bool:
    """Whether it can be called with a sample and a generator, as a start is."""
    try:
        inspect.signature(start).bind(None, None)
    except (TypeError, ValueError):
        return False
    return callable(start)


def named_starts(starts: Any) -> Mapping[str, Start]:
    """Starts by name."""
    named = isinstance(starts, Mapping) and bool(starts)
    if not named or not all(isinstance(name, str) and takes_sample(each) for name, each in starts.items()):
        raise InvalidParameterError(f"starts = {starts!r}: give a mapping of names to starts, such as HessianStart()")
    return dict(starts)


class Start(Protocol):
    """A way to begin: from a sample to a student, and to the basis that it was made from."""

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Array:
        """Return a student, shape (p, N)."""


@dataclass(frozen=True)
class RandomStart:
    """The sample's own random student."""

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Array:  # noqa: ARG002  as the others
        """Return a student, shape (p, N)."""
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
        """Return the estimate of the teacher's span, and the students at which the Hessians were taken."""
        p, n = given_sample(sample).student.shape
        instance("rng", rng, np.random.Generator, "numpy.random.default_rng(seed)")
        vectors = 8 * int(p * n) * (1 + int(p) * sample.net.p_star)  # a student, and its eigenvectors
        require_memory(self.inits * vectors, f"{self.inits} students of {int(p * n)} weights", "fewer inits take less")
        others = random_students(tuple(sample.student.shape), self.inits - 1, rng)
        students = [np.asarray(to_numpy(sample.student), dtype=float), *others]
        return hessian_directions(sample, students, solver=self.solver), students

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Array:
        """Return a student, shape (p, N)."""
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
        """Return a student, shape (p, N)."""
        basis = spectral_directions(sample, self.preprocessing).basis
        return start(basis, int(sample.student.shape[0]), rng)
