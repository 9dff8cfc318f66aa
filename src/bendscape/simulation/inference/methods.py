"""Methods of message passing as values: how many steps, which share of each, and when they end."""

from __future__ import annotations

from dataclasses import dataclass

from ...arguments import MANY, count, flag, number, refuse

__all__ = ["MessagePassing", "Schedule", "VectorMessagePassing"]


@dataclass(frozen=True)
class Schedule:
    """The number of steps, the share of each that is taken, and the size at which they end."""

    steps: int = 500
    damping: float = 0.7
    adaptive: bool = True
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", count("steps", self.steps, MANY))
        wanted = "a number above zero and up to one"
        share = number("damping", self.damping, wanted)
        if not 0 < share <= 1:
            raise refuse("damping", self.damping, wanted)
        object.__setattr__(self, "damping", share)
        object.__setattr__(self, "adaptive", flag("adaptive", self.adaptive))
        object.__setattr__(self, "tolerance", number("tolerance", self.tolerance, "zero or a positive number", least=0))


@dataclass(frozen=True)
class MessagePassing(Schedule):
    """Approximate message passing, :eq:`message-step`, for inputs whose components are independent.

    A step takes two products with the inputs.

    Parameters
    ----------
    steps : int
        At most.
    damping : float
        Share of a step that is taken at first, above zero and up to one.
    adaptive : bool
        Take a smaller share where steps oscillate, and a larger one where they point the same way.
    tolerance : float
        Length of a step, in standard deviations of the posterior, below which weights have converged.
    fits : int
        How often a step fits the variance of the guess to the labels, until `E|z - omega|^2` has the size that the
        guess takes it to have. With 3, undamped steps follow state evolution for every `p_star`. Without, small
        differences between the two grow for two vectors or more, and such steps have to be damped.
    """

    fits: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "fits", int(number("fits", self.fits, "zero or a positive integer", least=0)))


@dataclass(frozen=True)
class VectorMessagePassing(Schedule):
    """Vector message passing, :eq:`vector-labels` and :eq:`vector-inputs`, for inputs of any covariance.

    Up to 4000 inputs all eigenvectors of `X^T X` are taken once; beyond, means are solved by conjugate gradients.

    Parameters
    ----------
    steps, damping, adaptive, tolerance
        As for :class:`MessagePassing`.
    """
