"""Fig. 1, C4: the overlap grows from zero or jumps, in theory and in simulations."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import EDGE
from ..experiment import Claim, Data, Experiment, Parts, Run, Samples, listed
from ..points import joined, point_parts

NETS = {"continuous": bs.QuadraticNetwork(2, 1, 0.7), "discontinuous": bs.QuadraticNetwork(2, 1, 1.5)}
RATIOS = (0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
FAR = 1.5  # above this multiple of the threshold, finite-size effects are below the error bars


@dataclass(frozen=True)
class Effort:
    """Sizes and numbers of simulated samples, and points of a theoretical curve."""

    simulations: tuple[Samples, ...]
    curve: int


QUICK = Effort(simulations=(Samples(125, 60), Samples(250, 30), Samples(500, 16)), curve=120)
FULL = Effort(simulations=(Samples(250, 100), Samples(500, 48), Samples(1000, 24), Samples(2000, 10)), curve=400)


def _alpha(kind: str) -> np.ndarray:
    return np.array(RATIOS) * bs.threshold(NETS[kind]).alpha


def parts(effort: Effort, seed: int) -> Parts:
    """One point of the simulations each."""
    pieces: Parts = {}
    for kind, net in NETS.items():
        pieces |= point_parts(kind, net, _alpha(kind), effort.simulations, seed)
    return pieces


def _curve(net: bs.QuadraticNetwork, points: int) -> xr.Dataset:
    alpha_bbp = bs.threshold(net).alpha
    alpha = np.unique(np.append(np.linspace(0.02, 3.2, points), (1 - 1e-9, 1 + 1e-9))) * alpha_bbp
    return bs.overlap(net, alpha=alpha).assign_attrs(alpha_BBP=alpha_bbp)


def compute(run: Run[Effort]) -> Data:
    """Means over samples at several sizes with the limit beside them, and the curves of theory."""
    sizes = run.effort.simulations
    data = {f"{kind}_simulation": bs.compare(joined(run.parts, kind, _alpha(kind), sizes)) for kind in NETS}
    data |= {f"{kind}_theory": _curve(net, run.effort.curve) for kind, net in NETS.items()}
    limits = [bs.threshold(net) for net in NETS.values()]
    above = [float(bs.overlap(net, alpha=bs.threshold(net).alpha * (1 + 1e-6)).overlap2[0]) for net in NETS.values()]
    columns = {"alpha_BBP": [x.alpha for x in limits], "jump": [x.overlap2_jump for x in limits], "just_above": above}
    data["threshold"] = xr.Dataset({k: ("kind", v) for k, v in columns.items()}, coords={"kind": list(NETS)})
    return data


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """C4."""
    at, jump = data["threshold"], float(data["threshold"].jump.sel(kind="discontinuous"))
    return (
        Claim(
            "C4a",
            "For p = 2, p* = 1, a = 0.7 the squared overlap grows from zero at alpha_BBP.",
            "Fig. 1 (a = 0.7).",
            "m^2 at 1.000001 alpha_BBP.",
            expected=0.0,
            found=float(at.just_above.sel(kind="continuous")),
            tolerance=1e-4,
        ),
        Claim(
            "C4b",
            "For p = 2, p* = 1, a = 1.5 it jumps.",
            "Fig. 1 (a = 1.5).",
            "m^2 at 1.000001 alpha_BBP, against the closed form of the jump.",
            expected=jump,
            found=float(at.just_above.sel(kind="discontinuous")),
            tolerance=1e-4,
            remark=f"The jump is {jump:.4f}.",
        ),
        _simulated("C4c", "continuous", data, effort.simulations[-1]),
        _simulated("C4d", "discontinuous", data, effort.simulations[-1]),
    )


def _simulated(number: str, kind: str, data: Data, size: Samples) -> Claim:
    table, alpha_bbp = data[f"{kind}_simulation"], float(data["threshold"].alpha_BBP.sel(kind=kind))
    last = table.isel(N=-1).where(table.alpha >= 0.999 * FAR * alpha_bbp, drop=True)
    return Claim(
        number,
        f"Simulations find the overlap of the theory above the threshold ({kind} case).",
        "Fig. 1.",
        f"Largest deviation of the mean over {size.samples} samples at N = {size.N} (lowest p p* eigenvectors) from "
        f"the limit, in standard errors, for alpha >= {FAR} alpha_BBP.",
        expected=0.0,
        found=float(np.abs(last.captured_deviation).max()),
        tolerance=4.0,
        remark="Closer to the threshold, and below it, a finite system shows more overlap than the limit: "
        "see the figure.",
    )


def draw(data: Data) -> Figure:
    """The overlap against `alpha`, limit and samples."""
    figure, both = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained", sharey=True)
    for ax, (kind, net) in zip(both, NETS.items(), strict=True):
        curve = data[f"{kind}_theory"]
        bs.plot.overlap(curve, simulated=data[f"{kind}_simulation"], ax=ax)
        ax.axvline(curve.attrs["alpha_BBP"], color=EDGE, lw=1, ls=":")
        ax.set_title(rf"$p = 2$, $p^* = 1$, $a = {net.a}$: {kind}")
    return figure


EXPERIMENT = Experiment(
    name="fig1",
    place=1,
    title="Fig. 1: the overlap grows or jumps",
    caption="Squared overlap of the lowest eigenvectors with the teacher against alpha. Line: limit of infinite N. "
    "Symbols: simulations, mean over samples of the two lowest eigenvectors, with standard errors. "
    "Dotted: alpha_BBP. Below and near the threshold a finite system shows more overlap than the limit.",
    claims=("C4a", "C4b", "C4c", "C4d"),
    quick=QUICK,
    full=FULL,
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: listed(effort.simulations),
)
