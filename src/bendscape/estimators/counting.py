r"""The number of vectors that labels depend on: the eigenvalues of a spectral method that stand in front of its bulk.

Let `y` depend on `p_star` directions, and on noise that is independent of the inputs. On the other directions the
inputs are independent of the labels, so that the matrix `D = sum_mu T(y_mu) x_mu x_mu^T` restricted to them is one
without a signal: its largest eigenvalue `lambda_1(D_perp)` is that of the bulk, :eq:`without`. By Cauchy's interlacing

    lambda_(p_star + 1)(D) <= lambda_1(D_perp)                                                        :eq:`interlacing`

for any law of labels and any lengths of vectors. So eigenvalues that are compared one after the other with the law of
`lambda_1(D_perp)` count more vectors than there are with the chance that this law has beyond the mark, and no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..models.preprocessing import Preprocessing
from ..models.quadratic import QuadraticNetwork
from ..simulation.data import prepared
from ..simulation.diagnostics import Finding, law_chance
from ..simulation.directions import spectral_directions
from ..simulation.sample import Array, Sample
from ..theory.law.spectral_method import labels_measure
from ..theory.resolvent.prediction import TeacherOutlier, projections2, teacher_outlier, with_lengths
from .evidence import FAR, OPTIMAL, squared_lengths_in_theory

__all__ = ["VectorCount", "count_vectors"]

_MARK = (
    4.5  # spacings in front of the bulk from which on an eigenvalue is counted; the Tracy-Widom law has 0.08 % beyond
)
_DOUBTFUL = 2.0  # spacings; 9 % of the largest eigenvalues of a bulk are beyond
_VISIBLE = 2 * _MARK  # spacings at which all vectors of one length are in front of the mark
_LIKELY = 0.05  # chance of the law of labels, below which it is not said that nothing is hidden
_FIRST = 4  # eigenvalues that are computed at first


@dataclass(frozen=True, eq=False)
class VectorCount:
    """The number of vectors that the labels depend on, with the evidence.

    Attributes
    ----------
    count : int
        The number of eigenvalues in front of the bulk; one where there is none, which decides nothing.
    status : {"decided", "at least", "not decided"}
        ``"decided"``: the next eigenvalue is one of the bulk, a vector as long as the others would be seen, and the
        labels have the law of so many vectors of one length; or the answer explains labels held out. ``"at least"``:
        more vectors, or shorter ones, may be hidden in the bulk or in noise. ``"not decided"``: no eigenvalue is in
        front of the bulk, or the inputs are not those of the theory.
    reason : str
        The rule with its numbers.
    distances : array, shape (n,)
        Of the leading eigenvalues from the mean place of the first eigenvalue of a bulk, outwards, in units of the
        spacing there: those above `mark` are counted. The last is that of the first which is not.
    mark : float
        4.5, which an eigenvalue of the bulk exceeds in one of a thousand samples; 20 where lengths of inputs differ.
    predicted : float
        The distance that theory predicts from these labels for vectors of one length; nan if they have no outlier.
    eigenvalues : array, shape (n,)
        Of `D`, from the largest down.
    bulk, spacing : float
        The mean place of the first eigenvalue of the bulk, and the unit of the distances.
    """

    count: int
    status: Literal["decided", "at least", "not decided"]
    reason: str
    distances: Array
    mark: float
    predicted: float
    eigenvalues: Array
    bulk: float
    spacing: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, for JSON."""
        return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in vars(self).items()}


def count_vectors(X: Any, y: Any, *, preprocessing: Preprocessing = OPTIMAL) -> VectorCount:
    r"""Count the eigenvalues of `sum_mu T(y_mu) x_mu x_mu^T` in front of the bulk that theory has for these labels.

    Parameters
    ----------
    X : array_like, shape (M, N)
    y : array_like, shape (M,)
    preprocessing : Preprocessing
        `T`, by default `1 - 1/max(y, 0.1)`, for which `p_star/2` samples an input are enough in the limit.

    Raises
    ------
    InvalidParameterError
        As :func:`bendscape.simulation.standardise`.

    Examples
    --------
    >>> import numpy as np
    >>> from bendscape.estimators.counting import count_vectors
    >>> rng = np.random.default_rng(1)
    >>> X = rng.standard_normal((600, 100))
    >>> vectors = count_vectors(X, np.sum(X[:, :2] ** 2, axis=1))
    >>> vectors.count, vectors.status, vectors.distances.round().tolist()
    (2, 'decided', [17.0, 15.0, -1.0])
    """
    data = prepared(QuadraticNetwork(1, 1, 1.0), X, y, rng=np.random.default_rng(0))
    sample = data.part()
    M, N = sample.inputs.shape
    inputs = [each for each in data.findings if each.about not in ("label", "labels")]
    lengths2 = squared_lengths_in_theory(sample, inputs)
    theory = teacher_outlier(with_lengths(labels_measure(preprocessing, sample.labels), lengths2), M / N)
    lowest, spacing = theory.lowest_of_bulk(1, N)
    bulk = -lowest  # the equations are those of -T
    mark = FAR if np.ptp(lengths2) > 0 else _MARK
    eigenvalues, distances = _leading(sample, preprocessing, bulk, spacing, mark)
    number = int(np.sum(distances > mark))
    predicted = float(-theory.value - bulk) / spacing
    status, reason = _decide(number, distances, predicted, mark, theory, inputs)
    if status == "not decided":
        number = 1
    elif status == "decided" and not law_chance(projections2(sample.labels, lengths2), number) > _LIKELY:
        hidden = f"the labels do not have the law of {number} of one length, so that shorter ones may be hidden"
        status, reason = "at least", f"{reason}, at least: {hidden}"
    return VectorCount(number, status, reason, distances, mark, predicted, eigenvalues, bulk, spacing)


def _leading(
    sample: Sample, preprocessing: Preprocessing, bulk: float, spacing: float, mark: float
) -> tuple[Array, Array]:
    """Return eigenvalues and distances from the largest down to the first that is not beyond the mark."""
    most = min(sample.inputs.shape)
    number = min(_FIRST, most)
    while True:
        values = spectral_directions(sample, preprocessing, number=number).pairs[0].values
        distances = (values - bulk) / spacing
        if number == most or not distances[-1] > mark:
            last = int(np.sum(distances > mark)) + 1
            return values[:last], distances[:last]
        number = min(2 * number, most)


def _decide(
    number: int, distances: Array, predicted: float, mark: float, theory: TeacherOutlier, inputs: Sequence[Finding]
) -> tuple[Literal["decided", "at least", "not decided"], str]:
    """Return status and reason."""
    beyond = [each for each in inputs if not each.within_theory]
    if beyond:
        return "not decided", f"eigenvalues do not count the vectors here, because {beyond[0].text}: give p_star"
    if math.isnan(theory.edge):
        return "not decided", "the weight of the spectral method is positive for no label: give p_star"
    places = ", ".join(f"{each:.1f}" for each in distances)
    told = (
        f"the leading eigenvalues are {places} spacings in front of the bulk, where {mark:g} or more count as a vector"
    )
    if number == 0:
        seen = f", though {predicted:.1f} are predicted for vectors of one length" if predicted > _VISIBLE else ""
        return "not decided", f"{told}{seen}: none is counted; give more samples, or p_star"
    if not predicted > max(_VISIBLE, mark) or (number < len(distances) and distances[number] > _DOUBTFUL):
        return (
            "at least",
            f"{told}: at least {number} are counted, and more may be hidden; give more samples, or p_star",
        )
    return "decided", f"{told}, and {predicted:.1f} are predicted for vectors of one length: {number} are counted"
