"""What an experiment of the page is, what a claim is, and how a claim is decided."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["Claim", "Data", "Experiment", "Part", "Parts", "Run", "Samples", "listed"]

Verdict = Literal["holds", "fails", "undecided"]
Data = Mapping[str, "xr.Dataset"]  # the tables of one experiment, by names of its own
Effort = TypeVar("Effort")


@dataclass(frozen=True)
class Claim:
    """A statement, the number that was computed, and whether the number supports the statement.

    Attributes
    ----------
    id : str
        The claim's number, with a letter where it has parts.
    statement : str
        What is claimed.
    paper : str
        Where the paper says so, and what.
    measured : str
        Which number `found` is, and how it was computed.
    expected, found, tolerance : float
        The claim holds if `found` is within `tolerance` of `expected`.
    remark : str
        What the number does not say.
    decided : bool
        False if the samples are too few to tell.
    """

    id: str
    statement: str
    paper: str
    measured: str
    expected: float
    found: float
    tolerance: float
    remark: str = ""
    decided: bool = True

    @property
    def verdict(self) -> Verdict:
        """``"holds"``, ``"fails"`` (also if the number is not finite), or ``"undecided"``."""
        if not self.decided:
            return "undecided"
        close = math.isfinite(self.found) and abs(self.found - self.expected) <= self.tolerance
        return "holds" if close else "fails"

    def as_dict(self) -> dict[str, Any]:
        """The claim and its verdict, for a JSON file."""
        keys = ("id", "statement", "paper", "measured", "expected", "found", "tolerance", "verdict", "remark")
        return {key: getattr(self, key) for key in keys}


class Samples(NamedTuple):
    """An input dimension, and how many samples of it are drawn at each point."""

    N: int
    samples: int


def listed(sizes: tuple[Samples, ...]) -> str:
    """Sizes and numbers of samples in words."""
    return ", ".join(f"N = {size.N}: {size.samples}" for size in sizes)


@dataclass(frozen=True)
class Part:
    """One independent piece of an experiment: `work(*arguments)`, in any process.

    Attributes
    ----------
    work : callable
        A function of a module, so that another process can import it.
    arguments : tuple
    seconds : float
        About how long it takes on one core. Only the order of the parts and the time that is shown depend on it.
    after : tuple of keys
        Parts of the same experiment whose results are further arguments.
    """

    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    seconds: float
    after: tuple[Hashable, ...] = ()


Parts = dict[Hashable, Part]


@dataclass(frozen=True)
class Run(Generic[Effort]):
    """The argument of `compute`.

    Attributes
    ----------
    effort
        How much to compute: an object of the experiment's own class.
    seed : int
        From which everything random is drawn.
    parts : mapping
        The results of the experiment's parts, by the keys of `Experiment.parts`.
    needs : mapping
        The tables of the experiments that it needs, by their names.
    """

    effort: Effort
    seed: int
    parts: Mapping[Hashable, Any] = field(default_factory=dict)
    needs: Mapping[str, Data] = field(default_factory=dict)


def _no_parts(_effort: Any, _seed: int) -> Parts:
    return {}


def _no_sizes(_effort: Any) -> str:
    return ""


@dataclass(frozen=True)
class Experiment(Generic[Effort]):
    """One figure of the page with its claims: how it is computed, judged and drawn.

    Attributes
    ----------
    name : str
        The figure's name, and that of its files.
    place : float
        Where it stands on the page: the number of the paper's figure, or one between two of them.
    title, caption : str
    claims : tuple of str
        The ids of its claims, as the page lists them.
    quick, full
        Efforts, of a frozen class of the experiment's own.
    compute : callable
        ``compute(run)`` returns the tables, from the results of the parts.
    judge : callable
        ``judge(data, effort)`` returns the claims, from the tables.
    draw : callable
        ``draw(data)`` returns the figure, from the tables.
    parts : callable
        ``parts(effort, seed)`` returns the pieces that can run side by side, by keys.
    sizes : callable
        ``sizes(effort)`` says how many samples there are, for the page.
    needs : tuple of str
        Names of experiments whose tables `compute` uses.
    seconds : float
        About how long `compute`, `judge` and `draw` take on one core.
    beyond : bool
        Whether the paper does not claim it.
    """

    name: str
    place: float
    title: str
    caption: str
    claims: tuple[str, ...]
    quick: Effort
    full: Effort
    compute: Callable[[Run[Effort]], Data]
    judge: Callable[[Data, Effort], tuple[Claim, ...]]
    draw: Callable[[Data], Figure]
    parts: Callable[[Effort, int], Parts] = _no_parts
    sizes: Callable[[Effort], str] = _no_sizes
    needs: tuple[str, ...] = ()
    seconds: float = 2.0
    beyond: bool = False
