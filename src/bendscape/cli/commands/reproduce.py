"""``bendscape reproduce``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ...errors import BendscapeError, Interrupted, MissingPackageError, install
from ..application import command
from ..options import Force, Seed, Workers
from ..render import Table, number, print_table

__all__ = ["reproduce"]


@command("reproduce --quick --out reproduction")
def reproduce(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Minutes instead of more than an hour.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new or empty folder.")] = Path("reproduction"),
    seed: Seed = 0,
    workers: Workers = 2,
    only: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Some figures or claims, such as fig2,b10; by default all.")
    ] = None,
    force: Force = False,
) -> None:
    """Check the paper: verdicts, figures, a page to read.

    The folder gets index.html, which opens from disk and grows while the command runs, the figures, and claims.json
    with every verdict. After an interruption the same command goes on.
    """
    try:
        from ...reproduction import reproduce as run
    except ImportError as error:
        raise MissingPackageError(f"the page needs Matplotlib and Jinja2 ({error}): {install('plot')}") from error
    try:
        results = run(out, quick=quick, seed=seed, only=only, force=force, workers=workers, progress=True)
    except Interrupted as error:
        sys.stderr.write(f"bendscape: {error}\n")
        raise SystemExit(130) from None
    rows = [
        (c.id, c.verdict, number(c.found), f"{number(c.expected)} +- {number(c.tolerance)}", c.statement)
        for c in results.claims
    ]
    columns = ("", "verdict", "found", "expected", "statement")
    print_table(Table("Claims of the paper (C), and beyond it (B)", columns, rows))
    print_table(Table("Written", ("file",), [(str(out / name),) for name in ("index.html", "claims.json")]))
    if results.failed:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in results.failed.items())
        raise BendscapeError(f"{len(results.failed)} figures could not be computed ({reasons}); the others are written")
