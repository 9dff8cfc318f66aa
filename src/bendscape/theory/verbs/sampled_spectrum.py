r"""Edges, outliers, overlaps and density of any network, with errors: ``bs.spectrum(net, alpha=...)``.

`Gamma(z) = (z I_p - alpha E[F (I - Gamma F)^{-1}])^{-1}` for the bulk; outliers where `z - T(z)` is singular,
`T = alpha E[F (I - Gamma F)^{-1} (x) t t^T]` with `t = (u_1..u_p, s_1..s_p*)`, for white inputs (docs/general.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._types import Array
from ...errors import AccuracyError, InvalidParameterError
from ...models.general import Network
from ...models.network import described
from ...results import Edge as End
from ...results import Estimate, Outlier, Side
from ..law.advice import remedy
from ..law.matrix_averages import SIGN, SpectralLaw, oriented
from ..law.sampling import Averaging, estimate
from ..law.support import support_of
from ..resolvent.matrix_density import density
from ..resolvent.matrix_edges import AxisEdge, OutlierPoint, find_edge, find_outliers
from .exact_spectrum import Spectrum, real_points

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SampledSpectrum", "spectrum_of_samples"]

_DISTINCT = 4.0  # standard errors by which two outliers must differ to count as two


@dataclass(frozen=True)
class SampledSpectrum(Spectrum):
    """A spectrum whose averages are sampled at random points, so that every number has a standard error."""

    def density(self, x: Any) -> Array:
        """Density of the bulk at real points of any shape; :meth:`curves` returns its standard errors as well.

        It leaves out the zero eigenvalues that exist with fewer samples than inputs.

        Raises
        ------
        AccuracyError
            If no solution was found at a point.

        Examples
        --------
        >>> import bendscape as bs
        >>> net = bs.Network(1, 1, activation="tanh")
        >>> spectrum = bs.spectrum(net, alpha=4.0, averaging=bs.Averaging(points=256, most=256))
        >>> spectrum.density([0.0, 100.0]).round(1).tolist()
        [0.4, 0.0]
        """
        points = real_points(x)
        values, _ = self._values(points.ravel())
        if np.any(np.isnan(values)):
            odd = points.ravel()[np.isnan(values)][0]
            raise AccuracyError(
                f"the density at {odd:.6g} was not found: give more points (bs.Averaging(points=...)), or another point"
            )
        return np.asarray(values.reshape(points.shape))[()]

    def curves(self, x: Any) -> xr.Dataset:
        """Return the density over the eigenvalues `x` (one axis), its standard error, and whether it was found."""
        import xarray as xr

        at = np.atleast_1d(real_points(x))
        if at.ndim != 1:
            raise InvalidParameterError(f"x has shape {at.shape}: give one axis of eigenvalues")
        values, error = self._values(at)
        table = {
            "density": ("eigenvalue", values, {"long_name": "density of the bulk", "units": "1/H"}),
            "error": ("eigenvalue", error, {"long_name": "standard error of the density of the bulk"}),
            "converged": ("eigenvalue", np.isfinite(values), {"long_name": "whether the density was found"}),
        }
        coords = {"eigenvalue": ("eigenvalue", at, {"long_name": "eigenvalue", "units": self.unit})}
        return xr.Dataset(table, coords=coords, attrs=described(self.net) | {"alpha": self.alpha, "unit": self.unit})

    def _values(self, x: Array) -> tuple[Array, Array]:
        assert self.averaging is not None
        assert self.points is not None
        inside = ~((x <= self.left_edge.value) | (x >= self.right_edge.value))
        values, law = np.zeros((self.averaging.replicates, x.size)), SpectralLaw.of(self.net.inputs)
        for row, averages in zip(values, self.averaging.draw(self.net, self.points), strict=True):
            row[inside] = density(averages, self.alpha, law, x[inside])
        return values.mean(axis=0), np.asarray(values.std(axis=0, ddof=1) / math.sqrt(len(values)))


def spectrum_of_samples(net: Network, alpha: float, averaging: Averaging) -> SampledSpectrum:
    """Solve :func:`bendscape.spectrum` for a network whose averages are sampled."""
    *early, last = averaging.rounds()
    for n in early:
        spectrum = _round(net, alpha, averaging, n)
        if spectrum.converged:
            return spectrum
    return _round(net, alpha, averaging, last)


def _round(net: Network, alpha: float, averaging: Averaging, n: int) -> SampledSpectrum:
    """Solve with one number of points."""
    ends: dict[Side, list[AxisEdge]] = {"left": [], "right": []}
    law, supports = SpectralLaw.of(net.inputs), {side: support_of(net, SIGN[side]) for side in SIGN}
    bounded = [side for side in SIGN if supports[side].status == "bounded"]
    for averages in averaging.draw(net, n) if bounded else ():
        for side in bounded:
            near = ends[side][0] if ends[side] else None
            ends[side].append(find_edge(oriented(averages, side), alpha, law, supports[side], near))
    edges = {side: _edge(net, side, ends[side]) if ends[side] else _open(net, side, not bounded) for side in SIGN}
    outliers = [o for side in SIGN for o in _outliers(side, [find_outliers(e) for e in ends[side]])]
    # relative errors of eigenvalues, absolute ones of overlaps, all against one tolerance
    tolerance = averaging.tolerance
    errors = [e.error / max(abs(e.value), 1e-12) for side, e in edges.items() if ends[side]]
    errors += [o.error / max(abs(o.value), 1e-12) for o in outliers]
    errors += [x.error for o in outliers for x in (o.overlap2_teacher, o.overlap2_student)]
    return SampledSpectrum(
        net=net,
        alpha=alpha,
        unit="H",
        left_edge=edges["left"],
        right_edge=edges["right"],
        outliers=tuple(sorted(outliers, key=lambda o: o.value)),
        zero_mass=max(0.0, 1.0 - alpha),
        converged=all(error <= tolerance for error in errors) and all(o.share == 1 for o in outliers),
        points=n,
        averaging=averaging,
    )


def _open(net: Network, side: Side, both: bool) -> End:
    """Return the edge of a side on which the bulk has no end, or on which that is not decided."""
    support = support_of(net, SIGN[side])
    if support.status == "undecided":
        return End(math.nan, "undecided", math.inf, support.reason)
    reason = f"{support.reason}; {remedy(net)}" if both else support.reason
    return End(-SIGN[side] * math.inf, "none", 0.0, reason)


def _edge(net: Network, side: Side, replicates: list[AxisEdge]) -> End:
    """Average the edge over replicates."""
    value = estimate([SIGN[side] * e.point.z for e in replicates])
    kinds = {e.kind for e in replicates}
    if kinds == {"zero"}:
        support = support_of(net, SIGN[side])
        return End(0.0, "zero", 0.0 if support.positive else max(abs(e.point.z) for e in replicates))
    return End(value.value, kinds.pop() if len(kinds) == 1 else "undecided", value.error)


def _outliers(side: Side, replicates: list[list[OutlierPoint]]) -> list[Outlier]:
    """Average the outliers that more than half of the replicates have, matched by sector and rank."""
    rows: dict[tuple[str, int], list[OutlierPoint | None]] = {}
    for i, outliers in enumerate(replicates):
        ranks: dict[str, int] = {}
        for x in outliers:
            rank = ranks[x.sector] = ranks.get(x.sector, -1) + 1
            rows.setdefault((x.sector, rank), [None] * len(replicates))[i] = x
    kept = [row for row in rows.values() if sum(x is not None for x in row) > len(replicates) / 2]
    groups: list[list[list[OutlierPoint | None]]] = []
    for row in sorted(kept, key=lambda row: float(np.mean([x.z for x in _present(row)]))):
        if groups and _same(groups[-1][-1], row):
            groups[-1].append(row)
        else:
            groups.append([row])
    return [_outlier(side, group) for group in groups]


def _present(row: Iterable[OutlierPoint | None]) -> list[OutlierPoint]:
    return [x for x in row if x is not None]


def _same(a: list[OutlierPoint | None], b: list[OutlierPoint | None]) -> bool:
    """Whether two outliers agree within their errors."""
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    for name in ("z", "teacher", "student"):
        difference = estimate([getattr(x, name) - getattr(y, name) for x, y in both])
        if not abs(difference.value) <= _DISTINCT * difference.error + 1e-9 * abs(both[0][0].z):
            return False
    return True


def _outlier(side: Side, group: list[list[OutlierPoint | None]]) -> Outlier:
    """Average a group of equal outliers, replicate by replicate, into one outlier of the result."""
    columns = [each for each in (_present(column) for column in zip(*group, strict=True)) if len(each) == len(group)]

    def averaged(name: str) -> Estimate:
        return estimate(
            [np.average([getattr(x, name) for x in c], weights=[x.multiplicity for x in c]) for c in columns]
        )

    value, members = averaged("z"), [_present(row)[0] for row in group]
    return Outlier(
        value=SIGN[side] * value.value,
        error=value.error,
        side=side,
        sector="+".join(dict.fromkeys(x.sector for x in members)),
        multiplicity=sum(x.multiplicity for x in members),
        overlap2_teacher=averaged("teacher"),
        overlap2_student=averaged("student"),
        residual=max(x.residual for row in group for x in _present(row)),
        share=len(columns) / len(group[0]),
    )
