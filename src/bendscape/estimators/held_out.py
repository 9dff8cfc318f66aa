"""Samples that are kept to test an answer: which ones, and how well an answer explains their labels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..arguments import number, refuse
from ..errors import InvalidParameterError
from ..simulation.curvature import output
from ..simulation.data import Standardised
from ..simulation.diagnostics import Indices, groups_of
from ..simulation.sample import Array, Sample, project
from ..statistics import mean_stderr

__all__ = ["Split", "fits", "label_variance", "losses", "outputs", "split", "unexplained"]

_EXACT = 1e-8  # of the variance of labels: left by an answer that fits all of them but for rounding and its last steps
_TELLING = 0.01  # of the variance of all labels: if those held out have less, they cannot tell a good model


@dataclass(frozen=True, eq=False)
class Split:
    """All samples, those to learn from with their rows, and those held out."""

    whole: Standardised
    data: Standardised
    rows: Indices
    test: Sample


def split(whole: Standardised, share: Any, rng: np.random.Generator) -> Split:
    """Samples to learn from, and those held out; copies of an input are on one side."""
    wanted = "a share of the samples, zero or more and below 0.5"
    part = number("held_out", share, wanted, least=0.0)
    if part >= 0.5:
        raise refuse("held_out", share, wanted)
    sample = whole.sample
    M = len(sample.labels)
    order, kept = rng.permutation(M), round(part * M)
    if not all(each.within_theory for each in whole.findings):
        order = _by_groups(groups_of(sample.inputs, rng), order, kept)
    test, rest = np.sort(order[:kept]), np.setdiff1d(np.arange(M), order[:kept])
    if len(rest) < sample.net.p_star:
        raise InvalidParameterError(f"held_out = {share!r}: {len(rest)} samples are left; give more, or hold out less")
    return Split(whole, replace(whole, sample=whole.part(rest)), rest, whole.part(test))


def _by_groups(groups: Any, order: Any, most: int) -> Any:
    """As many whole groups of samples as there may be held out, in this order; without those that are larger."""
    sizes, first = np.bincount(groups), np.full(groups.max() + 1, -1)
    first[groups[order[::-1]]] = np.arange(len(order))[::-1]  # the place at which a group comes first
    each = np.argsort(first)
    each = each[sizes[each] <= most]
    each = each[np.cumsum(sizes[each]) <= most]
    return order[np.isin(groups[order], each)]


def outputs(sample: Sample, student: Array) -> Array:
    """The labels that a student gives these inputs."""
    if sample.inputs.shape[0] == 0:
        return np.zeros(0)
    from array_api_compat import numpy as xp

    return np.asarray(output(project(sample.inputs, student, xp), xp))


def losses(learnt: Sample, test: Sample, student: Array, level: float = math.inf) -> Array:
    """The loss on each label held out, of the student times the factor that fits the labels it was learnt from best.

    It is that of the network, in which large labels do not dominate. Labels are no larger than `level`.
    """
    yhat, weight = np.minimum(outputs(learnt, student), level), 1 / (learnt.net.a + learnt.labels)
    factor = float(np.sum(weight * yhat * learnt.labels) / np.sum(weight * yhat**2))
    off = factor * np.minimum(outputs(test, student), level) - test.labels
    return np.asarray(off**2 / (test.net.a + test.labels))


def fits(labels: Array, made: Array, weights: int, variance: float) -> bool:
    """Whether an answer makes all labels, which are more than its weights."""
    return len(labels) > weights and float(np.mean((labels - made) ** 2)) < _EXACT * variance


def label_variance(labels: Array) -> float:
    """Return the variance of labels; one beyond the law of a quadratic teacher counts as the largest of that law."""
    high = float(np.quantile(labels[labels > 0], 0.75))
    return float(np.var(np.minimum(labels, high * (2 * math.log(len(labels)) + 10))))


def unexplained(labels: Array, made: Array, variance: float) -> tuple[float, float]:
    """Mean squared error of predicted labels over the variance, with its standard error; nan where too few can tell."""
    if len(labels) < 2 or np.var(labels) < _TELLING * variance:
        return math.nan, math.nan
    mean, stderr = mean_stderr((labels - made) ** 2)
    return mean / variance, stderr / variance
