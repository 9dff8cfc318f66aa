"""C4: the overlap grows from zero or jumps (Fig. 1), in theory and in simulations."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..comparison.beside import compare
from ..models.quadratic import QuadraticNetwork
from ..simulation.deprecated import sweep
from ..simulation.eigen import Dense, density
from ..simulation.landscape import Hessian
from ..simulation.sample import draw
from ..theory.verbs._overlap import overlap
from ..theory.verbs._threshold import threshold
from .claim import Claim, Effort, Evidence

__all__ = ["onset"]

NETS = {"continuous": QuadraticNetwork(2, 1, 0.7), "discontinuous": QuadraticNetwork(2, 1, 1.5)}
RATIOS = (0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
FAR = 1.5  # above this multiple of the threshold, finite-size effects are below the error bars


def _curve(net: QuadraticNetwork, points: int) -> xr.Dataset:
    alpha_bbp = threshold(net).alpha
    alpha = np.unique(np.append(np.linspace(0.02, 3.2, points), (1 - 1e-9, 1 + 1e-9))) * alpha_bbp
    return overlap(net, alpha=alpha).assign_attrs(alpha_BBP=alpha_bbp)


def simulated(net: QuadraticNetwork, effort: Effort) -> xr.Dataset:
    """Means over samples at several sizes, with the limit beside them."""
    sizes, samples = (list(column) for column in zip(*effort.simulations, strict=True))
    alpha = np.array(RATIOS) * threshold(net).alpha
    return compare(sweep(net, alpha=alpha, N=sizes, samples=samples, seed=effort.seed, workers=effort.workers))


def _one_hessian(seed: int) -> xr.Dataset:
    """All eigenvalues of one sample, for a picture."""
    alpha, n = 2.5, 600
    sample = draw(NETS["continuous"], alpha=alpha, N=n, seed=seed)
    values = density(Hessian(sample), method=Dense()).nodes[0]
    return xr.Dataset({"value": ("eigenvalue", values)}, attrs={"alpha": alpha, "N": n})


def _worst(found: xr.Dataset, alpha_bbp: float) -> float:
    """Largest deviation from the limit at the largest `N`, in standard errors, well above the threshold."""
    last = found.isel(N=-1).where(found.alpha >= 0.999 * FAR * alpha_bbp, drop=True)
    return float(np.abs(last.captured_deviation).max())


def onset(effort: Effort) -> Evidence:
    """C4."""
    tables = {kind: simulated(net, effort) for kind, net in NETS.items()}
    data = {f"{kind}_theory": _curve(net, effort.grid) for kind, net in NETS.items()}
    data |= {f"{kind}_simulation": table for kind, table in tables.items()}
    data["one_hessian"] = _one_hessian(effort.seed)
    jump = threshold(NETS["discontinuous"]).overlap2_jump
    close = {
        kind: float(overlap(net, alpha=threshold(net).alpha * (1 + 1e-6)).overlap2[0]) for kind, net in NETS.items()
    }
    size, samples = effort.simulations[-1]
    claims = [
        Claim(
            "C4a",
            "For p = 2, p* = 1, a = 0.7 the squared overlap grows from zero at alpha_BBP.",
            "Fig. 1 (a = 0.7).",
            "m^2 at 1.000001 alpha_BBP.",
            expected=0.0,
            found=close["continuous"],
            tolerance=1e-4,
        ),
        Claim(
            "C4b",
            "For p = 2, p* = 1, a = 1.5 it jumps.",
            "Fig. 1 (a = 1.5).",
            "m^2 at 1.000001 alpha_BBP, against the closed form of the jump.",
            expected=jump,
            found=close["discontinuous"],
            tolerance=1e-4,
            remark=f"The jump is {jump:.4f}.",
        ),
    ]
    for letter, kind in zip("cd", NETS, strict=True):
        claims.append(
            Claim(
                f"C4{letter}",
                f"Simulations find the overlap of the theory above the threshold ({kind} case).",
                "Fig. 1.",
                f"Largest deviation of the mean over {samples} samples at N = {size} (lowest p p* eigenvectors) from "
                f"the limit, in standard errors, for alpha >= {FAR} alpha_BBP.",
                expected=0.0,
                found=_worst(tables[kind], threshold(NETS[kind]).alpha),
                tolerance=4.0,
                remark="Closer to the threshold, and below it, a finite system shows more overlap than the limit: "
                "see the figure.",
            )
        )
    return Evidence(tuple(claims), data)
