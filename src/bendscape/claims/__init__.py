"""The paper's claims, each computed and decided; theory and simulation meet here."""

from .activations import activations
from .claim import Claim, Effort, Evidence
from .disturbances import disturbances
from .existence import existence
from .extrapolation import extrapolation
from .finite import finite
from .kinds import kinds
from .losses import losses
from .onset import onset
from .recovery import recovery
from .shifts import shifts
from .widths import widths

__all__ = ["CHECKS", "Claim", "Effort", "Evidence"]

CHECKS = {
    "existence": existence,
    "kinds": kinds,
    "onset": onset,
    "widths": widths,
    "recovery": recovery,
    "shifts": shifts,
    "extrapolation": extrapolation,
    "activations": activations,
    "finite": finite,
    "disturbances": disturbances,
    "losses": losses,
}
