"""C7: `phi`, the probability that the smallest eigenvalue has the informative eigenvector (Fig. 3)."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from ..comparison.beside import compare
from ..comparison.crossing import crossing
from ..models.quadratic import QuadraticNetwork
from ..simulation.deprecated import sweep
from ..theory.verbs._threshold import threshold
from ..theory.verbs.exact_threshold import Threshold
from .claim import Claim, Effort, Evidence

__all__ = ["recovery"]

NETS = {"continuous": QuadraticNetwork(1, 1, 0.5), "discontinuous": QuadraticNetwork(1, 1, 2.0)}
RATIOS = {
    "continuous": (0.65, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.6),
    "discontinuous": (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.3),
}
CURVES = {"phi": 0.0, "dominance": 0.0, "captured": 1 / 3}  # observables whose curves cross, with the exponent of N
ENOUGH = 40  # eigenvectors of which one almost surely has the largest overlap of all
WIDEST = 0.4  # three errors of a crossing, relative to alpha_BBP, above which it decides nothing


def _simulated(kind: str, effort: Effort) -> xr.Dataset:
    sizes, samples = (list(column) for column in zip(*effort.recoveries, strict=True))
    alpha = np.array(RATIOS[kind]) * threshold(NETS[kind]).alpha
    known = min(ENOUGH, *sizes)
    found = sweep(
        NETS[kind],
        alpha=alpha,
        N=sizes,
        samples=samples,
        seed=effort.seed,
        eigenvalues=known,
        workers=effort.workers,
    )
    return compare(found).assign_attrs(alpha_BBP=threshold(NETS[kind]).alpha)


def _joined(found: xr.Dataset, alpha_bbp: float) -> tuple[float, float, str]:
    """The mean crossing over `alpha_BBP`, its error, and from how many pairs of sizes."""
    pairs = f"{int(found.crossing.notnull().sum())} of {found.sizes['N']} pairs"
    return float(found["mean"]) / alpha_bbp, float(found.mean_stderr) / alpha_bbp, pairs


def _half(data: xr.Dataset) -> float:
    """Where `phi` of the largest size reaches one half, over `alpha_BBP`; nan if it starts above."""
    phi, alpha = data.phi.isel(N=-1).values, data.alpha.values
    above = int(np.argmax(phi >= 0.5))
    if phi[above] < 0.5 or above == 0:
        return math.nan
    share = (0.5 - phi[above - 1]) / (phi[above] - phi[above - 1])
    return float(alpha[above - 1] + share * (alpha[above] - alpha[above - 1])) / float(data.attrs["alpha_BBP"])


def recovery(effort: Effort) -> Evidence:
    """C7."""
    tables = {kind: _simulated(kind, effort) for kind in NETS}
    sizes = ", ".join(f"{n} ({s})" for n, s in effort.recoveries)
    crossings = {name: crossing(tables["continuous"], name, exponent=power) for name, power in CURVES.items()}
    alpha_bbp = tables["continuous"].attrs["alpha_BBP"]
    claims = [
        _at_threshold(found, alpha_bbp, letter, sizes) for found, letter in zip(crossings.values(), "abc", strict=True)
    ]
    claims += _early(tables["discontinuous"], threshold(NETS["discontinuous"]), sizes)
    data = {f"phi_{kind}": table for kind, table in tables.items()}
    data |= {f"crossing_{name}": found for name, found in crossings.items()}
    return Evidence(tuple(claims), data)


_WHAT = {
    "phi": ("The curves phi(alpha) of different N cross at alpha_BBP in the continuous case.", "Fig. 3."),
    "dominance": (
        "So do those of the dominance, the share of the lowest eigenvector in the overlap of the lowest five.",
        "Not in the paper: an observable with more than one bit a sample.",
    ),
    "captured": (
        "So do those of N^(1/3) m^2.",
        "Not in the paper: the scaling of the overlap at a sharp edge, with the smallest errors.",
    ),
}


def _at_threshold(data: xr.Dataset, alpha_bbp: float, letter: str, sizes: str) -> Claim:
    found, error, pairs = _joined(data, alpha_bbp)
    statement, paper = _WHAT[data.attrs["variable"]]
    return Claim(
        f"C7{letter}",
        statement,
        paper,
        f"Mean crossing of consecutive sizes over alpha_BBP, p = p* = 1, a = {NETS['continuous'].a}; N (samples at "
        f"each of {len(RATIOS['continuous'])} points): {sizes}. Tolerance: three standard errors; above "
        f"{WIDEST} they decide nothing.",
        expected=1.0,
        found=found,
        tolerance=3 * error,
        remark=f"{found:.3f} +- {error:.3f} from {pairs} of consecutive sizes.",
        decided=3 * error <= WIDEST,
    )


def _early(data: xr.Dataset, jump: Threshold, sizes: str) -> list[Claim]:
    found, error, _ = _joined(crossing(data), data.attrs["alpha_BBP"])
    half, tangent = _half(data), jump.alpha_0_tangent / jump.alpha
    place = f"p = p* = 1, a = {NETS['discontinuous'].a}; N (samples at each point): {sizes}"
    return [
        Claim(
            "C7d",
            "In the discontinuous case recovery starts far below alpha_BBP.",
            "Fig. 3.",
            f"By how much the alpha at which phi of the largest N is one half exceeds 0.8 alpha_BBP, zero if it does "
            f"not, {place}.",
            expected=0.0,
            found=max(half / 0.8 - 1, 0.0),
            tolerance=0.0,
            remark=f"phi is one half at {half:.2f} alpha_BBP; the curves cross at {found:.2f} +- {error:.2f}.",
        ),
        Claim(
            "C7e",
            "alpha_0 bounds the start of recovery from below.",
            "Section 4.2 with Fig. 3.",
            f"By how much the same alpha falls short of the alpha_0 of the tangent, relative to it, zero if it does "
            f"not, {place}. A tenth is within the error.",
            expected=0.0,
            found=max(1 - half / tangent, 0.0),
            tolerance=0.1,
            remark=f"alpha_0 of the tangent is {tangent:.3f} alpha_BBP, phi is one half at {half:.3f}.",
        ),
    ]
