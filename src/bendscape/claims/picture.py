"""B10: a picture, seen only through squared random projections, before and after the thresholds."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from ..comparison.recovery import every_start
from ..errors import DataWarning
from ..estimators.recover import recover
from ..models.quadratic import QuadraticNetwork
from ..simulation.directions import span_overlap2
from ..simulation.sample import Array
from .claim import Claim, Effort, Evidence

__all__ = ["ALPHA", "picture"]

ALPHA = (0.4, 1.0, 1.5, 2.0, 3.0, 4.0)
NET = QuadraticNetwork(2, 1, 1.0)
STARTS = every_start(NET)
BELOW, ABOVE = 0.4, 4.0
STEPS = 800


def _seen(image: Array, alpha: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Recovered pictures, alone and refined, and their squared overlaps with the true one; by start."""
    signal = image.ravel()
    X = rng.standard_normal((round(alpha * signal.size), signal.size))
    y = (X @ signal) ** 2
    pictures = np.empty((len(STARTS), 2, *image.shape))
    overlaps = np.empty((len(STARTS), 2))
    for i, start in enumerate(STARTS.values()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # too few samples are among what is shown
            found = recover(X, y, p_star=1, p=int(NET.p), a=NET.a, start=start, steps=STEPS, held_out=0.0)
        for j, row in enumerate((found.start[0] * np.linalg.norm(signal), found.weights[0])):
            pictures[i, j] = (row if row @ signal > 0 else -row).reshape(image.shape)
            overlaps[i, j] = span_overlap2(row[None], signal[None])
    return pictures, overlaps


def picture(effort: Effort) -> Evidence:
    """B10."""
    image = effort.picture
    rng = np.random.default_rng((effort.seed, 10))
    pairs = [_seen(image, alpha, rng) for alpha in ALPHA]
    data = xr.Dataset(
        {
            "picture": (("alpha", "start", "refined", "row", "column"), np.stack([pair[0] for pair in pairs])),
            "overlap2": (("alpha", "start", "refined"), np.stack([pair[1] for pair in pairs])),
            "original": (("row", "column"), image),
        },
        coords={"alpha": list(ALPHA), "start": list(STARTS), "refined": [False, True]},
    )
    refined = data.overlap2.sel(refined=True)
    above, below = float(refined.sel(alpha=ABOVE).min()), float(refined.sel(alpha=BELOW).max())
    claim = Claim(
        "B10",
        f"A picture is recovered from squared random projections by every start at alpha = {ABOVE:g}, and by none at "
        f"{BELOW:g}.",
        "Not in the paper.",
        f"Smallest squared overlap of the refined pictures at alpha = {ABOVE:g}, less the largest at {BELOW:g}; "
        f"{image.size} pixels, one sample.",
        expected=1.0,
        found=above - below,
        tolerance=0.2,
        remark="Squared overlaps after gradient descent, alpha = "
        + "; ".join(
            f"{alpha:g}: " + ", ".join(f"{float(refined.sel(alpha=alpha, start=s)):.3f} {s}" for s in STARTS)
            for alpha in ALPHA
        )
        + ".",
    )
    return Evidence((claim,), {"picture": data})
