"""Fig. 2 with its insets, C1, C2, C5, C6: a threshold exists everywhere; how it depends on `a` and on `p`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import bendscape as bs

from ..diagram import FIGURE_WIDTHS, INSET_CONSTANTS, WIDEST, draw_thresholds, inset, main_panel
from ..experiment import Claim, Data, Experiment, Part, Parts, Run

NARROW = [(p, k) for p in (1, 2, 3, 5, 10) for k in (1, 2)]


@dataclass(frozen=True)
class Effort:
    """Points of a curve against `a`, and random networks whose threshold is looked at."""

    curve: int
    networks: int


def random_networks(count: int, seed: int) -> list[bs.QuadraticNetwork]:
    """Networks over the whole domain: widths from 1 to 100 (some infinite), `a` from 1e-3 to 1e3, log-uniform."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    nets = []
    for _ in range(count):
        p, p_star = (int(x) for x in np.exp(rng.uniform(0, math.log(101), 2)))
        width = math.inf if rng.random() < 0.1 else p
        nets.append(bs.QuadraticNetwork(width, p_star, float(10 ** rng.uniform(-3, 3))))
    return nets


def _outlier_appears(net: bs.QuadraticNetwork) -> bool:
    alpha = bs.threshold(net).alpha
    below, above = bs.overlap(net, alpha=[alpha * (1 - 1e-6), alpha * (1 + 1e-6)]).overlap2.values
    return bool(math.isfinite(alpha) and alpha > 0 and below == 0 and above > 0)


def _existence(count: int, seed: int) -> xr.Dataset:
    """Over random networks: whether an outlier appears at the threshold; that of infinite width over equation (18)."""
    nets = random_networks(count, seed)
    wide = [bs.QuadraticNetwork(math.inf, net.p_star, net.a) for net in nets]
    ratios = [bs.threshold(net).alpha / (net.p_star * (net.a + 1) / 2) for net in wide]
    weak = [bs.threshold(bs.QuadraticNetwork(math.inf, k, 0.0)).alpha / (k / 2) for k in range(1, 21)]
    table = {"appears": ("network", [_outlier_appears(net) for net in nets]), "over_18": ("network", ratios)}
    return xr.Dataset({**table, "over_weak_recovery": ("p_star", weak)}, coords={"p_star": range(1, 21)})


def _best_constants() -> xr.Dataset:
    """The constant of the smallest threshold, and the critical one, over pairs of widths."""
    pairs = [*NARROW, (WIDEST, 1), (1, 5)]
    best = [bs.theory.best_a(*pair) for pair in pairs]
    columns = {"a": [b.a for b in best], "a_critical": [b.a_critical for b in best], "alpha": [b.alpha for b in best]}
    table = xr.Dataset(
        {k: ("widths", v) for k, v in columns.items()}, coords={"widths": [f"{p},{k}" for p, k in pairs]}
    )
    return table.assign_attrs(first_interior=_first_interior(1))


def _first_interior(p_star: int) -> int:
    """The smallest width whose best `a` lies strictly below `a_c`."""
    low, high = 1, 64
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if bs.theory.best_a(middle, p_star).at == "critical" else (low, middle)
    return high


def parts(effort: Effort, seed: int) -> Parts:
    """The existence of thresholds, the best constants, and the two panels."""
    return {
        "existence": Part(_existence, (effort.networks, seed), seconds=0.005 * effort.networks),
        "best": Part(_best_constants, (), seconds=1.0),
        "main": Part(main_panel, (1, FIGURE_WIDTHS, effort.curve), seconds=0.01 * effort.curve),
        "inset": Part(inset, (1,), seconds=0.5),
    }


def compute(run: Run[Effort]) -> Data:
    """The parts, and the inset of two teacher neurons, on which C6 is judged too."""
    own = {name: run.parts[name] for name in ("existence", "best", "main", "inset")}
    return own | {"inset_of_two": run.needs["fig6"]["inset"]}


def judge(data: Data, _: Effort) -> tuple[Claim, ...]:
    """C1, C2, C5, C6."""
    both = xr.concat([data["inset"], data["inset_of_two"]], "p_star")
    return (*_exists(data["existence"]), *_best(data["best"]), *_falls(both))


def _exists(table: xr.Dataset) -> tuple[Claim, ...]:
    count = table.sizes["network"]
    return (
        Claim(
            "C1",
            "A threshold alpha_BBP exists for all p, p* and a.",
            "Equation (15).",
            f"Share of {count} random networks (widths 1 to 100 or infinite, a from 1e-3 to 1e3) with a finite "
            "alpha_BBP such that there is no teacher outlier at 0.999999 alpha_BBP and one at 1.000001 alpha_BBP.",
            expected=1.0,
            found=float(table.appears.mean()),
            tolerance=0.0,
        ),
        Claim(
            "C2a",
            "At infinite width alpha_BBP = p*(a + 1)/2.",
            "Equation (18).",
            f"Largest relative deviation of the solved (15) over {count} random p* and a.",
            expected=0.0,
            found=float(np.abs(table.over_18 - 1).max()),
            tolerance=1e-10,
        ),
        Claim(
            "C2b",
            "At infinite width and a -> 0 the threshold is the weak-recovery threshold p*/2.",
            "The limit a -> 0 of equation (18).",
            "Largest relative deviation of the solved (15) at a = 0 over p* = 1..20.",
            expected=0.0,
            found=float(np.abs(table.over_weak_recovery - 1).max()),
            tolerance=1e-10,
        ),
    )


def _best(table: xr.Dataset) -> tuple[Claim, ...]:
    distance = np.abs(table.a / table.a_critical - 1)
    wide, few = table.sel(widths=f"{WIDEST},1"), table.sel(widths="1,5")
    return (
        Claim(
            "C5a",
            "alpha_BBP(a) has its minimum at a_c(p), for widths of the order of the teacher's.",
            "Fig. 2, and Fig. 6 for p* = 2.",
            "Largest relative distance between argmin alpha_BBP(a) and a_c over p = 1, 2, 3, 5, 10 and p* = 1, 2.",
            expected=0.0,
            found=float(distance.sel(widths=[f"{p},{k}" for p, k in NARROW]).max()),
            tolerance=1e-6,
        ),
        Claim(
            "C5b",
            "The same for every width.",
            "Fig. 2 taken as a general statement.",
            f"Relative distance between argmin alpha_BBP(a) and a_c at p = {WIDEST}, p* = 1.",
            expected=0.0,
            found=float(distance.sel(widths=f"{WIDEST},1")),
            tolerance=1e-6,
            remark=f"There alpha_BBP is {float(wide.alpha):.6f} at a = {float(wide.a):.4f}, below a_c = "
            f"{float(wide.a_critical):.4f}: the continuous branch turns up before it ends. For p* = 1 this begins at "
            f"p = {table.attrs['first_interior']}. For p much smaller than p* the minimum is at a = 0: p = 1, p* = 5 "
            f"needs {float(few.alpha):.4f} there.",
        ),
    )


def _rise(column: xr.DataArray) -> float:
    """Largest relative rise of the threshold from one width to a larger one."""
    values = column.values
    return float(np.max(values / np.minimum.accumulate(values)) - 1)


def _falls(both: xr.Dataset) -> tuple[Claim, ...]:
    rises = [_rise(both.alpha_BBP.sel(a=a, p_star=k)) for a in INSET_CONSTANTS for k in (1, 2)]
    steps = both.alpha_BBP.diff("p").where(both.kind == "continuous")
    return (
        Claim(
            "C6a",
            "alpha_BBP(p) falls with p while the transition is continuous.",
            "Insets of Fig. 2.",
            f"Share of falling steps p -> p + 1 among the {int(steps.count())} that end in a continuous transition, "
            f"over p* = 1, 2 and a = {list(INSET_CONSTANTS)}.",
            expected=1.0,
            found=float((steps < 0).sum() / steps.count()),
            tolerance=0.0,
        ),
        Claim(
            "C6b",
            "Beyond p_c(a) it rises only slightly.",
            "Insets of Fig. 2.",
            f"Largest relative rise of alpha_BBP up to p = {WIDEST}, over p* = 1, 2 and a = {list(INSET_CONSTANTS)}.",
            expected=0.0,
            found=max(rises),
            tolerance=0.1,
            # the first order in 1/p is :eq:`width`
            remark="The rise is no local bump: for a < 1 the threshold goes on rising to its limit p*(a + 1)/2, for "
            "a > 1 it falls all the way. To first order in 1/p, alpha_BBP = (p*/2)(a + 1)[1 + (2/p)(1/(a + 3) - "
            "1/(a + 1)^2)], and the bracket changes sign at a = 1.",
        ),
    )


def draw(data: Data) -> Figure:
    """The threshold against `a`, and against `p`, of one teacher neuron."""
    return draw_thresholds(data, p_star=1, top=2.6)


EXPERIMENT = Experiment(
    name="fig2",
    place=2,
    title="Fig. 2 and its insets: the threshold against a and p, one teacher neuron",
    caption="Solid: continuous, dashed: discontinuous. The minimum over a lies at a_c for these widths.",
    claims=("C1", "C2a", "C2b", "C5a", "C5b", "C6a", "C6b"),
    quick=Effort(curve=120, networks=200),
    full=Effort(curve=400, networks=2000),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    needs=("fig6",),
)
