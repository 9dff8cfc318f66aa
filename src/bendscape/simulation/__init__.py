"""Simulation: real samples at finite `N`, and nothing from the theory."""

from .diagonalise import diagonalise, eigenvalues
from .hessian import gradient, hessian, loss
from .sample import Sample, draw

__all__ = ["Sample", "diagonalise", "draw", "eigenvalues", "gradient", "hessian", "loss"]
