"""``bendscape reproduce``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MissingPackageError, install
from ...progress import tracked
from ..application import command
from ..options import Force, Seed, Workers
from ..render import Table, number, print_table

__all__ = ["reproduce"]


@command("reproduce --quick --out reproduction")
def reproduce(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Ten minutes instead of more than an hour.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new or empty folder.")] = Path("reproduction"),
    seed: Seed = 0,
    workers: Workers = 2,
    force: Force = False,
) -> None:
    """Check the paper: verdicts, figures, a page to read.

    The folder gets index.html, which opens from disk, the figures, and claims.json with every verdict.
    """
    try:
        from ...report import reproduce as run
    except ImportError as error:
        raise MissingPackageError(f"the page needs Matplotlib and Jinja2 ({error}): {install('plot')}") from error
    claims = run(out, quick=quick, seed=seed, force=force, workers=workers, track=tracked)
    rows = [
        (c.id, c.verdict, number(c.found), f"{number(c.expected)} +- {number(c.tolerance)}", c.statement)
        for c in claims
    ]
    columns = ("", "verdict", "found", "expected", "statement")
    print_table(Table("Claims of the paper (C), and beyond it (B)", columns, rows))
    print_table(Table("Written", ("file",), [(str(out / name),) for name in ("index.html", "claims.json")]))
