"""Direct diagonalisation: the lowest eigenpairs of real Hessians and what they know of the teacher."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import count, seed_sequence
from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork
from .hessian import hessian
from .sample import Array, Sample, dimensions, draw

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["diagonalise", "eigenvalues", "teacher_overlap2"]


def teacher_overlap2(sample: Sample, vectors: Array) -> Array:
    """Squared overlap of each column with the teacher's span: `||V Q||^2`, `V` the column as `p x N`, `Q` a basis."""
    basis, _ = np.linalg.qr(sample.teacher.T)
    p, n = sample.student.shape
    return np.asarray(np.sum((vectors.T.reshape(-1, p, n) @ basis) ** 2, axis=(1, 2)))


def eigenvalues(net: QuadraticNetwork, *, alpha: float, N: int, seed: Any = None) -> Array:
    """All eigenvalues of one sample's Hessian, in increasing order."""
    from scipy.linalg import eigvalsh

    return np.asarray(eigvalsh(hessian(draw(net, alpha=alpha, N=N, seed=seed)), overwrite_a=True))


def diagonalise(
    net: QuadraticNetwork,
    *,
    alpha: float,
    N: int,
    samples: int,
    seed: int | tuple[int, ...],
    eigenvalues: int | None = None,
    workers: int = 1,
) -> xr.Dataset:
    """Lowest eigenvalues of `samples` independent Hessians and their squared overlaps with the teacher's span.

    Parameters
    ----------
    net : QuadraticNetwork
        Of finite width.
    alpha, N : float, int
        As for :func:`draw`.
    samples : int
    seed : int or tuple of int
        Sample `i` is drawn from child `i` of ``SeedSequence(seed)``.
    eigenvalues : int, optional
        How many; by default `p p_star`, the multiplicity of the teacher's outlier.
    workers : int
        Processes to share the samples, each with one thread of linear algebra; the numbers do not depend on it.

    Returns
    -------
    xarray.Dataset
        `value` and `overlap2` over (`sample`, `eigenvalue`); the attributes suffice to make it again.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
    >>> data = bs.simulation.diagonalise(net, alpha=4.0, N=60, samples=3, seed=1)
    >>> dict(data.sizes)
    {'sample': 3, 'eigenvalue': 2}
    """
    import xarray as xr

    _, N = dimensions(net, alpha, N)
    samples, workers = count("samples", samples), count("workers", workers)
    size = int(net.p) * N
    lowest = min(int(net.p) * net.p_star, size) if eigenvalues is None else count("eigenvalues", eigenvalues, size)
    if seed is None:
        raise InvalidParameterError("seed = None: give an integer, so that the result can be made again")
    jobs = [(net, alpha, N, child, lowest) for child in seed_sequence(seed).spawn(samples)]
    values, overlaps = np.moveaxis(np.array(list(_run(jobs, workers))), 1, 0)
    dims = ("sample", "eigenvalue")
    names = {"value": "eigenvalue of the Hessian", "overlap2": "squared overlap with the teacher's span"}
    table = {"value": values, "overlap2": overlaps}
    data = xr.Dataset({key: (dims, table[key], {"long_name": names[key]}) for key in names})
    data["value"].attrs["units"] = "H"
    return data.assign_attrs(p=net.p, p_star=net.p_star, a=net.a, alpha=alpha, N=N, samples=samples, seed=seed)


Job = tuple[QuadraticNetwork, float, int, np.random.SeedSequence, int]


def _run(jobs: list[Job], workers: int) -> Iterable[Array]:
    if workers == 1:
        return map(_lowest, jobs)
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_lowest, jobs))


def _lowest(job: Job) -> Array:
    """Lowest eigenvalues of one sample and their overlaps, shape (2, lowest)."""
    from scipy.linalg import eigh
    from threadpoolctl import threadpool_limits

    net, alpha, n, seed, lowest = job
    sample = draw(net, alpha=alpha, N=n, seed=seed)
    with threadpool_limits(1):  # two threads on a busy machine can be twenty times slower than one
        values, vectors = eigh(hessian(sample), subset_by_index=(0, lowest - 1), overwrite_a=True)
    return np.array([values, teacher_overlap2(sample, vectors)])
