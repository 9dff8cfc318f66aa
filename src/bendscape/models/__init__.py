"""Models: pure descriptions of a student, a teacher and a loss."""

from .activation import Activation, activation
from .expression import Expression
from .general import Curvature, Network, Noise
from .labels import ConstantLabel, GammaLabel, LabelLaw
from .loss import Loss, loss
from .network import IsotropicNetwork, LawEdge, Mode, Sector
from .quadratic import QuadraticNetwork

__all__ = [
    "Activation",
    "ConstantLabel",
    "Curvature",
    "Expression",
    "GammaLabel",
    "IsotropicNetwork",
    "LabelLaw",
    "LawEdge",
    "Loss",
    "Mode",
    "Network",
    "Noise",
    "QuadraticNetwork",
    "Sector",
    "activation",
    "loss",
]
