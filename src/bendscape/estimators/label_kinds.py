"""Kinds of labels: how each depends on the intensity `sum_l (v_l . x)^2`, and the channel that message passing takes.

Descent takes labels as intensities. Message passing takes them unchanged, with a channel whose numbers (the size of
the noise, the mean number of counts) are learnt from the data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..models.channels import Amplitude, Channel, GaussianNoise, Intensity, Noiseless, Poisson, Saturated
from ..simulation.diagnostics import Finding
from ..simulation.sample import Array

__all__ = ["KINDS", "Kind", "LabelKind", "exact_kinds", "intensities", "plausible_kinds"]

Kind = Literal["intensities", "counts", "amplitudes", "saturated"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_TIES = 3  # labels equal to the largest one


@dataclass(frozen=True)
class LabelKind:
    """One kind of labels of a data set.

    Attributes
    ----------
    name : {"intensities", "counts", "amplitudes", "saturated"}
    unit : float
        A label in the unit of the channel is the given one over this.
    level : float
        Of a detector that saturates, over the mean label; otherwise infinite.
    """

    name: Kind
    unit: float
    level: float = math.inf

    @classmethod
    def of(cls, name: Kind, labels: Array, mean: float) -> LabelKind:
        """Return the kind of these labels, whose intensities have this mean."""
        level = float(labels.max()) / mean if name == "saturated" else math.inf
        return cls(name, {"counts": 1.0, "amplitudes": math.sqrt(mean)}.get(name, mean), level)

    @property
    def may_be_exact(self) -> bool:
        """Whether labels of this kind can have no noise."""
        return self.name != "counts"

    @property
    def output(self) -> Amplitude | Intensity:
        """The function of the pre-activations that is measured."""
        return Amplitude() if self.name == "amplitudes" else Intensity()

    def channel(self, p_star: int, noise: float) -> Channel:
        """Return the channel with noise of this variance, in units of the mean; for counts, with this mean."""
        if self.name == "counts":
            return Poisson(p_star, noise)
        plain = GaussianNoise(p_star, noise, self.output) if noise else Noiseless(p_star, self.output)
        return Saturated(plain, self.level) if self.name == "saturated" else plain

    def measured(self, values: Array) -> Array:
        """Return the labels of these intensities, over their mean."""
        return np.minimum(values, self.level)


def intensities(name: Kind, labels: Array) -> Array:
    """Return the labels that descent takes."""
    return labels**2 if name == "amplitudes" else labels


def exact_kinds(labels: Array) -> tuple[Kind, ...]:
    """Return the kinds that labels without noise may be of."""
    return ("intensities", "saturated", "amplitudes") if _saturate(labels) else ("intensities", "amplitudes")


def plausible_kinds(labels: Array, findings: Sequence[Finding]) -> tuple[Kind, ...]:
    """Return the kinds that these labels, with noise, may be of; intensities always."""
    if labels.min() < 0:
        return ("intensities",)
    whole = bool(np.all(labels == np.round(labels)))
    squared = any(each.about == "labels" and "squared labels have that law" in each.remedy for each in findings)
    others: tuple[tuple[bool, Kind], ...] = (
        (whole, "counts"),
        (not whole and _saturate(labels), "saturated"),
        (squared, "amplitudes"),
    )
    return ("intensities", *(name for plausible, name in others if plausible))


def _saturate(labels: Array) -> bool:
    return int(np.sum(labels == labels.max())) >= _TIES
