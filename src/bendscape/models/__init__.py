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
        Quantised,
        Saturated,
        TeacherOutput,
        WeightedSquares,
        channel_of,
        posterior,
    )
    from .ensembles import ColumnOrthogonal, Ensemble, FixedSpectrum, GaussianEnsemble, GaussianProduct
    from .expression import Expression
    from .general import Curvature, Network, Noise
    from .inputs import Inputs
    from .losses import Loss, loss
    from .methods import BayesOptimal, HessianMethod
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
    "BayesOptimal": "methods",
    "Channel": "channels",
    "ColumnOrthogonal": "ensembles",
    "Curvature": "general",
    "CustomPreprocessing": "preprocessing",
    "Ensemble": "ensembles",
    "Expression": "expression",
    "FixedSpectrum": "ensembles",
    "GaussianEnsemble": "ensembles",
    "GaussianNoise": "channels",
    "GaussianProduct": "ensembles",
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
    "Quantised": "channels",
    "Saturated": "channels",
    "SpectralMethod": "preprocessing",
    "TeacherOutput": "channels",
    "Trimming": "preprocessing",
    "WeightedSquares": "channels",
    "WideHessian": "preprocessing",
    "activation": "activations",
    "channel_of": "channels",
    "loss": "losses",
    "posterior": "channels",
    "weighted": "weights",
}

__all__ = [
    "Activation",
    "Amplitude",
    "AveragedHessian",
    "BayesOptimal",
    "Channel",
    "ColumnOrthogonal",
    "ConstantLabel",
    "Curvature",
    "CustomPreprocessing",
    "Ensemble",
    "Expression",
    "FixedSpectrum",
    "GammaLabel",
    "GaussianEnsemble",
    "GaussianNoise",
    "GaussianProduct",
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
    "Quantised",
    "Saturated",
    "Sector",
    "SpectralMethod",
    "TeacherOutput",
    "Trimming",
    "WeightedSquares",
    "WideHessian",
    "activation",
    "channel_of",
    "loss",
    "posterior",
    "weighted",
]


__getattr__ = lazy(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted(__all__)
