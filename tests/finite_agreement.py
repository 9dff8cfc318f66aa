"""Samples diagonalised, beside what their labels alone predict: ``python tests/finite_agreement.py FOLDER [NAME ...]``.

The folder keeps every sample, so that a run can be stopped and started again; it gets `finite.nc`. Every part of the
prediction is also left out in turn, to see what it is worth.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

import bendscape as bs
from bendscape.simulation.sample import Sample, draw, project
from bendscape.theory.finite_size.labels import Labels, given_labels
from bendscape.theory.finite_size.pencil import KEPT, PencilDraw, SchurPencil, draw_pencil

NETWORKS = {
    "c1": bs.QuadraticNetwork(1, 1, 0.5),
    "c2": bs.QuadraticNetwork(2, 2, 0.7),
    "d1": bs.QuadraticNetwork(1, 1, 2.0),
    "d2": bs.QuadraticNetwork(2, 1, 1.5),
    "d4": bs.QuadraticNetwork(4, 2, 1.5),
}
SIZES = {300: 200, 1000: 100, 3000: 40}
RATIOS = {"c1": (0.6, 1.0, 1.4), "d1": (0.6, 1.0, 1.4), "d2": (0.6, 1.0, 1.4), "c2": (0.6, 1.0), "d4": (0.6, 1.0)}
SEED, REPEATS = 7, 2
VARIANTS = ("full", "no directions", "no noise", "no growth", "no extremes", "no modes")


def labels_of(sample: Sample) -> Labels:
    """All that the prediction is told of a sample."""
    from array_api_compat import numpy as xp

    n = sample.teacher.shape[1]
    s, u = (project(sample.inputs, w, xp) for w in (sample.teacher, sample.student))
    return given_labels(sample.net, N=n, s=s, u=u, overlaps=sample.teacher @ sample.teacher.T / n)


def effective(labels: Labels, variant: str) -> SchurPencil:
    """The effective matrix of a sample, with or without a part."""
    number = int(labels.net.p) * labels.net.p_star + 8
    found = SchurPencil(labels, number, 0 if variant == "no extremes" else KEPT)
    if variant == "no modes":
        found.edge_density = None
    if variant == "no growth":  # of the noise with z
        full = found.noise_variances
        setattr(found, "noise_variances", lambda depth, points: (full(depth, points)[0], np.zeros((3, 3))))  # noqa: B010
    return found


def noise_of(net: bs.QuadraticNetwork, variant: str, seed: tuple[int, ...]) -> PencilDraw:
    """Its noise."""
    noise = draw_pencil(int(net.p), net.p_star, int(net.p) * net.p_star + 8, KEPT, np.random.default_rng(seed))
    return replace(noise, blocks=np.zeros_like(noise.blocks)) if variant == "no noise" else noise


def predicted(labels: Labels, variant: str, index: int, repeats: int = REPEATS) -> np.ndarray:
    """Smallest eigenvalue, m^2 and phi of `repeats` draws, shape (repeats, 3)."""
    net, k = labels.net, int(labels.net.p) * labels.net.p_star
    if variant == "no directions":
        labels = replace(labels, s=None, u=None)
    model, rows = effective(labels, variant), []
    for j in range(repeats):
        noise = noise_of(net, variant, (SEED, index, j))
        if variant == "no directions":
            still = {key: 0 * value for key, value in vars(noise.directions).items()}
            noise = replace(noise, directions=replace(noise.directions, **still))
        values, overlaps = model.solve(noise)
        rows.append((2 / net.p * values[0], overlaps[:k].mean(), np.argmax(overlaps) < k))
    return np.array(rows, dtype=float)


def compared(
    name: str, ratio: float, n: int, samples: int, *, folder: Path | None = None, variants: tuple[str, ...] = VARIANTS
) -> xr.Dataset:
    """Means with standard errors over samples, found and predicted, and the correlation of the smallest eigenvalues."""
    net = NETWORKS[name]
    limit = bs.threshold(net)
    alpha = round(ratio * limit.alpha, 4)
    store = None if folder is None else folder / f"{name}_{n}_{ratio}.jsonl"
    found = bs.simulate(net, alpha=alpha, N=n, samples=samples, seed=SEED, store=store)
    streams = np.random.SeedSequence(SEED).spawn(samples)
    labels = [labels_of(draw(net, alpha=alpha, N=n, seed=stream)) for stream in streams]
    simulated = np.stack([found[key].values for key in ("smallest_eigenvalue", "captured", "phi")], axis=1)
    rows = {v: np.stack([predicted(x, v, i) for i, x in enumerate(labels)]) for v in variants}
    slope = limit.overlap2_jump / (limit.alpha - limit.alpha_0_tangent) if limit.kind == "discontinuous" else np.nan
    line = max(0.0, slope * (alpha - limit.alpha_0_tangent))
    correlation = [np.corrcoef(simulated[:, 0], rows[v][:, :, 0].mean(axis=1))[0, 1] for v in variants]
    quantity = ["smallest_eigenvalue", "captured", "phi"]
    return xr.Dataset(
        {
            "found": ("quantity", simulated.mean(axis=0)),
            "found_stderr": ("quantity", simulated.std(axis=0, ddof=1) / samples**0.5),
            "predicted": (("variant", "quantity"), [rows[v].mean(axis=(0, 1)) for v in variants]),
            "paired_stderr": (  # of the difference: the labels are the same
                ("variant", "quantity"),
                [(rows[v].mean(axis=1) - simulated).std(axis=0, ddof=1) / samples**0.5 for v in variants],
            ),
            "correlation": ("variant", correlation),
            "limit": bs.overlap(net, alpha=[alpha]).overlap2.item(),
            "line": line if limit.kind == "discontinuous" else np.nan,
            "alpha": alpha,
        },
        coords={"variant": list(variants), "quantity": quantity},
    )


def main() -> None:
    """Five networks at three sizes."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    names = sys.argv[2:] or list(NETWORKS)
    tables = []
    for name in names:
        for n, samples in SIZES.items():
            for ratio in RATIOS[name]:
                table = compared(name, ratio, n, samples, folder=folder)
                tables.append(table.expand_dims("case").assign_coords(case=[f"{name} {n} {ratio}"]))
                full, error = table.sel(variant="full"), table.paired_stderr.sel(variant="full").values
                off = (full.predicted - full.found).values / np.maximum(error, 1e-9)
                line = [f"{name} N={n} {ratio} alpha_BBP"]
                for i, quantity in enumerate(table["quantity"].values):
                    line.append(f"{quantity} {float(full.found[i]):.4f}({float(full.found_stderr[i]):.4f})")
                    line.append(f"{float(full.predicted[i]):.4f} ({off[i]:+.1f})")
                line.append(f"correlation {float(full.correlation):.2f}")
                line.append(f"limit {float(table.limit):.4f}, line {float(table.line):.4f}")
                for other in VARIANTS[1:]:
                    part = table.sel(variant=other)
                    away = (part.predicted - part.found).values / np.maximum(part.paired_stderr.values, 1e-9)
                    values = ", ".join(f"{x:.4f} ({y:+.1f})" for x, y in zip(part.predicted.values, away, strict=True))
                    line.append(f"{other}: {values}")
                sys.stdout.write(", ".join(line) + "\n")
    xr.concat(tables, "case").to_netcdf(folder / f"finite-{'-'.join(names)}.nc", engine="scipy")


if __name__ == "__main__":
    main()
