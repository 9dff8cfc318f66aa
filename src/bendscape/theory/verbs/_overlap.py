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
    r"""Compute the squared overlap `m^2` of the outlier eigenvectors with the teacher's span, at each `alpha`.

    `m^2 = 1/(1 - alpha <y A^2>/z'(g))` at the outlier `z(g) = alpha <y A>`; zero where there is none.

    Parameters
    ----------
    net : QuadraticNetwork, Network, SpectralMethod, HessianMethod or BayesOptimal
    alpha : array_like
        Samples over inputs, `M/N`: positive, one axis or one number.
    side : {"left", "right"}, optional
        Side of the bulk; by default the one on which the first outlier leaves.
    averaging : Averaging, optional
        Accuracy where averages are sampled; all others ignore it.

    Returns
    -------
    xarray.Dataset
        `overlap2`, `outlier` (nan where none), `left_edge` (or `right_edge`) and `edge_kind` over `alpha`. Sampled
        averages add standard errors, such as `overlap2_stderr`. If directions of the teacher differ, the one that
        leaves the bulk first is returned. For a :class:`~bendscape.HessianMethod`, `overlap2` belongs to the
        eigenvectors of all neurons and students combined, `overlap2_each` to one eigenvector.

        For a :class:`~bendscape.BayesOptimal` model there is no edge: `overlap2` is that of message passing, and
        `overlap2_bayes` that of the posterior mean. Where directions of the teacher differ, `overlap2` is their mean,
        `overlap2_vectors` belongs to each vector, and both have standard errors.

    Raises
    ------
    InvalidParameterError
        If `alpha` is empty, not one axis, or not positive and finite.
    LimitError
        If the bulk has no end on that side, or the students of a `HessianMethod` are not the paper's network.

    See Also
    --------
    bendscape.threshold : the `alpha` at which the overlap begins.
    bendscape.plot.overlap : draws the result.
    bendscape.compare : sets simulations beside it.

    References
    ----------
    arXiv:2510.18435.

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
