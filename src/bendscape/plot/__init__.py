"""Plots: data and an optional `ax` in, artists out; nothing is shown, nothing saved.

Matplotlib comes with the extra: ``pip install 'bendscape[plot]'``.
"""

from .curves import overlap, phi, spectrum
from .diagrams import phase_diagram, threshold
from .finite import finite_phase_diagram, finite_threshold
from .recovery import recovery, trajectory
from .samples import eigenvalues
from .style import style

__all__ = [
    "eigenvalues",
    "finite_phase_diagram",
    "finite_threshold",
    "overlap",
    "phase_diagram",
    "phi",
    "recovery",
    "spectrum",
    "style",
    "threshold",
    "trajectory",
]
