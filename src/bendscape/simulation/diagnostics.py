r"""Tests of data against the assumptions of the theory, with a remedy for each that fails.

Both rows and columns are tested. For the tests of columns every row is divided by its length, so that one long input
does not affect them. Lengths are compared with the covariance and the fourth moment of the entries:
`Var |x|^2/N = (kappa - 1) tr C^2/N^2` for independent entries, `2/N` for white Gaussian ones. Each remedy is tested:
the test that failed must pass on the changed data.
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

_P_FAILED = 1e-4  # p-value below which a test of data fails
_P_REMEDIED = 1e-3  # p-value above which changed data pass the test
_P_PLAUSIBLE = 0.05  # p-value above which a second remedy is named, too
_Z_FAILED = 6.0  # standard errors above which a moment of inputs fails
_PROBES = 128  # random vectors that estimate tr C^2
_MIN_SAMPLES = 50  # samples from which on mean squares are nearly Gaussian
_HEAVY_KURTOSIS = 4.0  # fourth moment of entries; 3 for Gaussian ones
_MAX_NAMED = 3  # single samples or columns that a finding names; more are tested as a law
_MIN_TIES = 3  # labels equal to the largest one
_LABEL_ROUNDING = 1e-9  # mean labels; smaller negative labels are rounding errors
_BLOCK_ENTRIES = 1 << 18  # entries of inputs that are copied at a time
_VAST_RATIO2 = 1e-12  # squared median length of rows over the mean squared length
_COPY_DISTANCE = 0.15  # 1 - |cos| of near copies, over that of any two rows
_COPY_DIRECTIONS = 64  # directions in which copies are compared
_CHANCE_COPIES = 0.1  # rows that are copies by chance, for each row
_MIN_DIMENSIONS = 0.1  # effective dimensions of the rows, above one
_EQUAL_COSINE = 1e-6  # 1 - |cos| of rows that are equal up to rounding


@dataclass(frozen=True)
class Finding:
    """One way in which data differ from the assumptions of the theory.

    Attributes
    ----------
    about : {"label", "labels", "row", "rows", "entries", "columns", "means", "inputs"}
    text : str
        The deviation, with its number.
    remedy : str
        A change of the data that was tested and helps. Empty if no tested change helps.
    where : tuple of int
        Indices of the samples or columns in the text.
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
    """Lengths of inputs, and moments of their rows scaled to length one.

    Attributes
    ----------
    lengths2 : array, shape (M,)
        `|x|^2/N`.
    squares, means, fourth : array, shape (N,)
        Mean square, mean and mean fourth power of each column.
    largest : array, shape (M,)
        The largest `|x|` of each row.
    spread, spread_given : float
        `tr C^2/N` of the covariance, one for white inputs: of rows of length one, and of the given rows.
    mark : array, shape (M,)
        Absolute value of a projection of each row of length one; it is equal for rows that are equal up to a factor.
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
        """Return the fourth moment of the entries, 3 for Gaussian ones."""
        return float(self.fourth.mean() / (self.squares**2).mean())

    @property
    def lengths_differ(self) -> bool:
        """Return whether squared lengths vary more than those of independent entries."""
        M, N = len(self.lengths2), len(self.squares)
        allowed = max(self.spread, self.spread_given) * (max(self.kurtosis, 3.0) - 1) / N
        return bool(np.var(self.lengths2) > allowed * (1 + _Z_FAILED * math.sqrt((2 + 12 / N) / M)))

    @property
    def distinct(self) -> Indices:
        """Return the indices of rows without repetitions: the first of rows that are equal up to a factor."""
        return np.sort(np.unique(np.round(self.mark, 9), return_index=True)[1])


def _blocks(X: Any) -> Iterator[tuple[int, int]]:
    """Return bounds of blocks of rows."""
    M, N = X.shape
    step = max(1, _BLOCK_ENTRIES // N)
    return ((i, min(i + step, M)) for i in range(0, M, step))


def rows_of(X: Any, rng: np.random.Generator, columns: Any = 1.0) -> Rows:
    """Compute lengths and moments of inputs of any mean square, block by block; entries are divided by `columns`."""
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
    """Test inputs of any mean square and labels of mean one, and return one finding for each cause."""
    stream = rng.spawn(1)[0]
    rows = rows_of(X, stream)
    inputs = odd_inputs(X, rows, stream, y, p_star)
    # inputs with a mean, or with few large entries, change the law of labels too: one cause, one finding
    law = not any(each.about in ("means", "entries") for each in inputs)
    return (*inputs, *odd_labels(y, p_star, rows, law=law))


# ---------------------------------------------------------------------------------------------------------- labels


def _law_test(y: Array, p_star: int) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance from the law of labels and its p-value, for labels scaled to mean one."""
    from scipy.stats import gamma, kstest

    if len(y) < 2 or not y.mean() > 0:
        return 1.0, 0.0
    test = kstest(y / y.mean(), gamma(p_star / 2, scale=2 / p_star).cdf)
    return float(test.statistic), float(test.pvalue)


def law_chance(y: Array, p_star: int) -> float:
    """Return the p-value of labels, of any scale, for the law of `p_star` vectors of one length."""
    return _law_test(y, p_star)[1]


def _outlying_labels(y: Array, p_star: int) -> Indices:
    """Return the indices of labels too large for the law whose median is that of the labels."""
    from scipy.stats import gamma

    law = gamma(p_star / 2, scale=2 / p_star)
    centre = np.median(y)
    if not centre > 0:
        return np.zeros(0, dtype=int)
    chance = len(y) * law.sf(y / centre * law.median() / (1 + _Z_FAILED / math.sqrt(len(y))))
    return np.flatnonzero(chance < _P_FAILED)


def _truncated(y: Array, p_star: int) -> float:
    """Return the p-value of the labels below the largest one, for the law cut at that label."""
    from scipy.stats import gamma, kstest

    law, top = gamma(p_star / 2, scale=2 / p_star), y.max()
    below = y[y < top]
    share = len(below) / len(y)
    scale = top / law.ppf(share)
    return float(kstest(law.cdf(below / scale) / share, "uniform").pvalue) if len(below) > 1 else 0.0


def odd_labels(y: Array, p_star: int, rows: Rows, *, law: bool = True) -> tuple[Finding, ...]:
    """Test whether labels of mean one are chi-squared over `p_star`, times squared lengths if these differ.

    Without `law` only single labels and ties are tested.
    """
    given, differ = y, rows.lengths_differ
    if differ:
        y = np.divide(y, rows.lengths2, out=np.zeros_like(y), where=rows.lengths2 > 0)
        y = y / y.mean()
    hot = _outlying_labels(y, p_star)
    if 1 <= len(hot) <= _MAX_NAMED and _law_test(np.delete(y, hot), p_star)[1] >= _P_REMEDIED:
        names = ", ".join(f"y[{i}]" for i in hot)
        text = (
            f"{names} is {float(y[hot].max() / np.median(y)):.2g} times the median label, and the largest of {len(y)} "
            f"labels of a quadratic teacher is about {_largest(len(y), p_star):.2g} times that"
        )
        return (Finding("label", text, f"leave sample {', '.join(map(str, hot))} out", tuple(map(int, hot))),)
    ties = np.flatnonzero(given == given.max())
    if len(ties) >= _MIN_TIES and not _few_values(given):
        text = f"{len(ties)} of {len(y)} labels equal the largest one, as when a detector saturates"
        fits = not differ and _truncated(given, p_star) >= _P_REMEDIED
        remedy = "leave these samples out; the others have the law of labels below a cut" if fits else ""
        return (Finding("labels", text, remedy, tuple(map(int, ties))),)
    distance, chance = _law_test(y[rows.distinct], p_star)
    if chance >= _P_FAILED or not law:
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
    """Return the label that one of `M` samples exceeds on average, over the median label."""
    from scipy.stats import gamma

    law = gamma(p_star / 2)
    return float(law.isf(1 / M) / law.median())


def _few_values(y: Array) -> bool:
    """Return whether most positive labels share their value with others."""
    positive = y[y > 0]
    return len(np.unique(positive)) <= max(len(positive) / 4, 2)


def _label_remedy(y: Array, given: Array, p_star: int, differ: bool) -> str:
    """Return the changes of labels that give them the law of a quadratic teacher, at most two, best first."""
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
    passed = [(_law_test(labels, k)[1], words) for labels, k, words in tried]
    best = sorted((each for each in passed if each[0] >= _P_REMEDIED), reverse=True)
    # the second is named, too, if the labels are too few to distinguish the two
    return "; or ".join(words for chance, words in best[:2] if chance >= min(_P_PLAUSIBLE, best[0][0]))


def with_negative(findings: tuple[Finding, ...], y: Array, p_star: int) -> tuple[Finding, ...]:
    """Replace a finding on the law of labels by one on negative labels, if there are any: they are its cause.

    Noise of standard deviation `sigma` makes half of the labels zero negative, with a root mean square of `sigma`. For
    positive labels the root mean square of the negative ones is smaller.
    """
    below = y[y < -_LABEL_ROUNDING]
    if not len(below):
        return findings
    law, size = [each for each in findings if each.about == "labels"], math.sqrt(float(np.mean(below**2)))
    text = (
        f"{len(below)} of {len(y)} labels are below zero, down to {-below.min():.2g} mean labels, as additive noise of "
        f"{size:.2g} mean labels or more makes them, or a dark level that was taken away; eigenvectors and "
        "descent count them as zero"
    )
    least = float(y.min())
    fits = bool(law) and _law_test(y - least, p_star)[1] >= _P_REMEDIED
    remedy = f"{-least:.3g} mean labels more, all have the law of a quadratic teacher: add that" if fits else ""
    rest = tuple(each for each in findings if each not in law)
    return (*rest, Finding("labels", text, remedy, tuple(map(int, np.argsort(y)[:_MAX_NAMED])), within_theory=not law))


# ---------------------------------------------------------------------------------------------------------- inputs


def odd_inputs(X: Any, rows: Rows, rng: np.random.Generator, y: Array, p_star: int) -> tuple[Finding, ...]:
    """Test whether inputs have one variance, zero mean, no correlations, one length, and no repetitions."""
    vast = _vast(rows)
    if vast is not None:
        return (vast,)
    columns = _columns(X, rows, rng)
    if columns is not None:  # columns of different size affect all other tests
        return (columns,)
    lengths, entries = _rows(rows, y, p_star), _entries(rows)
    if lengths is not None and entries is not None and lengths.about == "row":  # one cause: the entries
        lengths, entries = (lengths, None) if set(entries.where) == set(lengths.where) else (None, entries)
    shared = (
        _repeats(rows) or _means(rows) or _correlated(X, rows, rng)
    )  # each is a cause of the next, so only the first is returned
    return tuple(each for each in (_empty(rows), lengths, entries, shared) if each is not None)


def _vast(rows: Rows) -> Finding | None:
    """Find a few inputs that are so long that the others are zero in comparison."""
    median, most = float(np.median(rows.lengths2)), np.flatnonzero(rows.lengths2 > 1)
    if median > _VAST_RATIO2 or len(most) > _MAX_NAMED:
        return None
    names = ", ".join(f"X[{i}]" for i in most)
    text = f"{names} is more than {_VAST_RATIO2**-0.5:.0e} times as long as the median input"
    return Finding("row", text, f"leave sample {', '.join(map(str, most))} out", tuple(map(int, most)))


def _empty(rows: Rows) -> Finding | None:
    """Find inputs that are zero."""
    none = np.flatnonzero(rows.lengths2 == 0)
    if not len(none):
        return None
    text = f"{len(none)} of {len(rows.lengths2)} inputs are zero everywhere, the first is X[{none[0]}]"
    remedy = "leave them out; labels of zero inputs do not depend on the vectors"
    return Finding("row", text, remedy, tuple(map(int, none[:_MAX_NAMED])), within_theory=True)


def _off(rows: Rows) -> Array:
    """Return by how many standard errors the mean square of each column differs from one."""
    M = len(rows.lengths2)
    error = np.sqrt(np.maximum(rows.fourth - rows.squares**2, 2.0) / M)
    return np.asarray(np.abs(rows.squares - 1) / error)


def _columns(X: Any, rows: Rows, rng: np.random.Generator) -> Finding | None:
    """Find columns that are zero, or of different size."""
    if len(rows.lengths2) < _MIN_SAMPLES or not np.any(_off(rows) > _Z_FAILED):
        return None
    plain = np.zeros(X.shape[1])
    for i, j in _blocks(X):
        plain += np.sum(np.asarray(X[i:j], dtype=float) ** 2, axis=0)
    size = np.sqrt(plain / X.shape[0])
    empty = np.flatnonzero(size == 0)
    if len(empty):
        text = f"{len(empty)} of {X.shape[1]} columns are zero everywhere, the first is X[:, {empty[0]}]"
        return Finding(
            "columns", text, "leave them out; labels cannot depend on them", tuple(map(int, empty[:_MAX_NAMED]))
        )
    ratio = size / np.median(size)
    worst = int(np.argmax(np.abs(np.log(ratio))))
    text = (
        f"the inputs are not white (root mean squares of columns are {ratio.min():.3g} to {ratio.max():.3g} of the "
        f"median one, X[:, {worst}] differs most)"
    )
    helped = not np.any(_off(rows_of(X, rng, size)) > _Z_FAILED)
    remedy = "divide each column by its root mean square, and the vectors found by the same" if helped else ""
    return Finding("columns", text, remedy, (worst,))


def _rows(rows: Rows, y: Array, p_star: int) -> Finding | None:
    """Find rows of unusual length, or lengths that vary more than those of independent entries."""
    if len(rows.lengths2) < 3 or not rows.lengths_differ:
        return None
    size = np.sqrt(rows.lengths2 / np.median(rows.lengths2))
    order = np.argsort(-np.abs(rows.lengths2 - np.median(rows.lengths2)))
    for number in range(1, _MAX_NAMED + 1):  # a few rows that alone explain the variance
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
    helped = _law_test(s2, p_star)[1] >= _P_REMEDIED
    remedy = "divide each input by its length and its label by the square" if helped else ""
    return Finding("rows", text, remedy, (int(np.argmax(size)),), within_theory=True)


def _entries(rows: Rows) -> Finding | None:
    """Find single extreme entries, or a heavy-tailed law of entries."""
    from scipy.stats import norm

    M, N = len(rows.lengths2), len(rows.squares)
    if N < _MAX_NAMED:
        return None
    extreme = np.flatnonzero(2 * M * N * norm.sf(rows.largest) < _P_FAILED)
    heavy = rows.kurtosis > _HEAVY_KURTOSIS + _Z_FAILED * math.sqrt(24 / (M * N))
    if 1 <= len(extreme) <= _MAX_NAMED and not heavy:
        names = ", ".join(f"X[{i}]" for i in extreme)
        text = f"one entry of {names} is {rows.largest[extreme].max():.3g} times the root mean square of its row"
        return Finding("row", text, "", tuple(map(int, extreme)))
    if heavy:
        text = f"the entries of the inputs have heavy tails (fourth moment {rows.kurtosis:.3g}, 3 for Gaussian ones)"
        return Finding("entries", text)
    return None


def _repeats(rows: Rows) -> Finding | None:
    """Find inputs that repeat others up to a factor."""
    M = len(rows.mark)
    again = np.setdiff1d(np.arange(M), rows.distinct)
    if len(again) <= 0.01 * M:
        return None
    text = f"{len(again)} of {M} inputs repeat others, or are multiples of them, the first is X[{again[0]}]"
    return Finding("inputs", text, "keep one of each, with the mean label of its copies")


def groups_of(X: Any, rng: np.random.Generator) -> Indices:
    """Return a group number for each row; copies of a row, up to a factor and small changes, have one number.

    A test on held-out rows must not contain copies of rows in the training set, so it keeps groups together. Two rows
    are copies if the angle between them is small compared with that of other rows, and smaller than chance explains.
    The second condition does not apply to consecutive rows, because time series change slowly. Each row is linked with
    the first and the last of its copies before it.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.stats import beta

    M, n = X.shape
    if n == 1:
        return np.asarray(np.unique(np.asarray(X[:M])[:, 0] ** 2, return_inverse=True)[1], dtype=np.intp)
    matrix = np.eye(n) if n <= _COPY_DIRECTIONS else rng.standard_normal((n, _COPY_DIRECTIONS))
    z = np.zeros((M, matrix.shape[1]), np.float32)
    for i, j in _blocks(X):
        seen = np.asarray(X[i:j], dtype=float) @ matrix
        size = np.linalg.norm(seen, axis=1, keepdims=True)
        z[i:j] = np.divide(seen, size, out=np.zeros_like(seen), where=size > 0)
    usual2 = np.sum(z * z[rng.permutation(M)], axis=1) ** 2
    dimensions = max(1 / float(usual2.mean()), 1 + _MIN_DIMENSIONS) if usual2.any() else float(n)
    chance = math.sqrt(beta(0.5, (dimensions - 1) / 2).isf(_CHANCE_COPIES / M))
    near = min(1 - _COPY_DISTANCE * float(np.median(1 - np.sqrt(usual2))), 1 - _EQUAL_COSINE)
    least = min(max(chance, near), 1 - _EQUAL_COSINE)
    after = np.flatnonzero(np.abs(np.sum(z[1:] * z[:-1], axis=1)) >= near) + 1
    links = [(after, after - 1)]
    step = max(1, _BLOCK_ENTRIES // M)
    for i in range(0, M, step):
        alike = np.tril(np.abs(z[i : i + step] @ z[: i + step].T) >= least, i - 1)
        row = np.flatnonzero(alike.any(axis=1))
        last = alike.shape[1] - 1 - alike[row, ::-1].argmax(axis=1)
        links += [(row + i, alike[row].argmax(axis=1)), (row + i, last)]
    one, two = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(len(one)), (one, two)), shape=(M, M))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _means(rows: Rows) -> Finding | None:
    """Find columns with a mean."""
    M = len(rows.lengths2)
    worst = int(np.argmax(np.abs(rows.means)))
    if not np.abs(rows.means[worst]) > _Z_FAILED / math.sqrt(M):
        return None
    text = (
        f"the inputs have means (that of X[:, {worst}] is {rows.means[worst]:.2g} times its root mean square), "
        "and the theory assumes that they have none"
    )
    return Finding("means", text, where=(worst,))


def _correlated(X: Any, rows: Rows, rng: np.random.Generator) -> Finding | None:
    """Find a covariance that is not white."""
    M, n = len(rows.lengths2), len(rows.squares)
    probing = 0.0 if n <= _PROBES else math.sqrt(8 / (n * _PROBES)) * (1 + n / M)
    if M < _MIN_SAMPLES or rows.spread <= 1 + _Z_FAILED * (
        2 / M + probing
    ):  # sqrt(Var tr S^2) = 2 N/M for white inputs
        return None
    text = f"the inputs are correlated (tr C^2/N = {rows.spread:.3g}, 1 for white ones)"
    return Finding("inputs", text, _whitened(X, rng))


@dataclass(frozen=True, eq=False)
class _Turned:
    """Inputs times a matrix; the product is computed when rows are read."""

    inputs: Any
    matrix: Array

    @property
    def shape(self) -> tuple[int, int]:
        return self.inputs.shape[0], self.matrix.shape[1]

    def __getitem__(self, rows: slice) -> Array:
        return np.asarray(np.asarray(self.inputs[rows], dtype=float) @ self.matrix)


def _whitened(X: Any, rng: np.random.Generator) -> str:
    """Return the remedy if whitening by the covariance of one half of the samples whitens the other half."""
    M, n = X.shape
    if 10 * n > M:  # the error of the covariance would be as large as its correlations
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
    """Return squared lengths of rows, of mean one, shrunk by the variance `2/N` that rows of one length have."""
    M, n = X.shape
    lengths2 = np.empty(M)
    for i, j in _blocks(X):
        lengths2[i:j] = np.sum(np.asarray(X[i:j], dtype=float) ** 2, axis=1)
    lengths2 /= lengths2.mean()
    variance = float(lengths2.var())
    return np.asarray(1 + (lengths2 - 1) * max(0.0, 1 - 2 / (n * variance)) if variance > 0 else lengths2)
