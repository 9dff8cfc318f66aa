"""C4: the overlap grows from zero or jumps (Fig. 1), in theory and by direct diagonalisation."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..models.quadratic import QuadraticNetwork
from ..simulation.diagonalise import diagonalise, eigenvalues
from ..theory.overlap import overlap
from ..theory.threshold import threshold
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
    """Mean squared overlap of the lowest `p p_star` eigenvectors over samples, with its standard error."""
    ratios = xr.DataArray(list(RATIOS), dims="ratio")
    alpha = ratios * threshold(net).alpha
    mean, stderr = np.empty((2, len(effort.simulations), ratios.size))
    for i, (n, samples) in enumerate(effort.simulations):
        for j, x in enumerate(alpha.values):
            seed = (effort.seed, n, j)  # independent samples for every point of the figure
            data = diagonalise(net, alpha=x, N=n, samples=samples, seed=seed, workers=effort.workers)
            each = data.overlap2.mean("eigenvalue").values
            mean[i, j], stderr[i, j] = each.mean(), each.std(ddof=1) / np.sqrt(samples)
    theory = overlap(net, alpha=alpha.values).overlap2.values
    return xr.Dataset(
        {"overlap2": (("N", "ratio"), mean), "stderr": (("N", "ratio"), stderr), "theory": ("ratio", theory)},
        coords={"N": [n for n, _ in effort.simulations], "ratio": ratios.values, "alpha": ("ratio", alpha.values)},
        attrs={"samples": [s for _, s in effort.simulations], "seed": effort.seed},
    )


def _one_hessian(seed: int) -> xr.Dataset:
    """All eigenvalues of one sample, for a picture."""
    alpha, n = 2.5, 600
    values = eigenvalues(NETS["continuous"], alpha=alpha, N=n, seed=seed)
    return xr.Dataset({"value": ("eigenvalue", values)}, attrs={"alpha": alpha, "N": n})


def _worst(found: xr.Dataset) -> float:
    """Largest deviation from the limit at the largest `N`, in standard errors, well above the threshold."""
    last = found.isel(N=-1).where(found.ratio >= FAR, drop=True)
    return float((np.abs(last.overlap2 - last.theory) / last.stderr).max())


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
                f"Direct diagonalisation finds the overlap of the theory above the threshold ({kind} case).",
                "Fig. 1.",
                f"Largest deviation of the mean over {samples} samples at N = {size} (lowest p p* eigenvectors) from "
                f"the limit, in standard errors, for alpha >= {FAR} alpha_BBP.",
                expected=0.0,
                found=_worst(tables[kind]),
                tolerance=4.0,
                remark="Closer to the threshold, and below it, a finite system shows more overlap than the limit: "
                "see the figure.",
            )
        )
    return Evidence(tuple(claims), data)
