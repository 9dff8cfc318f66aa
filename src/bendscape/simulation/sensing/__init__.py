"""Sensing operators: linear maps from a signal to what a detector sees the intensity of."""

from .diffraction import Cascade, CodedDiffraction, random_masks
from .given import Functions, Given, Restricted, as_sensing
from .matrix import Matrix, gaussian, orthogonal
from .operator import Sensing
from .ptychography import FourierPtychography, Ptychography, scan
from .transforms import PartialCosine, PartialFourier, PartialHadamard

__all__ = [
    "Cascade",
    "CodedDiffraction",
    "FourierPtychography",
    "Functions",
    "Given",
    "Matrix",
    "PartialCosine",
    "PartialFourier",
    "PartialHadamard",
    "Ptychography",
    "Restricted",
    "Sensing",
    "as_sensing",
    "gaussian",
    "orthogonal",
    "random_masks",
    "scan",
]
