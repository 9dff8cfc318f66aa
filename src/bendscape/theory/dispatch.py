"""Which theory a network has: closed averages for the quadratic one, a scalar law for spectral methods, else points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from ..errors import InvalidParameterError
from ..models.quadratic import QuadraticNetwork

if TYPE_CHECKING:
    from ..models.preprocessing import SpectralMethod

__all__ = ["is_general", "is_method"]


def is_method(net: Any) -> TypeGuard[SpectralMethod]:
    """Whether it is a spectral method."""
    from ..models.preprocessing import SpectralMethod

    return isinstance(net, SpectralMethod)


def is_general(net: Any, averaging: Any) -> bool:
    """Whether it is a general network, with the options that go with it.

    Raises
    ------
    InvalidParameterError
        If it is no network, or the options are not its own.
    """
    if isinstance(net, QuadraticNetwork):
        if averaging is not None:
            raise InvalidParameterError(
                f"averaging = {averaging!r}: the averages of a QuadraticNetwork are exact; leave it out"
            )
        return False
    from ..models.general import Network
    from .general import Averaging

    if not isinstance(net, Network):
        raise InvalidParameterError(f"net = {net!r}: give a QuadraticNetwork or a Network")
    if averaging is not None and not isinstance(averaging, Averaging):
        raise InvalidParameterError(f"averaging = {averaging!r}: give bs.Averaging(tolerance=..., ...)")
    return True
