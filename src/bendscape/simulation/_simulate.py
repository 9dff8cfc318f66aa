"""Many samples: ``bs.simulate(net, alpha=..., N=..., samples=..., seed=...)``, and over a grid, ``bs.sweep``."""

from __future__ import annotations

import itertools
import os
import pickle
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import MANY, RUNS, TOGETHER, count, flag, grid, shown
from ..attributes import plain_attrs
from ..errors import InvalidParameterError
from ..memory import reserve
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
from .statistics import mean_stderr

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["memory_needed", "simulate", "sweep"]

_RESULT = 1000  # bytes of the numbers of one sample, and of what names it
_PROCESS = 150_000_000  # bytes of a Python process with NumPy and SciPy

_HIDDEN = {"bendscape", "sweep", "network", "inputs_law", "label_weight"}  # of an identity, in no dataset

Point = tuple[float, int, Any]  # alpha, N, seed


class _Plan:
    """What every sample of a run has in common, checked once."""

    def __init__(
        self,
        net: AnyNetwork,
        eigenvalues: int | None,
        solver: Solver | None,
        dtype: Precision,
        regenerate: bool,
        threads: int,
        library: str,
        device: Any,
        side: Side,
    ) -> None:
        self.side = checked_side(side)
        self.net, self.solver, self.dtype, self.threads = (
            net,
            solver,
            precision(dtype),
            count("threads", threads, TOGETHER),
        )
        self.regenerate, self.library, self.device = flag("regenerate", regenerate), library, device
        self.eigenvalues = None if eigenvalues is None else count("eigenvalues", eigenvalues)
        if library_of(library).__name__.endswith("numpy"):
            if device is not None and not (isinstance(device, str) and device == "cpu"):
                raise InvalidParameterError(f"device = {shown(device)}: NumPy has none; give library='torch' or 'cupy'")
        elif threads > 1:
            raise InvalidParameterError(f"threads = {threads}: for arrays of another library set them there")
        check_solver(solver)

    def number(self, N: int) -> int:
        """Eigenpairs of one sample."""
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
        """Memory that one sample takes."""
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
        """What the samples of one point share."""
        return Job((alpha, N), (self, alpha, N), cost=alpha * N**2, nbytes=self.bytes(alpha, N), size=f"N = {N}")

    def run(self, alpha: float, N: int, child: np.random.SeedSequence) -> dict[str, Any]:
        """One sample."""
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
        found = observe(sample, pairs, self.side)
        return {key: getattr(v, "tolist", lambda v=v: v)() for key, v in found.items()}

    def identity(self, seed: Any) -> dict[str, Any]:
        """What makes two runs the same; a general network is what it says of itself."""
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
    """Compute the samples that the store lacks, and what is made of all."""
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


def _dataset(plan: _Plan, store: Store, point: Point, samples: int) -> xr.Dataset:
    """The finished samples of one point."""
    import xarray as xr

    alpha, N, seed = point
    each = {i: store.get((alpha, N, i)) for i in range(samples)}
    results = [result for result in each.values() if result is not None]
    done = [i for i, result in each.items() if result is not None]
    numbers = per_sample(plan.side)
    dims = dict.fromkeys(EACH, ("sample", "eigenvalue")) | dict.fromkeys(numbers, ("sample",))
    shape = (len(done), plan.number(N))
    table: dict[str, Any] = {
        key: (dims[key], np.reshape([r[key] for r in results], shape[: len(dims[key])]), {"long_name": name})
        for key, name in (EACH | numbers).items()
    }
    table["converged"] = ("sample", [r["converged"] for r in results], {"long_name": "residuals within tolerance"})
    data = xr.Dataset(table, coords={"sample": ("sample", done, {"long_name": "number of the sample"})})
    for key in data.data_vars.keys() & set(EIGENVALUES):
        data[key].attrs["units"] = "H"
    known = {key: value for key, value in plan.identity(seed).items() if key not in _HIDDEN} | _text(plan.net)
    about = {"alpha": alpha, "N": N, "samples": len(done), "threads": plan.threads}
    about |= {"memory_gb": plan.bytes(alpha, N) / 1e9, "version": store.identity["bendscape"]}
    return data.assign_attrs(plain_attrs(known | about))


def _text(net: AnyNetwork) -> dict[str, str]:
    """A general network in the attributes of a dataset: its whole text."""
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
    """Bytes that one sample of :func:`bendscape.simulate` takes at its peak, an estimate from above.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=4, p_star=1, a=1.0)
    >>> 3.2 < bs.simulation.memory_needed(net, alpha=2.0, N=20000, dtype="float32") / 1e9 < 4.5  # inputs take 3.2
    True
    """
    return _Plan(net, eigenvalues, solver, dtype, regenerate, 1, "numpy", None, "left").bytes(alpha, N)


def simulate(
    net: AnyNetwork,
    *,
    alpha: float,
    N: int,
    samples: int,
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
    """Smallest or largest eigenpairs of the Hessians of independent samples, and their overlaps with the teacher.

    Parameters
    ----------
    net : QuadraticNetwork or Network
        Of finite width.
    alpha : float
        Samples over inputs; `M = round(alpha N)`.
    N : int
        Input dimension.
    samples : int
        How many independent samples (teacher, student and inputs).
    seed : int, tuple of int or SeedSequence
        Sample `i` is drawn from child `i` of ``SeedSequence(seed)``.
    eigenvalues : int, optional
        How many, at least `p p_star`; by default eight more.
    side : {"left", "right"}
        The end of the spectrum that they are taken from: the smallest eigenvalues, or the largest, from the outermost
        inwards.
    solver : Dense, BlockLanczos or Eigsh, optional
        See :func:`bendscape.simulation.lowest`.
    dtype : {"float64", "float32"}
        Of inputs and products; values returned are in double precision.
    regenerate : bool
        Draw the inputs again for every product instead of holding them.
    workers : int
        Processes, each with whole samples. The numbers do not depend on it.
    threads : int
        Of each process. The numbers depend on it within rounding.
    library, device : str, optional
        Arrays of another library (``"torch"``, ``"cupy"``) and its device, for instance ``"cuda"``.
    store : path, optional
        A file that gets every sample as it is finished. The same call goes on where it stopped, another number of
        samples included. Several runs may share it: no sample is computed twice.
    progress : bool
        A bar on standard error.

    Returns
    -------
    xarray.Dataset
        `value`, `overlap2`, `overlap2_student`, `participation`, `residual` over (`sample`, `eigenvalue`), and
        `smallest_eigenvalue` (for ``side="right"`` it is `largest_eigenvalue`), `gap`, `captured`, `phi` and others
        over `sample`, each with its definition as long name. For a `QuadraticNetwork` the attributes suffice to make it
        again; of a `Network` they hold its text `network`, in which functions of your own have no more than a name.
        A seed of more than 31 bits is a text there.

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain, functions of your own cannot be sent to `workers`, or a store is given
        with functions of your own.
    MemoryLimitError
        If the samples that are computed together do not fit in memory; nothing was taken.
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
    >>> bool(data.captured.mean() > 0.3)
    True

    Any network, and the other end of its spectrum:

    >>> net = bs.models.Network(p=2, p_star=1, activation="tanh", teacher_activation="quadratic")
    >>> data = bs.simulate(net, alpha=4.0, N=60, samples=2, seed=1, side="right")
    >>> data.attrs["network"]
    'p=2, p*=1, tanh, teacher quadratic, squared loss'
    >>> bool((data.largest_eigenvalue == data.value.max("eigenvalue")).all())
    True
    """
    _, N = dimensions(net, alpha, N)
    plan = _Plan(net, eigenvalues, solver, dtype, regenerate, threads, library, device, side)
    samples, point = count("samples", samples, RUNS), (float(alpha), N, plain_seed(seed))
    require_text(net, store)
    kept = Store(store, plan.identity(point[2]) | {"alpha": point[0], "N": N})
    return _run(plan, [(point, samples)], kept, lambda kept: _dataset(plan, kept, point, samples), workers, progress)


def sweep(
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
    """Means and standard errors of :func:`simulate` over a grid of `alpha` and `N`.

    Parameters
    ----------
    net : QuadraticNetwork or Network
        Of finite width.
    alpha, N : array_like
        Numbers or one axis of them.
    samples : int or array_like
        At every point, or one number for each `N`.
    seed : int, tuple of int or SeedSequence
        The point (`alpha`, `N`) is `simulate` with the seed (`seed`, `N`, `alpha` in units of 1e-9), so that points
        are independent, and can be added to a store later.
    eigenvalues, side, solver, dtype, regenerate, workers, threads, library, device, store, progress
        As for :func:`simulate`.

    Returns
    -------
    xarray.Dataset
        For each number per sample of :func:`simulate`, its mean over samples and, with `_stderr` after the name, the
        standard error (see :func:`~bendscape.simulation.mean_stderr`), over (`N`, `alpha`), with the number
        of samples as a coordinate; and `converged`, the share of samples whose residuals are within tolerance.

    Raises
    ------
    InvalidParameterError, MemoryLimitError, OutputError, Interrupted
        As :func:`simulate`.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=1, p_star=1, a=0.5)
    >>> data = bs.sweep(net, alpha=[1.0, 4.0], N=[50, 100], samples=20, seed=1)
    >>> data.phi.dims, bool((data.phi[:, 1] > data.phi[:, 0]).all())
    (('N', 'alpha'), True)
    """
    alphas, sizes = grid("alpha", alpha), [_integer("N", n) for n in grid("N", N)]
    many, root = [_integer("samples", s, RUNS) for s in grid("samples", samples)], plain_seed(seed)
    if len(many) not in (1, len(sizes)):
        raise InvalidParameterError(f"samples = {samples!r}: give one number, or one for each of {len(sizes)} N")
    many = many * (len(sizes) // len(many))
    total = len(alphas) * sum(many)
    reserve(_RESULT * total, f"results of {total} samples", "give fewer samples, alpha or N")
    plan = _Plan(net, eigenvalues, solver, dtype, regenerate, threads, library, device, side)
    for n, x in itertools.product(sizes, alphas.tolist()):
        dimensions(net, x, n)
    points = [
        ((float(x), n, (*seed_parts(root), n, round(1e9 * float(x)))), s)
        for (n, s), x in itertools.product(zip(sizes, many, strict=True), alphas.tolist())
    ]
    require_text(net, store)
    kept = Store(store, plan.identity(root) | {"sweep": True})
    return _run(plan, points, kept, lambda kept: _summary(net, kept, points, alphas, sizes), workers, progress)


def _integer(name: str, value: float, most: float = MANY) -> int:
    return count(name, int(value) if float(value).is_integer() else float(value), most)


def _summary(
    net: AnyNetwork, store: Store, points: list[tuple[Point, int]], alphas: Any, sizes: list[int]
) -> xr.Dataset:
    """Means over the finished samples of every point."""
    import xarray as xr

    dims, shape = ("N", "alpha"), (len(sizes), len(alphas))
    done = [[store.get((x, n, i)) for i in range(samples)] for (x, n, _), samples in points]
    results = [[result for result in each if result is not None] for each in done]
    table: dict[str, Any] = {}
    for key, name in per_sample(store.identity["side"]).items():
        columns = [mean_stderr([result[key] for result in each], share=key == "phi") for each in results]
        mean, error = zip(*columns, strict=True)
        units = {"units": "H"} if key in EIGENVALUES else {}
        table[key] = (dims, np.reshape(mean, shape), {"long_name": name} | units)
        table[f"{key}_stderr"] = (dims, np.reshape(error, shape), {"long_name": f"standard error: {name}"} | units)
    share = [mean_stderr([result["converged"] for result in each])[0] for each in results]
    table["converged"] = (dims, np.reshape(share, shape), {"long_name": "share of samples with residuals in tolerance"})
    coords = {
        "N": ("N", sizes, {"long_name": "input dimension"}),
        "alpha": ("alpha", alphas, {"long_name": "samples over inputs, M/N"}),
        "samples": (dims, np.reshape([len(each) for each in results], shape), {"long_name": "samples"}),
    }
    known = {key: value for key, value in store.identity.items() if key not in _HIDDEN} | _text(net)
    return xr.Dataset(table, coords=coords, attrs=plain_attrs(known | {"version": store.identity["bendscape"]}))
