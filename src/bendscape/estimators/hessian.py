"""The informative eigenvectors of Hessians at random students, as a scikit-learn transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_random_state, check_X_y
from sklearn.utils.validation import check_is_fitted, validate_data

from ..arguments import RUNS, count, refuse
from ..errors import InvalidParameterError
from ..models.preprocessing import Preprocessing
from ..models.quadratic import QuadraticNetwork
from ..simulation.data import prepared
from ..simulation.diagnostics import Finding
from ..simulation.eigen import Solver
from ..simulation.inputs import ScaledInputs
from ..simulation.sample import project
from ..simulation.training.starts import HessianStart
from ..user_arrays import numbers_of
from .counting import VectorCount, count_vectors
from .evidence import OPTIMAL, Evidence, hessian_evidence
from .verdict import Verdict, judge, warn, warn_undecided

__all__ = ["HessianSpectralEstimator", "SpanEstimator"]


def _read(name: str, value: Any) -> Any:
    """Convert containers that scikit-learn does not read correctly: masks, missing entries, tensors."""
    theirs = value is None or type(value) is np.ndarray or issparse(value)
    return value if theirs else numbers_of(name, value, dtype=None)


class _NoNumbersError(InvalidParameterError, TypeError):
    """Entries are not numbers; scikit-learn's contract requires a TypeError."""


class SpanEstimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The parts that the estimators share: checks of the data, attributes of the fit, projections."""

    n_components: int | None
    n_components_: int
    vectors_: VectorCount | None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.positive_only = True
        return tags

    def _validated(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Check data by scikit-learn, and return them in their own precision."""
        try:
            checked = check_X_y(_read("X", X), _read("y", y), dtype="numeric", ensure_min_samples=2, y_numeric=True)
            validate_data(self, X, y, skip_check_array=True)  # keeps the names of the columns
        except TypeError as error:
            raise _NoNumbersError(f"X or y: {error}") from error
        except ValueError as error:
            raise InvalidParameterError(f"X or y: {error}") from error
        return checked  # type: ignore[no-any-return]

    def _number(self, X: Any, y: Any, preprocessing: Preprocessing) -> int:
        """Return the number of components: `n_components`, or the counted one."""
        if self.n_components is None:
            self.vectors_ = count_vectors(X, y, preprocessing=preprocessing)
            self.n_components_ = self.vectors_.count
            warn_undecided(self.vectors_, stacklevel=3)
        else:
            self.vectors_, self.n_components_ = None, count("n_components", self.n_components)
        return self.n_components_

    def _judge(self, evidence: Evidence, findings: tuple[Finding, ...]) -> None:
        """Set the attributes of the fit, and warn of what contradicts the directions."""
        verdict = judge(evidence, findings)
        self._keep(evidence, verdict)
        warn(verdict, stacklevel=3)

    def _keep(self, evidence: Evidence, verdict: Verdict) -> None:
        """Set the attributes of the fit."""
        self.alpha_, self.threshold_ = evidence.alpha, evidence.threshold
        self.predicted_overlap2_, self.limit_overlap2_ = evidence.predicted_overlap2, evidence.limit_overlap2
        self.outlier_, self.bulk_ = evidence.outlier, evidence.bulk
        self.signal_, self.sufficient_ = evidence.signal, evidence.sufficient
        self.verdict_ = verdict

    def transform(self, X: Any) -> Any:
        """Return projections of inputs on the directions, in the units of the inputs.

        Parameters
        ----------
        X : array_like, shape (n, N)

        Returns
        -------
        array, shape (n, n_components)
        """
        from array_api_compat import numpy as xp

        check_is_fitted(self)
        try:
            checked = check_array(_read("X", X), dtype="numeric")
            validate_data(self, X, reset=False, skip_check_array=True)
        except TypeError as error:
            raise _NoNumbersError(f"X: {error}") from error
        except ValueError as error:
            raise InvalidParameterError(f"X: {error}") from error
        return project(ScaledInputs(checked, 1.0), self.components_, xp)

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])


class HessianSpectralEstimator(SpanEstimator):
    r"""The teacher's span from the Hessian of a quadratic network's loss at random students.

    Inputs are divided by their root mean square, labels by their mean. At each of `n_inits` random students the
    `n_neurons n_components` lowest eigenvectors of the Hessian, as `p x N` matrices, are stacked; the leading right
    singular vectors are an orthonormal basis of the span of the vectors `w` in `y = sum_l (w_l . x)^2`.

    Parameters
    ----------
    n_neurons : int
        `p`, width of the students. More neurons need fewer data (docs: thresholds).
    a : float
        Constant of the loss `(y - yhat)^2/(2 (a + y))`, with labels of mean one.
    n_components : int or None
        `p_star`, how many directions the labels depend on. None: as many as eigenvalues of a spectral method are in
        front of its bulk, :func:`bendscape.estimators.count_vectors`; one if there is none.
    n_inits : int
        Random students. More of them have more in common with the teacher: see :class:`bendscape.HessianMethod`.
    solver : Dense, BlockLanczos or Eigsh, optional
        See :func:`bendscape.simulation.lowest`.
    random_state : int, RandomState or None
        Of the students.

    Attributes
    ----------
    components_ : array, shape (n_components, N)
        Orthonormal rows.
    eigenvalues_ : array, shape (n_inits, n_neurons n_components)
        Of the Hessians of the standardised data.
    n_components_ : int
        `n_components`, or the number that was counted.
    vectors_ : VectorCount or None
        The evidence for the number, if it was counted.
    converged_ : bool
        Whether all eigenpairs were found to their tolerance.
    alpha_, threshold_ : float
        Samples over inputs, and `alpha_BBP` for infinite `N`.
    predicted_overlap2_, limit_overlap2_ : float
        Squared overlap of the estimate with the teacher's span that theory predicts from these labels, and for infinite
        `N`: for white Gaussian inputs, a quadratic teacher and no noise.
    outlier_, bulk_ : float
        Where theory has the informative eigenvalue for these labels, and the mean of as many eigenvalues at the edge of
        the bulk, where they would be if labels and inputs did not belong together; means over students.
    signal_ : float
        Distance of the mean of the eigenvalues from `bulk_` towards `outlier_`, in units of the spacing of eigenvalues
        there: without a signal zero on average, and above 3.5 in less than one sample of a hundred. nan without an
        outlier.
    sufficient_ : bool
        Whether theory has an informative eigenvalue outside the bulk of these data, and `signal_` is above 3.5.
    verdict_ : Verdict
        Its `status`, `reasons`, and `findings`: in what the data differ from those of the theory, with the remedy that
        helps. What speaks against the directions is a :class:`~bendscape.errors.DataWarning`, too.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.estimators import HessianSpectralEstimator
    >>> rng = np.random.default_rng(1)
    >>> w, X = rng.standard_normal(200), rng.standard_normal((900, 200))
    >>> estimator = HessianSpectralEstimator(n_neurons=2, random_state=0).fit(X, (X @ w) ** 2)
    >>> overlap2 = float(estimator.components_[0] @ w) ** 2 / float(w @ w)
    >>> estimator.sufficient_, round(overlap2, 2), round(estimator.predicted_overlap2_, 2), estimator.transform(X).shape
    (True, 0.77, 0.79, (900, 1))
    """

    def __init__(
        self,
        n_neurons: int = 2,
        a: float = 1.0,
        n_components: int | None = 1,
        n_inits: int = 4,
        *,
        solver: Solver | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_neurons = n_neurons
        self.a = a
        self.n_components = n_components
        self.n_inits = n_inits
        self.solver = solver
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> HessianSpectralEstimator:
        """Learn the directions.

        Parameters
        ----------
        X : array_like, shape (M, N)
        y : array_like, shape (M,)
            Not constant. Labels that noise has made negative count as zero.

        Returns
        -------
        HessianSpectralEstimator
            Itself.
        """
        X, y = self._validated(X, y)
        net = QuadraticNetwork(count("n_neurons", self.n_neurons), self._number(X, y, OPTIMAL), self.a)
        begin = HessianStart(count("n_inits", self.n_inits, RUNS), self.solver)
        try:
            state = check_random_state(self.random_state)
        except (TypeError, ValueError) as error:
            raise refuse("random_state", self.random_state, f"a seed or a RandomState ({error})") from error
        rng = np.random.default_rng(state.randint(0, 2**31, 4))
        data = prepared(net, X, y, rng=rng)
        sample = data.part()
        directions, students = begin.directions(sample, rng)
        self.components_ = directions.basis
        self.eigenvalues_ = np.stack([pairs.values for pairs in directions.pairs])
        self.converged_ = all(pairs.converged for pairs in directions.pairs)
        self._judge(hessian_evidence(sample, students, directions, data.findings, rng), data.findings)
        return self
