"""``bendscape simulate``."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ...errors import Interrupted
from ..application import command
from ..networks import NetworkOptions
from ..options import Alpha, Samples, Seed, Size, Store, Whole, Workers
from ..render import Output, Table, number
from ..values import parse_number

__all__ = ["simulate"]

# names in JSON, and in the data
_OBSERVABLES = {"overlap2": "captured"} | {
    name: name for name in ("smallest_eigenvalue", "outlier", "gap", "excess", "dominance", "phi")
}
_ROWS = ("smallest_eigenvalue", "outlier", "gap", "overlap2", "excess", "dominance", "phi")


@dataclass(frozen=True)
class Eigensolver:
    """Options that say how eigenpairs are computed, with which arrays."""

    eigenvalues: Annotated[
        int | None, Whole(help="Number of smallest eigenpairs of each sample; by default p p* + 8.")
    ] = None
    solver: Annotated[
        str, typer.Option(metavar="NAME", help="dense, lanczos or eigsh; by default the fastest for the size.")
    ] = "default"
    single: Annotated[bool, typer.Option("--float32", help="Single precision: half the memory and time.")] = False
    regenerate: Annotated[
        bool, typer.Option("--regenerate", help="Draw inputs again for every product instead of storing them.")
    ] = False
    threads: Annotated[int, Whole(help="Number of threads of each process.")] = 1
    library: Annotated[str, typer.Option(metavar="NAME", help="Array library: numpy, torch or cupy.")] = "numpy"
    device: Annotated[str | None, typer.Option(metavar="NAME", help="Device of that library, for instance cuda.")] = (
        None
    )

    def method(self) -> Any:
        """The solver of that name; None for the default."""
        from ...expected import choice
        from ...simulation import BlockLanczos, Dense, Eigsh

        solvers = {"default": None, "dense": Dense(), "lanczos": BlockLanczos(), "eigsh": Eigsh()}
        return solvers[choice("solver", self.solver, list(solvers))]


@command("simulate --p 2 --p-star 1 --a 0.7 --alpha 2.5 --N 300 --samples 20 --seed 1")
def simulate(
    *,
    model: NetworkOptions,
    alpha: Alpha,
    n: Size,
    samples: Samples = 20,
    seed: Seed = 0,
    eigensolver: Eigensolver,
    workers: Workers = 1,
    store: Store = None,
    output: Output,
) -> None:
    """Smallest eigenpairs of sampled Hessians, and the limit.

    Each sample has a random teacher, student and inputs. The table has means over samples with their standard errors.
    """
    from ...arguments import TOGETHER, count
    from ...comparison import limit
    from ...simulation import memory_needed
    from ...simulation._simulate import simulate as run

    output.check()
    net: Any = model.network()
    ratio = parse_number("alpha", alpha)
    shape: dict[str, Any] = {
        "alpha": ratio,
        "N": n,
        "eigenvalues": eigensolver.eigenvalues,
        "solver": eigensolver.method(),
        "dtype": "float32" if eigensolver.single else "float64",
        "regenerate": eigensolver.regenerate,
    }
    workers = count("workers", workers, TOGETHER)
    _say_memory(memory_needed(net, **shape), workers)
    options: dict[str, Any] = {
        "samples": samples,
        "seed": seed,
        "workers": workers,
        "threads": eigensolver.threads,
        "library": eigensolver.library,
        "device": eigensolver.device,
        "store": store,
    }
    theory, interrupted = limit(net, ratio, model.averaging()), False
    try:
        data = run(net, **shape, **options, progress=True)
    except Interrupted as error:
        data, interrupted = _partial(error, samples, stored=store is not None), True
    record = _record(data, theory)
    output.show(lambda: record, lambda: _table(record, str(net)), lambda ax: _draw(net, data, theory, ax))
    if interrupted:
        raise SystemExit(130)


def _say_memory(size: float, workers: int) -> None:
    from ...memory import gigabytes

    sys.stderr.write(f"up to {gigabytes(size)} for each of {workers} process{'es' if workers > 1 else ''}\n")


def _partial(error: Interrupted, samples: int, *, stored: bool) -> Any:
    """The samples that are finished; exits if there are none."""
    done = error.data.sizes["sample"]
    hint = "the same command continues" if stored else "--store FILE would keep them"
    sys.stderr.write(f"bendscape: interrupted after {done} of {samples} samples; {hint}\n")
    if done == 0:
        raise SystemExit(130) from None
    return error.data


def _draw(net: Any, data: Any, theory: dict[str, float], ax: Any) -> None:
    from ...plot import eigenvalues as draw

    draw(data, theory=theory, ax=ax)
    ax.set_title(f"{net}, alpha={data.attrs['alpha']:g}, N={data.attrs['N']}")


def _record(data: Any, theory: dict[str, float]) -> dict[str, Any]:
    """The JSON: attributes, means with standard errors, the limit."""
    from ...simulation import sample_means

    means = sample_means(data)

    def both(name: str) -> dict[str, float]:
        return {"mean": float(means[name]), "stderr": float(means[f"{name}_stderr"])}

    network = ("a",) if "a" in data.attrs else ("network",)
    how = ("alpha", "N", "seed", "dtype", "inputs", "solver", "library", "version")
    return {
        **{key: data.attrs[key] for key in ("p", "p_star", *network, *how)},
        "samples": data.sizes["sample"],
        "unit": "H",
        **{key: both(name) for key, name in _OBSERVABLES.items()},
        "converged": bool(data.converged.all()),
        "largest_residual": float(data.residual.max()),
        "theory": theory,
    }


def _table(record: dict[str, Any], network: str) -> Table:
    from ...simulation.observables import PER_SAMPLE

    edge, outlier = record["theory"]["left_edge"], record["theory"]["outlier"]
    limits = {
        "smallest_eigenvalue": edge if math.isnan(outlier) else min(edge, outlier),
        "outlier": outlier,
        "overlap2": record["theory"]["overlap2"],
    }
    rows = [
        (
            key,
            f"{number(record[key]['mean'])} +- {number(record[key]['stderr'], 2)}",
            number(limits[key]) if key in limits else "",
            PER_SAMPLE[_OBSERVABLES[key]],
        )
        for key in _ROWS
    ]
    title = f"{record['samples']} samples, {network}, alpha={record['alpha']:g}, N={record['N']}, seed {record['seed']}"
    caption = (
        f"Eigenvalues of H; k = p p*. Limits are for infinite N, where the left edge of the bulk is {number(edge)}; a "
        "finite system deviates from them, most of all near a threshold."
    )
    if not record["converged"]:
        caption += f" Not all eigenpairs converged: residuals up to {number(record['largest_residual'], 2)}."
    return Table(title, ("", "mean", "limit", "what it is"), rows, caption)
