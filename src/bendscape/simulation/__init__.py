"""Simulation: real samples at finite `N`, and nothing from the theory."""

import importlib
import warnings
from typing import Any

from ..statistics import mean_stderr
from ._run_starts import recoveries
from ._sample_means import sample_means
from ._simulate import memory_needed, simulate
from .data import Standardised, standardise
from .directions import Directions, hessian_directions, leading_span, span_overlap2, spectral_directions
from .eigen import BlockLanczos, Dense, Density, Eigenpairs, Eigsh, LanczosQuadrature, density, highest, lowest
from .inputs import RegeneratedInputs
from .landscape import Hessian, gradient, hessian, loss
from .observables import observe, sample_participation, student_overlap2, teacher_overlap2
from .sample import Sample, draw
from .training.descent import GradientDescent, GradientFlow
from .training.generalisation import generalisation_error
from .training.starts import HessianStart, RandomStart, SpectralStart, start

__all__ = [
    "BlockLanczos",
    "Dense",
    "Density",
    "Directions",
    "Eigenpairs",
    "Eigsh",
    "GradientDescent",
    "GradientFlow",
    "Hessian",
    "HessianStart",
    "LanczosQuadrature",
    "RandomStart",
    "RegeneratedInputs",
    "Sample",
    "SpectralStart",
    "Standardised",
    "density",
    "draw",
    "generalisation_error",
    "gradient",
    "hessian",
    "hessian_directions",
    "highest",
    "leading_span",
    "loss",
    "lowest",
    "mean_stderr",
    "memory_needed",
    "observe",
    "recoveries",
    "sample_means",
    "sample_participation",
    "simulate",
    "span_overlap2",
    "spectral_directions",
    "standardise",
    "start",
    "student_overlap2",
    "teacher_overlap2",
]

# names of version 0.1 and what to write
_EARLIER = {"sweep": "sample_means(simulate(net, alpha=[...], N=[...], ...))"}


def __getattr__(name: str) -> Any:
    if name not in _EARLIER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"bs.simulation.{name} will be removed in the next release: use {_EARLIER[name]}",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(importlib.import_module(f"{__name__}.deprecated"), name)
