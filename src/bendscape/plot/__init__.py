"""Plots: functions that take data and an optional `ax`, draw, and return artists; they neither show nor save.

Colours are those of the user's style; axes get labels unless they have some. `color`, `label` and other properties of
Matplotlib apply to the main artists of a plot. Matplotlib comes with the extra `plot`.
"""

from __future__ import annotations

from ..errors import MissingPackageError, install

try:
    import matplotlib  # noqa: F401  to see whether it is installed
except ImportError as error:
    raise MissingPackageError(f"plots need Matplotlib ({error}): {install('plot')}") from error

from .artists import Artists
from .curves import overlap, phi, spectrum
from .diagrams import phase_diagram, threshold
from .finite import finite_phase_diagram, finite_threshold
from .recovery import recovery, trajectory
from .samples import eigenvalues
from .signals import signal
from .style import style

__all__ = [
    "Artists",
    "eigenvalues",
    "finite_phase_diagram",
    "finite_threshold",
    "overlap",
    "phase_diagram",
    "phi",
    "recovery",
    "signal",
    "spectrum",
    "style",
    "threshold",
    "trajectory",
]
