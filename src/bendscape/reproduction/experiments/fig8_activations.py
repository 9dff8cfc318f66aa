"""Fig. 8, C11: other activations show the same onset, with the theory that the paper does not have."""

from __future__ import annotations

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

import bendscape as bs

from ...plot.style import BULK
from ..experiment import Claim, Data, Experiment, Part, Parts, Run, Samples, listed
from ..general_overlaps import Effort, Multiples, deviation, draw_onset, limiting, lowest, overlap_parts, simulated

NETS = {
    "sigmoid": bs.Network(2, 1, activation="sigmoid", loss=bs.models.loss("normalised", a=1.0)),
    "tanh": bs.Network(2, 1, activation="tanh", loss=bs.models.loss("normalised", a=50.0)),
}
WHERE = Multiples(samples=(0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0), above=1.4)
NEAR = (1.02, 1.04)  # multiples of the threshold from which a line goes down to the jump


def parts(effort: Effort, seed: int) -> Parts:
    """Those of both networks, and the sigmoid one close to its threshold."""
    pieces: Parts = {}
    for name, net in NETS.items():
        pieces |= overlap_parts(name, net, WHERE, effort, seed)
    for ratio in NEAR:
        arguments = (NETS["sigmoid"], effort.averaged, ratio)
        pieces["near", ratio] = Part(lowest, arguments, seconds=0.3, after=(("onset", "sigmoid"),))
    return pieces


def compute(run: Run[Effort]) -> Data:
    """Limits and samples of both networks, their thresholds, and the sigmoid one close to its threshold."""
    data = {f"{name}_theory": limiting(run.parts, name, net, run.effort) for name, net in NETS.items()}
    data |= {f"{name}_simulation": simulated(run.parts, name, WHERE, run.effort) for name in NETS}
    onsets = [run.parts["onset", name] for name in NETS]
    columns = {
        "alpha_BBP": [x.alpha for x in onsets],
        "error": [x.error for x in onsets],
        "kind": [x.kind for x in onsets],
        "jump": [x.overlap2_jump.value for x in onsets],
    }
    data["onset"] = xr.Dataset({k: ("network", v) for k, v in columns.items()}, coords={"network": list(NETS)})
    close = [run.parts["near", ratio].value for ratio in NEAR]
    data["near"] = xr.Dataset({"overlap2": ("ratio", close)}, coords={"ratio": list(NEAR)})
    return data


def judge(data: Data, effort: Effort) -> tuple[Claim, ...]:
    """C11."""
    near, onset = data["near"].overlap2.values, data["onset"]
    jump = Claim(
        "C11c",
        "The overlap of the sigmoid network jumps, that of the tanh network grows from zero.",
        "Fig. 8.",
        "m^2 of the sigmoid network from 1.04 and 1.02 alpha_BBP down to alpha_BBP along a line, against the jump "
        "there; zero if tanh jumps.",
        expected=float(onset.jump.sel(network="sigmoid")),
        found=float(2 * near[0] - near[1]) if onset.kind.sel(network="tanh") == "continuous" else 0.0,
        tolerance=0.02,
    )
    return (_follows("C11a", "sigmoid", data, effort), _follows("C11b", "tanh", data, effort), jump)


def _follows(number: str, name: str, data: Data, effort: Effort) -> Claim:
    onset = data["onset"].sel(network=name)
    return Claim(
        number,
        f"A {name} network has the {onset.kind.item()} onset of the theory, alpha_BBP = {float(onset.alpha_BBP):.4f}.",
        "Fig. 8, simulations only.",
        f"Largest deviation of m^2 of the lowest eigenvector, extrapolated in 1/N from N = {effort.sizes}, from the "
        f"limit, in standard errors, above {WHERE.above} alpha_BBP.",
        expected=0.0,
        found=deviation(data[f"{name}_simulation"]),
        tolerance=4.0,
        remark=f"p = 2, p* = 1; alpha_BBP has a standard error of {float(onset.error):.1g}.",
    )


def draw(data: Data) -> Figure:
    """The overlap against `alpha`, limit and samples, of both networks."""
    figure, both = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained")
    for ax, (name, net) in zip(both, NETS.items(), strict=True):
        draw_onset(name, data[f"{name}_theory"], data[f"{name}_simulation"], ax, BULK)
        kind, a = data[f"{name}_theory"].attrs["kind"], dict(net.loss.parameters)["a"]
        ax.set_title(f"{name}, $p = 2$, $p^* = 1$, $a = {a:g}$: {kind}")
        ax.legend()
    return figure


EXPERIMENT = Experiment(
    name="fig8",
    place=8,
    title="Fig. 8: other activations",
    caption="Squared overlap of the lowest eigenvectors with the teacher. Lines: limit of infinite N, which the paper "
    "does not have. Symbols: simulations, with standard errors. Dotted: alpha_BBP.",
    claims=("C11a", "C11b", "C11c"),
    quick=Effort(simulations=(Samples(100, 60), Samples(200, 30)), averaged=2**13, curve=10),
    full=Effort(simulations=(Samples(250, 100), Samples(500, 60), Samples(1000, 24)), averaged=2**14, curve=33),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    sizes=lambda effort: listed(effort.simulations),
)
