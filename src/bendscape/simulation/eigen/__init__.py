"""Eigenvalues and eigenvectors of large symmetric operators, whatever they come from."""

from .arpack import Eigsh
from .dense import Dense
from .lanczos import BlockLanczos
from .outermost import highest, lowest
from .quadrature import LanczosQuadrature, density
from .result import Eigenpairs, Solver
from .spectral_density import Density

__all__ = [
    "BlockLanczos",
    "Dense",
    "Density",
    "Eigenpairs",
    "Eigsh",
    "LanczosQuadrature",
    "Solver",
    "density",
    "highest",
    "lowest",
]
