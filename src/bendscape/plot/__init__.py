"""Plots: data and an optional `ax` in, artists out; nothing is shown, nothing saved.

Matplotlib comes with the extra: ``pip install 'bendscape[plot]'``.
"""

from .curves import overlap, spectrum
from .diagrams import phase_diagram, threshold
from .style import style

__all__ = ["overlap", "phase_diagram", "spectrum", "style", "threshold"]
