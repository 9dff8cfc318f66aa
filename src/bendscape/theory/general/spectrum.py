r"""Edges, outliers, overlaps and density of any network, with errors: ``bs.spectrum(net, alpha=...)``.

`Gamma(z) = (z I_p - alpha E[F (I - Gamma F)^{-1}])^{-1}` for the bulk; outliers where `z - T(z)` is singular,
`T = alpha E[F (I - Gamma F)^{-1} (x) t t^T]` with `t = (u_1..u_p, s_1..s_p*)`, for white inputs (docs/general.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ...models.general import Network
from ..spectrum import real_points
from .averaging import Averaging, Estimate, estimate
from .curve import SpectralLaw
from .density import density
from .outside import SIGN, Edge, Exit, Side, edge, exits, seen
from .points import Array
from .remedy import remedy
from .support import support_of

__all__ = ["GeneralEdge", "GeneralOutlier", "GeneralSpectrum", "general_spectrum"]

_APART = 4.0  # standard errors from which on two outliers are two


@dataclass(frozen=True)
class GeneralEdge:
    """An end of the bulk.

    Attributes
    ----------
    value, error : float
        Infinite where there is none, nan where that is not decided.
    kind : {"sharp", "smooth", "zero", "undecided", "none"}
        The density vanishes as a square root; or faster, where the law of curvatures ends; the edge is the eigenvalue
        zero, which a share of all eigenvalues has; replicates differ, or whether there is an end is not decided; the
        bulk has no end.
    reason : str
        Why there is none, and, if there is none on either side, which loss gives it one; or why it is not decided.
    """

    value: float
    error: float
    kind: Literal["sharp", "smooth", "zero", "undecided", "none"]
    reason: str = ""


@dataclass(frozen=True)
class GeneralOutlier:
    """An eigenvalue outside the bulk.

    Attributes
    ----------
    value, error : float
    side : {"left", "right"}
    sector : str
        Which directions it is made of; several, joined by ``+``, where their eigenvalues are equal within the error.
    multiplicity : int
    overlap2_teacher, overlap2_student : Estimate
        Squared norm of the projection of a unit eigenvector, reshaped to `p x N`, on the span of the teacher's
        (student's) weight vectors.
    residual : float
        Of the equation, the largest of all replicates.
    share : float
        Of the replicates that have it: below one it is so close to the edge that the accuracy does not decide.
    """

    value: float
    error: float
    side: Side
    sector: str
    multiplicity: int
    overlap2_teacher: Estimate
    overlap2_student: Estimate
    residual: float
    share: float


@dataclass(frozen=True)
class GeneralSpectrum:
    """The limit of infinite `N` at one `alpha`.

    Attributes
    ----------
    net : Network
    alpha : float
    unit : str
        ``"H"``: eigenvalues of the Hessian of the loss as it was given.
    left_edge, right_edge : GeneralEdge
    outliers : tuple of GeneralOutlier
        From the smallest eigenvalue up.
    converged : bool
        Whether all standard errors are within the tolerance; if not, they say how large they are.
    points : int
        Of each replicate in the last round.
    averaging : Averaging
        With the seed, all it takes to make the result again.
    """

    net: Network
    alpha: float
    unit: str
    left_edge: GeneralEdge
    right_edge: GeneralEdge
    outliers: tuple[GeneralOutlier, ...]
    converged: bool
    points: int
    averaging: Averaging = field(repr=False)

    def density(self, x: Any) -> tuple[Array, Array]:
        """Density of eigenvalues at real points, and its standard error.

        Parameters
        ----------
        x : array_like

        Returns
        -------
        tuple of array
            Of the shape of `x`; nan where no solution was found. Zero eigenvalues of fewer samples than inputs are not
            in it.

        Examples
        --------
        >>> import bendscape as bs
        >>> net = bs.Network(1, 1, activation="tanh")
        >>> found = bs.spectrum(net, alpha=4.0, averaging=bs.Averaging(points=256, most=256))
        >>> value, error = found.density([0.0, 100.0])
        >>> bool(value[0] > 0.05), float(value[1])
        (True, 0.0)
        """
        points = real_points(x)
        flat = points.ravel()
        inside = ~((flat <= self.left_edge.value) | (flat >= self.right_edge.value))
        values, law = np.zeros((self.averaging.replicates, flat.size)), SpectralLaw.of(self.net.inputs)
        for row, averages in zip(values, self.averaging.draw(self.net, self.points), strict=True):
            row[inside] = density(averages, self.alpha, law, flat[inside])
        error = values.std(axis=0, ddof=1) / math.sqrt(len(values))
        return values.mean(axis=0).reshape(points.shape), error.reshape(points.shape)


def general_spectrum(net: Network, alpha: float, averaging: Averaging | None = None) -> GeneralSpectrum:
    """See :func:`bendscape.spectrum`."""
    averaging = averaging or Averaging()
    *early, last = averaging.rounds()
    for n in early:
        found = _round(net, alpha, averaging, n)
        if found.converged:
            return found
    return _round(net, alpha, averaging, last)


def _round(net: Network, alpha: float, averaging: Averaging, n: int) -> GeneralSpectrum:
    """With one number of points."""
    ends: dict[Side, list[Edge]] = {"left": [], "right": []}
    law, supports = SpectralLaw.of(net.inputs), {side: support_of(net, SIGN[side]) for side in SIGN}
    bounded = [side for side in SIGN if supports[side].status == "bounded"]
    for averages in averaging.draw(net, n) if bounded else ():
        for side in bounded:
            near = ends[side][0] if ends[side] else None
            ends[side].append(edge(seen(averages, side), alpha, law, supports[side], near))
    edges = {side: _edge(net, side, ends[side]) if ends[side] else _open(net, side, not bounded) for side in SIGN}
    outliers = [o for side in SIGN for o in _outliers(side, [exits(e) for e in ends[side]])]
    tolerance = averaging.tolerance
    errors = [e.error / max(abs(e.value), 1e-12) for side, e in edges.items() if ends[side]]
    errors += [o.error / max(abs(o.value), 1e-12) for o in outliers]
    errors += [x.error for o in outliers for x in (o.overlap2_teacher, o.overlap2_student)]
    return GeneralSpectrum(
        net=net,
        alpha=alpha,
        unit="H",
        left_edge=edges["left"],
        right_edge=edges["right"],
        outliers=tuple(sorted(outliers, key=lambda o: o.value)),
        converged=all(error <= tolerance for error in errors) and all(o.share == 1 for o in outliers),
        points=n,
        averaging=averaging,
    )


def _open(net: Network, side: Side, both: bool) -> GeneralEdge:
    """A side without an end, or where that is not decided."""
    support = support_of(net, SIGN[side])
    if support.status == "undecided":
        return GeneralEdge(math.nan, math.inf, "undecided", support.reason)
    reason = f"{support.reason}; {remedy(net)}" if both else support.reason
    return GeneralEdge(-SIGN[side] * math.inf, 0.0, "none", reason)


def _edge(net: Network, side: Side, found: list[Edge]) -> GeneralEdge:
    value = estimate([SIGN[side] * e.place.z for e in found])
    kinds = {e.kind for e in found}
    if kinds == {"zero"}:
        support = support_of(net, SIGN[side])
        return GeneralEdge(0.0, 0.0 if support.positive else max(abs(e.place.z) for e in found), "zero")
    return GeneralEdge(value.value, value.error, kinds.pop() if len(kinds) == 1 else "undecided")


def _outliers(side: Side, replicates: list[list[Exit]]) -> list[GeneralOutlier]:
    """Those that more than half of the replicates have, matched by sector and rank."""
    rows: dict[tuple[str, int], list[Exit | None]] = {}
    for i, found in enumerate(replicates):
        ranks: dict[str, int] = {}
        for x in found:
            rank = ranks[x.sector] = ranks.get(x.sector, -1) + 1
            rows.setdefault((x.sector, rank), [None] * len(replicates))[i] = x
    kept = [row for row in rows.values() if sum(x is not None for x in row) > len(replicates) / 2]
    groups: list[list[list[Exit | None]]] = []
    for row in sorted(kept, key=lambda row: float(np.mean([x.z for x in _there(row)]))):
        if groups and _same(groups[-1][-1], row):
            groups[-1].append(row)
        else:
            groups.append([row])
    return [_outlier(side, group) for group in groups]


def _there(row: Iterable[Exit | None]) -> list[Exit]:
    return [x for x in row if x is not None]


def _same(a: list[Exit | None], b: list[Exit | None]) -> bool:
    """Whether two outliers cannot be told apart."""
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    for name in ("z", "teacher", "student"):
        apart = estimate([getattr(x, name) - getattr(y, name) for x, y in both])
        if not abs(apart.value) <= _APART * apart.error + 1e-9 * abs(both[0][0].z):
            return False
    return True


def _outlier(side: Side, group: list[list[Exit | None]]) -> GeneralOutlier:
    """One row of the result: averages over a group, replicate by replicate."""
    columns = [found for found in (_there(column) for column in zip(*group, strict=True)) if len(found) == len(group)]

    def averaged(name: str) -> Estimate:
        return estimate(
            [np.average([getattr(x, name) for x in c], weights=[x.multiplicity for x in c]) for c in columns]
        )

    value, members = averaged("z"), [_there(row)[0] for row in group]
    return GeneralOutlier(
        value=SIGN[side] * value.value,
        error=value.error,
        side=side,
        sector="+".join(dict.fromkeys(x.sector for x in members)),
        multiplicity=sum(x.multiplicity for x in members),
        overlap2_teacher=averaged("teacher"),
        overlap2_student=averaged("student"),
        residual=max(x.residual for row in group for x in _there(row)),
        share=len(columns) / len(group[0]),
    )
