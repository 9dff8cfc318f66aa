"""Random networks, simulated at three sizes and compared with the limit: ``python tests/agreement.py FOLDER``.

The folder keeps every sample, so that a run can be stopped and started again; it gets `above.nc` and `below.nc`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr

import bendscape as bs
from swept import swept

SIZES, SAMPLES = (100, 200, 400), (60, 30, 16)


def random_networks(count: int, seed: int) -> list[bs.QuadraticNetwork]:
    """Widths 1 to 4, teachers 1 to 3, `a` from 0.2 to 4, so that both kinds of transition occur."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    return [
        bs.QuadraticNetwork(int(rng.integers(1, 5)), int(rng.integers(1, 4)), float(np.exp(rng.uniform(-1.6, 1.4))))
        for _ in range(count)
    ]


def above(net: bs.QuadraticNetwork, index: int) -> float:
    """An `alpha` far above the threshold.

    The `p p_star` outliers of a sample are spread over a distance of order `N^(-1/2)`. Where that is as large as their
    distance from the bulk, which it is at 1.5 `alpha_BBP` for a wide teacher up to `N` of a thousand, the lowest of
    them have a larger overlap and the others a smaller one than the limit says, and on average less.
    """
    return bs.threshold(net).alpha * (3 + 0.2 * (index % 10))


def below(net: bs.QuadraticNetwork, index: int) -> float:
    """An `alpha` far below the threshold, at which the smallest eigenvalue is that of an edge: smooth or sharp."""
    found = bs.threshold(net)
    if index % 2 == 0 and found.kind == "continuous":
        return found.alpha_smooth + 0.2 * (found.alpha - found.alpha_smooth)
    return min(0.2 * found.alpha, 0.6 * found.alpha_smooth)


def compared(
    net: bs.QuadraticNetwork,
    alpha: float,
    seed: tuple[int, ...],
    *,
    sizes: tuple[int, ...] = SIZES,
    samples: tuple[int, ...] = SAMPLES,
    folder: Path | None = None,
    workers: int = 1,
) -> xr.Dataset:
    """Simulation and limit over `N`, with what the fluctuations of single samples are."""
    store = None if folder is None else folder / f"{'-'.join(map(str, seed))}.jsonl"
    k = int(net.p) * net.p_star
    data = swept(net, alpha=alpha, N=sizes, samples=samples, seed=seed, eigenvalues=k, store=store, workers=workers)
    limit = bs.overlap(net, alpha=[alpha]).isel(alpha=0)
    labels = {"p": net.p, "p_star": net.p_star, "a": net.a, "edge": limit.edge_kind.item()}
    found = bs.compare(data).isel(alpha=0).assign_coords(labels | {"kind": bs.threshold(net).kind})
    return found.drop_vars([f"{name}{end}" for name in ("gap", "excess", "dominance") for end in ("", "_stderr")])


def gathered(tables: list[xr.Dataset]) -> xr.Dataset:
    """One table over (`network`, `N`)."""
    names = ["p", "p_star", "a", "edge", "kind", "alpha"]
    return xr.concat(
        [t.expand_dims("network") for t in (x.reset_coords(names) for x in tables)], "network", join="outer"
    )


def main() -> None:
    """Thirty networks above and below their thresholds."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    nets = random_networks(30, 0)
    for name, place, number in (("above", above, 7), ("below", below, 8)):
        tables = [compared(net, place(net, i), (number, i), folder=folder, workers=2) for i, net in enumerate(nets)]
        gathered(tables).to_netcdf(folder / f"{name}.nc", engine="scipy")


if __name__ == "__main__":
    main()
