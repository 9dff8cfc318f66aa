"""The commands that recover signals: from data, and starts compared on samples."""

from __future__ import annotations

import math
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataWarning, Interrupted, InvalidParameterError
from .app import AsJson, Force, Plot, app
from .networks import Constant, TeacherWidth, Width, network
from .output import check_plot, number, print_json, print_table, save_plot
from .values import Number, Whole, parse_grid

__all__ = ["compare", "recover"]

STARTS = "hessian, random, or a spectral method: optimal (1 - 1/max(y, 0.1)), wide-hessian, averaged-hessian"


def _start(name: str, inits: int, p: int, a: float) -> Any:
    from ..estimators.evidence import OPTIMAL
    from ..models import AveragedHessian, WideHessian
    from ..simulation.starts import HessianStart, RandomStart, SpectralStart

    match name:
        case "hessian":
            return HessianStart(inits)
        case "random":
            return RandomStart()
        case "optimal":
            return SpectralStart(OPTIMAL)
        case "wide-hessian":
            return SpectralStart(WideHessian(a))
        case "averaged-hessian":
            return SpectralStart(AveragedHessian(p, a))
    raise InvalidParameterError(f"start = {name!r}: give {STARTS}")


@app.command(epilog="Example: bendscape recover data.csv --p-star 1 --out vectors.csv")
def recover(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="Text, npy, parquet: a row a sample, inputs and label; or npz: X, y."),
    ],
    p_star: Annotated[int, Whole("--p-star", help="How many vectors the labels depend on.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="npy, csv, tsv, txt, parquet: a row a vector.")],
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Labels, if they are in a file of their own.")
    ] = None,
    label_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of the labels, or its number; by default y, or the last.")
    ] = None,
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether a text has a line with names of columns.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option(metavar="MARK", help="Between columns of a text: , ; | tab, or blanks.")
    ] = None,
    decimal: Annotated[str | None, typer.Option(metavar="MARK", help="Decimal mark of a text, . or ,")] = None,
    encoding: Annotated[str | None, typer.Option(metavar="NAME", help="Of a text, such as utf-8 or latin-1.")] = None,
    p: Annotated[int, Whole("--p", help="Width of the students whose Hessian is taken.")] = 2,
    a: Annotated[float, Number("--a", help="Constant of the loss, in units of the mean label.")] = 1.0,
    start: Annotated[str, typer.Option(metavar="NAME", help=STARTS + ".")] = "hessian",
    inits: Annotated[int, Whole(help="Random students of the Hessian start.")] = 4,
    refine: Annotated[bool, typer.Option(help="Follow the start with gradient descent.")] = True,
    steps: Annotated[int, Whole(help="Of gradient descent, at most.")] = 2000,
    held_out: Annotated[float, Number(help="Share of the samples kept to test the answer.")] = 0.1,
    seed: Annotated[int, Whole(help="Of everything that is random.")] = 0,
    json: AsJson = False,
    force: Force = False,
) -> None:
    """From data to the vectors of a quadratic teacher, y = sum (v x)^2, and whether they are those of a signal."""
    from ..estimators.recover import recover as run
    from .files import check_out, read_data, save_array
    from .text import dialect

    check_out(out, (data, labels), force=force)
    wanted = dialect(header, separator, decimal, encoding)
    options: dict[str, Any] = {"p_star": p_star, "p": p, "a": a, "start": _start(start, inits, p, a), "refine": refine}
    options |= {"steps": steps, "held_out": held_out, "seed": seed, "progress": True}
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", DataWarning)
            given = read_data(data, labels, label_column, wanted)
            sys.stderr.write(f"bendscape: {given.line}\n")
            found = run(given.X, given.y, **options)
    except (Interrupted, KeyboardInterrupt):
        sys.stderr.write("bendscape: interrupted; nothing was written\n")
        raise SystemExit(130) from None
    warned = [str(one.message) for one in caught]
    for warning in warned:
        sys.stderr.write(f"bendscape: warning: {warning}\n")
    save_array(out, found.weights)
    record = _record(found, given.X.shape[1], start, out) | {"warnings": warned, "read": given.about}
    print_json(record) if json else _print(record)


def _record(found: Any, inputs: int, start: str, out: Path) -> dict[str, Any]:
    evidence, run = found.evidence, found.trajectory
    keys = ["alpha", "threshold", "predicted_overlap2", "limit_overlap2"]
    keys += ["outlier", "bulk", "spacing", "found", "signal", "sufficient", "crossed"]
    return {
        "inputs": inputs,
        "samples": found.samples,
        "held_out": found.held_out,
        "p_star": len(found.weights),
        "start": start,
        "evidence": None if evidence is None else {key: getattr(evidence, key) for key in keys},
        "lengths": found.lengths.tolist(),
        "unexplained": found.unexplained,
        "unexplained_stderr": found.unexplained_stderr,
        "steps": None if run is None else int(run.steps[-1]),
        "status": None if run is None else run.attrs["status"],
        "refined": found.refined,
        "verdict": _verdict(found.verdict),
        "seed": found.seed,
        "out": str(out),
    }


def _verdict(verdict: Any) -> dict[str, Any]:
    findings = [{"about": each.about, "text": each.text, "remedy": each.remedy} for each in verdict.findings]
    reasons = list(verdict.reasons)
    return {"status": verdict.status, "sufficient": verdict.sufficient, "reasons": reasons, "findings": findings}


def _print(record: dict[str, Any]) -> None:
    evidence, rows = record["evidence"], []
    if evidence is not None:
        rows += [
            ("alpha", number(evidence["alpha"]), "samples over inputs"),
            (
                "alpha_BBP",
                number(evidence["threshold"]),
                "where the start begins to be correlated with the vectors, for infinite N",
            ),
            (
                "m^2 of the start",
                number(evidence["predicted_overlap2"], 3),
                f"squared overlap that theory predicts from these labels ({number(evidence['limit_overlap2'], 3)} for "
                "infinite N)",
            ),
            (
                "eigenvalue",
                number(evidence["found"], 4),
                f"found; {number(evidence['outlier'], 4)} if these labels are made from these inputs, "
                f"{number(evidence['bulk'], 4)} if they have nothing to do with each other",
            ),
            (
                "signal",
                number(evidence["signal"], 3),
                "distance of the eigenvalue from the latter, in spacings: above 3.5 in less than one of a hundred "
                "without a signal",
            ),
        ]
        if math.isfinite(evidence["crossed"]):
            about = "rank correlation of labels with directions learnt without them, in standard errors"
            rows.append(("crossed", number(evidence["crossed"], 3), about))
    error = f"{number(record['unexplained'], 3)} +- {number(record['unexplained_stderr'], 2)}"
    about = f"of the variance of labels, from {record['held_out']} held out: 0 is perfect"
    rows.append(
        ("unexplained", error, about if math.isfinite(record["unexplained"]) else "labels held out cannot tell")
    )
    if record["steps"] is not None:
        status = "not converged" if record["status"] == "end" else record["status"]
        rows.append(("descent", status, f"after {record['steps']} steps"))
    verdict = record["verdict"]
    rows.append(("sufficient", "yes" if verdict["sufficient"] else "no", verdict["status"]))
    answer = "the start after gradient descent" if record["refined"] else "the start, without gradient descent"
    rows.append(("answer", "refined" if record["refined"] else "start", answer))
    lengths = ", ".join(number(x, 4) for x in record["lengths"])
    rows.append(("lengths", lengths, "of the vectors, turned so that they are orthogonal"))
    read = record["read"]
    where = read["labels"] or f"column {read['label_column']} of {read['columns']}"
    rows.append(("labels", where, f"read from {read['data']}, {read['format']}"))
    rows.append(("written", record["out"], "a row a vector; each up to its sign, several up to a rotation"))
    title = f"{record['samples']} samples of {record['inputs']} inputs, p*={record['p_star']}, start {record['start']}"
    print_table(title, ("quantity", "value", ""), rows)


@app.command(epilog="Example: bendscape compare --p 2 --p-star 1 --a 1 --alpha 0.5:3:6 --N 200 --samples 20")
def compare(
    p: Width,
    p_star: TeacherWidth,
    a: Constant,
    alpha: Annotated[str, typer.Option("--alpha", metavar="GRID", help="A number, a list 1,2,3, or low:high:count.")],
    n: Annotated[int, Whole("--N", help="Input dimension.")] = 200,
    samples: Annotated[int, Whole(help="Independent samples at each alpha.")] = 20,
    steps: Annotated[int, Whole(help="Of gradient descent, at most.")] = 1000,
    seed: Annotated[int, Whole(help="Of everything that is random.")] = 0,
    level: Annotated[float, Number(help="Squared overlap from which on the signal is recovered.")] = 0.5,
    workers: Annotated[int, Whole(help="Processes.")] = 1,
    store: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep each sample there; the same command goes on with it.")
    ] = None,
    json: AsJson = False,
    plot: Plot = None,
    force: Force = False,
) -> None:
    """What random, Hessian and spectral starts recover, alone and after gradient descent, at equal data."""
    import numpy as np

    from ..comparison.recovery import recovery
    from ..simulation.descent import GradientDescent

    check_plot(plot, force=force)
    net: Any = network(p, p_star, a)
    points = np.atleast_1d(np.asarray(parse_grid("alpha", alpha), dtype=float))
    options: dict[str, Any] = {"workers": workers, "store": store, "progress": True}
    interrupted = False
    try:
        found = recovery(
            net, alpha=points, N=n, samples=samples, seed=seed, level=level, method=GradientDescent(steps), **options
        )
    except Interrupted as error:
        sys.stderr.write(f"bendscape: {error}\n")
        found, interrupted = error.data, True
    if plot:
        save_plot(plot, lambda ax: _draw(found, str(net), ax))
    print_json(found.to_dict()) if json else _table(found, str(net))
    if interrupted:
        raise SystemExit(130)


def _draw(found: Any, name: str, ax: Any) -> None:
    from ..plot import recovery as draw

    draw(found, ax=ax)
    ax.set_title(f"{name}, N={found.attrs['N']}")
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper")


def _table(found: Any, name: str) -> None:
    rows = []
    for x in found.alpha.values:
        for start in found.start.values:
            each = found.sel(alpha=x, start=start)
            alone, after = each.sel(refined=False), each.sel(refined=True)
            rows.append(
                (
                    number(float(x), 4),
                    str(start),
                    number(float(each.overlap2_limit), 3),
                    _both(alone, "overlap2"),
                    _both(after, "overlap2"),
                    _both(after, "recovered"),
                    _both(after, "generalisation"),
                )
            )
    about = found.attrs
    done = sorted({int(n) for n in (found.samples.min(), found.samples.max())})
    title = f"{name}, N={about['N']}, {' to '.join(map(str, done))} samples at each alpha, seed {about['seed']}"
    caption = (
        f"m^2: share of the teacher's span. Recovered: share of samples with m^2 above {about['level']:g}. Error: half "
        f"the mean square on fresh inputs. alpha_BBP = {number(about['alpha_BBP'])} in the limit, at this N "
        f"{number(about['alpha_half'], 4)} with width {number(about['width'], 2)}; p*/2 = {number(about['limit'])}."
    )
    columns = ("alpha", "start", "limit", "m^2 alone", "m^2 after descent", "recovered", "error")
    print_table(title, columns, rows, caption)


def _both(row: Any, name: str) -> str:
    return f"{number(float(row[name]), 3)} +- {number(float(row[f'{name}_stderr']), 1)}"
