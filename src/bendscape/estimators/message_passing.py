"""Message passing as a scikit-learn transformer."""

from __future__ import annotations

from typing import Any

from ..arguments import count
from ..simulation.directions import leading_span
from .hessian import SpanEstimator
from .label_kinds import Kind
from .recover import recover

__all__ = ["MessagePassingEstimator"]


class MessagePassingEstimator(SpanEstimator):
    r"""The posterior of the vectors `v` in `y = sum_l (v_l . x)^2`, by message passing.

    It needs fewer samples than the other estimators, finds the vectors with their lengths, and an uncertainty for each
    component. Noise and scale are learnt from the data. Inputs are divided by their root mean square.

    Parameters
    ----------
    n_components : int or None
        `p_star`, how many directions the labels depend on. None: they are counted, as by :func:`bendscape.recover`.
    channel : {"intensities", "counts", "amplitudes", "saturated"} or None
        The kind of the labels; None: the one with the largest evidence, as for :func:`bendscape.recover`.

    Attributes
    ----------
    components_ : array, shape (n_components, N)
        Orthonormal rows.
    weights_, uncertainty_ : array, shape (n_components, N)
        Posterior means of the vectors in the units of the data, and the standard deviation of each component.
    expected_overlap2_ : float
        Squared overlap with the true span that the uncertainty amounts to.
    channel_ : str
        The kind of labels.
    noise_, noise_stderr_ : float
        Standard deviation of Gaussian noise on the labels, with its error; nan for counts.
    converged_ : bool
        Whether message passing ended at a fixed point.
    n_iter_ : int
        Steps of message passing.
    n_components_ : int
        `n_components`, or the number that was counted.
    vectors_ : VectorCount or None
        The evidence for the number, if it was counted.
    alpha_, threshold_, predicted_overlap2_, limit_overlap2_, outlier_, bulk_, signal_, sufficient_, verdict_
        As for :class:`SpectralEstimator`, whose directions are the start.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.estimators import MessagePassingEstimator
    >>> rng = np.random.default_rng(1)
    >>> w, X = rng.standard_normal(200), rng.standard_normal((300, 200))
    >>> estimator = MessagePassingEstimator().fit(X, (X @ w) ** 2)
    >>> overlap2 = float(estimator.components_[0] @ w) ** 2 / float(w @ w)
    >>> round(overlap2, 6), round(estimator.expected_overlap2_, 6)
    (1.0, 1.0)
    """

    def __init__(self, n_components: int | None = 1, *, channel: Kind | None = None) -> None:
        self.n_components = n_components
        self.channel = channel

    def fit(self, X: Any, y: Any) -> MessagePassingEstimator:
        """Learn the vectors.

        Parameters
        ----------
        X : array_like, shape (M, N)
        y : array_like, shape (M,)
            Not constant. Noise may have made some labels negative.

        Returns
        -------
        MessagePassingEstimator
            Itself.
        """
        X, y = self._validated(X, y)
        number = None if self.n_components is None else count("n_components", self.n_components)
        answer = recover(X, y, p_star=number, held_out=0.0, method="message passing", channel=self.channel)
        self.weights_, self.uncertainty_ = answer.weights, answer.uncertainty
        self.n_components_, self.vectors_ = len(answer.weights), answer.vectors
        self.components_ = leading_span(answer.weights, self.n_components_)
        self.expected_overlap2_, self.channel_ = answer.expected_overlap2, answer.channel
        self.noise_, self.noise_stderr_ = answer.noise, answer.noise_stderr
        posterior: Any = answer.posterior  # message passing has both
        evidence: Any = answer.evidence
        self.converged_, self.n_iter_ = posterior.converged, posterior.steps
        self._keep(evidence, answer.verdict)
        return self
