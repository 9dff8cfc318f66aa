"""Channels: the law of a label given the pre-activations `z = W* x` of the teacher, and the posterior of `z`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from ._channel_of import channel_of
    from ._posterior import Posterior, posterior
    from .contract import Channel
    from .gaussian import GaussianNoise
    from .noiseless import Noiseless
    from .outputs import Amplitude, Intensity
    from .poisson import Poisson
    from .quantised import Quantised
    from .radial import RadialMoments, log_chi, radial_moments
    from .saturated import Saturated
    from .teacher import TeacherOutput
    from .weighted_squares import WeightedSquares

_HOME = {
    "Amplitude": "outputs",
    "Channel": "contract",
    "GaussianNoise": "gaussian",
    "Intensity": "outputs",
    "Noiseless": "noiseless",
    "Poisson": "poisson",
    "Posterior": "_posterior",
    "Quantised": "quantised",
    "RadialMoments": "radial",
    "Saturated": "saturated",
    "TeacherOutput": "teacher",
    "WeightedSquares": "weighted_squares",
    "channel_of": "_channel_of",
    "log_chi": "radial",
    "posterior": "_posterior",
    "radial_moments": "radial",
}

__all__ = [
    "Amplitude",
    "Channel",
    "GaussianNoise",
    "Intensity",
    "Noiseless",
    "Poisson",
    "Posterior",
    "Quantised",
    "RadialMoments",
    "Saturated",
    "TeacherOutput",
    "WeightedSquares",
    "channel_of",
    "log_chi",
    "posterior",
    "radial_moments",
]

__getattr__ = lazy(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted(__all__)
