"""bendscape: how much data before the curvature at a random start points at the answer?

The curvature of the loss of a network with `p` quadratic neurons, at random weights, for data made by a teacher with
`p_star`: spectra, edges, outliers, overlaps with the teacher, thresholds and phase diagrams, and direct simulation
beside them. Names follow Annesi, Bocchi and Cammarota, arXiv:2510.18435.

>>> import bendscape as bs
>>> net = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
>>> round(bs.threshold(net).alpha, 6)
0.927055

Everything is imported on first use.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Averaging": "theory.law.sampling",
    "BayesOptimal": "models.methods",
    "GradientDescent": "simulation.training.descent",
    "GradientFlow": "simulation.training.descent",
    "HessianMethod": "models.methods",
    "Inputs": "models.inputs",
    "Network": "models.general",
    "Noise": "models.general",
    "QuadraticNetwork": "models.quadratic",
    "SpectralMethod": "models.preprocessing",
    "compare": "comparison._compare",
    "finite_size": "theory.finite_size._finite_size",
    "finite_threshold": "theory.finite_size._finite_threshold",
    "overlap": "theory.verbs._overlap",
    "phase_diagram": "theory._phase_diagram",
    "recover": "estimators.recover",
    "simulate": "simulation._simulate",
    "spectrum": "theory.verbs._spectrum",
    "threshold": "theory.verbs._threshold",
    "train": "simulation.training._train",
}
# names of version 0.1: their module and name there, and what to write
_EARLIER = {
    "along": ("comparison.trajectory", "hessian_trajectory", "bs.comparison.hessian_trajectory"),
    "best_a": ("theory", "best_a", "bs.theory.best_a"),
    "combined_overlap": (
        "theory.deprecated",
        "combined_overlap",
        "bs.overlap(bs.HessianMethod(net, students=inits), alpha=...)",
    ),
    "conditional": ("theory", "conditional", "bs.theory.conditional"),
    "critical_a": ("theory", "critical_a", "bs.theory.critical_a"),
    "critical_width": ("theory", "critical_width", "bs.theory.critical_width"),
    "crossing": ("comparison", "crossing", "bs.comparison.crossing"),
    "design_loss": ("theory", "design_loss", "bs.theory.design_loss"),
    "finite_phase_diagram": ("theory.deprecated", "finite_phase_diagram", "bs.phase_diagram(..., N=...)"),
    "recovery": ("comparison.starts", "compare_starts", "bs.comparison.compare_starts"),
    "sweep": (
        "simulation.deprecated",
        "sweep",
        "bs.simulation.sample_means(bs.simulate(net, alpha=[...], N=[...], ...))",
    ),
    "weak_recovery_limit": ("theory", "weak_recovery_limit", "bs.theory.weak_recovery_limit"),
}
_MODULES = ("comparison", "errors", "estimators", "models", "plot", "simulation", "theory", "units")

__all__ = [
    "Averaging",
    "BayesOptimal",
    "GradientDescent",
    "GradientFlow",
    "HessianMethod",
    "Inputs",
    "Network",
    "Noise",
    "QuadraticNetwork",
    "SpectralMethod",
    "__version__",
    "compare",
    "comparison",
    "errors",
    "estimators",
    "finite_size",
    "finite_threshold",
    "models",
    "overlap",
    "phase_diagram",
    "plot",
    "recover",
    "simulate",
    "simulation",
    "spectrum",
    "theory",
    "threshold",
    "train",
    "units",
]

if TYPE_CHECKING:
    from . import comparison, errors, estimators, models, plot, simulation, theory, units
    from .comparison._compare import compare
    from .estimators.recover import recover
    from .models.general import Network, Noise
    from .models.inputs import Inputs
    from .models.methods import BayesOptimal, HessianMethod
    from .models.preprocessing import SpectralMethod
    from .models.quadratic import QuadraticNetwork
    from .simulation._simulate import simulate
    from .simulation.training._train import train
    from .simulation.training.descent import GradientDescent, GradientFlow
    from .theory._phase_diagram import phase_diagram
    from .theory.finite_size._finite_size import finite_size
    from .theory.finite_size._finite_threshold import finite_threshold
    from .theory.law.sampling import Averaging
    from .theory.verbs._overlap import overlap
    from .theory.verbs._spectrum import spectrum
    from .theory.verbs._threshold import threshold


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    if name in _EARLIER:
        home, attribute, now = _EARLIER[name]
        warnings.warn(f"bs.{name} will be removed in the next release: use {now}", DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(f"{__name__}.{home}"), attribute)
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
