"""``bendscape reproduce``: decide every claim, draw every figure, write the page."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import xarray as xr
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .. import __version__
from ..claims import CHECKS, Claim, Effort
from ..errors import OutputError
from ..plot.style import style
from .figures import FIGURES
from .picture import sample_picture

__all__ = ["EFFORTS", "reproduce"]

EFFORTS: dict[str, dict[str, Any]] = {
    "quick": {
        "random_points": 200,
        "grid": 120,
        "simulations": ((125, 60), (250, 30), (500, 16)),
        "recoveries": ((50, 600), (100, 400), (200, 200), (400, 80)),
        "edges": ((50, 800), (100, 600), (200, 400), (400, 150), (800, 60)),
        "finite": (300, 80, 80, 16),
        "general": ((100, 60), (200, 30)),
        "points": 2**13,
        "descents": ((100, 200), 8, 400),
        "side": 32,
    },
    "full": {
        "random_points": 2000,
        "grid": 400,
        "simulations": ((250, 100), (500, 48), (1000, 24), (2000, 10)),
        "recoveries": ((100, 1200), (200, 800), (400, 400), (800, 100)),
        "edges": ((50, 4000), (100, 3000), (200, 2000), (400, 1000), (800, 400), (1600, 80), (3200, 20)),
        "finite": (600, 100, 200, 100),
        "general": ((250, 100), (500, 60), (1000, 24)),
        "points": 2**14,
        "descents": ((300, 600), 20, 1000),
        "side": 48,
    },
}
_MANIFEST = "claims.json"
_FORMATS = ("svg", "png")


def _files() -> list[str]:
    return ["index.html", _MANIFEST, *(f"figures/{plan.name}.{kind}" for plan in FIGURES for kind in _FORMATS)]


def prepare(out: Path, *, force: bool) -> None:
    """Make the folder, or say why it cannot be used; files of an earlier run are replaced only if asked."""
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file: give a folder")
    known = set(_files())
    present = (p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()) if out.exists() else iter(())
    foreign = list(islice((name for name in present if name not in known), 3))  # a folder may hold a whole disk
    if foreign:
        raise OutputError(
            f"{out} holds files that are not of an earlier run ({', '.join(foreign)}): give another folder"
        )
    if any((out / name).is_file() for name in known) and not force:
        raise OutputError(f"{out} holds an earlier run: give another folder, or --force to replace it")
    try:
        (out / "figures").mkdir(parents=True, exist_ok=True)
        probe = out / "figures" / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}): give another folder") from error


def reproduce(
    out: Path,
    *,
    quick: bool,
    seed: int,
    force: bool = False,
    workers: int = 1,
    track: Callable[[Iterable[Any], str], Iterable[Any]] = lambda items, _: items,
) -> list[Claim]:
    """Check the paper's claims and write the evidence into a folder: page, figures, `claims.json`.

    Parameters
    ----------
    out : Path
        New, empty, or, with `force`, of an earlier run.
    quick : bool
        Ten minutes instead of more than an hour: smaller simulations, coarser curves, the same claims.
    seed : int
        Of everything that is random.
    force : bool
        Replace an earlier run.
    workers : int
        Processes for the diagonalisations.
    track : callable
        Wraps the loops, for instance in progress bars.

    Returns
    -------
    list of Claim

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds anything that would be lost.
    """
    prepare(out, force=force)
    start = time.monotonic()
    name = "quick" if quick else "full"
    sizes = dict(EFFORTS[name])
    image = sample_picture(sizes.pop("side"))
    effort = Effort(**sizes, picture=image, workers=workers, seed=seed)
    claims: list[Claim] = []
    data: dict[str, xr.Dataset] = {}
    for check in track(list(CHECKS.values()), "claims"):
        found = check(effort)
        claims += found.claims
        data |= found.data
    claims.sort(key=lambda c: (c.id[0] != "C", int("".join(filter(str.isdigit, c.id))), c.id))  # the paper's first
    _draw(out, data, track)
    (out / _MANIFEST).write_text(json.dumps([c.as_dict() for c in claims], indent=2) + "\n", encoding="utf-8")
    facts = {
        "version": __version__,
        "effort": name,
        "seed": seed,
        "seconds": round(time.monotonic() - start),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "simulations": {
            name: ", ".join(f"N = {n}: {s}" for n, s in sizes)
            for name, sizes in (
                ("C4", effort.simulations),
                ("C7", effort.recoveries),
                ("C8", effort.edges),
                ("C11, B5, C13", effort.general),
            )
        }
        | {"C12, B7, B11": "N = {}: {} at each alpha, {} steps".format(*effort.descents)}
        | {"B1, B2": "N = {}: {} simulated, {} drawn from theory".format(*effort.finite)},
    }
    _page(out, claims, facts)
    return claims


def _draw(out: Path, data: dict[str, xr.Dataset], track: Callable[[Iterable[Any], str], Iterable[Any]]) -> None:
    with style(), mpl.rc_context({"backend": "agg"}):
        for plan in track(FIGURES, "figures"):
            figure = plan.draw(data)
            for kind in _FORMATS:
                figure.savefig(
                    out / "figures" / f"{plan.name}.{kind}", metadata={"Date": None} if kind == "svg" else None
                )
            plt.close(figure)


_SYMBOLS = {
    r"alpha_(BBP|half|0|s)": "\N{GREEK SMALL LETTER ALPHA}<sub>\\1</sub>",
    r"\balpha\b": "\N{GREEK SMALL LETTER ALPHA}",
    r"\b([ap])_c\b": r"<i>\1</i><sub>c</sub>",
    r"A_tail": "<i>A</i><sub>tail</sub>",
    r"\^2": "\N{SUPERSCRIPT TWO}",
    r" -&gt; ": " \N{RIGHTWARDS ARROW} ",
}


def _symbols(text: str) -> Markup:
    """The field's letters in running text, for the page."""
    written = str(escape(text))
    for pattern, symbol in _SYMBOLS.items():
        written = re.sub(pattern, symbol, written)
    return Markup(written)


def _page(out: Path, claims: list[Claim], facts: dict[str, Any]) -> None:
    environment = Environment(
        loader=PackageLoader("bendscape.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["symbols"] = _symbols
    page = environment.get_template("page.html.j2").render(
        figures=sorted(FIGURES, key=lambda plan: plan.beyond),
        claims=claims,
        facts=facts,
        by_id={c.id: c for c in claims},
    )
    (out / "index.html").write_text(page, encoding="utf-8")
