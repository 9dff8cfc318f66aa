"""Models: descriptions of a student, a teacher and a loss, as values that compute nothing.

General networks are imported on first use: they need NumPy, and formulas SymPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy
from .labels import ConstantLabel, GammaLabel, LabelLaw
from .network import IsotropicNetwork, LawEdge, Mode, Sector
from .quadratic import QuadraticNetwork

if TYPE_CHECKING:
    from .activations import Activation, activation
    from .channels import (
        Amplitude,
        Channel,
        GaussianNoise,
        Intensity,
        Noiseless,
        Poisson,
        Posterior,
        posterior,
    )
    from .expression import Expression
    from .general import Curvature, Network, Noise
    from .inputs import Inputs
    from .losses import Loss, loss
    from .methods import HessianMethod
    from .preprocessing import (
        AveragedHessian,
        CustomPreprocessing,
        MondelliMontanari,
        Optimal,
        Preprocessing,
        SpectralMethod,
        Trimming,
        WideHessian,
    )
    from .weights import LabelWeight, weighted

_HOME = {
    "Activation": "activations",
    "Amplitude": "channels",
    "AveragedHessian": "preprocessing",
    "Channel": "channels",
    "Curvature": "general",
    "CustomPreprocessing": "preprocessing",
    "Expression": "expression",
    "GaussianNoise": "channels",
    "HessianMethod": "methods",
    "Inputs": "inputs",
    "Intensity": "channels",
    "LabelWeight": "weights",
    "Loss": "losses",
    "MondelliMontanari": "preprocessing",
    "Network": "general",
    "Noise": "general",
    "Noiseless": "channels",
    "Optimal": "preprocessing",
    "Poisson": "channels",
    "Posterior": "channels",
    "Preprocessing": "preprocessing",
    "SpectralMethod": "preprocessing",
    "Trimming": "preprocessing",
    "WideHessian": "preprocessing",
    "activation": "activations",
    "loss": "losses",
    "posterior": "channels",
    "weighted": "weights",
}

__all__ = [
    "Activation",
    "Amplitude",
    "AveragedHessian",
    "Channel",
    "ConstantLabel",
    "Curvature",
    "CustomPreprocessing",
    "Expression",
    "GammaLabel",
    "GaussianNoise",
    "HessianMethod",
    "Inputs",
    "Intensity",
    "IsotropicNetwork",
    "LabelLaw",
    "LabelWeight",
    "LawEdge",
    "Loss",
    "Mode",
    "MondelliMontanari",
    "Network",
    "Noise",
    "Noiseless",
    "Optimal",
    "Poisson",
    "Posterior",
    "Preprocessing",
    "QuadraticNetwork",
    "Sector",
    "SpectralMethod",
    "Trimming",
    "WideHessian",
    "activation",
    "loss",
    "posterior",
    "weighted",
]


__getattr__ = lazy(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted(__all__)
