"""In what data differ from those of the theory: labels of a quadratic teacher, white inputs, independent samples."""

from __future__ import annotations

import math

import numpy as np

from .sample import Array

__all__ = ["odd_inputs", "odd_labels"]

_SURPRISE = 1e-4  # probability below which labels are said not to be of the law assumed
_CLEAR = 6.0  # standard errors from which on inputs are
_PROBES = 32
_ENOUGH = 50  # samples from which on mean squares are nearly Gaussian


def odd_labels(y: Array, p_star: int) -> tuple[str, ...]:
    """Whether labels of mean one are a chi-squared over its degrees."""
    from scipy.stats import gamma, kstest

    found = kstest(y, gamma(p_star / 2, scale=2 / p_star).cdf)
    if found.pvalue >= _SURPRISE:
        return ()
    return (
        f"the labels are not those of a quadratic teacher with p_star = {p_star} orthogonal directions of equal weight "
        f"and white Gaussian inputs (their distribution is {found.statistic:.2g} away from that law)",
    )


def odd_inputs(X: Array, rng: np.random.Generator) -> tuple[str, ...]:
    """Whether inputs of mean square one have one variance, no mean and no correlations, and do not repeat."""
    M, n = X.shape
    squares, means = np.mean(X**2, axis=0), X.mean(axis=0)
    # a column that is small by chance has a small error of its own: no less than that of a Gaussian one
    error = np.sqrt(np.maximum(np.mean(X**4, axis=0) - squares**2, 2.0) / M)
    probes = rng.standard_normal((n, _PROBES))
    seen = X @ probes
    # E |S v|^2/|v|^2 of the covariance S of M white inputs is 1 + (N + 1)/M, and larger for any others
    spread = float(np.sum((X.T @ seen / M) ** 2) / np.sum(probes**2) / (1 + (n + 1) / M))
    distinct = len(np.unique(np.round(seen[:, 0], 9)))
    found = []
    if M >= _ENOUGH and np.any(np.abs(squares - 1) > _CLEAR * error):
        worst = float(np.max(np.abs(squares - 1)))
        found.append(f"the inputs are not white (mean squares differ by up to {worst:.0%}): standardise the columns")
    elif np.max(np.abs(means)) > _CLEAR / math.sqrt(M):
        found.append(
            f"the inputs have means (up to {np.max(np.abs(means)):.2g} of their size): theory takes them to have none"
        )
    elif distinct < 0.99 * M:
        found.append(f"{M - distinct} of {M} inputs repeat others: theory takes samples to be independent")
    elif M >= _ENOUGH and spread > 1 + 2 * _CLEAR * math.sqrt(2 / (min(M, n) * _PROBES)):
        found.append("the inputs are correlated: theory takes them to be white")
    return tuple(found)
