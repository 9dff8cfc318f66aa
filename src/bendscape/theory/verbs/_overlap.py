r"""The overlap with the teacher as the data grow: ``bs.overlap(net, alpha=array)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...arguments import sample_ratios
from ...expected import choice
from ...results import Side
from .solvers import solver_of

if TYPE_CHECKING:
    import xarray as xr

    from ..law.sampling import Averaging

__all__ = ["overlap"]


def overlap(net: Any, *, alpha: Any, side: Side | None = None, averaging: Averaging | None = None) -> xr.Dataset:
    r"""Squared overlap `m^2` of the outlier eigenvectors with the teacher's span, against `alpha`.

    `m^2 = 1/(1 - alpha <y A^2>/z'(g))` at the outlier; zero where there is none.

    Parameters
    ----------
    net : QuadraticNetwork, Network, SpectralMethod or HessianMethod
    alpha : array_like
        Positive, one axis (or one number).
    side : {"left", "right"}, optional
        Of the bulk; by default the one on which the first outlier leaves.
    averaging : Averaging, optional
        Which error is wanted where averages are sampled.

    Returns
    -------
    xarray.Dataset
        `overlap2`, `outlier` (nan where none), `left_edge` (or `right_edge`) and `edge_kind` over `alpha`; where
        averages are sampled, with standard errors, as `overlap2_stderr`. Of several directions of the teacher the one
        that leaves the bulk first. Of a :class:`~bendscape.HessianMethod` `overlap2` is that of the eigenvectors of all
        neurons and students together, `overlap2_each` that of one.

    Raises
    ------
    InvalidParameterError
        If `alpha` is empty, not one axis, or not positive and finite.
    LimitError
        If the bulk has no end on that side, or several students of another network than the paper's are combined.

    Examples
    --------
    >>> import bendscape as bs
    >>> data = bs.overlap(bs.QuadraticNetwork(p=2, p_star=1, a=1.5), alpha=[1.3, 1.4])
    >>> data.overlap2.values.round(4).tolist()
    [0.0, 0.1301]
    """
    points = sample_ratios(alpha)
    if side is not None:
        choice("side", side, ("left", "right"))
    return solver_of(net, averaging).overlap(points, side)
