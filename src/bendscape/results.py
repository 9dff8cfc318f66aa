"""What every verb of the theory returns: numbers with errors, edges, outliers, thresholds.

`error` is absolute in all of them: a standard error where averages are sampled, else a bound estimated from two rules.
"""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Edge", "EdgeKind", "Estimate", "Kind", "Outlier", "Side", "plain_record", "sampling_record", "table_html"]

Side = Literal["left", "right"]
Kind = Literal["continuous", "discontinuous", "undecided"]
_EXACT = 1e-10  # error up to which a number is printed without one
EdgeKind = Literal["sharp", "smooth", "power", "zero", "undecided", "none"]


def _number(name: str, value: Any) -> float:
    """Any real number, nan too."""
    if isinstance(value, float):
        return value
    from .arguments import number

    return number(name, value, infinite=True)


class Estimate(float):
    """A number with its error; it calculates and prints like the number.

    Examples
    --------
    >>> from bendscape.results import Estimate
    >>> found = Estimate(1.25, 0.01)
    >>> round(found, 1), found.error, str(found)
    (1.2, 0.01, '1.25 +- 0.01')
    """

    _error: float

    def __new__(cls, value: float, error: float = 0.0) -> Estimate:
        """From a number and its error."""
        found = super().__new__(cls, _number("value", value))
        found._error = _number("error", error)
        return found

    @property
    def value(self) -> float:
        """The number alone."""
        return float(self)

    @property
    def error(self) -> float:
        """Its absolute error."""
        return self._error

    def __eq__(self, other: object) -> bool:
        return float.__eq__(self, other) if isinstance(other, float | int) else NotImplemented

    __hash__ = float.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return Estimate, (float(self), self._error)

    def __repr__(self) -> str:
        return f"Estimate(value={float(self)!r}, error={self._error!r})"

    def __str__(self) -> str:
        return f"{float(self):.6g} +- {self._error:.1g}" if self._error else repr(float(self))

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)


@dataclass(frozen=True)
class Edge:
    """An end of the bulk; false where it has none.

    Attributes
    ----------
    value : float
        Its position, in the unit of the spectrum; infinite where there is none, nan where that is not decided.
    kind : {"sharp", "smooth", "power", "zero", "undecided", "none"}
        How the density starts at a distance `d`: as `d^(1/2)`; as `exp(-tail_constant/d)` or, where that is not known,
        faster than any power; as `d^exponent`; it is the eigenvalue zero that a share of all has; replicates differ, or
        whether there is an end is not decided; there is none.
    error : float
        Absolute error of `value`.
    reason : str
        Why there is no end, or why that is not decided.
    stieltjes : float
        The Stieltjes transform there; nan where `G` is a matrix.
    tail_constant, exponent : float
        As above; nan for the kinds that have none, and where they are not known.
    alpha_smooth : float
        The edge is not sharp for `alpha` up to this value; zero if it is always sharp, nan where it is not computed.
    """

    value: float
    kind: EdgeKind
    error: float = 0.0
    reason: str = ""
    stieltjes: float = math.nan
    tail_constant: float = math.nan
    exponent: float = math.nan
    alpha_smooth: float = math.nan

    def __bool__(self) -> bool:
        return self.kind != "none"

    def __str__(self) -> str:
        return str(Estimate(self.value, self.error))

    def to_dict(self) -> dict[str, Any]:
        """Its fields, for JSON."""
        record: dict[str, Any] = plain_record(self)
        return record


@dataclass(frozen=True)
class Outlier:
    """An eigenvalue outside the bulk, with the share of its eigenvectors in directions that are known.

    Attributes
    ----------
    value, error : float
        The eigenvalue, in the unit of the spectrum, and its absolute error.
    side : {"left", "right"}
        Of the bulk.
    sector : str
        Which directions it is made of: ``"teacher"``, or the student's ``"trace"``, ``"antisym"``, ``"sym"``, where
        rotations of the neurons are a symmetry; ``"shared"``, ``"difference"``, ``"antisymmetric"``, ``"symmetric"``
        where only their exchange is, several joined by ``+`` if their eigenvalues are equal within the error.
    multiplicity : float
        How many eigenvalues sit there; infinite at `p = inf`.
    overlap2_teacher, overlap2_student : Estimate
        Squared norm of the projection of a unit eigenvector, reshaped to `p x N`, on the span of the teacher's (the
        student's) weight vectors.
    residual : float
        Of the outlier's equation at the solution, in the unit of the spectrum.
    share : float
        Of the replicates that have it: below one it is so close to the edge that the accuracy does not decide.
    """

    value: float
    side: Side
    sector: str
    multiplicity: float
    overlap2_teacher: Estimate
    overlap2_student: Estimate
    residual: float
    error: float = 0.0
    share: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """Its fields, for JSON."""
        record: dict[str, Any] = plain_record(self)
        return record


def plain_record(value: Any, sampled: bool = False) -> Any:
    """Numbers, texts, lists and dictionaries of what a result holds.

    Fields that are None are left out. A number with an error becomes a dictionary of both where averages are sampled,
    or its error is more than rounding.
    """
    if isinstance(value, Estimate):
        exact = not sampled and value.error <= _EXACT * max(1.0, abs(value))
        return value.value if exact else {"value": value.value, "error": value.error}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.repr}
        return {name: plain_record(x, sampled) for name, x in fields.items() if x is not None}
    if isinstance(value, tuple | list):
        return [plain_record(x, sampled) for x in value]
    return value


def table_html(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    """A small table for notebooks."""
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{html.escape(title)}</caption>{cells}</table>"


def sampling_record(found: Any) -> dict[str, Any]:
    """How sampled averages were taken; nothing for others."""
    used = found.averaging
    return {} if used is None else {"replicates": used.replicates, "tolerance": used.tolerance, "seed": used.seed}
