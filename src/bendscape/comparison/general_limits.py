"""Limits of the first `p p_star` eigenvalues of a general network, in the form of the means over samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..results import Estimate
from ..theory.law.sampling import Averaging
from ..theory.verbs._spectrum import spectrum
from ..theory.verbs.exact_spectrum import Spectrum

if TYPE_CHECKING:
    import xarray as xr

    from ..models.general import Network

__all__ = ["general_limits"]

_NAMES = {
    "edge": "{side} edge of the bulk",
    "outlier": "mean of the first p p_star eigenvalues from the {side}: outliers, then the edge",
    "overlap2": "mean squared overlap of their eigenvectors with the teacher's span",
}


def general_limits(net: Network, alpha: Any, side: str, averaging: Averaging | None) -> xr.Dataset:
    """Return edge, mean of the first `k = p p_star` eigenvalues and of their `m^2` over `alpha`, with errors."""
    import xarray as xr

    rows = [_row(spectrum(net, alpha=float(x), averaging=averaging), side, net.p * net.p_star) for x in alpha]
    table: dict[str, Any] = {}
    for name, text in _NAMES.items():
        key, long_name = f"{side}_edge" if name == "edge" else name, text.format(side=side)
        units = {} if name == "overlap2" else {"units": "H"}
        table[key] = ("alpha", [row[name].value for row in rows], {"long_name": long_name} | units)
        error = {"long_name": f"standard error: {long_name}"} | units
        table[f"{key}_stderr"] = ("alpha", [row[name].error for row in rows], error)
    return xr.Dataset(table, coords={"alpha": ("alpha", alpha, {"long_name": "samples over inputs, M/N"})})


def _row(law: Spectrum, side: str, k: int) -> dict[str, Estimate]:
    """Return the three limits of one spectrum."""
    edge = law.left_edge if side == "left" else law.right_edge
    outliers = [o for o in law.outliers if o.side == side]
    values: list[tuple[Estimate, Estimate, float]] = []
    for o in outliers if side == "left" else reversed(outliers):
        taken = min(o.multiplicity, k - sum(number for *_, number in values))
        values.append((Estimate(o.value, o.error), o.overlap2_teacher, taken))
    rest = k - sum(number for *_, number in values)
    at_edge = Estimate(edge.value if math.isfinite(edge.value) else math.nan, edge.error)
    values.append((at_edge, Estimate(0.0, 0.0), rest))
    return {
        "edge": at_edge,
        "outlier": _mean([(value, number) for value, _, number in values if number]),
        "overlap2": _mean([(share, number) for _, share, number in values if number]),
    }


def _mean(parts: list[tuple[Estimate, float]]) -> Estimate:
    """Return the weighted mean; errors are averaged too, because all averages use the same points."""
    weights = [number for _, number in parts]
    return Estimate(
        float(np.average([x.value for x, _ in parts], weights=weights)),
        float(np.average([x.error for x, _ in parts], weights=weights)),
    )
