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
    InvalidParameterError,
    MissingPackageError,
    StoreWarning,
    install,
)
from ..progress import tracked
from .commands import Commands
from .networks import takes_network
from .output import check_plot, number, print_json, print_table, save_plot
from .values import Whole, parse_grid, parse_number

if TYPE_CHECKING:
    from ..theory.spectrum import Spectrum
    from ..theory.threshold import Threshold

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
    side: Annotated[
        str | None, typer.Option(metavar="SIDE", help="left or right of the bulk; by default where one leaves first.")
    ] = None,
    json: AsJson = False,
    plot: Plot = None,
    force: Force = False,
) -> None:
    """Where outliers correlated with the teacher leave the bulk, and whether their overlap jumps."""
    from ..theory.dispatch import is_general
    from ..theory.threshold import threshold as solve

    check_plot(plot, force=force)
    if is_general(net, averaging):
        _general_threshold(net, averaging, window, side, json, plot)
        return
    if side is not None:
        raise InvalidParameterError(f"side = {side!r}: of this network outliers leave on the left; leave it out")
    found = solve(net, window=window)
    if plot:
        save_plot(plot, lambda ax: _draw_onset(found, ax))
    print_json(_threshold_record(found)) if json else _print_threshold(found)


def _threshold_record(found: Threshold) -> dict[str, Any]:
    line = found.alpha_0_window
    return {
        "p": found.net.p,
        "p_star": found.net.p_star,
        "a": found.net.a,
        "alpha": found.alpha,
        "kind": found.kind,
        "unit": found.unit,
        "edge": found.edge,
        "overlap2_jump": found.overlap2_jump,
        "alpha_smooth": found.alpha_smooth,
        "alpha_0_tangent": found.alpha_0_tangent,
        "alpha_0_window": {"alpha": line.alpha, "error": line.error, "window": line.window},
        "error": found.error,
    }


def _print_threshold(found: Threshold) -> None:
    line = found.alpha_0_window
    low, high = found.window
    negative = "; negative: it says nothing" if found.alpha_0_tangent < 0 else ""
    rows = [
        ("alpha_BBP", number(found.alpha, 10), "smallest eigenvalues leave the bulk"),
        ("kind", found.kind, "how the overlap starts"),
        ("jump of m^2", number(found.overlap2_jump), "squared overlap just above"),
        ("left edge", number(found.edge), f"at the threshold, in units of {found.unit}"),
        ("alpha_smooth", number(found.alpha_smooth), "left edge is smooth up to here"),
        ("alpha_0, tangent", number(found.alpha_0_tangent), "zero of the tangent at alpha_BBP" + negative),
        (
            "alpha_0, window",
            f"{number(line.alpha)} +- {number(line.error, 2)}",
            f"line over {low:g} to {high:g} alpha_BBP",
        ),
    ]
    print_table(f"BBP threshold, {found.net}", ("quantity", "value", ""), rows)


def _draw_onset(found: Threshold, ax: Any) -> None:
    import numpy as np

    from ..plot import overlap as draw
    from ..theory.overlap import overlap

    ratios = np.unique(np.append(np.linspace(0.05, 3.0, 300), (1 - 1e-9, 1 + 1e-9)))
    draw(overlap(found.net, alpha=ratios * found.alpha), ax=ax)
    ax.axvline(found.alpha, ls=":", color="0.6", lw=1)
    ax.set_title(str(found.net))


def _general_threshold(net: Any, averaging: Any, window: Any, side: Any, json: bool, plot: Path | None) -> None:
    from ..theory.threshold import threshold as solve
    from .general import print_threshold, threshold_record

    for name, value in (("window", window), ("plot", plot)):
        if value is not None:
            raise InvalidParameterError(f"{name} = {value}: for the paper's network only; leave it out")
    if side not in (None, "left", "right"):
        raise InvalidParameterError(f"side = {side!r}: give left or right")
    found = solve(net, side=side, averaging=averaging, progress=True)
    print_json(threshold_record(found)) if json else print_threshold(found)


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
    """Edges of the bulk, outliers, and overlaps of their eigenvectors with the teacher."""
    from ..theory.dispatch import is_general
    from ..theory.spectrum import spectrum as solve

    check_plot(plot, force=force)
    if plot and is_general(net, averaging):
        raise InvalidParameterError(f"plot = {str(plot)!r}: for the paper's network only; leave it out")
    found: Any = solve(net, alpha=parse_number("alpha", alpha), averaging=averaging)
    if plot:
        save_plot(plot, lambda ax: _draw_spectrum(found, ax))
    if is_general(net, averaging):
        from .general import print_spectrum, spectrum_record

        print_json(spectrum_record(found)) if json else print_spectrum(found)
    else:
        print_json(_spectrum_record(found)) if json else _print_spectrum(found)


def _draw_spectrum(found: Spectrum, ax: Any) -> None:
    from ..plot import spectrum as draw

    draw(found, ax=ax)


def _edge_record(edge: Any) -> dict[str, Any] | None:
    keys = ("value", "kind", "tail_constant", "exponent", "alpha_smooth", "error")
    return None if edge is None else {key: getattr(edge, key) for key in keys}


def _spectrum_record(found: Spectrum) -> dict[str, Any]:
    keys = ("value", "side", "sector", "multiplicity", "overlap2_teacher", "overlap2_student", "residual")
    return {
        "p": found.net.p,
        "p_star": found.net.p_star,
        "a": found.net.a,
        "alpha": found.alpha,
        "unit": found.unit,
        "left_edge": _edge_record(found.left_edge),
        "right_edge": _edge_record(found.right_edge),
        "zero_mass": found.zero_mass,
        "outliers": [{key: getattr(o, key) for key in keys} for o in found.outliers],
    }


def _print_spectrum(found: Spectrum) -> None:
    rows: list[tuple[str, ...]] = [("left edge", number(found.left_edge.value, 8), found.left_edge.kind, "", "", "")]
    for o in found.outliers:
        overlaps = number(o.overlap2_teacher), number(o.overlap2_student)
        rows.append((f"{o.side} outlier", number(o.value, 8), o.sector, number(o.multiplicity), *overlaps))
    if found.right_edge:
        rows.append(("right edge", number(found.right_edge.value, 8), found.right_edge.kind, "", "", ""))
    caption = [f"Eigenvalues of {found.unit}."]
    if found.left_edge.kind == "smooth":
        edge = found.left_edge
        caption.append(
            f"Density ~ exp(-{number(edge.tail_constant)}/d) at the left edge, up to alpha = {edge.alpha_smooth:.6g}."
        )
    if not found.right_edge:
        caption.append("No right edge: curvatures are unbounded above.")
    if found.zero_mass:
        caption.append(f"A share {number(found.zero_mass)} of the eigenvalues is zero.")
    columns = ("", "eigenvalue", "kind", "copies", "m^2 teacher", "m^2 student")
    print_table(f"Spectrum, {found.net}, alpha={found.alpha:g}", columns, rows, " ".join(caption))


GRID = "A number, a list 1,2,inf, integers 1:10, low:high:count, or low:high:count:log."


@app.command(
    "phase-diagram", epilog="Example: bendscape phase-diagram --p 1:10 --p-star 1 --a 0.1:3:30:log --plot map.png"
)
def phase_diagram(
    p: Annotated[str, typer.Option("--p", metavar="GRID", help=GRID)],
    p_star: Annotated[str, typer.Option("--p-star", metavar="GRID", help="As --p.")],
    a: Annotated[str, typer.Option("--a", metavar="GRID", help="As --p.")],
    alpha: Annotated[
        str | None,
        typer.Option("--alpha", metavar="GRID", help="As --p; adds edge, outlier and overlap at each alpha."),
    ] = None,
    json: AsJson = False,
    plot: Plot = None,
    variable: Annotated[str, typer.Option(help="What --plot maps, over the two longest axes.")] = "alpha_BBP",
    force: Force = False,
) -> None:
    """Thresholds over two or three of p, p*, a and alpha."""
    from ..theory.phase_diagram import phase_diagram as solve

    check_plot(plot, force=force)
    grids = {"p": parse_grid("p", p), "p_star": parse_grid("p_star", p_star), "a": parse_grid("a", a)}
    data = solve(**grids, alpha=None if alpha is None else parse_grid("alpha", alpha), progress=True)
    if plot:
        save_plot(plot, lambda ax: _draw_map(data, variable, ax))
    print_json(data.to_dict()) if json else _print_diagram(data)


def _draw_map(data: Any, variable: str, ax: Any) -> None:
    from ..plot import phase_diagram as draw

    names = [name for name in data if data[name].dtype.kind == "f" and data[name].ndim in (1, 2)]
    if variable not in names:
        if not names:
            raise InvalidParameterError("--plot: one point is no diagram, give one grid or two, as --a 0.1,1,3")
        raise InvalidParameterError(f"variable = {variable!r}: give one of {', '.join(map(str, names))}")
    if data[variable].ndim == 1:
        (line,) = data[variable].dims
        ax.plot(data[line], data[variable], "o-")
        ax.set(xlabel=_HEADINGS[line], ylabel=_HEADINGS.get(variable, variable))
        return
    y, x = sorted(data[variable].dims, key=("p", "p_star", "alpha", "a").index)
    draw(data, variable, x=x, y=y, ax=ax)


_HEADINGS = {
    "p": "p",
    "p_star": "p*",
    "a": "a",
    "alpha": "alpha",
    "left_edge": "edge",
    "edge_kind": "edge kind",
    "outlier": "outlier",
    "overlap2": "m^2",
    "alpha_BBP": "alpha_BBP",
    "kind": "kind",
    "overlap2_jump": "jump",
    "alpha_smooth": "alpha_s",
    "alpha_0_tangent": "alpha_0",
}


def _print_diagram(data: Any) -> None:
    axes = [name for name in ("p", "p_star", "a", "alpha") if name in data.coords]
    frame = data.expand_dims([name for name in axes if name not in data.dims]).to_dataframe().reset_index()
    fixed = [name for name in axes if name not in data.dims]
    left_out = {*fixed, *(("kind", "overlap2_jump", "alpha_smooth", "alpha_0_tangent") if "left_edge" in data else ())}
    shown = [name for name in _HEADINGS if name in frame and name not in left_out]
    rows = [
        [v if isinstance(v, str) else number(float(v), 5) for v in row] for row in frame[shown].itertuples(index=False)
    ]
    title = ", ".join(["Phase diagram", *(f"{_HEADINGS[name]} = {number(float(data[name]))}" for name in fixed)])
    print_table(title, [_HEADINGS[name] for name in shown], rows)


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
