"""General networks at three sizes, extrapolated, beside their limit: ``python tests/general_agreement.py [NAME ...]``.

Outliers and overlaps approach the limit as `1/N`, a sharp edge as `N^{-2/3}` with a next term `1/N`. Each
line is a quantity with its deviation from the limit in standard errors of both.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import xarray as xr

import bendscape as bs
from bendscape.models import loss
from bendscape.results import Estimate

NETWORKS: dict[str, tuple[bs.Network, float]] = {
    "tanh": (bs.Network(2, 1, activation="tanh"), 6.0),
    "erf p*=2": (bs.Network(2, 2, activation="erf", loss="huber"), 8.0),
    "softplus, noise": (
        bs.Network(3, 1, activation="softplus", loss="huber", noise=bs.Noise(additive=0.5)),
        40.0,
    ),
    "sigmoid p=4": (bs.Network(4, 1, activation="sigmoid"), 16.0),
    "cosine": (bs.Network(2, 1, activation="cosine"), 6.0),
    "gelu": (bs.Network(2, 1, activation="gelu", loss="huber"), 8.0),
    "quadratic, noise": (
        bs.Network(2, 2, loss=loss("magnitude", a=1.0), noise=bs.Noise(additive=0.3, multiplicative=0.3)),
        20.0,
    ),
    "quadratic p=8, p*=3": (bs.Network(8, 3, loss="normalised"), 30.0),
    "tanh p=8": (bs.Network(8, 1, activation="tanh"), 20.0),
    "quadratic p*=3, noise": (bs.Network(1, 3, loss="huber", noise=bs.Noise(multiplicative=0.5)), 16.0),
    "mixed": (
        bs.Network(2, 1, activation="tanh", teacher_activation="quadratic", loss="huber", output_weights=(1.0, 0.5)),
        16.0,
    ),
    "product": (bs.Network(2, 2, loss="huber", link="s1*s2"), 10.0),
}
SIZES: dict[int, int] = {150: 200, 300: 100, 600: 50}
AVERAGING = bs.Averaging(tolerance=1e-3, points=2**12, most=2**15)


def compared(name: str, sizes: dict[int, int] = SIZES, averaging: bs.Averaging = AVERAGING) -> xr.Dataset:
    """Limit, extrapolation, their errors and the deviation, over the quantities of the left side."""
    net, alpha = NETWORKS[name]
    found = bs.spectrum(net, alpha=alpha, averaging=averaging)
    outliers = [o for o in found.outliers if o.side == "left"]
    number = sum(int(o.multiplicity) for o in outliers)
    kept = max(number + 2, net.p * net.p_star)
    data = {
        N: bs.simulate(net, alpha=alpha, N=N, samples=s, seed=N, side="left", eigenvalues=kept)
        for N, s in ((N // _shrink(net), s) for N, s in sizes.items())
    }
    rows: list[tuple[str, float, float, float, float]] = []
    first = 0
    for i, o in enumerate(outliers):
        group = slice(first, first + int(o.multiplicity))
        first += int(o.multiplicity)
        for variable, there in (
            ("value", Estimate(o.value, o.error)),
            ("overlap2", o.overlap2_teacher),
            ("overlap2_student", o.overlap2_student),
        ):
            columns = {N: d[variable].isel(eigenvalue=group).mean("eigenvalue").values for N, d in data.items()}
            label = f"outlier {i + 1} (x{o.multiplicity}), {variable}"
            rows.append((label, there.value, there.error, *extrapolated(columns, -1.0)))
    if found.left_edge.kind == "sharp":
        columns = {N: d["value"].isel(eigenvalue=number).values for N, d in data.items()}
        rows.append(("edge", found.left_edge.value, found.left_edge.error, *extrapolated(columns, -2 / 3, -1.0)))
    names = [row[0] for row in rows]
    limit, limit_error, value, error = np.array([row[1:] for row in rows]).T
    return xr.Dataset(
        {
            "limit": ("quantity", limit),
            "limit_error": ("quantity", limit_error),
            "extrapolated": ("quantity", value),
            "error": ("quantity", error),
            "deviation": ("quantity", (value - limit) / np.hypot(error, limit_error)),
        },
        coords={"quantity": names},
        attrs={"network": str(net), "alpha": alpha, "edge": found.left_edge.kind, "multiplicity": number},
    )


def _shrink(net: bs.Network) -> int:
    """Wide students are taken at smaller N, so that `p N` stays the size of a matrix."""
    return max(1, net.p // 4)


def extrapolated(columns: dict[int, Any], *exponents: float) -> tuple[float, float]:
    """The constant of a weighted fit by powers of `N`, and its standard error."""
    sizes = np.array(list(columns), dtype=float)
    means = np.array([values.mean() for values in columns.values()])
    errors = np.array([values.std(ddof=1) / np.sqrt(len(values)) for values in columns.values()])
    design = np.stack([sizes**x for x in (0.0, *exponents)], axis=1) / errors[:, None]
    inverse = np.linalg.inv(design.T @ design)
    return float((inverse @ design.T @ (means / errors))[0]), float(np.sqrt(inverse[0, 0]))


def main() -> None:
    """Print a table for every network."""
    for name in sys.argv[1:] or NETWORKS:
        table = compared(name)
        head = f"{name}: {table.attrs['network']}, alpha={table.attrs['alpha']:g}, {table.attrs['edge']} edge"
        lines = [
            f"  {row.Index:38s} {row.limit:9.5f}({row.limit_error:.0e}) {row.extrapolated:9.5f}({row.error:.0e})"
            f" {row.deviation:6.2f}"
            for row in table.to_dataframe().itertuples()
        ]
        sys.stdout.write("\n".join(["", head, *lines, ""]))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
