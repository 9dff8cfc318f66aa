"""Averages of a model, chosen by its symmetry: the one place that decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...errors import AccuracyError, InvalidParameterError
from ...expected import instance
from ...models.general import Network
from ...models.network import IsotropicNetwork
from ...models.preprocessing import SpectralMethod
from ...models.quadratic import QuadraticNetwork
from ...results import Side
from ...user_arrays import shown
from ..law.matrix_averages import SIGN
from .advice import remedy
from .quadratic_neurons import QuadraticNeurons, as_quadratic, isotropic
from .quadrature import real_measure
from .sampling import Averaging
from .spectral_method import MethodLaw

__all__ = ["Sampled", "averages_of", "scalar_law", "without_end"]


@dataclass(frozen=True)
class Sampled:
    """A network whose Stieltjes transform is a matrix: averages over pre-activations, from sets of random points."""

    net: Network
    averaging: Averaging


def averages_of(model: Any, averaging: Any = None) -> IsotropicNetwork | Sampled:
    """Choose the averages of a model, by the symmetry of its curvature matrix `F`.

    =====================================  ====================================================================
    the law of `F` is that of `O F O^T`    `G = g I`, :eq:`bulk`: averages over eigenvalues `f`, by quadrature
    neurons can be exchanged, or nothing   `G` is a matrix, :eq:`matrix-bulk`: sets of points (:class:`Sampled`)
    =====================================  ====================================================================

    Parameters
    ----------
    model : QuadraticNetwork, Network or SpectralMethod
    averaging : Averaging, optional
        Accuracy of averages that are sampled; averages by quadrature ignore it, and are more accurate.

    Raises
    ------
    InvalidParameterError
        If `model` is none of these, or `averaging` is not an :class:`~bendscape.Averaging`.
    """
    if averaging is not None:
        instance("averaging", averaging, Averaging, "bs.Averaging(tolerance=..., ...)")
    if isinstance(model, QuadraticNetwork):
        return model
    if isinstance(model, SpectralMethod):
        return MethodLaw(model)
    if not isinstance(model, Network):
        raise InvalidParameterError(f"net = {shown(model)}: give a QuadraticNetwork, a Network or a SpectralMethod")
    return scalar_law(model) or Sampled(model, averaging or Averaging())


@lru_cache(maxsize=256)
def scalar_law(net: Network) -> IsotropicNetwork | None:
    """Return the law of the scalar curvature `f` of a network; None if it has none, or none that could be verified."""
    if not isotropic(net):
        return None
    law = as_quadratic(net) or QuadraticNeurons(net)
    try:
        measure = real_measure(law)
    except AccuracyError:  # labels or a loss with kinks that no rule here resolves
        return None
    lower, upper = measure.lower, measure.upper
    mixed = (lower is None or lower.value < 0) and (upper is None or upper.value > 0)
    return law if mixed else None


def without_end(net: Any, law: IsotropicNetwork, sides: Sequence[Side]) -> str:
    """Name a loss that gives the bulk of a network an end, if it has none on these sides; empty if it has one."""
    ends = dict(zip(("left", "right"), law.curvature_edges, strict=True))
    if not isinstance(net, Network) or any(ends[side] is not None for side in sides):
        return ""
    return f"; {remedy(net, tuple(SIGN[side] for side in sides))}"
