"""What the theory asks of a model: a law of labels, curvature weights, and symmetry.

A model is a frozen value that solves nothing. When the law of its curvature matrix `F` is invariant under
rotations of the student's neurons, the Stieltjes matrix is `G = g I_p`, and all that the equations need of `F` is

* the **modes**: the eigenvalues of `F` as functions of the labels, and which fraction of them is of each kind;
* the **sectors**: the ways in which a direction known in advance (a teacher's or a student's weight vector) enters,
  each with its multiplicity and the weights that its average carries.

:class:`IsotropicNetwork` is that contract. A network without the symmetry has a Stieltjes matrix, and averages over
points of its pre-activations. Which of the two a model has is decided in `theory/law/averages.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

__all__ = ["IsotropicNetwork", "LawEdge", "Mode", "Sector", "described"]


@dataclass(frozen=True)
class Mode:
    """One kind of eigenvalue of the curvature matrix `F`: its name and the fraction of the `p` eigenvalues it is."""

    name: str
    fraction: float


@dataclass(frozen=True)
class Sector:
    """Directions that share one outlier equation `z(g) = alpha T(g)`, `T(g) = E[label sum_m weights_m A_m(g)]`.

    `span` says whose weight vectors the eigenvectors overlap with, `label` which label multiplies the average,
    `weights` how much each mode counts, `multiplicity` how many directions there are.
    """

    name: str
    span: Literal["teacher", "student"]
    label: Literal["y", "yhat"]
    multiplicity: float
    weights: Mapping[str, float] = field(hash=False)


@dataclass(frozen=True)
class LawEdge:
    """How the law of the eigenvalues `f` of `F` ends at a finite `value`.

    ``"exponential"``: its density falls like `exp(-parameter/|f - value|)`; ``"power"``: like `|f - value|^parameter`.
    A power brings `1 - g f` so close to zero that no quadrature rule gets there: such an end has the `<A^2>` at
    `g = 1/value` itself, which may be infinite.
    """

    value: float
    kind: Literal["exponential", "power"]
    parameter: float
    mean_square: float = math.nan


class IsotropicNetwork(Protocol):
    """A model whose Stieltjes matrix is `g I_p`: the contract of the scalar solvers."""

    def __hash__(self) -> int:
        """Quadratures are cached by network."""

    @property
    def unit(self) -> str:
        """The matrix whose eigenvalues results hold."""

    @property
    def scale(self) -> float:
        """Its eigenvalues over those of the equations."""

    @property
    def sides(self) -> tuple[Literal["left", "right"], ...]:
        """The sides of the bulk on which eigenvectors that are correlated with the teacher are looked for."""

    def at_constants(self, constants: Sequence[float] | None) -> tuple[IsotropicNetwork, ...]:
        """These networks at other constants `a` of the loss (as they are for None), if they can be solved together."""

    @property
    def closed(self) -> bool:
        """Whether `A` is linear in the label at the end of the law, and contours turn: so for the loss `1/(a + y)`."""

    @property
    def finite_moments(self) -> float:
        """The order below which moments of the curvature are finite."""

    @property
    def teacher_label(self) -> Any:
        """Law of `y`."""

    @property
    def student_label(self) -> Any:
        """Law of `yhat`, independent of `y` at initialisation."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The eigenvalues of `F`, in the order in which :meth:`curvature` returns them."""

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """The teacher's sector first, then the student's."""

    @property
    def curvature_edges(self) -> tuple[LawEdge | None, LawEdge | None]:
        """Lower and upper end of the law of the eigenvalues of `F`; None where it is unbounded."""

    def curvature(self, y: Any, yhat: Any) -> tuple[Any, ...]:
        """Eigenvalues of `F`, one array a mode, on labels that broadcast against each other (complex ones too)."""


def described(model: Any) -> dict[str, Any]:
    """Attributes of a dataset that say of which model it is: its three numbers, or its widths and its text."""
    numbers = {name: getattr(model, name) for name in ("p", "p_star", "a") if hasattr(model, name)}
    text = {} if "a" in numbers else {"network" if "p" in numbers else "method": str(model)}
    return numbers | text
