"""The overlap of the first outlier with the teacher against `alpha`, in the limit and in samples, of any network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..models.general import Network
from ..simulation._simulate import simulate
from ..theory.law.sampling import Averaging, Estimate
from ..theory.verbs._spectrum import spectrum
from ..theory.verbs._threshold import threshold
from ..theory.verbs.exact_threshold import Threshold
from .claim import Effort

__all__ = ["averaging", "deviation", "limiting", "lowest", "onset_of", "simulated"]


def averaging(effort: Effort) -> Averaging:
    """One round of few replicates."""
    return Averaging(tolerance=1.0, points=effort.points, most=effort.points, replicates=4)


def lowest(net: Network, alpha: float, effort: Effort) -> Estimate:
    """`m^2` of the lowest outlier; zero where there is none."""
    found = spectrum(net, alpha=alpha, averaging=averaging(effort)).outliers
    return next((o.overlap2_teacher for o in found if o.side == "left"), Estimate(0.0, 0.0))


def onset_of(net: Network, effort: Effort) -> Threshold:
    """The threshold on the left, from few points."""
    return threshold(net, side="left", averaging=averaging(effort))


def limiting(net: Network, found: Threshold, points: int, effort: Effort) -> xr.Dataset:
    """`m^2` of the lowest outlier: zero below the threshold, there the jump, above it from spectra."""
    above = found.alpha * np.linspace(1.05, 3.2, points)
    rows = [(0.4 * found.alpha, 0.0, 0.0), (found.alpha, 0.0, 0.0)]
    rows.append((found.alpha, found.overlap2_jump.value, found.overlap2_jump.error))
    for alpha in above:
        there = lowest(net, float(alpha), effort)
        rows.append((float(alpha), there.value, there.error))
    alpha, overlap2, stderr = np.array(rows).T
    return xr.Dataset(
        {"overlap2": ("alpha", overlap2), "overlap2_stderr": ("alpha", stderr)},
        coords={"alpha": alpha},
        attrs={"alpha_BBP": found.alpha, "kind": found.kind, "multiplicity": found.multiplicity, "network": str(net)},
    )


def simulated(net: Network, found: Threshold, ratios: Sequence[float], effort: Effort) -> xr.Dataset:
    """Means over samples of the same eigenvectors at several sizes; the last two are extrapolated in `1/N`."""
    shape = len(ratios), len(effort.general)
    mean, stderr = np.empty(shape), np.empty(shape)
    for i, ratio in enumerate(ratios):
        for j, (n, samples) in enumerate(effort.general):
            options: dict[str, Any] = {"samples": samples, "workers": effort.workers, "side": "left"}
            data = simulate(net, alpha=ratio * found.alpha, N=n, seed=(effort.seed, i, j), **options)
            values = data.overlap2.values[:, : found.multiplicity].mean(axis=1)
            mean[i, j], stderr[i, j] = values.mean(), values.std(ddof=1) / np.sqrt(samples)
    sizes = np.array([n for n, _ in effort.general])
    weight = sizes[-1] / (sizes[-1] - sizes[-2])
    extrapolated = weight * mean[:, -1] + (1 - weight) * mean[:, -2]
    error = np.hypot(weight * stderr[:, -1], (1 - weight) * stderr[:, -2])
    return xr.Dataset(
        {
            "overlap2": (("alpha", "N"), mean),
            "stderr": (("alpha", "N"), stderr),
            "extrapolated": ("alpha", extrapolated),
            "extrapolated_stderr": ("alpha", error),
        },
        coords={"alpha": np.array(ratios) * found.alpha, "N": sizes},
    )


def deviation(net: Network, table: xr.Dataset, above: float, effort: Effort) -> float:
    """Largest deviation of the extrapolation from the limit above an `alpha`, in standard errors of both."""
    worst = 0.0
    for alpha in table.alpha.values[table.alpha.values > above]:
        row = table.sel(alpha=alpha)
        there = lowest(net, float(alpha), effort)
        error = np.hypot(float(row.extrapolated_stderr), there.error)
        worst = max(worst, abs(float(row.extrapolated) - there.value) / error)
    return worst
