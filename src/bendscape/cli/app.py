"""The commands."""

from __future__ import annotations

import io
import math
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import (
    BendscapeError,
    DataWarning,
    Interrupted,
    MissingPackageError,
    StoreWarning,
    install,
)
from ..progress import tracked
from .commands import Commands
from .networks import GRID, takes_network, takes_networks, what_stays
from .output import check_plot, number, print_json, print_table, save_plot
from .values import Whole, parse_grid, parse_number

if TYPE_CHECKING:
    from ..theory.spectrum import Spectrum

__all__ = ["AsJson", "Force", "Plot", "app", "main"]

app = typer.Typer(
    cls=Commands,
    help="How much data before the curvature at a random start points at the answer?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"bendscape {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """How much data before the curvature at a random start points at the answer?"""


AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON instead of a table (infinity as a string, nan as null).")
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Save a picture; the ending says the format.")
]
Side = Annotated[
    str | None, typer.Option(metavar="SIDE", help="left or right of the bulk; by default where one leaves first.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace files of an earlier run.")]


@app.command(
    epilog="Example: bendscape threshold --p 2 --p-star 1 --a 0.7; or "
    "bendscape threshold --p 2 --p-star 1 --activation tanh --loss huber --noise 0.5"
)
@takes_network
def threshold(
    net: Any,
    averaging: Any,
    window: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help="Window of the linear fit for alpha_0, over alpha_BBP."),
    ] = None,
    side: Side = None,
    json: AsJson = False,
    plot: Plot = None,
    force: Force = False,
) -> None:
    """Where outliers correlated with the teacher leave the bulk, and whether their overlap jumps."""
    from ..theory.threshold import threshold as solve
    from .limits import draw_onset, print_threshold, record

    check_plot(plot, force=force)
    found = solve(net, window=window, side=side, averaging=averaging, progress=True)  # type: ignore[arg-type]
    if plot:
        save_plot(plot, lambda ax: draw_onset(found, ax))
    print_json(record(found)) if json else print_threshold(found)


@app.command(
    epilog="Example: bendscape spectrum --p 2 --p-star 1 --a 0.7 --alpha 2.5; or "
    "bendscape spectrum --p 2 --p-star 1 --activation tanh --alpha 6"
)
@takes_network
def spectrum(
    net: Any,
    averaging: Any,
    alpha: Annotated[str, typer.Option("--alpha", metavar="ALPHA", help="Samples over inputs, M/N.")],
    json: AsJson = False,
    plot: Plot = None,
    force: Force = False,
) -> None:
    """Edges of the bulk, outliers, and overlaps of their eigenvectors with teacher and student."""
    from ..theory.spectrum import spectrum as solve
    from .limits import print_spectrum, record

    check_plot(plot, force=force)
    found = solve(net, alpha=parse_number("alpha", alpha), averaging=averaging)
    if plot:
        save_plot(plot, lambda ax: _draw_spectrum(found, ax))
    print_json(record(found)) if json else print_spectrum(found)


def _draw_spectrum(found: Spectrum, ax: Any) -> None:
    from ..plot import spectrum as draw

    draw(found, ax=ax)


Grid = Annotated[str, typer.Option("--alpha", metavar="GRID", help=f"Samples over inputs, M/N. {GRID}")]


@app.command(epilog="Example: bendscape overlap --p 2 --p-star 1 --a 0.7 --alpha 0.5:4:15 --students 4")
@takes_network
def overlap(
    net: Any,
    averaging: Any,
    alpha: Grid,
    students: Annotated[
        int | None, Whole("--students", help="Random students at the same data, whose eigenvectors are combined.")
    ] = None,
    side: Side = None,
    json: AsJson = False,
    plot: Plot = None,
    force: Force = False,
) -> None:
    """The squared overlap of the outlier's eigenvectors with the teacher, against alpha."""
    from ..models.methods import HessianMethod
    from ..theory.overlap import overlap as solve
    from .diagrams import draw_overlap, print_overlap

    check_plot(plot, force=force)
    model = net if students is None else HessianMethod(net, students)
    data = solve(model, alpha=parse_grid("alpha", alpha), side=side, averaging=averaging)  # type: ignore[arg-type]
    if plot:
        save_plot(plot, lambda ax: draw_overlap(data, str(model), ax))
    print_json(data.to_dict()) if json else print_overlap(data, str(model))


@app.command(
    "phase-diagram",
    epilog="Example: bendscape phase-diagram --p 1:10 --p-star 1 --a 0.1:3:30:log --plot map.png; or "
    "bendscape phase-diagram --p 2 --p-star 1 --a 0.5:3:6 --noise 0:1:5",
)
@takes_networks
def phase_diagram(
    net: Any,
    numbers: Any,
    averaging: Any,
    alpha: Annotated[
        str | None,
        typer.Option("--alpha", metavar="GRID", help="As --p; adds edge, outlier and overlap at each alpha."),
    ] = None,
    n: Annotated[
        str | None,
        typer.Option("--N", metavar="GRID", help="As --p; adds thresholds of samples with that input dimension."),
    ] = None,
    samples: Annotated[int, Whole(help="Samples at each point with an N.")] = 50,
    seed: Annotated[int, Whole(help="Of these samples.")] = 0,
    json: AsJson = False,
    plot: Plot = None,
    variable: Annotated[
        str | None,
        typer.Option(help="What --plot shows over the two longest axes: alpha_BBP, or alpha_half with --N."),
    ] = None,
    force: Force = False,
) -> None:
    """Thresholds over grids of the numbers of a network: widths, constants, noise."""
    from ..theory.phase_diagram import phase_diagram as solve
    from .diagrams import draw_diagram, print_diagram

    check_plot(plot, force=force)
    axes: dict[str, Any] = {name: parse_grid(name, text) for name, text in (("alpha", alpha), ("N", n)) if text}
    finite: dict[str, Any] = {"samples": samples, "seed": seed} if n else {}
    data = solve(net, **numbers, **axes, **finite, averaging=averaging, progress=True)
    if plot:
        save_plot(plot, lambda ax: draw_diagram(data, variable, ax))
    print_json(data.to_dict()) if json else print_diagram(data, what_stays(net))


@app.command(epilog="Example: bendscape simulate --p 2 --p-star 1 --a 0.7 --alpha 2.5 --N 300 --samples 20 --seed 1")
@takes_network
def simulate(
    net: Any,
    averaging: Any,
    alpha: Annotated[str, typer.Option("--alpha", metavar="ALPHA", help="Samples over inputs, M/N.")],
    n: Annotated[int, Whole("--N", help="Input dimension.")],
    samples: Annotated[int, Whole(help="Independent samples.")] = 20,
    seed: Annotated[int, Whole(help="Of everything that is random.")] = 0,
    eigenvalues: Annotated[int | None, Whole(help="Smallest eigenpairs of each sample, by default p p* + 8.")] = None,
    solver: Annotated[
        str, typer.Option(metavar="NAME", help="dense, lanczos or eigsh; by default the fastest for the size.")
    ] = "default",
    single: Annotated[bool, typer.Option("--float32", help="Single precision: half the memory and time.")] = False,
    regenerate: Annotated[
        bool, typer.Option("--regenerate", help="Draw inputs again for every product instead of holding them.")
    ] = False,
    workers: Annotated[int, Whole(help="Processes.")] = 1,
    threads: Annotated[int, Whole(help="Threads of each process.")] = 1,
    library: Annotated[str, typer.Option(help="Arrays of numpy, torch or cupy.")] = "numpy",
    device: Annotated[str | None, typer.Option(help="Of that library, for instance cuda.")] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep each sample there; the same command goes on with it.")
    ] = None,
    json: AsJson = False,
    plot: Plot = None,
    force: Force = False,
) -> None:
    """Smallest eigenpairs of real Hessians, with the theory beside them."""
    from ..arguments import TOGETHER, count
    from ..comparison import limit
    from ..memory import gigabytes
    from ..simulation import memory_needed
    from ..simulation.simulate import simulate as run

    check_plot(plot, force=force)
    number = parse_number("alpha", alpha)
    method, dtype = _solver(solver), "float32" if single else "float64"
    shape: dict[str, Any] = {"alpha": number, "N": n, "eigenvalues": eigenvalues, "solver": method, "dtype": dtype}
    workers = count("workers", workers, TOGETHER)
    size = memory_needed(net, **shape, regenerate=regenerate)
    sys.stderr.write(f"up to {gigabytes(size)} for each of {workers} process{'es' if workers > 1 else ''}\n")
    options: dict[str, Any] = {
        "workers": workers,
        "threads": threads,
        "library": library,
        "device": device,
        "store": store,
    }
    theory, interrupted = limit(net, number, averaging), False
    try:
        data = run(net, **shape, samples=samples, seed=seed, regenerate=regenerate, progress=True, **options)
    except Interrupted as error:
        done = error.data.sizes["sample"]
        hint = "the same command goes on" if store else "--store FILE would keep them"
        sys.stderr.write(f"bendscape: interrupted after {done} of {samples} samples; {hint}\n")
        if done == 0:
            raise SystemExit(130) from None
        data, interrupted = error.data, True
    if plot:
        save_plot(plot, lambda ax: _draw_samples(net, data, theory, ax))
    record = _samples_record(data, theory)
    print_json(record) if json else _print_samples(record, str(net))
    if interrupted:
        raise SystemExit(130)


def _solver(name: str) -> Any:
    from ..expected import choice
    from ..simulation import BlockLanczos, Dense, Eigsh

    known = {"default": None, "dense": Dense(), "lanczos": BlockLanczos(), "eigsh": Eigsh()}
    return known[choice("solver", name, list(known))]


def _draw_samples(net: Any, data: Any, theory: dict[str, float], ax: Any) -> None:
    from ..plot import eigenvalues as draw

    draw(data, theory=theory, ax=ax)
    ax.set_title(f"{net}, alpha={data.attrs['alpha']:g}, N={data.attrs['N']}")


def _samples_record(data: Any, theory: dict[str, float]) -> dict[str, Any]:
    from ..simulation import mean_stderr

    def both(name: str) -> dict[str, float]:
        mean, stderr = mean_stderr(data[name].values, share=name == "phi")
        return {"mean": mean, "stderr": stderr}

    names = {"overlap2": "captured"} | {
        name: name for name in ("smallest_eigenvalue", "outlier", "gap", "excess", "dominance", "phi")
    }
    keys = (
        "p",
        "p_star",
        "a" if "a" in data.attrs else "network",
        "alpha",
        "N",
        "seed",
        "dtype",
        "inputs",
        "solver",
        "library",
        "version",
    )
    return {
        **{key: data.attrs[key] for key in keys},
        "samples": data.sizes["sample"],
        "unit": "H",
        **{key: both(name) for key, name in names.items()},
        "converged": bool(data.converged.all()),
        "largest_residual": float(data.residual.max()),
        "theory": theory,
    }


def _print_samples(record: dict[str, Any], network: str) -> None:
    from ..simulation.observables import PER_SAMPLE

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
            PER_SAMPLE["captured" if key == "overlap2" else key],
        )
        for key in ("smallest_eigenvalue", "outlier", "gap", "overlap2", "excess", "dominance", "phi")
    ]
    title = f"{record['samples']} samples, {network}, alpha={record['alpha']:g}, N={record['N']}, seed {record['seed']}"
    caption = (
        f"Eigenvalues of H; k = p p*. Limits are for infinite N, where the left edge of the bulk is {number(edge)}; a "
        "finite system deviates from them, most of all near a threshold."
    )
    if not record["converged"]:
        caption += f" Not all eigenpairs converged: residuals up to {number(record['largest_residual'], 2)}."
    print_table(title, ("", "mean", "limit", "what it is"), rows, caption)


@app.command(epilog="Example: bendscape reproduce --quick --out reproduction")
def reproduce(
    quick: Annotated[bool, typer.Option("--quick", help="Ten minutes instead of more than an hour.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new or empty folder.")] = Path("reproduction"),
    seed: Annotated[int, Whole(help="Of everything that is random.")] = 0,
    workers: Annotated[int, Whole(help="Processes for the simulations.")] = 2,
    force: Force = False,
) -> None:
    """Check the paper: every claim with a verdict, figures, a page that opens from disk."""
    try:
        from ..report import reproduce as run
    except ImportError as error:
        raise MissingPackageError(f"the page needs Matplotlib and Jinja2 ({error}): {install('plot')}") from error
    claims = run(out, quick=quick, seed=seed, force=force, workers=workers, track=tracked)
    rows = [
        (c.id, c.verdict, number(c.found), f"{number(c.expected)} +- {number(c.tolerance)}", c.statement)
        for c in claims
    ]
    print_table("Claims of the paper (C), and beyond it (B)", ("", "verdict", "found", "expected", "statement"), rows)
    print_table("Written", ("file",), [(str(out / name),) for name in ("index.html", "claims.json")])


def main() -> None:
    """Run a command; an error that the user can mend is one line, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without some letter gets its number
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            app()
    except BendscapeError as error:
        sys.stderr.write(f"bendscape: {error}\n")
        raise SystemExit(2) from None
    except OSError as error:  # a full disk
        sys.stderr.write(f"bendscape: {error.strerror or error}\n")
        raise SystemExit(2) from None
    except MemoryError as error:
        sys.stderr.write(f"bendscape: not enough memory ({error}): give smaller sizes\n")
        raise SystemExit(2) from None


def _warn(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    if issubclass(category, (DataWarning, StoreWarning)):
        sys.stderr.write(f"bendscape: warning: {message}\n")
    else:
        _default_warning(message, category, *where, **more)


_default_warning = warnings.showwarning
