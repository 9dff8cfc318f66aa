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
    r"""The limiting spectrum of the Hessian at a random start.

    The bulk solves `z(g) = 1/g + alpha <f/(1 - g f)>` (paper, equation (14)), with `f` the eigenvalues of the curvature
    matrix; edges are where `z'(g) = 0` or at the end of the law of `f` ((16), (17)); outliers where a sector's
    `z(g) = alpha T(g)` (:doc:`/theory`).

    Parameters
    ----------
    net : QuadraticNetwork, Network or SpectralMethod
    alpha : float
        Samples over inputs, `M/N`, positive.
    averaging : Averaging, optional
        Which error is wanted where averages are sampled: for networks whose curvature matrix has no symmetry under
        rotations of the neurons. Others are more accurate.

    Returns
    -------
    Spectrum
        For the paper's network edges, outliers and overlaps to a relative 1e-8, densities to 1e-7 absolute; for any
        other each number with its error.

    Raises
    ------
    InvalidParameterError
        If `alpha` is not a positive finite number.
    LimitError
        Of a :class:`~bendscape.HessianMethod`, which has eigenvectors of several matrices.
    AccuracyError
        If the accuracy cannot be reached.

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
