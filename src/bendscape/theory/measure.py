r"""The law of the curvature as weighted points, and the averages that every equation is made of.

Every equation of the scalar theory is an average of `A(g) = f/(1 - g f)` over the law of the curvature eigenvalue `f`:
over the law itself for the bulk (14), and over the law weighted with a label for each outlier sector. A
:class:`CurvatureMeasure` holds the points `f_i` and one weight vector for each of these averages. Where the points
come from (quadrature, a rotated contour, one finite sample) does not matter to the solvers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..models.network import LawEdge

__all__ = ["BULK", "Array", "CurvatureMeasure", "powers"]

Array = npt.NDArray[Any]
Kernel = Callable[[Array, Array], Array]
Kernels = Callable[[Array, Array], tuple[Array, ...]]
BULK = "bulk"
_CHUNK = 1 << 14  # points times arguments evaluated at once, so that they stay in cache


def powers(g: Array, f: Array, n: int) -> tuple[Array, ...]:
    """`A, A^2, ..., A^n` with `A = f/(1 - g f)`."""
    first = f / (1.0 - g * f)
    return tuple(itertools.accumulate(itertools.repeat(first, n), np.multiply))


@dataclass(frozen=True, eq=False)
class CurvatureMeasure:
    """Weighted points of the law of `f`.

    Attributes
    ----------
    f : array, shape (n,) or (k, n)
        Eigenvalues of the curvature matrix, for one network or for `k` that share the weights.
    weights : mapping of name to array of shape (n,)
        ``"bulk"``, which sums to one, and one vector a sector, by the sector's name.
    lower, upper : LawEdge or None
        How the law ends on either side; None if it is unbounded.
    error : float
        Relative error of the averages, estimated where the points were made.
    """

    f: Array
    weights: Mapping[str, Array]
    lower: LawEdge | None
    upper: LawEdge | None
    error: float = 0.0

    def mean(self, g: Any, *, power: int = 1, over: str = BULK) -> Array:
        """`<A(g)^power>`, over the law or over a sector's weights, for `g` of any shape."""
        return self.average(g, lambda g, f: (f / (1.0 - g * f)) ** power, over)

    def average(self, x: Any, kernel: Kernel, over: str = BULK) -> Array:
        """The average of `kernel(x, f)` for each `x`; with a leading axis in `f`, one `x` for each network."""
        return self.averages(x, lambda x, f: (kernel(x, f),), over)[0]

    def averages(self, x: Any, kernels: Kernels, over: str = BULK) -> tuple[Array, ...]:
        """The averages of several functions that are computed together."""
        x, w = np.asarray(x), self.weights[over]
        flat, rows, parts = x.reshape(-1, 1), max(1, _CHUNK // w.size), []
        for i in range(0, max(flat.shape[0], 1), rows):
            f = self.f if self.f.ndim == 1 else self.f[i : i + rows]
            parts.append([np.einsum("ij,j->i", values, w) for values in kernels(flat[i : i + rows], f)])
        return tuple(np.concatenate(column).reshape(x.shape) for column in zip(*parts, strict=True))

    def select(self, index: Array) -> CurvatureMeasure:
        """The networks at `index` along the leading axis."""
        return replace(self, f=self.f[index])
