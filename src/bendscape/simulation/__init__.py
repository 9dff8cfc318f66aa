"""Simulation: real samples at finite `N`, and nothing from the theory."""

from .data import Standardised, standardise
from .descent import GradientDescent, GradientFlow
from .eigen import (
    BlockLanczos,
    Dense,
    Density,
    Eigenpairs,
    Eigsh,
    LanczosQuadrature,
    density,
    highest,
    lowest,
)
from .generalisation import generalisation_error
from .hessian import Hessian, gradient, hessian, loss
from .inputs import RegeneratedInputs
from .observables import observe, sample_participation, student_overlap2, teacher_overlap2
from .recovery import recoveries
from .sample import Sample, draw
from .simulate import memory_needed, simulate, sweep
from .starts import (
    Directions,
    HessianStart,
    RandomStart,
    SpectralStart,
    hessian_directions,
    leading_span,
    span_overlap2,
    spectral_directions,
    start,
)
from .statistics import mean_stderr

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
    "sample_participation",
    "simulate",
    "span_overlap2",
    "spectral_directions",
    "standardise",
    "start",
    "student_overlap2",
    "sweep",
    "teacher_overlap2",
]
