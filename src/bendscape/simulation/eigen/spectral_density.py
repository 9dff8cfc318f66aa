"""The density of eigenvalues of one matrix, as nodes and weights, with error bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ...arguments import grid, positive
from ...errors import InvalidParameterError
from ...expected import evaluated
from ...user_arrays import shown
from ..arrays import Array

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Density", "DensityMethod"]


@dataclass(frozen=True, eq=False)
class Density:
    """Averages over the eigenvalues of one matrix, with error bars.

    Attributes
    ----------
    nodes, weights : array, shape (probes, steps)
        One quadrature for each random vector, weights adding up to one; or all eigenvalues in one row.
    coarse : tuple of pairs of arrays
        Nodes and weights from fewer steps, to see what the number of steps does.
    """

    nodes: Array
    weights: Array
    coarse: tuple[tuple[Array, Array], ...]

    @property
    def resolution(self) -> float:
        """The range of the nodes over their number: a width below it shows single nodes."""
        return float((self.nodes.max() - self.nodes.min()) / self.nodes.shape[1])

    def mean(self, function: Callable[[Array], Array]) -> tuple[float, float]:
        """`Tr f(H)/n` of a smooth function, and its standard error (zero if all eigenvalues are computed)."""
        with np.errstate(all="ignore"):  # what is not finite is refused below
            values = evaluated("function", function, self.nodes, remedy="give a function of an array of eigenvalues")
        if not np.all(np.isfinite(values)):
            odd = self.nodes[~np.isfinite(values)][0]
            raise InvalidParameterError(
                f"function = {shown(function)} is not finite at the eigenvalue {odd:.6g}: give one that is"
            )
        each = np.sum(self.weights * values, axis=1)
        return float(each.mean()), float(_stderr(each))

    def curves(self, eigenvalue: Any, *, width: float) -> xr.Dataset:
        """The density smoothed over a width `eta`: `-Im g(lambda + i eta)/pi`, :eq:`smoothed-density`.

        What the theory has to be compared with is its own `g` at the same complex number.

        Parameters
        ----------
        eigenvalue : array_like
        width : float
            `s` steps resolve about the range of the spectrum over `s`, and less at its edges.

        Returns
        -------
        xarray.Dataset
            `density`, `stderr` over probes, and `truncation`, the larger of its changes if an eighth or a quarter of
            the steps is left out.
        """
        import xarray as xr

        x = grid("eigenvalue", eigenvalue)
        if not np.all(np.isfinite(x)):
            raise InvalidParameterError(f"eigenvalue = {eigenvalue!r}: give finite numbers")
        z = x + 1j * positive("width", width)
        each, *coarse = (
            np.stack([(w / (z[:, None] - node)).sum(axis=1).imag / -np.pi for node, w in zip(*pair, strict=True)])
            for pair in ((self.nodes, self.weights), *self.coarse)
        )
        changes = [np.abs(each.mean(axis=0) - other.mean(axis=0)) for other in coarse]
        parts = {
            "density": (each.mean(axis=0), "density of eigenvalues, smoothed"),
            "stderr": (_stderr(each), "standard error over probes"),
            "truncation": (np.max(changes, axis=0) if changes else np.zeros(x.size), "change with fewer steps"),
        }
        table = {key: ("eigenvalue", values, {"long_name": name}) for key, (values, name) in parts.items()}
        return xr.Dataset(table, coords={"eigenvalue": x}, attrs={"width": width, "probes": len(each)})


def _stderr(each: Array) -> Array:
    rows = each.shape[0]
    if rows == 1:
        return np.zeros(each.shape[1:])
    largest = np.abs(each).max(axis=0)  # squares of tiny and of huge numbers are zero or not finite
    unit = np.exp2(np.floor(np.log2(np.where(largest > 0, largest, 1.0))))
    return np.asarray((each / unit).std(axis=0, ddof=1) * unit / np.sqrt(rows))


class DensityMethod(Protocol):
    """A method that computes a spectral density."""

    def density(self, operator: Any) -> Density:
        """Return the density of an operator that has `shape`, `dtype` and `matmat`."""
