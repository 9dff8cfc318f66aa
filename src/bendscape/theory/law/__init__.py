"""Averages over the law of the curvature matrix `F`: numbers by quadrature, matrices by random points."""

from ..._lazy import lazy

__getattr__ = lazy(__name__)
