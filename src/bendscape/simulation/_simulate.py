"""Many samples: ``bs.simulate(net, alpha=..., N=..., samples=..., seed=...)``, at one point or over axes."""

from __future__ import annotations

import itertools
import math
import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import MANY, RUNS, TOGETHER, count, flag, grid, is_axis, shown
from ..attributes import plain_attrs
from ..errors import InvalidParameterError
from ..memory import require_memory
from ..models.quadratic import QuadraticNetwork
from .arrays import library as library_of
from .arrays import one_blas_thread
from .curvature import AnyNetwork, multiplicity
from .eigen import BlockLanczos, Dense, Solver, highest, lowest
from .eigen.operator import OperatorSpec
from .eigen.outermost import check_solver, default_solver
from .identity import network_identity, require_text
from .inputs import BLOCK_BYTES
from .jobs.identity import described
from .jobs.resumable import Job, map_resumable, sample_jobs
from .jobs.seeds import plain_seed, seed_parts
from .jobs.store import Store
from .landscape import Hessian
from .observables import EACH, EIGENVALUES, NEXT, Side, checked_side, observe, per_sample
from .sample import Precision, dimensions, draw, input_bytes, precision

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["memory_needed", "simulate"]

_RESULT = 1000  # bytes of the results of one sample in memory
_PROCESS = 150_000_000  # bytes of a Python process with NumPy and SciPy

_HIDDEN = {
    "bendscape",
    "sweep",
    "network",
    "inputs_law",
    "label_weight",
}  # of an identity: not among the attributes of a dataset

Point = tuple[float, int, Any]  # alpha, N, seed
Axes = tuple[str, ...]


@dataclass(frozen=True)
class _Plan:
    """Settings that all samples of a run share; they are checked once."""

    net: AnyNetwork
    eigenvalues: int | None = None
    solver: Solver | None = None
    dtype: Precision = "float64"
    regenerate: bool = False
    threads: int = 1
    library: str = "numpy"
    device: Any = None
    side: Side = "left"

    def __post_init__(self) -> None:
        checked_side(self.side)
        precision(self.dtype)
        flag("regenerate", self.regenerate)
        for name, most in (("threads", TOGETHER), ("eigenvalues", MANY)):
            if getattr(self, name) is not None or name == "threads":
                object.__setattr__(self, name, count(name, getattr(self, name), most))
        if library_of(self.library).__name__.endswith("numpy"):
            if self.device is not None and not (isinstance(self.device, str) and self.device == "cpu"):
                raise InvalidParameterError(
                    f"device = {shown(self.device)}: NumPy has none; give library='torch' or 'cupy'"
                )
        elif self.threads > 1:
            raise InvalidParameterError(f"threads = {self.threads}: for arrays of another library set them there")
        check_solver(self.solver)

    def number(self, N: int) -> int:
        """Return the number of eigenpairs of one sample."""
        size = int(self.net.p) * N
        directions = int(self.net.p) * self.net.p_star
        if self.eigenvalues is None:
            return min(directions + NEXT, size)
        if not directions <= self.eigenvalues <= size:
            raise InvalidParameterError(
                f"eigenvalues = {self.eigenvalues}: give at least p p_star = {directions} and at most p N = {size}"
            )
        return self.eigenvalues

    def bytes(self, alpha: float, N: int) -> int:
        """Return the bytes of memory that one sample takes."""
        M, N = dimensions(self.net, alpha, N)
        size, per_neuron = int(self.net.p) * N, 6 if isinstance(self.net, QuadraticNetwork) else 12
        itemsize, number = np.dtype(self.dtype).itemsize, self.number(N)
        stored = 0 if self.regenerate else input_bytes(M, N, self.dtype)
        solver = default_solver(size) if self.solver is None else self.solver
        if isinstance(solver, BlockLanczos):
            block, basis = solver.sizes(
                OperatorSpec((size, size), multiplicity(self.net, M, N), M * N * itemsize, self.dtype), number
            )
            vectors = (1.5 * basis + 3 * block) * size * itemsize
        else:
            vectors = 3 * 8 * size**2 if isinstance(solver, Dense) else 40 * size * itemsize
        rows = min(4 * BLOCK_BYTES, 4 * input_bytes(M, N, self.dtype))  # of blocks that are in use
        return int(stored + rows + vectors + 3 * number * size * 8 + per_neuron * int(self.net.p) * M * 8 + _PROCESS)

    def job(self, alpha: float, N: int) -> Job:
        """Return the job of the samples at one point, with cost and memory of one of them."""
        return Job((alpha, N), (self, alpha, N), cost=alpha * N**2, nbytes=self.bytes(alpha, N), size=f"N = {N}")

    def run(self, alpha: float, N: int, child: np.random.SeedSequence) -> dict[str, Any]:
        """Draw one sample, and return its observables."""
        with one_blas_thread():
            return self._observed(alpha, N, child)

    def _observed(self, alpha: float, N: int, child: np.random.SeedSequence) -> dict[str, Any]:
        sample = draw(
            self.net,
            alpha=alpha,
            N=N,
            seed=child,
            dtype=self.dtype,
            regenerate=self.regenerate,
            threads=self.threads,
        )
        if self.library != "numpy":
            sample = sample.to(self.library, device=self.device)
        outermost = lowest if self.side == "left" else highest
        pairs = outermost(Hessian(sample, threads=self.threads), self.number(N), solver=self.solver)
        observed = observe(sample, pairs, self.side)
        return {key: getattr(v, "tolist", lambda v=v: v)() for key, v in observed.items()}

    def identity(self, seed: Any) -> dict[str, Any]:
        """Return the settings that identify the run in its store; a general network is identified by its text."""
        return {
            "bendscape": version("bendscape"),
            "p": self.net.p,
            "p_star": self.net.p_star,
            **({"a": self.net.a} if isinstance(self.net, QuadraticNetwork) else network_identity(self.net)),
            "seed": seed,
            "side": self.side,
            "eigenvalues": self.eigenvalues or f"p p_star + {NEXT}",
            "solver": "default" if self.solver is None else described(self.solver),
            "dtype": self.dtype,
            "inputs": "regenerated" if self.regenerate else "stored",
            "library": self.library,
        }


def _work(plan: _Plan, alpha: float, N: int, child: np.random.SeedSequence) -> dict[str, Any]:
    return plan.run(alpha, N, child)


def _check_pickles(net: AnyNetwork) -> None:
    """Raise InvalidParameterError unless the network can be pickled."""
    try:
        pickle.dumps(net)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InvalidParameterError(
            f"net = {net} cannot be sent to workers ({error}): give formulas, or functions defined at the top of "
            "a module, or workers=1"
        ) from error


def _run(
    plan: _Plan,
    points: Sequence[tuple[Point, int]],
    store: Store,
    collect: Callable[[Store], xr.Dataset],
    workers: int,
    progress: bool,
) -> xr.Dataset:
    """Compute the samples that are missing in the store, and return the dataset of all."""
    workers = count("workers", workers, TOGETHER)
    if workers > 1:
        _check_pickles(plan.net)
    return map_resumable(
        _work,
        (job for (alpha, N, seed), samples in points for job in sample_jobs(plan.job(alpha, N), seed, samples)),
        store,
        collect=collect,
        workers=workers,
        remedy="fewer workers, dtype='float32', regenerate=True or solver=BlockLanczos() take less",
        progress=flag("progress", progress),
    )


def _columns(
    plan: _Plan, results: Sequence[dict[str, Any] | None], shape: Sequence[int], axes: Axes, width: int
) -> dict[str, Any]:
    """Return the variables over axes, `sample` last; nan for missing samples and eigenvalues."""
    table: dict[str, Any] = {}
    for key, name in EACH.items():
        rows = [[*r[key], *[math.nan] * (width - len(r[key]))] if r else [math.nan] * width for r in results]
        table[key] = ((*axes, "eigenvalue"), np.reshape(rows, (*shape, width)), {"long_name": name})
    for key, name in per_sample(plan.side).items():
        table[key] = (axes, np.reshape([r[key] if r else math.nan for r in results], shape), {"long_name": name})
    for key in table.keys() & set(EIGENVALUES):
        table[key][-1]["units"] = "H"
    converged = np.reshape([r is not None and r["converged"] for r in results], shape)
    return table | {"converged": (axes, converged, {"long_name": "residuals within tolerance"})}


def _point_dataset(plan: _Plan, store: Store, point: Point, samples: int) -> xr.Dataset:
    """Return the finished samples of one point."""
    import xarray as xr

    alpha, N, seed = point
    done = [i for i in range(samples) if store.has((alpha, N, i))]
    results = [store.get((alpha, N, i)) for i in done]
    coords = {"sample": ("sample", done, {"long_name": "number of the sample"})}
    data = xr.Dataset(_columns(plan, results, (len(done),), ("sample",), plan.number(N)), coords=coords)
    about = {"alpha": alpha, "N": N, "samples": len(done), "threads": plan.threads}
    about |= {"memory_gb": plan.bytes(alpha, N) / 1e9}
    return data.assign_attrs(_attributes(plan, plan.identity(seed), about, store))


def _grid_dataset(
    plan: _Plan, store: Store, points: Sequence[tuple[Point, int]], alphas: Any, sizes: list[int]
) -> xr.Dataset:
    """Return the finished samples of every point; nan for missing ones."""
    import xarray as xr

    most = max(samples for _, samples in points)
    results = [store.get((x, n, i)) if i < samples else None for (x, n, _), samples in points for i in range(most)]
    shape = (len(sizes), len(alphas), most)
    done = np.reshape([result is not None for result in results], shape).sum(axis=-1)
    coords = {
        "N": ("N", sizes, {"long_name": "input dimension"}),
        "alpha": ("alpha", alphas, {"long_name": "samples over inputs, M/N"}),
        "sample": ("sample", np.arange(most), {"long_name": "number of the sample"}),
        "samples": (("N", "alpha"), done, {"long_name": "samples"}),
    }
    data = xr.Dataset(
        _columns(plan, results, shape, ("N", "alpha", "sample"), max(map(plan.number, sizes))), coords=coords
    )
    return data.assign_attrs(_attributes(plan, store.identity, {}, store))


def _attributes(plan: _Plan, identity: dict[str, Any], about: dict[str, Any], store: Store) -> dict[str, Any]:
    settings = {key: value for key, value in identity.items() if key not in _HIDDEN} | _text(plan.net)
    return plain_attrs(settings | about | {"version": store.identity["bendscape"]})


def _text(net: AnyNetwork) -> dict[str, str]:
    """Return the attribute with the text of a general network; none for the paper's network."""
    return {} if isinstance(net, QuadraticNetwork) else {"network": str(net)}


def memory_needed(
    net: AnyNetwork,
    *,
    alpha: float,
    N: int,
    eigenvalues: int | None = None,
    solver: Solver | None = None,
    dtype: Precision = "float64",
    regenerate: bool = False,
) -> int:
    """Return an upper estimate of the peak memory of one sample of :func:`bendscape.simulate`, in bytes.

    Parameters
    ----------
    net, alpha, N, eigenvalues, solver, dtype, regenerate
        As for :func:`bendscape.simulate`.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=4, p_star=1, a=1.0)
    >>> round(bs.simulation.memory_needed(net, alpha=2.0, N=20000, dtype="float32") / 1e9, 1)  # inputs take 3.2
    3.7
    """
    return _Plan(net, eigenvalues, solver, dtype, regenerate).bytes(alpha, N)


def simulate(
    net: AnyNetwork,
    *,
    alpha: Any,
    N: Any,
    samples: Any,
    seed: int | tuple[int, ...] | np.random.SeedSequence,
    eigenvalues: int | None = None,
    side: Side = "left",
    solver: Solver | None = None,
    dtype: Precision = "float64",
    regenerate: bool = False,
    workers: int = 1,
    threads: int = 1,
    library: str = "numpy",
    device: Any = None,
    store: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Return outermost eigenpairs of the Hessians of independent samples, and their overlaps with the teacher.

    Parameters
    ----------
    net : QuadraticNetwork or Network
        Of finite width.
    alpha : float or array_like
        Number of samples over the input dimension; `M = round(alpha N)`. One number, or one axis of numbers.
    N : int or array_like
        Input dimension, or one axis of dimensions.
    samples : int or array_like
        Number of independent samples (teacher, student and inputs) at each point; over axes also one number for
        each `N`.
    seed : int, tuple of int or SeedSequence
        Sample `i` is drawn from child `i` of ``SeedSequence(seed)``. Over axes every point has a seed of its own,
        (`seed`, `N`, `alpha` in units of 1e-9), so that points are independent, and later calls can add
        points to a store.
    eigenvalues : int, optional
        Number of eigenpairs, at least `p p_star`; by default eight more.
    side : {"left", "right"}
        End of the spectrum: the smallest or the largest eigenvalues, from the outermost inwards.
    solver : Dense, BlockLanczos or Eigsh, optional
        See :func:`bendscape.simulation.lowest`.
    dtype : {"float64", "float32"}
        Precision of inputs and products; returned values are in double precision.
    regenerate : bool
        Draw the inputs again for every product, and do not store them.
    workers : int
        Number of processes; each computes whole samples. The numbers do not depend on it.
    threads : int
        Threads of each process. Another number changes the results by rounding.
    library, device : str, optional
        Arrays of another library (``"torch"``, ``"cupy"``) and its device, for instance ``"cuda"``.
    store : path, optional
        A file to which every finished sample is written. The same call continues after the last one, also with another
        number of samples. Several runs may share a file: no sample is computed twice.
    progress : bool
        Show a bar on standard error.

    Returns
    -------
    xarray.Dataset
        `value`, `overlap2`, `overlap2_student`, `participation`, `residual` over (`sample`, `eigenvalue`), and
        `smallest_eigenvalue` (for ``side="right"`` it is `largest_eigenvalue`), `gap`, `captured`, `phi` and others
        over `sample`, each with its definition as long name. The attributes determine a
        `QuadraticNetwork`; for a `Network` they contain its text `network`, with user functions by name only. A seed of
        more than 31 bits is stored as text.

        If `alpha` or `N` is an axis, all this is over (`N`, `alpha`) first. The coordinate `samples` is the number of
        samples at each point; further ones are nan. :func:`bendscape.simulation.sample_means` takes means.

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain, user functions cannot be sent to `workers`, or a store is given for a
        network with user functions.
    MemoryLimitError
        If the samples that are computed together do not fit in memory; raised before the first one.
    OutputError
        If the store belongs to another run or cannot be written.
    Interrupted
        On Ctrl-C; its `data` has the finished samples.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
    >>> data = bs.simulate(net, alpha=4.0, N=60, samples=5, seed=1)
    >>> dict(data.sizes)
    {'sample': 5, 'eigenvalue': 10}
    >>> round(float(data.captured.mean()), 3)
    0.499

    Over axes, and the means with their standard errors:

    >>> data = bs.simulate(net, alpha=[1.0, 4.0], N=[40, 80], samples=10, seed=1)
    >>> data.captured.dims
    ('N', 'alpha', 'sample')
    >>> means = bs.simulation.sample_means(data)
    >>> means.captured.dims, bool((means.captured.diff("alpha") > 3 * means.captured_stderr.max()).all())
    (('N', 'alpha'), True)

    A general network, at the right end of the spectrum:

    >>> net = bs.models.Network(p=2, p_star=1, activation="tanh", teacher_activation="quadratic")
    >>> data = bs.simulate(net, alpha=4.0, N=60, samples=2, seed=1, side="right")
    >>> data.attrs["network"]
    'p=2, p*=1, tanh, teacher quadratic, squared loss'
    >>> bool((data.largest_eigenvalue == data.value.max("eigenvalue")).all())
    True
    """
    plan = _Plan(net, eigenvalues, solver, dtype, regenerate, threads, library, device, side)
    root = plain_seed(seed)
    require_text(net, store)
    if is_axis(alpha) or is_axis(N):
        alphas, sizes, points = _grid_points(net, alpha, N, samples, root)
        kept = Store(store, plan.identity(root) | {"sweep": True})
        return _run(
            plan, points, kept, lambda kept: _grid_dataset(plan, kept, points, alphas, sizes), workers, progress
        )
    _, N = dimensions(net, alpha, N)
    samples, point = count("samples", samples, RUNS), (float(alpha), N, root)
    kept = Store(store, plan.identity(root) | {"alpha": point[0], "N": N})
    return _run(
        plan, [(point, samples)], kept, lambda kept: _point_dataset(plan, kept, point, samples), workers, progress
    )


def _grid_points(
    net: AnyNetwork, alpha: Any, N: Any, samples: Any, root: Any
) -> tuple[Any, list[int], list[tuple[Point, int]]]:
    """Return both axes, and each point of the grid with its number of samples."""
    alphas, sizes = grid("alpha", alpha), [_integer("N", n) for n in grid("N", N)]
    many = [_integer("samples", s, RUNS) for s in grid("samples", samples)]
    if len(many) not in (1, len(sizes)):
        raise InvalidParameterError(f"samples = {samples!r}: give one number, or one for each of {len(sizes)} N")
    many = many * (len(sizes) // len(many))
    total = len(alphas) * max(many) * len(sizes)
    require_memory(_RESULT * total, f"results of {total} samples", "give fewer samples, alpha or N")
    for n, x in itertools.product(sizes, alphas.tolist()):
        dimensions(net, x, n)
    points = [
        ((float(x), n, (*seed_parts(root), n, round(1e9 * float(x)))), s)
        for (n, s), x in itertools.product(zip(sizes, many, strict=True), alphas.tolist())
    ]
    return alphas, sizes, points


def _integer(name: str, value: float, most: float = MANY) -> int:
    return count(name, int(value) if float(value).is_integer() else float(value), most)
