"""The overlap with the teacher as the data grow, where averages are sampled: ``bs.overlap(net, alpha=array)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import AccuracyError, LimitError
from ...models.general import Network
from ...models.network import described
from ...results import Estimate, Outlier, Side
from ..law.matrix_averages import SIGN
from ..law.sampling import Averaging
from ..law.support import support_of
from .exact_spectrum import Spectrum
from .sampled_spectrum import spectrum_of_samples
from .sampled_threshold import threshold_of_samples

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["overlap_of_samples"]

_CORRELATED = 1e-6  # squared overlap with the teacher, from which on an outlier counts as correlated
_NAMES = {
    "edge": "{side} edge of the bulk",
    "outlier": "outlier {side} of the bulk with the largest overlap with the teacher's span",
    "overlap2": "squared overlap of the outlier's eigenvectors with the teacher's span",
}


def overlap_of_samples(net: Network, alpha: Any, side: Side | None, averaging: Averaging) -> xr.Dataset:
    """Solve :func:`bendscape.overlap` where averages are sampled; the default side takes a search for the threshold."""
    import xarray as xr

    side = side or _side(net, averaging)
    if support_of(net, SIGN[side]).status != "bounded":
        reason = support_of(net, SIGN[side]).reason
        raise LimitError(f"{net} has no edge on the {side}, because {reason}: give the other side, or another loss")
    spectra = [_spectrum(net, float(x), averaging) for x in alpha]
    rows = [_row(spectrum, side) for spectrum in spectra]
    table: dict[str, Any] = {}
    for name, text in _NAMES.items():
        key, long_name = f"{side}_edge" if name == "edge" else name, text.format(side=side)
        units = {} if name == "overlap2" else {"units": "H"}
        table[key] = ("alpha", [float(row[name]) for row in rows], {"long_name": long_name} | units)
        error = {"long_name": f"standard error: {long_name}"} | units
        table[f"{key}_stderr"] = ("alpha", [row[name].error for row in rows], error)
    kinds = [_edge(spectrum, side).kind if spectrum else "undecided" for spectrum in spectra]
    table["edge_kind"] = ("alpha", kinds, {"long_name": f"how the density starts at the {side} edge"})
    table["converged"] = (
        "alpha",
        [spectrum is not None and spectrum.converged for spectrum in spectra],
        {"long_name": "whether all errors are within the tolerance"},
    )
    coords = {"alpha": ("alpha", alpha, {"long_name": "samples over inputs, M/N"})}
    return xr.Dataset(table, coords=coords, attrs=described(net) | {"unit": "H"})


def _spectrum(net: Network, alpha: float, averaging: Averaging) -> Spectrum | None:
    """Solve for the spectrum; None where the equations are not solved, so that the other `alpha` still are."""
    try:
        return spectrum_of_samples(net, alpha, averaging)
    except AccuracyError:
        return None


def _side(net: Network, averaging: Averaging) -> Side:
    """Return the side on which the first outlier leaves; without one, the first on which the bulk has an end."""
    try:
        return threshold_of_samples(net, averaging, None).side
    except LimitError:
        sides: tuple[Side, Side] = ("left", "right")
        return next((side for side in sides if support_of(net, SIGN[side]).status == "bounded"), "left")


def _edge(spectrum: Spectrum, side: Side) -> Any:
    return spectrum.left_edge if side == "left" else spectrum.right_edge


def _row(spectrum: Spectrum | None, side: Side) -> dict[str, Estimate]:
    if spectrum is None:
        return dict.fromkeys(_NAMES, Estimate(np.nan, np.nan))
    edge = _edge(spectrum, side)
    correlated = [o for o in spectrum.outliers if o.side == side and o.overlap2_teacher > _CORRELATED]
    best: Outlier | None = max(correlated, key=lambda o: float(o.overlap2_teacher), default=None)
    return {
        "edge": Estimate(edge.value, edge.error),
        "outlier": Estimate(np.nan, np.nan) if best is None else Estimate(best.value, best.error),
        "overlap2": Estimate(0.0) if best is None else best.overlap2_teacher,
    }
