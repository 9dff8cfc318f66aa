"""Options that several commands have, each defined once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from .values import parse_integer, parse_real

__all__ = [
    "GRID",
    "Alpha",
    "AlphaGrid",
    "AsJson",
    "Force",
    "Number",
    "Plot",
    "Samples",
    "Seed",
    "Side",
    "Size",
    "Steps",
    "Store",
    "Whole",
    "Workers",
]

GRID = "a number, a list 1,2,inf, integers 1:10, low:high:count, or low:high:count:log"

# options that Typer parses: an integer, and any real number
Whole: Any = partial(typer.Option, parser=parse_integer, metavar="INTEGER")
Number: Any = partial(typer.Option, parser=parse_real, metavar="NUMBER")

AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON instead of a table; infinity is the string inf, nan is null.")
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Save a picture; the ending of the name is the format.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace files of an earlier run.")]

Alpha = Annotated[
    str, typer.Option("--alpha", metavar="ALPHA", help="Number of samples divided by input dimension, M/N.")
]
AlphaGrid = Annotated[
    str, typer.Option("--alpha", metavar="GRID", help=f"Number of samples divided by input dimension, M/N: {GRID}.")
]
Size = Annotated[int, Whole("--N", help="Input dimension.")]
Side = Annotated[
    str | None,
    typer.Option(metavar="SIDE", help="left or right of the bulk; by default the side where an outlier leaves first."),
]
Samples = Annotated[int, Whole(help="Number of independent samples.")]
Seed = Annotated[int, Whole(help="Seed of all random numbers.")]
Steps = Annotated[int, Whole(help="Largest number of gradient descent steps.")]
Workers = Annotated[int, Whole(help="Number of processes.")]
Store = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Keep each finished sample in this file; repeat the command to continue."),
]
