"""Models: pure descriptions of a student, a teacher and a loss."""

from .labels import ConstantLabel, GammaLabel, LabelLaw
from .network import IsotropicNetwork, LawEdge, Mode, Sector
from .quadratic import QuadraticNetwork

__all__ = [
    "ConstantLabel",
    "GammaLabel",
    "IsotropicNetwork",
    "LabelLaw",
    "LawEdge",
    "Mode",
    "QuadraticNetwork",
    "Sector",
]
