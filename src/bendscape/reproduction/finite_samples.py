"""The theory of finite samples over a grid of `alpha`: parts, a table, and a dashed line in a figure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

import bendscape as bs

from ..plot.style import SIGNAL
from .experiment import Part, Parts, Samples

__all__ = ["draw_prediction", "predicted", "prediction_parts"]

_KEYS = ("captured", "captured_stderr", "phi", "phi_stderr")


def _predict(net: bs.QuadraticNetwork, alpha: float, size: Samples, seed: int) -> dict[str, float]:
    """Means over samples that are drawn from theory, named as those of a sweep."""
    from ..simulation.arrays import one_blas_thread

    with one_blas_thread():
        data = bs.finite_size(net, alpha=alpha, N=size.N, samples=size.samples, seed=seed)
    row = {}
    for key in ("captured", "phi"):
        row[key], row[f"{key}_stderr"] = bs.simulation.mean_stderr(data[key].values, share=key == "phi")
    return row


def prediction_parts(name: str, net: bs.QuadraticNetwork, alpha: Any, size: Samples, seed: tuple[int, ...]) -> Parts:
    """One part for each `alpha`, with keys that begin with `name`."""
    pieces: Parts = {}
    for i, x in enumerate(np.asarray(alpha).tolist()):
        own = int(np.random.SeedSequence((*seed, i, size.N)).generate_state(1)[0])
        pieces[name, x] = Part(_predict, (net, x, size, own), seconds=0.02 * size.samples)
    return pieces


def predicted(parts: Mapping[Hashable, Any], name: str, alpha: Any, N: int) -> xr.Dataset:
    """`captured` and `phi` with errors over (`N`, `alpha`)."""
    rows = [parts[name, x] for x in np.asarray(alpha).tolist()]
    table = {key: (("N", "alpha"), [[row[key] for row in rows]]) for key in _KEYS}
    return xr.Dataset(table, coords={"N": [N], "alpha": alpha})


def draw_prediction(data: xr.Dataset, variable: str, ax: Axes) -> None:
    """A dashed line with a band of one standard error."""
    row = data.isel(N=0)
    mean, error = row[variable], row[f"{variable}_stderr"]
    ax.plot(row.alpha, mean, color=SIGNAL, ls="--", lw=1.2, label=f"theory, $N = {int(row.N)}$", zorder=4)
    ax.fill_between(row.alpha, mean - error, mean + error, color=SIGNAL, alpha=0.18, lw=0)
    ax.legend()
