"""Eigenvectors of the Hessians of several random students at the same data."""

from __future__ import annotations

from dataclasses import dataclass

from ..arguments import RUNS, count, shown
from ..errors import InvalidParameterError
from .general import Network
from .quadratic import QuadraticNetwork

__all__ = ["HessianMethod"]


@dataclass(frozen=True)
class HessianMethod:
    """The lowest eigenvectors of the Hessians of several random students at the same data, combined.

    Each eigenvector is the teacher's direction plus noise. Some of the noise averages out in the leading singular
    vectors of all eigenvectors together: :func:`bendscape.overlap` computes the overlap of these.
    :func:`bendscape.threshold` is the threshold of one student.

    Parameters
    ----------
    net : QuadraticNetwork or Network
    students : int
        Number of students, each with its own random weights.

    Raises
    ------
    InvalidParameterError
        If `net` is not a network, or `students` is not a positive integer.

    Examples
    --------
    >>> import bendscape as bs
    >>> method = bs.HessianMethod(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), students=4)
    >>> data = bs.overlap(method, alpha=[2.5])
    >>> data.overlap2_each.values.round(3).tolist(), data.overlap2.values.round(3).tolist()
    ([0.38], [0.57])
    """

    net: QuadraticNetwork | Network
    students: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.net, QuadraticNetwork | Network):
            raise InvalidParameterError(f"net = {shown(self.net)}: give a QuadraticNetwork or a Network")
        object.__setattr__(self, "students", count("students", self.students, RUNS))

    def __str__(self) -> str:
        return f"{self.net}, {self.students} student{'s' if self.students > 1 else ''}"
