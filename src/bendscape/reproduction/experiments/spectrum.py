"""One Hessian at a random start under the limiting law, above the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

import bendscape as bs

from ..experiment import Claim, Data, Experiment, Run

NET = bs.QuadraticNetwork(2, 1, 0.7)


@dataclass(frozen=True)
class Effort:
    """The sample that is shown."""

    alpha: float
    N: int


def compute(run: Run[Effort]) -> Data:
    """All eigenvalues of one sample."""
    alpha, N = run.effort.alpha, run.effort.N
    sample = bs.simulation.draw(NET, alpha=alpha, N=N, seed=run.seed)
    values = bs.simulation.density(bs.simulation.Hessian(sample), method=bs.simulation.Dense()).nodes[0]
    return {"hessian": xr.Dataset({"value": ("eigenvalue", values)}, attrs={"alpha": alpha, "N": N})}


def judge(_data: Data, _effort: Effort) -> tuple[Claim, ...]:
    """No claim."""
    return ()


def draw(data: Data) -> Figure:
    """A histogram of the eigenvalues under the density of the limit."""
    sample = data["hessian"]
    figure, ax = plt.subplots(figsize=(7.0, 3.4), layout="constrained")
    bs.plot.spectrum(bs.spectrum(NET, alpha=sample.attrs["alpha"]), eigenvalues=sample.value, ax=ax)
    return figure


EXPERIMENT = Experiment(
    name="spectrum",
    place=0,
    title="A Hessian at a random start",
    caption="Bulk density of the limit, histogram of a Hessian (N = 600, p = 2), and the outlier of the teacher's "
    "sector. The dashed curve is how a teacher's direction is spread over the bulk.",
    claims=(),
    quick=Effort(alpha=2.5, N=600),
    full=Effort(alpha=2.5, N=600),
    compute=compute,
    judge=judge,
    draw=draw,
)
