"""Simulation: real samples at finite `N`, and nothing from the theory."""

from .density import Density, LanczosQuadrature, density
from .eigenpairs import Dense, Eigenpairs, Eigsh, highest, lowest
from .hessian import Hessian, gradient, hessian, loss
from .inputs import RegeneratedInputs
from .lanczos import BlockLanczos
from .observables import observe, sample_participation, student_overlap2, teacher_overlap2
from .sample import Sample, draw
from .simulate import memory_needed, simulate, sweep
from .statistics import mean_stderr

__all__ = [
    "BlockLanczos",
    "Dense",
    "Density",
    "Eigenpairs",
    "Eigsh",
    "Hessian",
    "LanczosQuadrature",
    "RegeneratedInputs",
    "Sample",
    "density",
    "draw",
    "gradient",
    "hessian",
    "highest",
    "loss",
    "lowest",
    "mean_stderr",
    "memory_needed",
    "observe",
    "sample_participation",
    "simulate",
    "student_overlap2",
    "sweep",
    "teacher_overlap2",
]
