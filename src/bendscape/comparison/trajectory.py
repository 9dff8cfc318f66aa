"""Hessians along a training run, from the operator and from theory: ``hessian_trajectory(sample, run)``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from array_api_compat import device

from ..arguments import count
from ..errors import AccuracyError, InvalidParameterError, LimitError
from ..expected import instance
from ..models.quadratic import QuadraticNetwork
from ..simulation.arrays import namespace, to_numpy
from ..simulation.eigen import Solver, lowest
from ..simulation.eigen.outermost import check_solver
from ..simulation.identity import sample_fingerprint
from ..simulation.jobs.identity import agree
from ..simulation.landscape import Hessian
from ..simulation.observables import student_overlap2, teacher_overlap2
from ..simulation.sample import Array, Sample, given_sample, project
from ..theory.finite_size._conditional import conditional

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["hessian_trajectory"]

_NEXT = 4  # eigenpairs beyond the teacher's `p p_star`

_NAMES = {
    "value": "eigenvalue of the Hessian",
    "overlap2": "squared overlap with the teacher's span",
    "overlap2_student": "squared overlap with the span of the student's weight vectors",
    "residual": "||H v - value v||",
}


def hessian_trajectory(
    sample: Sample, run: xr.Dataset, *, eigenvalues: int | None = None, solver: Solver | None = None
) -> xr.Dataset:
    r"""Return the lowest eigenpairs of the Hessian at every checkpoint of a run, with edge and outliers of theory.

    The theory is :func:`bendscape.theory.conditional`: edge and outliers from the pre-activations at the checkpoint.
    It assumes that, given the pre-activations, the weights are independent of the inputs. This is exact at the start,
    and an approximation after training on the same data.

    Parameters
    ----------
    sample : Sample
        The training data, of a :class:`~bendscape.QuadraticNetwork`.
    run : xarray.Dataset
        From :func:`bendscape.train`.
    eigenvalues : int, optional
        Number of eigenpairs, by default `p p_star + 4`.
    solver : Dense, BlockLanczos or Eigsh, optional
        See :func:`bendscape.simulation.lowest`.

    Returns
    -------
    xarray.Dataset
        Over (`checkpoint`, `eigenvalue`): `value`, `overlap2` with the teacher's span, `overlap2_student`, `residual`.
        Over `checkpoint`: `informed`, the largest `overlap2`. From theory `left_edge`, the number of `outliers`, and
        `informed_theory`, the largest teacher overlap of an outlier, zero without one; all three are nan if the
        equations have no solution, and `reason` is the message of the error.

    Raises
    ------
    InvalidParameterError
        If the sample has no teacher or another kind of network, or the run used other data.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=1, p_star=1, a=1.0), alpha=4.0, N=100, seed=3)
    >>> run = bs.train(sample, method=bs.GradientDescent(steps=40), checkpoints=[0, 40])
    >>> data = bs.comparison.hessian_trajectory(sample, run)
    >>> data.value[:, 0].values.round(2).tolist(), data.left_edge.values.round(2).tolist()
    ([-0.51, 0.21], [-0.44, -0.02])
    >>> data.informed.values.round(2).tolist(), data.outliers.values.tolist()
    ([0.4, 0.04], [1, 0])
    """
    import xarray as xr

    net = given_sample(sample, teacher=True).net
    if not isinstance(net, QuadraticNetwork):
        raise InvalidParameterError(f"sample has the network {net}: give a sample of a QuadraticNetwork")
    check_solver(solver)
    instance("run", run, xr.Dataset, "what bs.train returns for this sample")
    same_data = agree(run.attrs.get("data"), sample_fingerprint(sample)) and "weights" in run
    if not same_data or tuple(run.weights.shape[1:]) != tuple(sample.student.shape):
        raise InvalidParameterError("run was trained on other data: give the result of bs.train for this sample")
    size = int(net.p) * sample.inputs.shape[1]
    number = int(net.p) * net.p_star + _NEXT if eigenvalues is None else count("eigenvalues", eigenvalues, size)
    rows = [_checkpoint(sample, w, number, solver) for w in run.weights.values]
    table: dict[str, Any] = {
        key: (("checkpoint", "eigenvalue"), np.stack([row[key] for row in rows]), {"long_name": name})
        for key, name in _NAMES.items()
    }
    for key, name in {
        "informed": "largest squared overlap of a low eigenvector with the teacher's span",
        "left_edge": "left edge of the bulk, from the pre-activations",
        "outliers": "outliers left of it, from the pre-activations",
        "informed_theory": "largest squared overlap of theirs with the teacher's span",
        "reason": "why the equations have no solution",
    }.items():
        table[key] = ("checkpoint", [row[key] for row in rows], {"long_name": name})
    data = xr.Dataset(table, coords={"checkpoint": run.checkpoint, "steps": run.steps, "time": run.time})
    for key in ("value", "residual", "left_edge"):
        data[key].attrs["units"] = "H"
    return data.assign_attrs(run.attrs)


def _checkpoint(sample: Sample, weights: Array, number: int, solver: Solver | None) -> dict[str, Any]:
    """Return the observables at one checkpoint."""
    pairs = lowest(Hessian(sample, weights), number, solver=solver)
    overlaps = teacher_overlap2(sample, pairs.vectors)
    observed = {
        "value": pairs.values,
        "overlap2": overlaps,
        "overlap2_student": student_overlap2(replace(sample, student=weights), pairs.vectors),
        "residual": pairs.residuals,
        "informed": float(overlaps.max()),
    }
    return observed | _theory(sample, weights)


def _theory(sample: Sample, weights: Array) -> dict[str, Any]:
    """Return edge and outliers of the conditional theory at these weights."""
    N, xp = sample.inputs.shape[1], namespace(sample.labels)
    joint = np.concatenate([to_numpy(sample.teacher), weights])
    t = to_numpy(project(sample.inputs, xp.asarray(joint, device=device(sample.labels)), xp))
    k = sample.net.p_star
    try:
        law = conditional(sample.net, s=t[:, :k], u=t[:, k:], N=N, gram=joint @ joint.T / N)
    except (AccuracyError, InvalidParameterError, LimitError) as error:
        return {"left_edge": np.nan, "outliers": np.nan, "informed_theory": np.nan, "reason": str(error)}
    best = max((o.overlap2_teacher for o in law.outliers), default=0.0)
    return {"left_edge": law.left_edge, "outliers": len(law.outliers), "informed_theory": best, "reason": ""}
