"""Simulation: real samples at finite `N`, and nothing from the theory."""

from .._lazy import former_names
from ..statistics import mean_stderr
from ._run_starts import run_starts
from ._sample_means import sample_means
from ._simulate import memory_needed, simulate
from .data import Standardised, standardise
from .directions import Directions, hessian_directions, leading_span, span_overlap2, spectral_directions
from .eigen import BlockLanczos, Dense, Density, Eigenpairs, Eigsh, LanczosQuadrature, density, highest, lowest
from .inference._learn import Learned, VectorEvidence, choose_vectors, learn
from .inference._message_passing import message_passing
from .inference.guesses import GivenGuess, RandomGuess, SpectralGuess
from .inference.methods import MessagePassing, VectorMessagePassing
from .inference.result import WeightPosterior
from .inputs import RegeneratedInputs
from .landscape import Hessian, gradient, hessian, loss
from .observables import observe, sample_participation, student_overlap2, teacher_overlap2
from .phase_retrieval import OperatorDescent, OperatorMessagePassing, Retrieval, align, retrieve, signal_overlap2
from .posterior_start import MessagePassingStart
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
    "GivenGuess",
    "GradientDescent",
    "GradientFlow",
    "Hessian",
    "HessianStart",
    "LanczosQuadrature",
    "Learned",
    "MessagePassing",
    "MessagePassingStart",
    "OperatorDescent",
    "OperatorMessagePassing",
    "RandomGuess",
    "RandomStart",
    "RegeneratedInputs",
    "Retrieval",
    "Sample",
    "SpectralGuess",
    "SpectralStart",
    "Standardised",
    "VectorEvidence",
    "VectorMessagePassing",
    "WeightPosterior",
    "align",
    "choose_vectors",
    "density",
    "draw",
    "generalisation_error",
    "gradient",
    "hessian",
    "hessian_directions",
    "highest",
    "leading_span",
    "learn",
    "loss",
    "lowest",
    "mean_stderr",
    "memory_needed",
    "message_passing",
    "observe",
    "retrieve",
    "run_starts",
    "sample_means",
    "sample_participation",
    "signal_overlap2",
    "simulate",
    "span_overlap2",
    "spectral_directions",
    "standardise",
    "start",
    "student_overlap2",
    "teacher_overlap2",
]

__getattr__ = former_names(
    "bs.simulation",
    __name__,
    {
        "recoveries": ("_run_starts", "run_starts", "bs.simulation.run_starts"),
        "sweep": ("deprecated", "sweep", "bs.simulation.sample_means(bs.simulate(net, alpha=[...], N=[...], ...))"),
    },
)
