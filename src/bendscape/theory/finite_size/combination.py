"""The overlap of several eigenvectors combined, from the labels of one sample and the outputs of its students."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..._types import Array
from ...models.quadratic import QuadraticNetwork
from ..resolvent.combination import combine, student_part
from ..resolvent.prediction import TeacherOutlier, projections2, with_lengths
from .labels import Labels

__all__ = ["labels_overlap"]


def labels_overlap(
    net: QuadraticNetwork, N: int, y: Array, outputs: Sequence[Array], lengths2: Array
) -> tuple[float, list[TeacherOutlier]]:
    """Compute the combined overlap for one sample, from its labels, each student's outputs, and the inputs' lengths.

    Returns
    -------
    float, list of TeacherOutlier
        Squared overlap of the combination, zero where the equations of these labels have no outlier, and the outlier
        of each student. The teacher is taken to be quadratic, as in `net`.
    """
    alpha, weight, s2 = len(y) / N, np.full(len(y), 1.0 / len(y)), projections2(y, lengths2)
    students = []
    for yhat in outputs:
        measure = with_lengths(Labels(net, N, y, yhat, np.ones(len(y))).measure(), lengths2)
        students.append(student_part(net, measure, alpha, y, yhat, weight, lengths2, s2))
    return combine(students, alpha, s2, weight), [one.outlier for one in students]
