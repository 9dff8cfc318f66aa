"""From data to the signal in one call: ``bs.recover(X, y)``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..arguments import count, flag, seed_sequence
from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork
from ..simulation.data import prepared
from ..simulation.training.descent import GradientDescent
from ..simulation.training.starts import HessianStart, SpectralStart, Start, takes_sample
from .by_descent import Descent
from .counting import count_vectors
from .evidence import OPTIMAL
from .held_out import split
from .recovery import Recovery
from .verdict import warn, warn_undecided

__all__ = ["recover"]

_SHORT = 0.01  # length over the largest: what a vector too many is left with


def recover(
    X: Any,
    y: Any,
    *,
    p_star: int | None = None,
    p: int = 2,
    a: float = 1.0,
    start: Start | None = None,
    refine: bool = True,
    steps: int = 2000,
    held_out: float = 0.1,
    seed: int = 0,
    progress: bool = False,
) -> Recovery:
    r"""The vectors of `y = sum_l (v_l . x)^2`: a start by curvature, then gradient descent.

    Parameters
    ----------
    X : array_like, shape (M, N)
        Inputs of any scale: white, without a mean.
    y : array_like, shape (M,)
        Labels of any scale. Noise may have made some of them negative.
    p_star : int, optional
        How many vectors. If not given it is the number of eigenvalues of a spectral method in front of its bulk
        (:func:`bendscape.estimators.count_vectors`), or one more if only the answer with one more explains labels held
        out; `vectors` has the evidence, and says where it does not decide.
    p, a : int, float
        Width of the students whose Hessian is taken, and the constant of the loss in units of the mean label.
    start : HessianStart, SpectralStart or RandomStart, optional
        By default ``HessianStart(inits=4)``. A random start is a student of width `p` after gradient descent.
    refine : bool
        Follow the start with gradient descent of a student of width `p_star`.
    steps : int
        Of gradient descent, at most.
    held_out : float
        Share of the samples that is kept to tell how good the answer is, zero or less than one half.
    seed : int
        Of the samples held out and of the random students.
    progress : bool
        A bar on standard error.

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain, or the data cannot be of a quadratic teacher; see
        :func:`bendscape.simulation.standardise`.

    Warns
    -----
    DataWarning
        If the answer does not explain labels held out, and theory finds too few samples, the eigenvalues no signal, or
        the data differ from what theory takes them to be; if the number of vectors is not decided.

    Examples
    --------
    >>> import numpy as np
    >>> import bendscape as bs
    >>> rng = np.random.default_rng(1)
    >>> v, X = rng.standard_normal(100), rng.standard_normal((500, 100))
    >>> answer = bs.recover(X, (X @ v) ** 2)
    >>> answer.vectors.count, answer.vectors.status
    (1, 'decided')
    >>> bool(np.abs(np.abs(answer.weights[0] @ v) / (v @ v) - 1) < 1e-4)
    True
    """
    begin = HessianStart(inits=4) if start is None else start
    if isinstance(begin, type) or not takes_sample(begin):  # the class in the place of a start
        raise InvalidParameterError(f"start = {start!r}: give HessianStart(), SpectralStart(...) or RandomStart()")
    steps = count("steps", steps)
    descent = Descent(begin, GradientDescent(steps), flag("refine", refine), progress)
    answers = _Answers(X, y, p, a, descent, held_out, seed)
    answer = answers.counted() if p_star is None else answers(p_star)
    warn(answer.verdict, stacklevel=2)
    if answer.vectors is not None:
        warn_undecided(answer.vectors, stacklevel=2)
    return answer


@dataclass(frozen=True, eq=False)
class _Answers:
    """The answers of one data set, by the number of vectors."""

    X: Any
    y: Any
    p: int
    a: float
    descent: Descent
    held_out: float
    seed: int

    def counted(self) -> Recovery:
        """Return the answer with the counted number of vectors, corrected by the labels held out."""
        begin = self.descent.begin
        weight = begin.preprocessing if isinstance(begin, SpectralStart) else OPTIMAL
        vectors = count_vectors(self.X, self.y, preprocessing=weight)
        answer = self(vectors.count)
        if not answer.verdict.complete and self._takes(vectors.count + 1):
            more = self(vectors.count + 1)
            if more.verdict.complete and more.lengths[-1] > _SHORT * more.lengths[0]:
                answer = more
        if answer.verdict.complete:
            told = f"{vectors.reason}; {len(answer.weights)} explain labels that they were not learnt from"
            vectors = replace(vectors, count=len(answer.weights), status="decided", reason=told)
        elif answer.verdict.status == "explained" and vectors.status == "decided":
            told = f"{vectors.reason}; what they leave unexplained may be noise, or a shorter vector"
            vectors = replace(vectors, status="at least", reason=told)
        return replace(answer, vectors=vectors)

    def _takes(self, p_star: int) -> bool:
        """Return whether data and start are large enough for `p_star` vectors."""
        informed = isinstance(self.descent.begin, HessianStart | SpectralStart)
        return 2 * p_star <= min(np.shape(self.X)) and (informed or p_star <= self.p)

    def __call__(self, p_star: int) -> Recovery:
        """Return the answer with `p_star` vectors."""
        net = QuadraticNetwork(self.p, p_star, self.a)
        held, students = (np.random.default_rng(stream) for stream in seed_sequence(self.seed).spawn(2))
        parts = split(prepared(net, self.X, self.y, rng=students), self.held_out, held)
        return self.descent(parts, self.seed, students).answer
