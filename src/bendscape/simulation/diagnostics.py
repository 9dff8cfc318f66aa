r"""In what data differ from those of the theory, and which remedy helps.

Rows are looked at as columns are. Every row is divided by its length first, so that one long input does not make the
columns look odd, and lengths are judged by what the covariance and the fourth moment of the entries allow:
`Var |x|^2/N = (kappa - 1) tr C^2/N^2` for independent entries, `2/N` for white Gaussian ones. A remedy is tried before
it is offered: the test that failed is run again on the remedied data, and has to pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import Array
from .inputs import chosen

Indices = npt.NDArray[np.intp]

__all__ = [
    "Finding",
    "Rows",
    "groups_of",
    "look",
    "odd_inputs",
    "odd_labels",
    "rows_of",
    "weights_of_rows",
    "with_negative",
]

_SURPRISE = 1e-4  # probability below which data are said not to be of the law assumed
_PASSED = 1e-3  # and above which remedied ones are
_ALIKE = 0.05  # and above which they may well be
_CLEAR = 6.0  # standard errors from which on moments of inputs are odd
_PROBES = 128
_ENOUGH = 50  # samples from which on mean squares are nearly Gaussian
_HEAVY = 4.0  # fourth moment of entries; 3 for Gaussian ones
_NAMED = 3  # so many single samples or columns are named; more are a law of their own
_TIES = 3
_ROUNDING = 1e-9  # mean labels below zero
_ENTRIES = 1 << 18  # of inputs that are copied at a time
_VAST = 1e-12  # squared median length over the mean one
_COPY = 0.15  # 1 - |cos| of near copies, over that of any two rows
_SIDES = 64  # directions in which copies are compared
_BY_CHANCE, _LEAST, _EQUAL = (
    0.1,
    0.1,
    1e-6,
)  # rows that are alike by chance, for each row; and what is equal to rounding


@dataclass(frozen=True)
class Finding:
    """One way in which data are not those of the theory.

    Attributes
    ----------
    about : {"label", "labels", "row", "rows", "entries", "columns", "means", "inputs"}
    text : str
        What is odd, with its number.
    remedy : str
        What helps: it was tried. Empty where nothing that was tried does.
    where : tuple of int
        The samples or columns that are named.
    within_theory : bool
        Whether predictions take it into account.
    """

    about: str
    text: str
    remedy: str = ""
    where: tuple[int, ...] = ()
    within_theory: bool = False

    def __str__(self) -> str:
        return f"{self.text}: {self.remedy}" if self.remedy else self.text


@dataclass(frozen=True, eq=False)
class Rows:
    """Inputs of mean square one after columns are divided by `columns`: lengths, and moments of rows of length one.

    Attributes
    ----------
    lengths2 : array, shape (M,)
        `|x|^2/N`.
    squares, means, fourth : array, shape (N,)
        Mean square, mean and mean fourth power of each column.
    largest : array, shape (M,)
        The largest `|x|` of each row.
    spread, spread_given : float
        `tr C^2/N` of the covariance, one for white inputs; of rows of length one, and of rows as they are given.
    mark : array, shape (M,)
        One projection of rows of length one, without its sign, by which rows are found that repeat up to a factor.
    """

    lengths2: Array
    squares: Array
    means: Array
    fourth: Array
    largest: Array
    spread: float
    spread_given: float
    mark: Array

    @property
    def kurtosis(self) -> float:
        """Mean fourth power of the entries, 3 for Gaussian ones."""
        return float(self.fourth.mean() / (self.squares**2).mean())

    @property
    def lengths_differ(self) -> bool:
        """Whether squared lengths vary more than those of independent entries."""
        M, N = len(self.lengths2), len(self.squares)
        allowed = max(self.spread, self.spread_given) * (max(self.kurtosis, 3.0) - 1) / N
        return bool(np.var(self.lengths2) > allowed * (1 + _CLEAR * math.sqrt((2 + 12 / N) / M)))

    @property
    def distinct(self) -> Indices:
        """The first of all rows that are equal up to a factor."""
        return np.sort(np.unique(np.round(self.mark, 9), return_index=True)[1])


def _blocks(X: Any) -> Iterator[tuple[int, int]]:
    M, N = X.shape
    step = max(1, _ENTRIES // N)
    return ((i, min(i + step, M)) for i in range(0, M, step))


def rows_of(X: Any, rng: np.random.Generator, columns: Any = 1.0) -> Rows:
    """Moments of inputs of any mean square, in blocks."""
    (M, n), probes = X.shape, min(X.shape[1], _PROBES)
    exact = probes == n
    vectors = np.eye(n) if exact else rng.standard_normal((n, probes))
    mark = rng.standard_normal(n)
    lengths2, largest, marks, used = np.empty(M), np.zeros(M), np.zeros(M), 0
    sums, seen, given = np.zeros((3, n)), np.zeros((n, probes)), np.zeros((n, probes))
    for i, j in _blocks(X):
        x = np.asarray(X[i:j], dtype=float) / columns
        lengths2[i:j] = np.mean(x**2, axis=1)
        size = lengths2[i:j]
        given += x.T @ (x @ vectors)
        x = x[size > 0] / np.sqrt(size[size > 0])[:, None]
        marks[i:j][size > 0] = np.abs(x @ mark) if n > 1 else lengths2[i:j][size > 0]
        square = x**2
        sums += (x.sum(axis=0), square.sum(axis=0), (square**2).sum(axis=0))
        seen += x.T @ (x @ vectors)
        used += len(x)
        largest[i:j][size > 0] = np.sqrt(square.max(axis=1))
    means, squares, fourth = sums / max(used, 1)
    mean = float(lengths2.mean())
    fourths = float(np.mean(lengths2**2)) / mean**2

    def spread(product: Array, fourth: float) -> float:
        # E tr S^2/N of the covariance S of M rows of |x|^2 = N r^2 is (1 - 1/M) tr C^2/N + <r^4> N/M
        square = float(np.sum((product / used) ** 2) / np.sum(vectors**2))
        return float(max((square - fourth * n / used) / (1 - 1 / used), 1.0))

    spreads = (spread(seen, 1.0), spread(given / mean, fourths)) if used > 1 else (1.0, 1.0)
    return Rows(lengths2 / mean, squares, means, fourth, largest, *spreads, marks)


def look(X: Any, y: Array, p_star: int, rng: np.random.Generator) -> tuple[Finding, ...]:
    """What is odd in inputs of any mean square and labels of mean one, one finding for each cause."""
    stream = rng.spawn(1)[0]
    rows = rows_of(X, stream)
    inputs = odd_inputs(X, rows, stream, y, p_star)
    # labels of inputs with a mean, or of few entries that matter, have a law of their own: one cause, one finding
    law = not any(each.about in ("means", "entries") for each in inputs)
    return (*inputs, *odd_labels(y, p_star, rows, law=law))


# ---------------------------------------------------------------------------------------------------------- labels


def _surprise(y: Array, p_star: int) -> tuple[float, float]:
    """Distance from the law of labels, and its probability, after a scale that makes the mean one."""
    from scipy.stats import gamma, kstest

    if len(y) < 2 or not y.mean() > 0:
        return 1.0, 0.0
    found = kstest(y / y.mean(), gamma(p_star / 2, scale=2 / p_star).cdf)
    return float(found.statistic), float(found.pvalue)


def law_chance(y: Array, p_star: int) -> float:
    """The chance of labels, of any scale, as far from the law of so many vectors of one length as these, or farther."""
    return _surprise(y, p_star)[1]


def _hot(y: Array, p_star: int) -> Indices:
    """Labels larger than any of the law, whose scale is that of the others' median."""
    from scipy.stats import gamma

    law = gamma(p_star / 2, scale=2 / p_star)
    centre = np.median(y)
    if not centre > 0:
        return np.zeros(0, dtype=int)
    chance = len(y) * law.sf(y / centre * law.median() / (1 + _CLEAR / math.sqrt(len(y))))
    return np.flatnonzero(chance < _SURPRISE)


def _truncated(y: Array, p_star: int) -> float:
    """Probability of labels below a cut, if those above are cut there."""
    from scipy.stats import gamma, kstest

    law, top = gamma(p_star / 2, scale=2 / p_star), y.max()
    below = y[y < top]
    share = len(below) / len(y)
    scale = top / law.ppf(share)
    return float(kstest(law.cdf(below / scale) / share, "uniform").pvalue) if len(below) > 1 else 0.0


def odd_labels(y: Array, p_star: int, rows: Rows, *, law: bool = True) -> tuple[Finding, ...]:
    """Whether labels of mean one are a chi-squared over its degrees, times squared lengths where those differ.

    Without `law` only single labels and ties are looked at.
    """
    given, differ = y, rows.lengths_differ
    if differ:
        y = np.divide(y, rows.lengths2, out=np.zeros_like(y), where=rows.lengths2 > 0)
        y = y / y.mean()
    hot = _hot(y, p_star)
    if 1 <= len(hot) <= _NAMED and _surprise(np.delete(y, hot), p_star)[1] >= _PASSED:
        names = ", ".join(f"y[{i}]" for i in hot)
        text = (
            f"{names} is {float(y[hot].max() / np.median(y)):.2g} times the median label, and the largest of {len(y)} "
            f"labels of a quadratic teacher is about {_largest(len(y), p_star):.2g} times that"
        )
        return (Finding("label", text, f"leave sample {', '.join(map(str, hot))} out", tuple(map(int, hot))),)
    ties = np.flatnonzero(given == given.max())
    if len(ties) >= _TIES and not _few_values(given):
        text = f"{len(ties)} of {len(y)} labels equal the largest one, as where a detector saturates"
        fits = not differ and _truncated(given, p_star) >= _PASSED
        remedy = "leave these samples out; the others have the law of labels below a cut" if fits else ""
        return (Finding("labels", text, remedy, tuple(map(int, ties))),)
    distance, chance = _surprise(y[rows.distinct], p_star)
    if chance >= _SURPRISE or not law:
        return ()
    text = (
        f"the labels are not those of a quadratic teacher with p_star = {p_star} orthogonal directions of equal weight "
        f"and white Gaussian inputs (their distribution is {distance:.2g} away from that law)"
    )
    if _few_values(given):
        text += (
            f"; they take {len(np.unique(given))} values, as counts do, and {np.mean(given == 0):.0%} of them are zero"
        )
    return (Finding("labels", text, _label_remedy(y, given, p_star, differ)),)


def _largest(M: int, p_star: int) -> float:
    """The label that one of `M` exceeds, over the median one."""
    from scipy.stats import gamma

    law = gamma(p_star / 2)
    return float(law.isf(1 / M) / law.median())


def _few_values(y: Array) -> bool:
    """Whether most positive labels share their value with others."""
    positive = y[y > 0]
    return len(np.unique(positive)) <= max(len(positive) / 4, 2)


def _label_remedy(y: Array, given: Array, p_star: int, differ: bool) -> str:
    """The first change of labels that gives them the law of a quadratic teacher's."""
    dark, least = float(y.mean() - math.sqrt(p_star / 2) * y.std()), float(y.min())
    tried: list[tuple[Array, int, str]] = [
        (y**2, p_star, "squared labels have that law: if these are amplitudes |v x|, give y**2"),
        (
            y - least,
            p_star,
            f"less the smallest label, {least:.3g} of the mean, they have that law: take a dark level away",
        ),
        (
            np.maximum(y - dark, 0),
            p_star,
            f"less {dark:.3g} of the mean label they have that law: take a dark level away",
        ),
        (np.sqrt(y), p_star, "square roots of labels have that law: give y**0.5"),
        (y[y > 0], p_star, "labels above zero have that law: leave samples with a label of zero out"),
    ]
    if differ:
        words = "labels do not grow with the lengths of inputs: divide each input by its length, and no label"
        tried.append((given, p_star, words))
    tried += [(y, k, f"they have the law of p_star = {k}") for k in range(1, 9) if k != p_star]
    passed = [(_surprise(labels, k)[1], words) for labels, k, words in tried]
    best = sorted((each for each in passed if each[0] >= _PASSED), reverse=True)
    # laws that few labels do not tell apart are both named
    return "; or ".join(words for chance, words in best[:2] if chance >= min(_ALIKE, best[0][0]))


def with_negative(findings: tuple[Finding, ...], y: Array, p_star: int) -> tuple[Finding, ...]:
    """With a finding on labels below zero, if there are any, in the place of one on their law: they are its cause.

    Noise of standard deviation `sigma` on a label of zero is below zero in half of the samples, with a root mean square
    of `sigma`; it is less for labels that are not zero.
    """
    below = y[y < -_ROUNDING]
    if not len(below):
        return findings
    law, size = [each for each in findings if each.about == "labels"], math.sqrt(float(np.mean(below**2)))
    text = (
        f"{len(below)} of {len(y)} labels are below zero, down to {-below.min():.2g} mean labels, as additive noise of "
        f"{size:.2g} mean labels or more makes them, or a dark level that was taken away; they count as zero"
    )
    least = float(y.min())
    fits = bool(law) and _surprise(y - least, p_star)[1] >= _PASSED
    remedy = f"{-least:.3g} mean labels more, all have the law of a quadratic teacher: add that" if fits else ""
    rest = tuple(each for each in findings if each not in law)
    return (*rest, Finding("labels", text, remedy, tuple(map(int, np.argsort(y)[:_NAMED])), within_theory=not law))


# ---------------------------------------------------------------------------------------------------------- inputs


def odd_inputs(X: Any, rows: Rows, rng: np.random.Generator, y: Array, p_star: int) -> tuple[Finding, ...]:
    """Whether inputs have one variance, no mean, no correlations and one length, and do not repeat."""
    vast = _vast(rows)
    if vast is not None:
        return (vast,)
    columns = _columns(X, rows, rng)
    if columns is not None:  # nothing else can be told before they are divided by their sizes
        return (columns,)
    lengths, entries = _rows(rows, y, p_star), _entries(rows)
    if lengths is not None and entries is not None and lengths.about == "row":  # one cause: the entries
        lengths, entries = (lengths, None) if set(entries.where) == set(lengths.where) else (None, entries)
    shared = _repeats(rows) or _means(rows) or _correlated(X, rows, rng)  # each of them is a cause of the next
    return tuple(each for each in (_empty(rows), lengths, entries, shared) if each is not None)


def _vast(rows: Rows) -> Finding | None:
    """A few inputs beside which the others are as good as zero."""
    median, most = float(np.median(rows.lengths2)), np.flatnonzero(rows.lengths2 > 1)
    if median > _VAST or len(most) > _NAMED:
        return None
    names = ", ".join(f"X[{i}]" for i in most)
    text = f"{names} is more than {_VAST**-0.5:.0e} times as long as the median input"
    return Finding("row", text, f"leave sample {', '.join(map(str, most))} out", tuple(map(int, most)))


def _empty(rows: Rows) -> Finding | None:
    none = np.flatnonzero(rows.lengths2 == 0)
    if not len(none):
        return None
    text = f"{len(none)} of {len(rows.lengths2)} inputs are zero everywhere, the first is X[{none[0]}]"
    remedy = "leave them out, they say nothing of the vectors"
    return Finding("row", text, remedy, tuple(map(int, none[:_NAMED])), within_theory=True)


def _off(rows: Rows) -> Array:
    """Standard errors by which mean squares of columns differ from one."""
    M = len(rows.lengths2)
    error = np.sqrt(np.maximum(rows.fourth - rows.squares**2, 2.0) / M)
    return np.asarray(np.abs(rows.squares - 1) / error)


def _columns(X: Any, rows: Rows, rng: np.random.Generator) -> Finding | None:
    if len(rows.lengths2) < _ENOUGH or not np.any(_off(rows) > _CLEAR):
        return None
    plain = np.zeros(X.shape[1])
    for i, j in _blocks(X):
        plain += np.sum(np.asarray(X[i:j], dtype=float) ** 2, axis=0)
    size = np.sqrt(plain / X.shape[0])
    empty = np.flatnonzero(size == 0)
    if len(empty):
        text = f"{len(empty)} of {X.shape[1]} columns are zero everywhere, the first is X[:, {empty[0]}]"
        return Finding("columns", text, "leave them out; labels cannot depend on them", tuple(map(int, empty[:_NAMED])))
    ratio = size / np.median(size)
    worst = int(np.argmax(np.abs(np.log(ratio))))
    text = (
        f"the inputs are not white (root mean squares of columns are {ratio.min():.3g} to {ratio.max():.3g} of the "
        f"median one, X[:, {worst}] differs most)"
    )
    helped = not np.any(_off(rows_of(X, rng, size)) > _CLEAR)
    remedy = "divide each column by its root mean square, and the vectors found by the same" if helped else ""
    return Finding("columns", text, remedy, (worst,))


def _rows(rows: Rows, y: Array, p_star: int) -> Finding | None:
    if len(rows.lengths2) < 3 or not rows.lengths_differ:
        return None
    size = np.sqrt(rows.lengths2 / np.median(rows.lengths2))
    order = np.argsort(-np.abs(rows.lengths2 - np.median(rows.lengths2)))
    for number in range(1, _NAMED + 1):  # a few rows that are odd alone
        kept = np.ones(len(size), dtype=bool)
        kept[order[:number]] = False
        rest = replace(rows, lengths2=rows.lengths2[kept] / rows.lengths2[kept].mean())
        if number < len(size) - 3 and not rest.lengths_differ:
            odd = tuple(sorted(int(i) for i in order[:number]))
            names = ", ".join(f"X[{i}]" for i in odd)
            text = f"the length of {names} is {', '.join(f'{size[i]:.3g}' for i in odd)} times the median length"
            return Finding("row", text, f"leave sample {', '.join(map(str, odd))} out", odd, within_theory=True)
    text = f"lengths of inputs differ (from {size.min():.3g} to {size.max():.3g} times the median one)"
    s2 = np.divide(y, rows.lengths2, out=np.zeros_like(y), where=rows.lengths2 > 0)
    helped = _surprise(s2, p_star)[1] >= _PASSED
    remedy = "divide each input by its length and its label by the square" if helped else ""
    return Finding("rows", text, remedy, (int(np.argmax(size)),), within_theory=True)


def _entries(rows: Rows) -> Finding | None:
    """Single entries that are extreme, or all entries of a heavy tail."""
    from scipy.stats import norm

    M, N = len(rows.lengths2), len(rows.squares)
    if N < _NAMED:
        return None
    extreme = np.flatnonzero(2 * M * N * norm.sf(rows.largest) < _SURPRISE)
    heavy = rows.kurtosis > _HEAVY + _CLEAR * math.sqrt(24 / (M * N))
    if 1 <= len(extreme) <= _NAMED and not heavy:
        names = ", ".join(f"X[{i}]" for i in extreme)
        text = f"one entry of {names} is {rows.largest[extreme].max():.3g} times the root mean square of its row"
        return Finding("row", text, "", tuple(map(int, extreme)))
    if heavy:
        text = f"the entries of the inputs have heavy tails (fourth moment {rows.kurtosis:.3g}, 3 for Gaussian ones)"
        return Finding("entries", text)
    return None


def _repeats(rows: Rows) -> Finding | None:
    M = len(rows.mark)
    again = np.setdiff1d(np.arange(M), rows.distinct)
    if len(again) <= 0.01 * M:
        return None
    text = f"{len(again)} of {M} inputs repeat others, or are multiples of them, the first is X[{again[0]}]"
    return Finding("inputs", text, "keep one of each, with the mean label of equal ones")


def groups_of(X: Any, rng: np.random.Generator) -> Indices:
    """A number for each row: copies of a row have one number, up to a factor and to small changes.

    What was learnt from a row is no surprise in its copy, so that tests on rows held out keep a group together. Copies
    point in nearly the same direction, seen from the distances that other rows have, and nearer than chance allows,
    which is not asked of rows that follow each other: series change slowly. Each row is linked with the first and the
    last of its copies before it.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.stats import beta

    M, n = X.shape
    if n == 1:
        return np.asarray(np.unique(np.asarray(X[:M])[:, 0] ** 2, return_inverse=True)[1], dtype=np.intp)
    matrix = np.eye(n) if n <= _SIDES else rng.standard_normal((n, _SIDES))
    z = np.zeros((M, matrix.shape[1]), np.float32)
    for i, j in _blocks(X):
        seen = np.asarray(X[i:j], dtype=float) @ matrix
        size = np.linalg.norm(seen, axis=1, keepdims=True)
        z[i:j] = np.divide(seen, size, out=np.zeros_like(seen), where=size > 0)
    usual2 = np.sum(z * z[rng.permutation(M)], axis=1) ** 2
    dimensions = max(1 / float(usual2.mean()), 1 + _LEAST) if usual2.any() else float(n)
    chance = math.sqrt(beta(0.5, (dimensions - 1) / 2).isf(_BY_CHANCE / M))
    near = min(1 - _COPY * float(np.median(1 - np.sqrt(usual2))), 1 - _EQUAL)
    least = min(max(chance, near), 1 - _EQUAL)
    after = np.flatnonzero(np.abs(np.sum(z[1:] * z[:-1], axis=1)) >= near) + 1
    links = [(after, after - 1)]
    step = max(1, _ENTRIES // M)
    for i in range(0, M, step):
        alike = np.tril(np.abs(z[i : i + step] @ z[: i + step].T) >= least, i - 1)
        row = np.flatnonzero(alike.any(axis=1))
        last = alike.shape[1] - 1 - alike[row, ::-1].argmax(axis=1)
        links += [(row + i, alike[row].argmax(axis=1)), (row + i, last)]
    one, two = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(len(one)), (one, two)), shape=(M, M))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _means(rows: Rows) -> Finding | None:
    M = len(rows.lengths2)
    worst = int(np.argmax(np.abs(rows.means)))
    if not np.abs(rows.means[worst]) > _CLEAR / math.sqrt(M):
        return None
    text = (
        f"the inputs have means (X[:, {worst}] has {rows.means[worst]:.2g} of its size): theory takes them to have none"
    )
    return Finding("means", text, where=(worst,))


def _correlated(X: Any, rows: Rows, rng: np.random.Generator) -> Finding | None:
    M, n = len(rows.lengths2), len(rows.squares)
    probing = 0.0 if n <= _PROBES else math.sqrt(8 / (n * _PROBES)) * (1 + n / M)
    if M < _ENOUGH or rows.spread <= 1 + _CLEAR * (2 / M + probing):  # sqrt(Var tr S^2) = 2 N/M for white inputs
        return None
    text = f"the inputs are correlated (tr C^2/N = {rows.spread:.3g}, 1 for white ones)"
    return Finding("inputs", text, _whitened(X, rng))


@dataclass(frozen=True, eq=False)
class _Turned:
    """Inputs times a matrix, made whenever rows are read."""

    inputs: Any
    matrix: Array

    @property
    def shape(self) -> tuple[int, int]:
        return self.inputs.shape[0], self.matrix.shape[1]

    def __getitem__(self, rows: slice) -> Array:
        return np.asarray(np.asarray(self.inputs[rows], dtype=float) @ self.matrix)


def _whitened(X: Any, rng: np.random.Generator) -> str:
    """Whether whitening by the covariance of one half of the samples whitens the other."""
    M, n = X.shape
    if 10 * n > M:  # what is left by the errors of the covariance would be as large
        return ""
    half, covariance = M // 2, np.zeros((n, n))
    for i, j in _blocks(X):
        x = np.asarray(X[i : max(i, min(j, half))], dtype=float)
        covariance += x.T @ x / half
    values, vectors = np.linalg.eigh(covariance)
    if values[0] <= 1e-9 * values[-1]:
        return ""
    rest = chosen(X, np.arange(half, M))
    before = rows_of(rest, rng).spread
    after = rows_of(_Turned(rest, vectors / np.sqrt(values)), rng).spread
    helped = after < before and after < 1.2 / (1 - 2 * n / M)
    return "whiten them, X C^(-1/2), and turn the vectors found by C^(-1/2)" if helped else ""


def weights_of_rows(X: Any) -> Array:
    """Squared lengths of rows, of mean one, less their fluctuation of variance `2/N` where all have one length."""
    M, n = X.shape
    found = np.empty(M)
    for i, j in _blocks(X):
        found[i:j] = np.sum(np.asarray(X[i:j], dtype=float) ** 2, axis=1)
    found /= found.mean()
    variance = float(found.var())
    return np.asarray(1 + (found - 1) * max(0.0, 1 - 2 / (n * variance)) if variance > 0 else found)
