"""The overlap of the first outlier with the teacher against `alpha`, in the limit and in samples, of any network.

The parts of one network: its threshold, then the limit at each `alpha` of a curve and of the samples, and the samples
at each `alpha` and size. All `alpha` are multiples of the threshold.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

import bendscape as bs

from ..results import Estimate
from ..statistics import mean_stderr
from ..theory.verbs.exact_threshold import Threshold
from .experiment import Part, Parts, Samples
from .points import dense_seconds

__all__ = [
    "Effort",
    "averaging",
    "deviation",
    "draw_onset",
    "limiting",
    "onset",
    "onset_part",
    "overlap_parts",
    "simulated",
]

_SIMULATION_SECONDS = 3e-3  # of a sample, beyond its diagonalisation


@dataclass(frozen=True)
class Effort:
    """Sizes and numbers of simulated samples, points of an average, and points of a theoretical curve."""

    simulations: tuple[Samples, ...]
    averaged: int
    curve: int

    @property
    def sizes(self) -> str:
        """The last two sizes, which are extrapolated."""
        return ", ".join(f"{size.N}" for size in self.simulations[-2:])


@dataclass(frozen=True)
class Multiples:
    """Where a network is looked at, in multiples of its threshold.

    Attributes
    ----------
    samples : tuple of float
        Where there are samples.
    above : float
        From which on they are compared with the limit.
    """

    samples: tuple[float, ...]
    above: float


def averaging(points: int) -> bs.Averaging:
    """One round of few replicates."""
    return bs.Averaging(tolerance=1.0, points=points, most=points, replicates=4)


def onset(net: bs.Network, points: int) -> Threshold:
    """The threshold on the left, from few points."""
    return bs.threshold(net, side="left", averaging=averaging(points))


def onset_part(net: bs.Network, effort: Effort) -> Part:
    """The threshold of a network."""
    return Part(onset, (net, effort.averaged), seconds=2.0)


def lowest(net: bs.Network, points: int, ratio: float, at: Threshold) -> Estimate:
    """`m^2` of the lowest outlier at a multiple of the threshold; zero where there is none."""
    outliers = bs.spectrum(net, alpha=ratio * at.alpha, averaging=averaging(points)).outliers
    return next((o.overlap2_teacher for o in outliers if o.side == "left"), Estimate(0.0, 0.0))


def _simulate(
    net: bs.Network, ratio: float, size: Samples, seed: tuple[int, ...], at: Threshold
) -> tuple[float, float]:
    """Mean `m^2` of the lowest eigenvectors and its standard error."""
    data = bs.simulate(net, alpha=ratio * at.alpha, N=size.N, samples=size.samples, seed=seed, side="left")
    values = data.overlap2.values[:, : at.multiplicity].mean(axis=1)
    return mean_stderr(values)


def _curve(effort: Effort) -> list[float]:
    return [float(x) for x in np.linspace(1.05, 3.2, effort.curve)]


def overlap_parts(name: str, net: bs.Network, where: Multiples, effort: Effort, seed: int) -> Parts:
    """Everything of one network, with keys that begin with `name`; its threshold is the part ``("onset", name)``."""
    first = ("onset", name)
    pieces: Parts = {first: onset_part(net, effort)}
    for ratio in (*_curve(effort), *(x for x in where.samples if x > where.above)):
        pieces["limit", name, ratio] = Part(lowest, (net, effort.averaged, ratio), seconds=0.3, after=(first,))
    for i, ratio in enumerate(where.samples):
        for j, size in enumerate(effort.simulations):
            seconds = size.samples * (dense_seconds(int(net.p) * size.N) + _SIMULATION_SECONDS)
            arguments = (net, ratio, size, (seed, i, j))
            pieces["samples", name, ratio, size.N] = Part(_simulate, arguments, seconds, after=(first,))
    return pieces


def limiting(parts: Mapping[Hashable, Any], name: str, net: bs.Network, effort: Effort) -> xr.Dataset:
    """`m^2` of the lowest outlier: zero below the threshold, there the jump, above it from spectra."""
    at: Threshold = parts["onset", name]
    rows = [(0.4 * at.alpha, 0.0, 0.0), (at.alpha, 0.0, 0.0)]
    rows.append((at.alpha, at.overlap2_jump.value, at.overlap2_jump.error))
    for ratio in _curve(effort):
        there: Estimate = parts["limit", name, ratio]
        rows.append((ratio * at.alpha, there.value, there.error))
    alpha, overlap2, stderr = np.array(rows).T
    return xr.Dataset(
        {"overlap2": ("alpha", overlap2), "overlap2_stderr": ("alpha", stderr)},
        coords={"alpha": alpha},
        attrs={"alpha_BBP": at.alpha, "kind": at.kind, "multiplicity": at.multiplicity, "network": str(net)},
    )


def simulated(parts: Mapping[Hashable, Any], name: str, where: Multiples, effort: Effort) -> xr.Dataset:
    """Means over samples of the same eigenvectors at several sizes; the last two are extrapolated in `1/N`.

    `limit` and `limit_stderr` are those of theory where samples are compared with it, and nan elsewhere.
    """
    sizes = np.array([size.N for size in effort.simulations])
    pairs = np.array([[parts["samples", name, ratio, N] for N in sizes.tolist()] for ratio in where.samples])
    mean, stderr = pairs[..., 0], pairs[..., 1]
    weight = sizes[-1] / (sizes[-1] - sizes[-2])
    none = Estimate(np.nan, np.nan)
    limits = [parts.get(("limit", name, ratio), none) if ratio > where.above else none for ratio in where.samples]
    table = {
        "overlap2": (("alpha", "N"), mean),
        "stderr": (("alpha", "N"), stderr),
        "extrapolated": ("alpha", weight * mean[:, -1] + (1 - weight) * mean[:, -2]),
        "extrapolated_stderr": ("alpha", np.hypot(weight * stderr[:, -1], (1 - weight) * stderr[:, -2])),
        "limit": ("alpha", [there.value for there in limits]),
        "limit_stderr": ("alpha", [there.error for there in limits]),
    }
    coords = {"alpha": np.array(where.samples) * parts["onset", name].alpha, "N": sizes}
    return xr.Dataset(table, coords=coords)


def deviation(table: xr.Dataset) -> float:
    """Largest deviation of the extrapolation from the limit, where it is compared, in standard errors of both."""
    error = np.hypot(table.extrapolated_stderr, table.limit_stderr)
    return float((np.abs(table.extrapolated - table.limit) / error).max())


def draw_onset(name: str, curve: xr.Dataset, table: xr.Dataset, ax: Axes, color: str) -> None:
    """The limit as a line, samples of every size as symbols."""
    ax.plot(curve.alpha, curve.overlap2, color=color, label=name)
    for n, marker in zip(table.N.values, "sov^", strict=False):
        row = table.sel(N=n)
        ax.errorbar(row.alpha, row.overlap2, row.stderr, fmt=marker, color=color, ms=4, lw=1, label=f"$N = {n}$")
    ax.axvline(curve.attrs["alpha_BBP"], color=color, lw=1, ls=":")
    ax.set(xlabel=r"$\alpha$", ylabel="$m^2$ of the lowest eigenvectors", ylim=(0, None))
