"""Training on a sample: starts, gradient descent and gradient flow, the trajectory and its generalisation error."""

from ._train import train
from .descent import GradientDescent, GradientFlow
from .generalisation import generalisation_error
from .starts import HessianStart, RandomStart, SpectralStart, Start, start

__all__ = [
    "GradientDescent",
    "GradientFlow",
    "HessianStart",
    "RandomStart",
    "SpectralStart",
    "Start",
    "generalisation_error",
    "start",
    "train",
]
