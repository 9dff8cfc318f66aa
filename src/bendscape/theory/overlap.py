r"""The overlap with the teacher as the data grow: ``bs.overlap(net, alpha=array)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import sample_ratios
from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork
from ..units import hessian_scale, unit_name
from .bulk import inverse_stieltjes
from .dispatch import is_method
from .edges import edge_position, smooth_limit
from .measure import Array, CurvatureMeasure
from .outliers import outlier_position, overlap2
from .quadrature import real_measure

if TYPE_CHECKING:
    import xarray as xr

    from ..models.preprocessing import SpectralMethod

__all__ = ["curve_of", "overlap", "teacher_curve"]


def teacher_curve(net: QuadraticNetwork, alpha: Array) -> dict[str, Array]:
    """Left edge, its kind, the teacher's outlier (nan where none) and `m^2` (zero where none), for each `alpha`."""
    return curve_of(real_measure(net), alpha, hessian_scale(net.p))


def curve_of(measure: CurvatureMeasure, alpha: Array, scale: float) -> dict[str, Array]:
    """The same from any law of the curvature that has a lower end; eigenvalues are multiplied by `scale`."""
    end = measure.lower
    assert end is not None
    u_edge = edge_position(measure, alpha, end)
    u = outlier_position(measure, alpha, "teacher", "left", u_edge)
    out = ~np.isnan(u)
    g = np.exp(-np.where(out, u, u_edge)) / end.value
    beyond = "smooth" if end.kind == "exponential" else "power"
    return {
        "left_edge": scale * inverse_stieltjes(measure, alpha, np.exp(-u_edge) / end.value),
        "edge_kind": np.where(alpha > smooth_limit(measure, end), "sharp", beyond),
        "outlier": np.where(out, scale * inverse_stieltjes(measure, alpha, g), np.nan),
        "overlap2": np.where(out, overlap2(measure, alpha, g, "teacher"), 0.0),
    }


LONG_NAMES = {
    "left_edge": "left edge of the bulk",
    "edge_kind": "how the density starts at the left edge",
    "outlier": "teacher outlier left of the bulk",
    "overlap2": "squared overlap of the outlier's eigenvector with the teacher's span",
}


def overlap(net: QuadraticNetwork | SpectralMethod, *, alpha: Any) -> xr.Dataset:
    r"""Squared overlap `m^2` of the outlier eigenvectors with the teacher's span, against `alpha`.

    `m^2 = 1/(1 - alpha <y A^2>/z'(g))` at the outlier; zero where there is none.

    Parameters
    ----------
    net : QuadraticNetwork or SpectralMethod
    alpha : array_like
        Positive, one axis (or one number).

    Returns
    -------
    xarray.Dataset
        `overlap2`, `outlier` (nan where none), `left_edge` and `edge_kind` over `alpha`; of a spectral method
        `right_edge`, for its informative eigenvalues are the largest.

    Raises
    ------
    InvalidParameterError
        If `alpha` is empty, not one axis, or not positive and finite.

    Examples
    --------
    >>> import bendscape as bs
    >>> data = bs.overlap(bs.QuadraticNetwork(p=2, p_star=1, a=1.5), alpha=[1.3, 1.4])
    >>> data.overlap2.values.round(4).tolist()
    [0.0, 0.1301]
    """
    import xarray as xr

    points = sample_ratios(alpha)
    if is_method(net):
        from .spectral_method import method_overlap

        return method_overlap(net, points)
    if not isinstance(net, QuadraticNetwork):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork or a SpectralMethod")
    curve = teacher_curve(net, points)
    unit = unit_name(net.p)
    units = {"left_edge": {"units": unit}, "outlier": {"units": unit}}
    data = xr.Dataset(
        {key: ("alpha", curve[key], {"long_name": LONG_NAMES[key]} | units.get(key, {})) for key in LONG_NAMES},
        coords={"alpha": ("alpha", points, {"long_name": "samples over inputs, M/N"})},
    )
    return data.assign_attrs(p=net.p, p_star=net.p_star, a=net.a, unit=unit)
