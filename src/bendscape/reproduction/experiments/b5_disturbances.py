"""B5, beyond the paper: what noise of the labels and a covariance of the inputs do to the threshold and its kind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import BULK, SIGNAL, colours
from ...theory.verbs.sampled_threshold import threshold_of_samples
from .. import general_overlaps
from ..experiment import Claim, Data, Experiment, Part, Parts, Run, Samples, listed
from ..general_overlaps import Multiples, averaging, deviation, draw_onset, limiting, onset_part, overlap_parts
from ..general_overlaps import simulated as with_limits

A = 1.5
_PLAIN = bs.Network(1, 1, loss=bs.models.loss("magnitude", a=A))
NETS = {
    "white inputs, no noise": _PLAIN,
    "noise 1.5": replace(_PLAIN, noise=bs.Noise(additive=1.5)),
    "covariance (1, 9)": replace(_PLAIN, inputs=bs.Inputs((1.0, 9.0))),
}
CONSTANTS = (0.7, 1.5)
WHERE = Multiples(samples=(0.6, 0.8, 1.0, 1.25, 1.6, 2.0, 3.0), above=1.5)
RATIOS_OF_EIGENVALUES = (1.0, 2.0, 4.0, 9.0, 20.0, 50.0)


@dataclass(frozen=True)
class Effort(general_overlaps.Effort):
    """Also the sizes of noise at which there is a threshold."""

    noises: int


def _spread(a: float, ratio: float) -> bs.Network:
    """A network whose inputs have two variances, each in half of the directions."""
    return bs.Network(1, 1, loss=bs.models.loss("magnitude", a=a), inputs=bs.Inputs((1.0, ratio)))


def _against_noise(points: int) -> xr.Dataset:
    """Thresholds of `p = 2` against the size of the noise, from closed averages."""
    sizes, paper = np.linspace(0.0, 2.0, points), bs.Network(2, 1, loss=bs.models.loss("magnitude", a=A))
    additive = bs.phase_diagram(paper, a=list(CONSTANTS), noise=sizes).rename(noise="size")
    multiplicative = bs.phase_diagram(paper, a=list(CONSTANTS), multiplicative_noise=sizes)
    tables = [additive, multiplicative.rename(multiplicative_noise="size")]
    both = xr.concat([each[["alpha_BBP", "kind"]] for each in tables], "noise")
    return both.assign_coords(noise=["additive", "multiplicative"])


def _sampled(effort: Effort) -> tuple[float, str]:
    """The threshold with noise, from points instead of closed averages."""
    sampled = threshold_of_samples(NETS["noise 1.5"], averaging(effort.averaged), "left")
    return sampled.alpha, sampled.kind


def parts(effort: Effort, seed: int) -> Parts:
    """Those of three networks, and the thresholds against noise and covariance."""
    pieces: Parts = {"against noise": Part(_against_noise, (effort.noises,), seconds=1.0)}
    pieces["sampled"] = Part(_sampled, (effort,), seconds=1.0)
    for name, net in NETS.items():
        pieces |= overlap_parts(name, net, WHERE, effort, seed)
    for a in CONSTANTS:
        for ratio in RATIOS_OF_EIGENVALUES:
            pieces["covariance", a, ratio] = onset_part(_spread(a, ratio), effort)
    return pieces


def compute(run: Run[Effort]) -> Data:
    """Thresholds against noise and covariance; overlaps of three networks, limit and samples."""
    data = {"against_noise": run.parts["against noise"], "against_covariance": _against_covariance(run)}
    data |= {f"{name}_theory": limiting(run.parts, name, net, run.effort) for name, net in NETS.items()}
    data |= {f"{name}_simulation": with_limits(run.parts, name, WHERE, run.effort) for name in NETS}
    alpha, kind = run.parts["sampled"]
    data["sampled"] = xr.Dataset({"alpha_BBP": alpha}, attrs={"kind": kind})
    return data


def _against_covariance(run: Run[Effort]) -> xr.Dataset:
    onsets = [[run.parts["covariance", a, ratio] for ratio in RATIOS_OF_EIGENVALUES] for a in CONSTANTS]
    table = {
        "alpha_BBP": (("a", "ratio"), [[x.alpha for x in row] for row in onsets]),
        "kind": (("a", "ratio"), [[x.kind for x in row] for row in onsets]),
    }
    return xr.Dataset(table, coords={"a": list(CONSTANTS), "ratio": list(RATIOS_OF_EIGENVALUES)})


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """B5."""
    agrees = Claim(
        "B5c",
        "Simulations find the overlaps of the theory with noise and with a covariance.",
        "Not in the paper.",
        f"Largest deviation of m^2, extrapolated in 1/N from N = {effort.sizes}, from the limit, in standard errors, "
        f"above {WHERE.above} alpha_BBP.",
        expected=0.0,
        found=max(deviation(data[f"{name}_simulation"]) for name in NETS),
        tolerance=4.0,
    )
    return (_noise(data), _covariance(data["against_covariance"]), agrees)


def _noise(data: Data) -> Claim:
    plain, noisy = (data[f"{name}_theory"].attrs for name in ("white inputs, no noise", "noise 1.5"))
    sampled = data["sampled"]
    changes = (plain["kind"], sampled.attrs["kind"]) == ("discontinuous", "continuous")
    return Claim(
        "B5a",
        "Noise in the labels raises the threshold and turns a jump into a continuous onset.",
        "Not in the paper.",
        "alpha_BBP with noise of standard deviation 1.5 over that without, p = p* = 1, a = 1.5, from points, "
        "against closed averages; zero if the kind does not change.",
        expected=noisy["alpha_BBP"] / plain["alpha_BBP"],
        found=float(sampled.alpha_BBP) / plain["alpha_BBP"] if changes else 0.0,
        tolerance=0.02,
        remark="While the onset still jumps the threshold moves by about a tenth at most, in the cases drawn; it "
        "rises faster once it has become continuous.",
    )


def _covariance(table: xr.Dataset) -> Claim:
    rising = (table.alpha_BBP.diff("ratio") >= 0) | (table.kind.isel(ratio=slice(1, None)) != table.kind.isel(ratio=0))
    shares = table.alpha_BBP.isel(ratio=-1) / table.alpha_BBP.isel(ratio=0)
    return Claim(
        "B5b",
        "Spread eigenvalues of the inputs' covariance lower the threshold and keep its kind.",
        "Not in the paper.",
        "Steps from one ratio of two eigenvalues to the next larger one, in the figure, at which alpha_BBP does "
        "not fall or the kind is not that of white inputs.",
        expected=0.0,
        found=float(rising.sum()),
        tolerance=0.0,
        remark=f"Of {rising.size} steps; at 50 the threshold is {float(shares.min()):.3f} to "
        f"{float(shares.max()):.3f} of that of white inputs.",
    )


def _by_kind(x: np.ndarray, table: xr.Dataset, ax: Axes, color: str, label: str) -> None:
    """Solid where continuous, dashed where discontinuous."""
    jumps = table.kind.values == "discontinuous"
    ax.plot(x, np.where(jumps, np.nan, table.alpha_BBP), color=color, label=label)
    ax.plot(x, np.where(jumps, table.alpha_BBP, np.nan), color=color, ls=(0, (4, 2)))


def draw(data: Data) -> Figure:
    """Thresholds against noise and covariance, and overlaps."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13.0, 3.9), layout="constrained")
    noise, wide = data["against_noise"], data["against_covariance"]
    for a, both in zip(CONSTANTS, (colours(4)[:2], colours(4)[2:]), strict=True):
        for kind, color in zip(noise.noise.values, both, strict=True):
            _by_kind(noise.size.values, noise.sel(a=a, noise=kind), left, color, f"{kind}, $a = {a}$")
        _by_kind(wide.ratio.values, wide.sel(a=a), middle, both[0], f"$a = {a}$")
    left.set(xlabel="standard deviation of the noise", ylabel=r"$\alpha_{\mathrm{BBP}}$", title="$p = 2$, $p^* = 1$")
    middle.set(xscale="log", xlabel="ratio of the two eigenvalues", ylabel=r"$\alpha_{\mathrm{BBP}}$", ylim=(0, None))
    middle.set_title("covariance, $p = p^* = 1$")
    for name, color in zip(NETS, (BULK, SIGNAL, "#e0a526"), strict=True):
        draw_onset(name, data[f"{name}_theory"], data[f"{name}_simulation"], right, color)
    right.set_title("$p = p^* = 1$, $a = 1.5$")
    left.legend()
    middle.legend()
    handles = [h for h in right.get_legend_handles_labels()[0] if not h.get_label().startswith("$N")]
    right.legend(handles=handles)
    return figure


EXPERIMENT = Experiment(
    name="disturbances",
    place=5,
    title="Noise in the labels, and a covariance of the inputs",
    caption="Thresholds against the size of the noise and against the ratio of two eigenvalues of the covariance, each "
    "of half of the directions; solid: continuous, dashed: discontinuous. Right: overlaps, limit and simulations. "
    "Noise turns a jump into a continuous onset, and raises the threshold most from there on; spread eigenvalues "
    "lower it, as if there were fewer directions, and keep its kind.",
    claims=("B5a", "B5b", "B5c"),
    quick=Effort(simulations=(Samples(100, 60), Samples(200, 30)), averaged=2**13, curve=15, noises=15),
    full=Effort(
        simulations=(Samples(250, 100), Samples(500, 60), Samples(1000, 24)), averaged=2**14, curve=50, noises=50
    ),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: listed(effort.simulations),
    beyond=True,
)
