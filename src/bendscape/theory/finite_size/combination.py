"""The overlap of several eigenvectors combined, from the labels of one sample and the outputs of its students."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..._types import Array
from ...models.quadratic import QuadraticNetwork
from ..law.squares import squares_given_label
from ..resolvent.combination import combine, student_part
from ..resolvent.prediction import TeacherOutlier, mean_outlier, projections2, toward, with_lengths
from .labels import Labels

__all__ = ["labels_overlap"]


def labels_overlap(
    net: QuadraticNetwork,
    N: int,
    y: Array,
    outputs: Sequence[Array],
    lengths2: Array,
    teacher_weights: Sequence[float] | None = None,
) -> tuple[float, list[TeacherOutlier]]:
    """Compute the combined overlap for one sample, from its labels, each student's outputs, and the inputs' lengths.

    Parameters
    ----------
    net : QuadraticNetwork
    N : int
    y : array, shape (M,)
    outputs : sequence of array, shape (M,)
    lengths2 : array, shape (M,)
        Squared lengths of the inputs.
    teacher_weights : sequence of float, optional
        Squared lengths of the teacher's vectors, of sum one, :eq:`squares-law`; equal ones, if not given.

    Returns
    -------
    float, list of TeacherOutlier
        Squared overlap of the combination, zero where the equations of these labels have no outlier, and the outlier
        of each student; means over the teacher's directions.
    """
    alpha, weight, s2 = len(y) / N, np.full(len(y), 1.0 / len(y)), projections2(y, lengths2)
    directions = [s2] if teacher_weights is None else list(squares_given_label(s2, teacher_weights))
    students = []
    for yhat in outputs:
        measure = with_lengths(Labels(net, N, y, yhat, np.ones(len(y))).measure(), lengths2)
        laws = [measure] if teacher_weights is None else [toward(measure, each) for each in directions]
        parts = [
            student_part(net, law, alpha, y, yhat, weight, lengths2, each)
            for law, each in zip(laws, directions, strict=True)
        ]
        students.append(parts)
    combined = [combine([parts[i] for parts in students], alpha, each, weight) for i, each in enumerate(directions)]
    return float(np.mean(combined)), [mean_outlier([part.outlier for part in parts]) for parts in students]
