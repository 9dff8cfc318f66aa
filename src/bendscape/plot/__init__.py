"""Plots: data and an optional `ax` in, artists out; nothing is shown, nothing saved.

Colours are those of the user's style, labels are set where the axes have none yet. `color`, `label` and any other
property of Matplotlib's go to what the plot is about. Matplotlib comes with the extra `plot`.
"""

from __future__ import annotations

from ..errors import MissingPackageError, install

try:
    import matplotlib  # noqa: F401  whether it is there
except ImportError as error:
    raise MissingPackageError(f"plots need Matplotlib ({error}): {install('plot')}") from error

from .artists import Artists
from .curves import overlap, phi, spectrum
from .diagrams import phase_diagram, threshold
from .finite import finite_phase_diagram, finite_threshold
from .recovery import recovery, trajectory
from .samples import eigenvalues
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
    "spectrum",
    "style",
    "threshold",
    "trajectory",
]
