"""Overlaps of different starts with the teacher on the same samples, before and after gradient descent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import RUNS, TOGETHER, count, flag, grid, positive
from ..attributes import plain_attrs
from ..errors import InvalidParameterError
from .arrays import Array, one_blas_thread
from .curvature import AnyNetwork
from .directions import leading_span, neuron_overlap2, span_overlap2
from .eigen.dense import DENSE_UP_TO
from .identity import network_identity, require_text
from .jobs.identity import described
from .jobs.resumable import Job, map_resumable, sample_jobs
from .jobs.seeds import plain_seed, seed_parts
from .jobs.store import Store
from .sample import Precision, Sample, dimensions, draw, input_bytes, precision
from .sphere import on_sphere
from .training._train import train
from .training.descent import DescentMethod, given_method, loss_and_gradient
from .training.generalisation import generalisation_error
from .training.objective import Objective
from .training.starts import RandomStart, Start, named_starts

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SEEN", "run_starts"]

_BASIS = 200  # largest number of vectors in the basis of an iterative solver

SEEN = {
    "overlap2": "share of the teacher's span in the student's p_star leading directions",
    "max_overlap2": "largest squared overlap of a neuron with the teacher's span",
    "generalisation": "E[(y - yhat)^2]/2 on fresh inputs without noise",
    "steps": "steps of gradient descent",
}


def _seen(sample: Sample, student: Array, steps: float) -> list[float]:
    """Return the observables `SEEN` of a student."""
    span = leading_span(student, min(sample.net.p_star, len(student)))
    return [
        span_overlap2(span, sample.teacher),
        float(neuron_overlap2(student, sample.teacher).max()),
        generalisation_error(sample.net, student, sample.teacher),
        float(steps),
    ]


def _steepness(sample: Sample, student: Array, sphere: bool) -> float:
    """Return the norm of the gradient at the start of a run."""
    weights = on_sphere(student) if sphere else student
    return float(np.linalg.norm(loss_and_gradient(Objective(sample), weights, sphere)[1]))


@dataclass(frozen=True)
class _Comparison:
    """Settings that all samples share: the starts, and the descent after each of them."""

    net: AnyNetwork
    starts: Mapping[str, Start]
    method: DescentMethod
    sphere: bool
    tolerance: float
    dtype: Precision
    N: int

    def identity(self, seed: Any) -> dict[str, Any]:
        """Return the settings that identify the run in its store."""
        return {
            "bendscape": version("bendscape"),
            **network_identity(self.net),
            "N": self.N,
            "seed": seed,
            "starts": [[name, described(each)] for name, each in self.starts.items()],
            "method": described(self.method),
            "sphere": str(self.sphere),
            "tolerance": self.tolerance,
            "dtype": self.dtype,
        }

    def job(self, alpha: float) -> Job:
        """Return the job of the samples at one `alpha`, with the memory of one of them."""
        M, n = dimensions(self.net, alpha, self.N)
        rows = int(self.net.p) * self.N
        solver = 8 * (3 * min(rows, DENSE_UP_TO) ** 2 + _BASIS * rows)
        return Job((alpha,), (self, alpha), nbytes=input_bytes(M, n, self.dtype) + solver, size=f"N = {self.N}")

    def run(self, alpha: float, child: np.random.SeedSequence) -> dict[str, Any]:
        """Return the observables of every start on one sample, before and after the descent."""
        own, *streams = child.spawn(1 + len(self.starts))
        table: dict[str, Any] = {}
        with one_blas_thread():
            sample = draw(self.net, alpha=alpha, N=self.N, seed=own, dtype=self.dtype)
            first = _steepness(sample, sample.student, self.sphere)
            for (name, begin), stream in zip(self.starts.items(), streams, strict=True):
                student = begin(sample, np.random.default_rng(stream))
                if np.shape(student) != sample.student.shape:
                    raise InvalidParameterError(f"start {name!r} gives {student!r}: give an array of shape (p, N)")
                table[name] = [_seen(sample, student, 0), self._descended(sample, student, first)]
        return table

    def _descended(self, sample: Sample, student: Array, first: float) -> list[float]:
        # all starts stop at the same norm of the gradient
        tolerance = self.tolerance * first / max(_steepness(sample, student, self.sphere), 1e-300)
        run = train(sample, method=self.method, start=student, sphere=self.sphere, checkpoints=1, tolerance=tolerance)
        return _seen(sample, run.weights.values[-1], int(run.steps[-1]))


def _work(comparison: _Comparison, alpha: float, child: np.random.SeedSequence) -> dict[str, Any]:
    return comparison.run(alpha, child)


def run_starts(
    net: AnyNetwork,
    *,
    alpha: Any,
    N: int,
    samples: int,
    seed: int | tuple[int, ...] | np.random.SeedSequence,
    starts: Mapping[str, Start] | None = None,
    method: DescentMethod | None = None,
    sphere: bool = True,
    tolerance: float = 1e-4,
    dtype: Precision = "float32",
    workers: int = 1,
    store: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Return overlaps of every start with the teacher, before and after gradient descent, on the same samples.

    Parameters
    ----------
    net : QuadraticNetwork or Network
        Of finite width.
    alpha : array_like
        Samples over inputs.
    N, samples : int
        Input dimension, and number of samples at each `alpha`.
    seed : int, tuple of int or SeedSequence
        Sample `i` at an `alpha` is drawn from child `i` of ``SeedSequence((seed, round(1e9 alpha)))``.
    starts : mapping of name to Start, optional
        By default one random start.
    method : GradientDescent or GradientFlow, optional
        The descent after each start; by default ``GradientDescent(steps=1000)``.
    sphere : bool
        As for :func:`bendscape.train`.
    tolerance : float
        A run stops when the norm of its gradient, over that at the sample's random student, falls below this number.
    dtype : {"float64", "float32"}
        Precision of the inputs.
    workers : int
        Number of processes. The numbers do not depend on it.
    store : path, optional
        A file to which every finished sample is written; the same call continues after the last one.
    progress : bool
        Show a bar on standard error.

    Returns
    -------
    xarray.Dataset
        `overlap2`, `max_overlap2`, `generalisation` and `steps` over (`start`, `refined`, `alpha`, `sample`);
        nan for samples that an interruption has left out.

    Raises
    ------
    InvalidParameterError, MemoryLimitError, OutputError, Interrupted
        As :func:`bendscape.simulate`.

    Examples
    --------
    >>> import bendscape as bs
    >>> from bendscape.simulation import GradientDescent, RandomStart, run_starts
    >>> data = run_starts(
    ...     bs.QuadraticNetwork(p=1, p_star=1, a=1.0), alpha=[1.0, 5.0], N=60, samples=4, seed=1,
    ...     method=GradientDescent(steps=200),
    ... )
    >>> data.overlap2.dims, bool(data.overlap2.sel(refined=True).mean("sample").diff("alpha") > 0.3)
    (('start', 'refined', 'alpha', 'sample'), True)
    """
    alphas = grid("alpha", alpha)
    if len(np.unique(alphas)) < len(alphas):
        raise InvalidParameterError(f"alpha = {alpha!r}: give each value once")
    begin = named_starts({"random": RandomStart()} if starts is None else starts)
    follow = given_method(method)
    samples, workers = count("samples", samples, RUNS), count("workers", workers, TOGETHER)
    tolerance, dtype = positive("tolerance", tolerance), precision(dtype)
    for x in alphas:
        dimensions(net, float(x), N)
    root = plain_seed(seed)
    comparison = _Comparison(net, begin, follow, flag("sphere", sphere), tolerance, dtype, int(N))
    require_text(net, store)
    return map_resumable(
        _work,
        (
            job
            for x in map(float, alphas)
            for job in sample_jobs(comparison.job(x), (*seed_parts(root), round(1e9 * x)), samples)
        ),
        Store(store, comparison.identity(root)),
        collect=lambda kept: _table(net, kept, alphas, samples),
        workers=workers,
        progress=flag("progress", progress),
    )


def _table(net: AnyNetwork, kept: Store, alphas: Array, samples: int) -> xr.Dataset:
    import xarray as xr

    names = [name for name, _ in kept.identity["starts"]]
    values = np.full((len(SEEN), len(names), 2, len(alphas), samples), np.nan)
    for i, x in enumerate(alphas):
        for j in range(samples):
            result = kept.get((float(x), j))
            for k, name in enumerate(names if result else ()):
                values[:, k, :, i, j] = np.transpose(result[name]) if result else np.nan
    dims = ("start", "refined", "alpha", "sample")
    table = {key: (dims, column, {"long_name": text}) for (key, text), column in zip(SEEN.items(), values, strict=True)}
    coords = {
        "start": names,
        "refined": ("refined", [False, True], {"long_name": "after gradient descent"}),
        "alpha": ("alpha", alphas, {"long_name": "samples over inputs, M/N"}),
    }
    hidden = ("bendscape", "starts", "inputs_law", "label_weight")
    attributes = {key: value for key, value in kept.identity.items() if key not in hidden}
    about = {"network": str(net), "version": kept.identity["bendscape"]}
    return xr.Dataset(table, coords=coords, attrs=plain_attrs(attributes | about))
