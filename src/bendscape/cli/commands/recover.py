"""``bendscape recover``."""

from __future__ import annotations

import math
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import DataWarning, Interrupted, InvalidParameterError
from ..application import command
from ..options import AsJson, Force, Number, Seed, Steps, Whole
from ..patterns import Patterns, recover_patterns
from ..render import Table, number, print_answer

if TYPE_CHECKING:
    from ..tables import Dialect

__all__ = ["recover"]

STARTS = "hessian, random, or a spectral method: optimal (1 - 1/max(y, 0.1)), wide-hessian, averaged-hessian"


@dataclass(frozen=True)
class DataFiles:
    """Options that say where inputs and labels are, and how a text is written."""

    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DATA]",
            help="Text, npy or parquet with a row for each sample, inputs and label; or npz with X, y.",
        ),
    ] = None
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the labels, if they are not in DATA.")
    ] = None
    label_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of the labels, or its number; by default y, or the last.")
    ] = None
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether a text has a line with names of columns.")
    ] = None
    separator: Annotated[
        str | None, typer.Option(metavar="MARK", help="Mark between columns of a text: , ; | tab, or blanks.")
    ] = None
    decimal: Annotated[str | None, typer.Option(metavar="MARK", help="Decimal mark of a text: . or ,")] = None
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Encoding of a text, such as utf-8 or latin-1.")
    ] = None

    def dialect(self) -> Dialect:
        """The options for text, checked."""
        from ..tables import dialect

        return dialect(self.header, self.separator, self.decimal, self.encoding)


@dataclass(frozen=True)
class Start:
    """Options of the start: which directions are the first guess of the vectors."""

    p: Annotated[int, Whole("--p", help="Number of neurons of the students whose Hessian is taken.")] = 2
    a: Annotated[float, Number("--a", help="Constant in the loss, in units of the mean label.")] = 1.0
    start: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"Start of a descent, by default hessian: {STARTS}.")
    ] = None
    inits: Annotated[int | None, Whole(help="Number of random students of the Hessian start, by default 4.")] = None

    def value(self) -> Any:
        """The start of that name; None where no option of it is given."""
        from ...estimators.evidence import OPTIMAL
        from ...models import AveragedHessian, WideHessian
        from ...simulation.training.starts import HessianStart, RandomStart, SpectralStart

        if self.start is None and self.inits is None:
            return None
        match self.start or "hessian":
            case "hessian":
                return HessianStart(4 if self.inits is None else self.inits)
            case "random":
                return RandomStart()
            case "optimal":
                return SpectralStart(OPTIMAL)
            case "wide-hessian":
                return SpectralStart(WideHessian(self.a))
            case "averaged-hessian":
                return SpectralStart(AveragedHessian(self.p, self.a))
        raise InvalidParameterError(f"start = {self.start!r}: give {STARTS}")


@command(
    "recover data.csv --out vectors.csv",
    "recover --patterns patterns.npy --masks masks.npy --kind counts --dark 20 --out object.npz --picture object.png",
)
def recover(
    *,
    files: DataFiles,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="File for the vectors, a row for each: npy, csv, tsv, txt or parquet; for an object: npz or npy.",
        ),
    ],
    stack: Patterns,
    first: Start,
    p_star: Annotated[
        int | None, Whole("--p-star", help="Number of vectors that the labels depend on; by default they are counted.")
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="NAME", help="Method: auto, message-passing, or descent (from --start).")
    ] = "auto",
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Kind of the labels: intensities, counts, amplitudes or saturated; by default decided by evidence.",
        ),
    ] = None,
    refine: Annotated[bool, typer.Option(help="Improve the start of a descent by gradient descent.")] = True,
    steps: Steps = 2000,
    held_out: Annotated[float, Number(help="Share of the samples kept to test the answer.")] = 0.1,
    seed: Seed = 0,
    json: AsJson = False,
    force: Force = False,
) -> None:
    """Vectors v of y = sum (v x)^2, or an object behind masks.

    The table also says whether the vectors can be used: whether the data have enough samples, and whether the answer
    explains labels that it was not learnt from.
    """
    from ...estimators.recover import recover as run
    from ..tables import check_out, read_data, save_array

    options: dict[str, Any] = {"p_star": p_star, "p": first.p, "a": first.a, "start": first.value(), "refine": refine}
    options |= {"method": method.replace("-", " "), "channel": channel, "steps": steps}
    options |= {"held_out": held_out, "seed": seed}
    if stack.patterns is not None:
        if files.data is not None:
            raise InvalidParameterError(f"DATA = {files.data}: give either DATA or --patterns")
        recover_patterns(stack, out, options, json=json, force=force)
        return
    if files.data is None:
        raise InvalidParameterError("no data: give a file DATA with a row for each sample, or --patterns FILE")
    check_out(out, (files.data, files.labels), force=force)
    dialect = files.dialect()
    options["progress"] = True
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", DataWarning)
            samples = read_data(files.data, files.labels, files.label_column, dialect)
            sys.stderr.write(f"bendscape: {samples.line}\n")
            result = run(samples.X, samples.y, **options)
    except (Interrupted, KeyboardInterrupt):
        sys.stderr.write("bendscape: interrupted; nothing was written\n")
        raise SystemExit(130) from None
    warned = [str(one.message) for one in caught]
    for warning in warned:
        sys.stderr.write(f"bendscape: warning: {warning}\n")
    save_array(out, result.weights)
    begun = "optimal" if result.method == "message passing" else first.start or "hessian"
    about = {"start": begun, "out": str(out), "warnings": warned, "read": samples.about}
    record = result.to_dict() | about
    print_answer(lambda: record, lambda: _table(record), as_json=json)


def _table(record: dict[str, Any]) -> Table:
    rows = [*_vectors(record["vectors"]), *_evidence(record["evidence"]), *_answer(record)]
    title = f"{record['samples']} samples of {record['inputs']} inputs, p*={record['p_star']}, start {record['start']}"
    return Table(title, ("quantity", "value", ""), rows)


def _vectors(vectors: dict[str, Any] | None) -> list[tuple[str, str, str]]:
    """Row with the number of vectors that was counted; none where it was given."""
    if vectors is None:
        return []
    places = ", ".join(number(x, 3) for x in vectors["distances"])
    about = f"{vectors['status']}; leading eigenvalues of a spectral method are {places} spacings in front of its bulk"
    return [("vectors", str(vectors["count"]), f"{about}, where {vectors['mark']:g} are those of a vector")]


def _evidence(evidence: dict[str, Any] | None) -> list[tuple[str, str, str]]:
    """Rows with the prediction for the start and the eigenvalue of the data; none for a random start."""
    if evidence is None:
        return []
    limit = number(evidence["limit_overlap2"], 3)
    rows = [
        ("alpha", number(evidence["alpha"]), "samples over inputs"),
        (
            "alpha_BBP",
            number(evidence["threshold"]),
            "where the start begins to be correlated with the vectors, for infinite N",
        ),
        (
            "m^2 of the start",
            number(evidence["predicted_overlap2"], 3),
            f"squared overlap that theory predicts from these labels ({limit} for infinite N)",
        ),
        (
            "eigenvalue",
            number(evidence["found"], 4),
            f"in the data; theory expects {number(evidence['outlier'], 4)} with a signal, "
            f"{number(evidence['bulk'], 4)} without",
        ),
        (
            "signal",
            number(evidence["signal"], 3),
            "distance of the eigenvalue from the one without a signal, in spacings; by chance above 3.5 in fewer than "
            "1 of 100 samples",
        ),
    ]
    if math.isfinite(evidence["crossed"]):
        about = "rank correlation of labels with directions learnt without them, in standard errors"
        rows.append(("crossed", number(evidence["crossed"], 3), about))
    return rows


def _answer(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Rows on the vectors: labels held out that they explain, whether they can be used, where they were written."""
    error = f"{number(record['unexplained'], 3)} +- {number(record['unexplained_stderr'], 2)}"
    about = f"share of the variance of labels, on {record['held_out']} samples held out; 0 is perfect"
    rows = [
        (
            "unexplained",
            error,
            about if math.isfinite(record["unexplained"]) else "the labels held out cannot decide it",
        )
    ]
    if record["steps"] is not None:
        status = "not converged" if record["status"] == "end" else record["status"]
        name = "descent" if record["method"] == "descent" else "messages"
        rows.append((name, status, f"after {record['steps']} steps"))
    verdict, read = record["verdict"], record["read"]
    return [
        *rows,
        ("method", record["method"], record["reason"]),
        *_certainty(record),
        ("sufficient", "yes" if verdict["sufficient"] else "no", verdict["status"]),
        ("answer", "refined" if record["refined"] else "start", _how(record)),
        (
            "lengths",
            ", ".join(number(x, 4) for x in record["lengths"]),
            "lengths of the vectors, rotated so that they are orthogonal",
        ),
        (
            "labels",
            read["labels"] or f"column {read['label_column']} of {read['columns']}",
            f"read from {read['data']}, {read['format']}",
        ),
        ("written", record["out"], "one row for each vector; signs are arbitrary, and so are rotations among several"),
    ]


def _how(record: dict[str, Any]) -> str:
    """Return how the answer follows from the start."""
    if record["method"] == "message passing":
        return "posterior means of message passing"
    return "the start after gradient descent" if record["refined"] else "the start, without gradient descent"


def _certainty(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Rows on uncertainty and noise; none where nothing supports them."""
    rows = []
    if math.isfinite(record["expected_overlap2"]):
        about = "squared overlap of the answer with the vectors, expected from its uncertainty"
        rows.append(("m^2", number(record["expected_overlap2"], 4), about))
        about = "standard deviation of a component of the vectors, root mean square"
        rows.append(("uncertainty", number(record["uncertainty"], 3), about))
    if math.isfinite(record["noise"]):
        size = f"{number(record['noise'], 3)} +- {number(record['noise_stderr'], 2)}"
        rows.append(("noise", size, f"standard deviation, in units of the labels, which are {record['channel']}"))
    elif record["channel"] != "intensities":
        rows.append(("labels are", record["channel"], ""))
    return rows
