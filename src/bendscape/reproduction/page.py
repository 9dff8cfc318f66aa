"""The page: what is finished, what is to come, and what failed, each at its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .experiment import Claim, Experiment
from .schedule import Schedule

__all__ = ["Progress", "in_order", "render"]

_SYMBOLS = {
    r"alpha_(BBP|half|0|s)": "\N{GREEK SMALL LETTER ALPHA}<sub>\\1</sub>",
    r"\balpha\b": "\N{GREEK SMALL LETTER ALPHA}",
    r"\b([ap])_c\b": r"<i>\1</i><sub>c</sub>",
    r"A_tail": "<i>A</i><sub>tail</sub>",
    r"\^2": "\N{SUPERSCRIPT TWO}",
    r" -&gt; ": " \N{RIGHTWARDS ARROW} ",
}


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    Attributes
    ----------
    state : str
        ``"running"``, ``"interrupted"`` or ``"done"``.
    date : str
        When it began.
    seconds : float
        Since then.
    pace : float
        Seconds on the clock for each estimated second of computing; nan before anything is finished.
    """

    state: str
    date: str
    seconds: float
    pace: float


@dataclass(frozen=True)
class _Section:
    """One experiment on the page: its claims by their ids, None where they are to come."""

    plan: Experiment[Any]
    sizes: str
    state: str
    claims: dict[str, Claim | None]
    seconds: float
    reason: str


def in_order(claims: list[Claim]) -> list[Claim]:
    """The claims of the paper, then those beyond it, by number and letter."""
    return sorted(claims, key=lambda c: (c.id[0] != "C", int("".join(filter(str.isdigit, c.id))), c.id))


def _symbols(text: str) -> Markup:
    """The field's letters in running text."""
    written = str(escape(text))
    for pattern, symbol in _SYMBOLS.items():
        written = re.sub(pattern, symbol, written)
    return Markup(written)


def _duration(seconds: float) -> str:
    """A time in words."""
    if not seconds < 90:
        return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
    return f"{seconds:.0f} seconds"


def _section(experiment: Experiment[Any], schedule: Schedule) -> _Section:
    name, sizes = experiment.name, experiment.sizes(schedule.effort_of(experiment))
    claims: dict[str, Claim | None] = dict.fromkeys(experiment.claims)
    if name in schedule.done:
        done = schedule.done[name]
        claims |= {claim.id: claim for claim in done.claims}
        return _Section(experiment, sizes, "done", claims, done.seconds, "")
    if name in schedule.failed:
        return _Section(experiment, sizes, "failed", claims, 0.0, schedule.failed[name])
    return _Section(experiment, sizes, "to come", claims, schedule.left_of(name), "")


def render(schedule: Schedule, progress: Progress, version: str) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("bendscape.reproduction"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"symbols": _symbols, "duration": _duration}
    sections = [_section(experiment, schedule) for experiment in schedule.modules.values()]
    return environment.get_template("page.html.j2").render(
        sections=sections,
        claims=in_order([claim for done in schedule.done.values() for claim in done.claims]),
        schedule=schedule,
        progress=progress,
        left=schedule.left * progress.pace,
        version=version,
    )
