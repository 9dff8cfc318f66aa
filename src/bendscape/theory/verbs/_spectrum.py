r"""The spectrum of the Hessian at a random start: ``bs.spectrum(net, alpha=...)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...arguments import sample_ratio
from .exact_spectrum import Spectrum
from .solvers import solver_of

if TYPE_CHECKING:
    from ..law.sampling import Averaging

__all__ = ["spectrum"]


def spectrum(net: Any, *, alpha: float, averaging: Averaging | None = None) -> Spectrum:
    r"""Compute the limiting spectrum of the Hessian at a random start: edges, outliers, overlaps and the density.

    The bulk solves `z(g) = 1/g + alpha <f/(1 - g f)>` (paper, equation (14)), with `f` the eigenvalues of the curvature
    matrix. An edge is where `z'(g) = 0`, or at the end of the law of `f` ((16), (17)); an outlier where
    `z(g) = alpha T(g)` for a sector (:doc:`/theory`).

    Parameters
    ----------
    net : QuadraticNetwork, Network or SpectralMethod
    alpha : float
        Samples over inputs, `M/N`, positive.
    averaging : Averaging, optional
        Accuracy where averages are sampled: for networks whose curvature matrix has no symmetry under rotations of the
        neurons. All others ignore it, and are more accurate.

    Returns
    -------
    Spectrum
        Eigenvalues are in its `unit`. For the paper's network edges, outliers and overlaps have a relative error of
        1e-8, densities an absolute error of 1e-7; for any other network each number has its own error.

    Raises
    ------
    InvalidParameterError
        If `alpha` is not a positive finite number.
    LimitError
        If `net` is a :class:`~bendscape.HessianMethod`, which has several Hessians.
    AccuracyError
        If the averages do not converge, or an edge cannot be verified.

    See Also
    --------
    bendscape.threshold : the `alpha` at which the first outlier leaves the bulk.
    bendscape.overlap : the outlier's overlap with the teacher at many `alpha`.
    bendscape.simulate : eigenvalues of sampled Hessians, to compare with.

    References
    ----------
    arXiv:2510.18435, equations (14), (16), (17).

    Examples
    --------
    >>> import bendscape as bs
    >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
    >>> spectrum.left_edge.kind, round(spectrum.left_edge.value, 6)
    ('sharp', -0.892093)
    >>> [(o.sector, round(o.value, 6), round(o.overlap2_teacher, 6)) for o in spectrum.outliers]
    [('teacher', -1.013815, 0.380064)]
    >>> spectrum.density([-2.0, 0.5]).round(6).tolist()
    [0.0, 0.262087]
    >>> tanh = bs.spectrum(bs.Network(1, 1, activation="tanh"), alpha=6.0)
    >>> tanh.left_edge.kind, len(tanh.outliers), tanh.converged
    ('sharp', 1, True)
    """
    return solver_of(net, averaging).spectrum(sample_ratio(alpha))
