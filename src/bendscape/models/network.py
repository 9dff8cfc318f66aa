"""Contract between the theory and a model: a law of labels, curvature weights, and symmetry.

A model is a frozen value that solves nothing. When the law of its curvature matrix `F` is invariant under
rotations of the student's neurons, the Stieltjes matrix is `G = g I_p`, and the equations need only two things of `F`:

* the **modes**: the eigenvalues of `F` as functions of the labels, and the fraction of each kind of eigenvalue;
* the **sectors**: the ways in which a given direction (a teacher's or a student's weight vector) enters, each with its
  multiplicity and the weights in its average.

:class:`IsotropicNetwork` is that contract. A network without the symmetry has a Stieltjes matrix, and averages over
points of its pre-activations. `theory/law/averages.py` decides which of the two a model has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

__all__ = ["IsotropicNetwork", "LawEdge", "Mode", "Sector", "described"]


@dataclass(frozen=True)
class Mode:
    """One kind of eigenvalue of the curvature matrix `F`: its name, and its fraction of the `p` eigenvalues."""

    name: str
    fraction: float


@dataclass(frozen=True)
class Sector:
    """Directions that share one outlier equation `z(g) = alpha T(g)`, `T(g) = E[label sum_m weights_m A_m(g)]`.

    `span` names the weight vectors with which the eigenvectors overlap, `label` the label that multiplies the average;
    `weights` are those of the modes in the average, `multiplicity` is the number of directions.
    """

    name: str
    span: Literal["teacher", "student"]
    label: Literal["y", "yhat"]
    multiplicity: float
    weights: Mapping[str, float] = field(hash=False)


@dataclass(frozen=True)
class LawEdge:
    """A finite end `value` of the law of the eigenvalues `f` of `F`, and the fall of the density there.

    ``"exponential"``: its density falls like `exp(-parameter/|f - value|)`; ``"power"``: like `|f - value|^parameter`.
    At a power, `1 - g f` comes so close to zero that no quadrature rule resolves it: such an end holds `mean_square`,
    the average `<A^2>` at `g = 1/value`, which may be infinite.
    """

    value: float
    kind: Literal["exponential", "power"]
    parameter: float
    mean_square: float = math.nan


class IsotropicNetwork(Protocol):
    """Interface of a model whose Stieltjes matrix is `g I_p`, for the scalar solvers."""

    def __hash__(self) -> int:
        """Return the hash: quadratures are cached by network."""

    @property
    def unit(self) -> str:
        """Unit of eigenvalues in results: the name of the matrix."""

    @property
    def scale(self) -> float:
        """Ratio of eigenvalues in this unit to those of the equations."""

    @property
    def sides(self) -> tuple[Literal["left", "right"], ...]:
        """Sides of the bulk on which outliers correlated with the teacher are searched."""

    def at_constants(self, constants: Sequence[float] | None) -> tuple[IsotropicNetwork, ...]:
        """Return the network at other constants `a` (unchanged for None); empty if they cannot be solved together."""

    @property
    def closed(self) -> bool:
        """Whether `A` is linear in the label at the end of the law, and contours may turn, as for `1/(a + y)`."""

    @property
    def finite_moments(self) -> float:
        """Order below which moments of the curvature are finite."""

    @property
    def teacher_label(self) -> Any:
        """Law of `y`."""

    @property
    def student_label(self) -> Any:
        """Law of `yhat`, independent of `y` at initialisation."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Kinds of eigenvalues of `F`, in the order in which :meth:`curvature` returns them."""

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """Sectors: the teacher's first, then the student's."""

    @property
    def curvature_edges(self) -> tuple[LawEdge | None, LawEdge | None]:
        """Lower and upper end of the law of the eigenvalues of `F`; None where it is unbounded."""

    def curvature(self, y: Any, yhat: Any) -> tuple[Any, ...]:
        """Eigenvalues of `F`, one array a mode, on labels that broadcast against each other (complex ones too)."""


def described(model: Any) -> dict[str, Any]:
    """Return attributes of a dataset that identify the model: its three numbers, or its widths and its text."""
    numbers = {name: getattr(model, name) for name in ("p", "p_star", "a") if hasattr(model, name)}
    text = {} if "a" in numbers else {"network" if "p" in numbers else "method": str(model)}
    return numbers | text
