"""A student that learns from a sample: ``bs.train(sample, method=...)`` returns the trajectory."""

from __future__ import annotations

import base64
import math
import os
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arguments import count, flag, grid, positive
from ...attributes import plain_attrs
from ...errors import InvalidParameterError
from ...memory import require_memory
from ...user_arrays import real_array
from ..arrays import Array
from ..directions import neuron_overlap2, span_overlap2
from ..identity import fingerprint, network_identity, require_text, sample_fingerprint
from ..jobs.identity import described
from ..jobs.resumable import chain_resumable
from ..jobs.store import Store
from ..sample import Sample
from ..sphere import on_sphere
from .descent import DescentMethod, GradientDescent, State, given_method, loss_and_gradient
from .generalisation import generalisation_error
from .objective import Objective

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["train"]

_MARK = 64  # bytes of the place of a checkpoint, before it is reached
_NAMES = {
    "time": "sum of step sizes, dW/dt = -grad L",
    "steps": "steps taken",
    "loss": "loss, a sum over samples",
    "gradient_norm": "norm of the gradient in the free directions",
    "generalisation": "E[(y - yhat)^2]/2 on fresh inputs without noise",
    "span_overlap2": "share of the teacher's span that lies in the span of the student's weight vectors",
    "max_overlap2": "largest squared overlap of a neuron with the teacher's span",
}


def train(
    sample: Sample,
    *,
    method: DescentMethod | None = None,
    start: Any = None,
    sphere: bool = True,
    checkpoints: Any = 20,
    tolerance: float = 1e-6,
    store: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> xr.Dataset:
    r"""Follow the gradient of the loss from a start, and look at the student on the way.

    Parameters
    ----------
    sample : Sample
        From :func:`bendscape.simulation.draw`. Its `teacher` may be None: then there are no overlaps.
    method : GradientDescent or GradientFlow, optional
        By default ``GradientDescent()``.
    start : array, shape (p, N), optional
        By default the sample's own random student. See :func:`bendscape.simulation.start` for informed ones.
    sphere : bool
        Keep every weight vector at the norm `sqrt(N)`, by the gradient along the sphere.
    checkpoints : int or array_like
        How many to keep beside the start, evenly spaced, or at which numbers of steps (times, for a flow); the start
        and the end are always kept.
    tolerance : float
        Stop where the norm of the gradient is this share of what it was at the start.
    store : path, optional
        A file to which every checkpoint is written. The same call continues after the last one, and takes the same
        steps as an uninterrupted run.
    progress : bool
        A bar on standard error.

    Returns
    -------
    xarray.Dataset
        Over `checkpoint`: `steps`, `time`, `loss`, `gradient_norm`, `overlap2` of each `neuron` with the teacher's
        span, `max_overlap2`, `span_overlap2`, `generalisation`, and `weights` of shape (checkpoint, p, N). The
        attribute `status` is ``"converged"``, ``"end"``, or why it stopped early; a run that stopped early has fewer
        checkpoints.

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain.
    OutputError
        If the store belongs to another run, or cannot be written.
    MemoryLimitError
        If the checkpoints do not fit in the memory that is free.
    AccuracyError
        If a fixed step is too large.
    Interrupted
        On Ctrl-C, with the checkpoints so far.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=1.0), alpha=4.0, N=100, seed=2)
    >>> run = bs.train(sample, method=bs.GradientDescent(steps=300), checkpoints=6)
    >>> bool((run.loss.diff("checkpoint") < 0).all()), bool(run.max_overlap2[-1] > 0.9)
    (True, True)
    """
    method = given_method(method)
    if not isinstance(sample, Sample):
        raise InvalidParameterError(f"sample = {sample!r}: give one, from bs.simulation.draw or standardise")
    weights = _start(sample, start, flag("sphere", sphere))
    marks = _marks(checkpoints, method)
    tolerance = positive("tolerance", tolerance)
    require_memory(
        3 * 8 * weights.size * len(marks), f"{len(marks)} checkpoints of {weights.size} weights", "fewer checkpoints do"
    )
    run = _Run(sample, weights, method, sphere, marks, tolerance)
    require_text(sample.net, store)
    kept, objective = Store(store, run.identity()), Objective(sample)
    return chain_resumable(
        lambda i, before: run.checkpoint(objective, i, before, kept),
        len(marks),
        kept,
        collect=run.trajectory,
        ended=lambda record: bool(record["stopped"]),
        what="checkpoints",
        progress=flag("progress", progress),
    )


@dataclass(frozen=True, eq=False)
class _Run:
    """A training run before it begins."""

    sample: Sample
    weights: Array
    method: DescentMethod
    sphere: bool
    marks: list[float]
    tolerance: float

    def identity(self) -> dict[str, Any]:
        """Return the settings that identify the run in its store."""
        M, n = self.sample.inputs.shape
        return {
            "bendscape": version("bendscape"),
            **network_identity(self.sample.net),
            "N": int(n),
            "M": int(M),
            "method": described(self.method),
            "sphere": str(self.sphere),
            "tolerance": self.tolerance,
            "checkpoints": self.marks,
            "data": sample_fingerprint(self.sample),
            "start": fingerprint(self.weights),
        }

    def checkpoint(self, objective: Objective, i: int, before: dict[str, Any] | None, kept: Store) -> dict[str, Any]:
        """Checkpoint `i`, from the one before it."""
        if before is None:
            value, gradient = loss_and_gradient(objective, self.weights, self.sphere)
            return _packed(State(self.weights, math.nan, 0, 0.0, value, float(np.linalg.norm(gradient))))
        smallest = self.tolerance * kept.results[0,]["gradient_norm"]
        state = _unpacked(before, self.weights.shape)
        return _packed(self.method.advance(objective, state, self.marks[i], self.sphere, smallest))

    def trajectory(self, kept: Store) -> xr.Dataset:
        """Observables at the checkpoints that are there."""
        states = [_unpacked(record, self.weights.shape) for _, record in sorted(kept.results.items())]
        data = _observed(self.sample, states)
        hidden = ("bendscape", "checkpoints", "inputs_law", "label_weight")
        known = {key: value for key, value in kept.identity.items() if key not in hidden}
        status = states[-1].stopped or ("end" if len(states) == len(self.marks) else "interrupted")
        about = {"network": str(self.sample.net), "alpha": known["M"] / known["N"], "status": status}
        return data.assign_attrs(plain_attrs(known | about | {"version": kept.identity["bendscape"]}))


def _start(sample: Sample, start: Any, sphere: bool) -> Array:
    given = sample.student if start is None else start
    weights = real_array("start", given, tuple(sample.student.shape), remedy="give finite weight vectors")
    if not np.all(np.any(weights, axis=1)):
        raise InvalidParameterError("start has a row of zeros: give weight vectors")
    return on_sphere(weights) if sphere else weights.copy()


def _marks(checkpoints: Any, method: DescentMethod) -> list[float]:
    """Steps or times at which to look, the start first."""
    asked = () if isinstance(checkpoints, int) else grid("checkpoints", checkpoints)
    if np.ndim(checkpoints) == 0:
        number = count("checkpoints", checkpoints)
        require_memory(_MARK * number, f"{number} checkpoints", "fewer checkpoints do")
        marks = np.linspace(0.0, method.end, number + 1)
    else:
        marks = np.unique(np.append(asked, (0.0, method.end)))
        if marks[0] < 0 or marks[-1] > method.end:
            raise InvalidParameterError(
                f"checkpoints = {checkpoints!r}: give numbers from 0 to {method.end:g}, where the run ends"
            )
    if not isinstance(method, GradientDescent):
        return [float(x) for x in marks]
    whole = np.unique(marks.round())
    if np.ndim(checkpoints) and not np.array_equal(whole, marks):
        raise InvalidParameterError(f"checkpoints = {checkpoints!r}: give whole numbers of steps")
    return [float(x) for x in whole]


def _packed(state: State) -> dict[str, Any]:
    weights = base64.b64encode(np.ascontiguousarray(state.weights, dtype="<f8").tobytes()).decode()
    names = ("step", "steps", "time", "loss", "gradient_norm", "stopped")
    return {"weights": weights} | {name: getattr(state, name) for name in names}


def _unpacked(record: dict[str, Any], shape: tuple[int, ...]) -> State:
    raw = np.frombuffer(base64.b64decode(record["weights"]), dtype="<f8").astype(float).reshape(shape)
    return State(raw, **{key: value for key, value in record.items() if key != "weights"})


def _observed(sample: Sample, states: list[State]) -> xr.Dataset:
    import xarray as xr

    weights = np.stack([s.weights for s in states])
    table: dict[str, Any] = {
        name: ("checkpoint", [getattr(s, name) for s in states]) for name in ("steps", "time", "loss", "gradient_norm")
    }
    if sample.teacher is not None:
        each = [neuron_overlap2(w, sample.teacher) for w in weights]
        errors = [generalisation_error(sample.net, w, sample.teacher) for w in weights]
        table["generalisation"] = ("checkpoint", errors)
        table["span_overlap2"] = ("checkpoint", [span_overlap2(w, sample.teacher) for w in weights])
        table["max_overlap2"] = ("checkpoint", [overlaps.max() for overlaps in each])
    data = xr.Dataset(table, coords={"checkpoint": np.arange(len(states))})
    for name in data.data_vars:
        data[name].attrs["long_name"] = _NAMES[str(name)]
    if sample.teacher is not None:
        about = {"long_name": "squared overlap of a neuron with the teacher's span"}
        data["overlap2"] = (("checkpoint", "neuron"), np.stack(each), about)
    data["weights"] = (("checkpoint", "neuron", "input"), weights, {"long_name": "weights of the student"})
    return data
