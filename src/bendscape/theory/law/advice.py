"""Advice on a loss with which the bulk of a network has an end; each loss is tried before it is named."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ...errors import InvalidParameterError, MissingPackageError
from ...models.general import Network
from ...models.losses import LOSSES, loss
from .growth import extent_on_a_line
from .support import support_of

__all__ = ["remedy"]

_RELATIVE = "(y - yhat)**2/(2*(1 + y**2 + yhat**2))"  # bounded slope and curvature; weighted by the output too
_SIDES = {1.0: "left", -1.0: "right"}


@lru_cache(maxsize=64)
def remedy(net: Network, signs: tuple[float, ...] = (1.0, -1.0)) -> str:
    """Name a loss with which the bulk of this network has an end on one of these sides, or say that none was found.

    Examples
    --------
    >>> import bendscape as bs
    >>> from bendscape.theory.law.advice import remedy
    >>> remedy(bs.Network(2, 1))
    "loss 'magnitude' gives it an end on the left"
    """
    for name in ("magnitude", "huber", "normalised", "logistic", "amplitude", "squared", _RELATIVE):
        sides = [_SIDES[sign] for sign in signs if _bounded(net, name, sign)]
        if sides:
            return f"loss {name!r} gives it an end on the {' and the '.join(sides)}"
    return f"none of the losses {', '.join(LOSSES)}, nor {_RELATIVE!r}, was found to give it an end{_why(net)}"


def _bounded(net: Network, name: str, sign: float) -> bool:
    try:
        candidate = replace(net, loss=loss(name))
    except (InvalidParameterError, MissingPackageError):
        return False  # not for these labels, or a formula without SymPy
    return support_of(candidate, sign).status == "bounded"


def _why(net: Network) -> str:
    """Say that the second derivative of the activation is unbounded, where it is: a loss can hardly make up for it."""
    bend = net.activation.second
    if "unbounded" in {extent_on_a_line(bend).status, extent_on_a_line(lambda u: -bend(u)).status}:
        return f": the second derivative of {net.activation} is unbounded, and multiplies the slope of the loss"
    return ""
