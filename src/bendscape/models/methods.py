"""Methods that find the teacher: Hessians of several random students at the same data, and the best of all methods."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..arguments import RUNS, count, shown
from ..errors import InvalidParameterError
from .channels import Channel, channel_of
from .ensembles import Ensemble, GaussianEnsemble
from .general import Network
from .quadratic import QuadraticNetwork

__all__ = ["BayesOptimal", "HessianMethod"]


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


@dataclass(frozen=True)
class BayesOptimal:
    """The best estimate of the teacher that labels allow, and what message passing reaches of it.

    The mean of the posterior has the largest overlap with the teacher of all estimates.
    :func:`bendscape.overlap` computes this overlap, and that of message passing, which may need more data.
    :func:`bendscape.threshold` computes where both begin, and where they are perfect.

    Parameters
    ----------
    channel : Channel, QuadraticNetwork or Network
        The law of a label: one of :mod:`bendscape.models`, such as ``bs.models.Poisson(p_star=1, mean=10)``, or a
        network whose teacher and noise make the labels (:func:`bendscape.models.channel_of`).
    ensemble : Ensemble, optional
        Law of the inputs as a matrix: independent normal numbers by default,
        :class:`~bendscape.models.ColumnOrthogonal` (coded diffraction), or :class:`~bendscape.models.GaussianProduct`.

    Raises
    ------
    InvalidParameterError
        If `channel` is none of these.

    Examples
    --------
    >>> import bendscape as bs
    >>> best = bs.BayesOptimal(bs.QuadraticNetwork(p=2, p_star=1, a=0.7))
    >>> round(bs.threshold(best).alpha, 5), round(bs.threshold(best).alpha_perfect, 5)
    (0.5, 1.12847)
    >>> bs.overlap(best, alpha=[0.6, 0.9]).overlap2.values.round(4).tolist()
    [0.0518, 0.3308]
    """

    channel: Any
    ensemble: Ensemble = field(default_factory=GaussianEnsemble)

    def __post_init__(self) -> None:
        given: Any = self.channel
        if isinstance(given, QuadraticNetwork | Network):
            object.__setattr__(self, "channel", channel_of(given))
        elif not isinstance(given, Channel):
            wanted = "a channel of bs.models, such as Noiseless(p_star=1), a QuadraticNetwork or a Network"
            raise InvalidParameterError(f"channel = {shown(given)}: give {wanted}")
        if isinstance(self.ensemble, type) or not isinstance(self.ensemble, Ensemble):
            wanted = "bs.models.GaussianEnsemble(), ColumnOrthogonal() or GaussianProduct(ratio)"
            raise InvalidParameterError(f"ensemble = {shown(self.ensemble)}: give {wanted}")

    @property
    def p_star(self) -> int:
        """Neurons of the teacher."""
        return int(self.channel.p_star)

    def __str__(self) -> str:
        return f"best estimate, {self.channel}, {self.ensemble}"
