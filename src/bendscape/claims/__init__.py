"""The paper's claims, each computed and decided; theory and simulation meet here."""

from .activations import activations
from .along import training
from .claim import Claim, Effort, Evidence
from .descent import descent
from .disturbances import disturbances
from .existence import existence
from .extrapolation import extrapolation
from .finite import finite
from .kinds import kinds
from .losses import losses
from .methods import methods
from .onset import onset
from .picture import picture
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
    "descent": descent,
    "training": training,
    "methods": methods,
    "picture": picture,
}
