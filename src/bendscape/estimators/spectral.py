"""Spectral methods as a scikit-learn transformer."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..models.preprocessing import Preprocessing, SpectralMethod, weight_of_labels
from ..models.quadratic import QuadraticNetwork
from ..simulation.data import prepared
from ..simulation.directions import spectral_directions
from ..simulation.eigen import Solver
from .evidence import OPTIMAL, spectral_evidence
from .hessian import SpanEstimator

__all__ = ["SpectralEstimator"]


class SpectralEstimator(SpanEstimator):
    r"""The leading eigenvectors of `sum_mu T(y_mu) x_mu x_mu^T`.

    Inputs are divided by their root mean square, labels by their mean.

    Parameters
    ----------
    preprocessing : Preprocessing, optional
        `T`: ``bs.models.Optimal(floor=0.1)`` by default, `AveragedHessian(p, a)`, `WideHessian(a)`,
        `MondelliMontanari(delta)`, `Trimming(cut)` or `CustomPreprocessing(function, largest)`.
    n_components : int or None
        `p_star`, how many directions the labels depend on. None: as many as eigenvalues of a spectral method are in
        front of its bulk, :func:`bendscape.estimators.count_vectors`; one if there is none.
    solver : Dense, BlockLanczos or Eigsh, optional
        See :func:`bendscape.simulation.lowest`.

    Attributes
    ----------
    components_ : array, shape (n_components, N)
        Orthonormal rows.
    eigenvalues_ : array, shape (n_components,)
        Of `D` of the standardised data, from the largest down.
    n_components_ : int
        `n_components`, or the number that was counted.
    vectors_ : VectorCount or None
        The evidence for the number, if it was counted.
    converged_ : bool
        Whether all eigenpairs were found to their tolerance.
    alpha_, threshold_, predicted_overlap2_, limit_overlap2_, outlier_, bulk_, signal_, sufficient_, verdict_
        As for :class:`HessianSpectralEstimator`.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> from bendscape.estimators import SpectralEstimator
    >>> rng = np.random.default_rng(1)
    >>> w, X = rng.standard_normal(200), rng.standard_normal((900, 200))
    >>> estimator = SpectralEstimator(bs.models.AveragedHessian(p=2, a=1.0)).fit(X, (X @ w) ** 2)
    >>> overlap2 = float(estimator.components_[0] @ w) ** 2 / float(w @ w)
    >>> estimator.sufficient_, round(overlap2, 2), round(estimator.predicted_overlap2_, 2)
    (True, 0.85, 0.84)
    """

    def __init__(
        self, preprocessing: Preprocessing | None = None, n_components: int | None = 1, *, solver: Solver | None = None
    ) -> None:
        self.preprocessing = preprocessing
        self.n_components = n_components
        self.solver = solver

    def fit(self, X: Any, y: Any) -> SpectralEstimator:
        """Learn the directions.

        Parameters
        ----------
        X : array_like, shape (M, N)
        y : array_like, shape (M,)
            Not constant. Labels that noise has made negative count as zero.

        Returns
        -------
        SpectralEstimator
            Itself.
        """
        X, y = self._validated(X, y)
        weight = OPTIMAL if self.preprocessing is None else weight_of_labels(self.preprocessing)
        method = SpectralMethod(weight, self._number(X, y, weight))
        net = QuadraticNetwork(1, method.p_star, 1.0)
        data = prepared(net, X, y, rng=np.random.default_rng(0))
        sample = data.part()
        directions = spectral_directions(sample, method.preprocessing, solver=self.solver)
        self.components_, (pairs,) = directions.basis, directions.pairs
        self.eigenvalues_, self.converged_ = pairs.values, pairs.converged
        self._judge(spectral_evidence(method.preprocessing, sample, directions, data.findings), data.findings)
        return self
