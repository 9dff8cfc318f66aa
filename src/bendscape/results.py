"""Classes of results of the theory: numbers with errors, edges, outliers.

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
_EXACT = 1e-10  # relative error up to which a number is written without its error
EdgeKind = Literal["sharp", "smooth", "power", "zero", "undecided", "none"]


def _number(name: str, value: Any) -> float:
    """Return a checked real number, which may be nan."""
    if isinstance(value, float):
        return value
    from .arguments import number

    return number(name, value, infinite=True)


class Estimate(float):
    """A number with its absolute error; it calculates like a float.

    Examples
    --------
    >>> from bendscape.results import Estimate
    >>> edge = Estimate(1.25, 0.01)
    >>> round(edge, 1), edge.error, str(edge)
    (1.2, 0.01, '1.25 +- 0.01')
    """

    _error: float

    def __new__(cls, value: float, error: float = 0.0) -> Estimate:
        """Make an estimate from a number and its error."""
        estimate = super().__new__(cls, _number("value", value))
        estimate._error = _number("error", error)
        return estimate

    @property
    def value(self) -> float:
        """The number alone, a float."""
        return float(self)

    @property
    def error(self) -> float:
        """Absolute error of the number."""
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
    """An edge of the bulk; it is false where the bulk has none.

    Attributes
    ----------
    value : float
        Position, in the unit of the spectrum; infinite where there is no edge, nan where that is not decided.
    kind : {"sharp", "smooth", "power", "zero", "undecided", "none"}
        Form of the density at a distance `d` from the edge: `d^(1/2)` (sharp); `exp(-tail_constant/d)` or, where that
        constant is unknown, faster than any power (smooth); `d^exponent` (power). A share of all eigenvalues is zero
        and lies at the edge (zero). Replicates disagree, or it is not decided whether there is an edge (undecided).
        There is no edge (none).
    error : float
        Absolute error of `value`.
    reason : str
        Reason why there is no edge, or why that is not decided.
    stieltjes : float
        Stieltjes transform at the edge; nan where `G` is a matrix.
    tail_constant, exponent : float
        Parameters of the density; nan for the other kinds, and where they are unknown.
    alpha_smooth : float
        Largest `alpha` at which the edge is not sharp; zero if it is always sharp, nan where it is not computed.

    Examples
    --------
    >>> import bendscape as bs
    >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
    >>> spectrum.left_edge.kind, round(spectrum.left_edge.value, 4), bool(spectrum.right_edge)
    ('sharp', -0.8921, False)
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
    """An eigenvalue outside the bulk, and the overlaps of its eigenvectors with teacher and student.

    Attributes
    ----------
    value, error : float
        The eigenvalue, in the unit of the spectrum, and its absolute error.
    side : {"left", "right"}
        Side of the bulk.
    sector : str
        Directions of the eigenvectors: ``"teacher"``, or the student's ``"trace"``, ``"antisym"``, ``"sym"``, where
        rotations of the neurons are a symmetry; ``"shared"``, ``"difference"``, ``"antisymmetric"``, ``"symmetric"``
        where only their exchange is, several joined by ``+`` if their eigenvalues are equal within the error.
    multiplicity : float
        Number of eigenvalues with this value; infinite at `p = inf`.
    overlap2_teacher, overlap2_student : Estimate
        Squared norm of the projection of a unit eigenvector, reshaped to `p x N`, on the span of the teacher's (the
        student's) weight vectors.
    residual : float
        Residual of the outlier's equation at the solution, in the unit of the spectrum.
    share : float
        Share of the replicates that have the outlier; below one it is too close to the edge for the accuracy.

    Examples
    --------
    >>> import bendscape as bs
    >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
    >>> outlier = spectrum.outliers[0]
    >>> outlier.sector, outlier.multiplicity, round(outlier.value, 4), round(outlier.overlap2_teacher, 4)
    ('teacher', 2, -1.0138, 0.3801)
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
    """Return a result as numbers, texts, lists and dictionaries.

    Fields of value None are left out. A number with an error becomes a dictionary of both if averages are sampled, or
    if the error is larger than rounding.
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
    """Return a small HTML table for notebooks."""
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{html.escape(title)}</caption>{cells}</table>"


def sampling_record(result: Any) -> dict[str, Any]:
    """Return the accuracy and seed of sampled averages; an empty record for others."""
    used = result.averaging
    return {} if used is None else {"replicates": used.replicates, "tolerance": used.tolerance, "seed": used.seed}
