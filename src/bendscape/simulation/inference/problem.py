r"""The data as message passing reads them: two products with the inputs a step, and labels with their channel.

Weights are columns here, `W` of shape (N, p_star), so that `z = X W` has a row for each label.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from array_api_compat import device

from ...errors import InvalidParameterError
from ...memory import require_memory
from ...models.channels import posterior
from ...user_arrays import numbers_of, real_array, shown
from ..arrays import Array, namespace, one_blas_thread, to_numpy
from ..directions import WeightedCovariance
from ..inputs import read, row_blocks
from ..sample import Sample
from .gram import GramSolver, solver_of

__all__ = ["LabelStep", "Problem", "Rows", "problem_of", "times"]

_EXTREME = 1e100  # of a variance, whose square is a number
_COPIES = 12  # arrays of the size of the pre-activations, and of the weights, that a step takes


@dataclass(frozen=True, eq=False)
class Rows:
    """The inputs of a sample, which stay where they are; vectors are NumPy arrays in double precision."""

    sample: Sample

    @property
    def shape(self) -> tuple[int, int]:
        """Return `(M, N)`."""
        M, N = self.sample.inputs.shape
        return int(M), int(N)

    @property
    def rounding(self) -> float:
        """Relative rounding error of the inputs' precision."""
        first = read(self.sample.inputs, *next(row_blocks(self.sample.inputs, 1)))
        return float(np.finfo(to_numpy(first[:1, :1]).dtype).eps)

    def _blocks(self) -> Iterator[tuple[int, int, Any]]:
        for start, stop in row_blocks(self.sample.inputs):
            yield start, stop, read(self.sample.inputs, start, stop)

    def forward(self, weights: Array) -> Array:
        """Return `X W`, shape (M, k), for weights of shape (N, k)."""
        with one_blas_thread():
            return np.concatenate([to_numpy(x @ _like(weights, x)).astype(float) for _, _, x in self._blocks()])

    def backward(self, pulls: Array) -> Array:
        """Return `X^T G`, shape (N, k), for pulls of shape (M, k)."""
        total = np.zeros((self.shape[1], pulls.shape[1]))
        with one_blas_thread():
            for start, stop, x in self._blocks():
                total += to_numpy(x.T @ _like(pulls[start:stop], x))
        return total

    @cached_property
    def gram_solver(self) -> GramSolver:
        """Return `X^T X` of rows that are divided to one length."""
        return solver_of(self)

    def gram(self, scale: Array) -> Array:
        """Return `sum_mu scale_mu x_mu x_mu^T`, shape (N, N)."""
        return WeightedCovariance(self.sample, scale).dense()

    @cached_property
    def squared_lengths(self) -> Array:
        """Return `|x_mu|^2`, shape (M,)."""
        return np.concatenate([to_numpy(_squares(x)).astype(float) for _, _, x in self._blocks()])

    def weighted(self, weights: Array) -> WeightedCovariance:
        """Return `sum_mu T_mu x_mu x_mu^T` as an operator."""
        return WeightedCovariance(self.sample, weights)


def _like(array: Array, x: Any) -> Any:
    """Return an array in the library, precision and device of the inputs."""
    return namespace(x).asarray(np.ascontiguousarray(array, dtype=to_numpy(x[:1, :1]).dtype), device=device(x))


def _squares(x: Any) -> Any:
    return namespace(x).sum(x * x, axis=1)


@dataclass(frozen=True, eq=False)
class LabelStep:
    """The labels' answer to a guess of `z`: the pull on it, and how firmly they hold it.

    Attributes
    ----------
    pull : array, shape (M, p_star)
        `g = V^-1 (E[z | y] - omega)`, the slope of the logarithm of the evidence.
    firmness : array, shape (p_star, p_star)
        `sum_mu |x_mu|^2 (-dg/domega)`, with `-dg/domega = V^-1 - V^-1 Cov[z | y] V^-1`.
    log_evidence : float
        Sum over labels.
    ratio : float
        `E[(z - omega) V^-1 (z - omega) | y]/p_star`, averaged over labels: one where the guess is as good as it says.
    """

    pull: Array
    firmness: Array
    log_evidence: float
    ratio: float


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows of inputs, labels, their channel, and the covariance of a component of the teacher before the data.

    Attributes
    ----------
    rows : Rows
    labels : array, shape (M,)
    channel : Channel
    prior : array, shape (p_star, p_star)
    """

    rows: Any
    labels: Array
    channel: Any
    prior: Array

    @property
    def p_star(self) -> int:
        """Return the number of teacher's vectors."""
        return int(self.channel.p_star)

    @property
    def isotropic(self) -> bool:
        """Return whether the covariance of a guess of `z` is a number."""
        return bool(self.channel.isotropic)

    def spread(self, covariance: Array) -> Array:
        """Return the covariance `V_mu = |x_mu|^2 C` of guesses of `z`: numbers or matrices."""
        lengths = self.rows.squared_lengths
        if self.isotropic:
            return np.asarray(lengths * (np.trace(covariance) / self.p_star))
        return np.asarray(lengths[:, None, None] * covariance)

    def ask(self, omega: Array, spread: Array) -> LabelStep:
        """Return the labels' answer to guesses with this mean and covariance."""
        there = posterior(self.channel, self.labels, omega, spread)
        lengths, evidence = self.rows.squared_lengths, float(np.sum(there.log_evidence))
        if self.isotropic:
            alone = float(np.sum(lengths / spread)) * np.eye(self.p_star)
            firmness = alone - np.tensordot(lengths / spread**2, there.covariance, axes=1)
            square = np.sum((there.mean - omega) ** 2, axis=1) / self.p_star + there.variance
            return LabelStep(
                (there.mean - omega) / spread[:, None], firmness, evidence, float(np.mean(square / spread))
            )
        inverse = np.linalg.inv(spread)
        firmness = np.tensordot(lengths, inverse - inverse @ there.covariance @ inverse, axes=1)
        pull = times(inverse, there.mean - omega)
        forms = np.sum(pull * (there.mean - omega), axis=1) + np.sum(inverse * there.covariance, axis=(1, 2))
        return LabelStep(pull, firmness, evidence, float(np.mean(forms)) / self.p_star)

    def with_labels(self, channel: Any, prior: Array) -> Problem:
        """Return the problem with another channel and prior."""
        return replace(self, channel=channel, prior=prior)


def times(matrices: Array, vectors: Array) -> Array:
    """Return the product of numbers (M,) or matrices (M, p, p), or of one matrix, with vectors (M, p)."""
    if matrices.ndim == 1:
        return np.asarray(matrices[:, None] * vectors)
    return np.asarray(vectors @ matrices.T if matrices.ndim == 2 else np.einsum("mij,mj->mi", matrices, vectors))


def problem_of(sample: Sample, channel: Any, prior: Any) -> Problem:
    """Return the problem of a sample; check channel, prior, labels and memory."""
    if isinstance(channel, type) or not hasattr(channel, "p_star") or not hasattr(channel, "draw"):
        raise InvalidParameterError(
            f"channel = {shown(channel)}: give a value of bendscape.models.channels, such as Noiseless(p_star=1)"
        )
    rows, p = Rows(sample), int(channel.p_star)
    M, N = rows.shape
    if p > min(M, N):
        raise InvalidParameterError(
            f"channel = {channel}: {M} samples of {N} inputs have at most {min(M, N)} directions; give a smaller p_star"
        )
    labels = np.asarray(to_numpy(sample.labels), dtype=float)
    if not np.all(np.isfinite(labels)):
        raise InvalidParameterError("sample.labels are not all finite: leave such samples out")
    require_memory(
        8 * _COPIES * p * (M + N),
        f"messages of {M} labels and {N} components",
        "give a smaller p_star, or fewer samples",
    )
    return Problem(rows, labels, channel, covariance_of("prior", prior, p))


def covariance_of(name: str, value: Any, p: int) -> Array:
    """Return a covariance matrix from a number or a matrix; raise unless it is positive definite."""
    wanted = f"a positive number, or a positive definite matrix of shape ({p}, {p})"
    given = numbers_of(name, value)
    matrix = given * np.eye(p) if given.ndim == 0 else real_array(name, given, (p, p))
    sizes = np.abs(np.diagonal(matrix))
    if not np.all((sizes >= 1 / _EXTREME) & (sizes <= _EXTREME)):
        raise InvalidParameterError(
            f"{name} = {shown(value)}: give {wanted}, of sizes from {1 / _EXTREME:g} to {_EXTREME:g}"
        )
    if not np.allclose(matrix, matrix.T) or not np.all(np.linalg.eigvalsh(matrix) > 0):
        raise InvalidParameterError(f"{name} = {shown(value)}: give {wanted}")
    return np.asarray((matrix + matrix.T) / 2)
