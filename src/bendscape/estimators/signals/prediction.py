r"""Predictions of theory for one operator and one channel: thresholds, and the overlap at the number of labels at hand.

The ensemble is that of the operator: orthogonal columns, or the measured eigenvalues of `A^H A`. Labels that were not
measured leave the operator whole, and multiply the gain of a row by the share of the others. A real signal with a
complex operator has two rows for each label, the real and the imaginary part of `A`; so `alpha` counts twice.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...errors import AccuracyError
from ...models.channels import Channel, Noiseless
from ...models.ensembles import ColumnOrthogonal, Ensemble, FixedSpectrum
from ...models.methods import BayesOptimal
from ...simulation.arrays import Array
from ...simulation.sensing import Restricted, Sensing
from ...simulation.sensing.gram import Gram
from ...simulation.sensing.operator import known_gram
from ...theory.bayes_optimal.state_evolution import curve_of, weak_alpha
from ...theory.verbs._threshold import threshold

__all__ = ["Design", "Prediction", "design_of", "predict"]

_NODES = (32, 64)  # of rules for labels with noise
_QUANTILES = 64  # of a measured spectrum
_SAME = 1e-6  # relative width of a spectrum that is one number


@dataclass(frozen=True)
class Prediction:
    """Prediction for a Gaussian signal of the operator, from so many labels of this kind.

    Attributes
    ----------
    alpha : float
        Measured labels over numbers of the signal.
    weak : float
        The `alpha` from which on there is an overlap with the signal.
    perfect : float
        The `alpha` from which on message passing recovers the signal from labels without noise.
    overlap2 : float
        Squared overlap that message passing reaches from these labels, with their noise; nan if it was not computed.
    ensemble : str
        Law of the operator that was taken.
    """

    alpha: float
    weak: float
    perfect: float
    overlap2: float
    ensemble: str

    def to_dict(self) -> dict[str, Any]:
        """Its fields, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Measured:
    """An ensemble some of whose rows have no label; `alpha` counts those that have one."""

    whole: Ensemble
    share: float

    def alpha(self, q: Any, psi: Any) -> Any:
        return self.share * self.whole.alpha(q, self.share * psi)

    def gain(self, q: Any, alpha: float) -> Any:
        return self.whole.gain(q, alpha / self.share) / self.share

    @property
    def least(self) -> float:
        return self.share * self.whole.least

    @property
    def complete(self) -> bool:
        return self.whole.complete

    def __str__(self) -> str:
        return f"{self.whole}, {self.share:.3g} of its rows measured"


@dataclass(frozen=True)
class Design:
    """An operator as theory sees it.

    Attributes
    ----------
    ensemble : Ensemble
    alpha : float
        All labels over numbers of the signal.
    rows : float
        Rows for each label: two for a real signal with a complex operator.
    """

    ensemble: Ensemble
    alpha: float
    rows: float

    def overlap_of_signal(self, q: float) -> float:
        """The overlap of a signal whose `z` have the overlap `q`, where labels of their own were not used."""
        alpha = self.rows * self.alpha
        return q if q in (0.0, 1.0) else float(alpha * (1 - q) * self.ensemble.gain(q, alpha))


def design_of(operator: Sensing, support: Array | None, *, complex_signal: bool) -> Design:
    """Return the ensemble and the number of rows of an operator, for signals on a support."""
    even = operator.even()[0]
    inside = even if support is None else Restricted(even, support)
    known = known_gram(inside)
    rows = 1.0 if complex_signal or not operator.is_complex else 2.0
    return Design(_ensemble(known if complex_signal else known.real()), inside.alpha, rows)


def predict(design: Design, channel: Channel, share: float) -> Prediction:
    """Return the prediction for labels of which this share was measured.

    `channel` is in units in which `z` has mean square one.
    """
    ensemble = design.ensemble if share == 1 else _Measured(design.ensemble, share)
    rows = design.rows
    alpha = rows * design.alpha * share
    clean = threshold(BayesOptimal(Noiseless(channel.p_star, channel.output), ensemble))
    weak = clean.alpha if channel.exact_share == 1 else weak_alpha(channel, ensemble)
    reached = 0.0 if alpha <= weak else _overlap(channel, ensemble, alpha)
    return Prediction(alpha / rows, weak / rows, float(clean.alpha_perfect) / rows, reached, str(ensemble))


def _overlap(channel: Channel, ensemble: Ensemble, alpha: float) -> float:
    """The overlap that message passing reaches, with the smallest rule that is accurate."""
    for nodes in _NODES:
        with suppress(AccuracyError):
            curve = curve_of(channel, ensemble, nodes)
            return curve.overlap2(alpha, curve.reached(alpha))
    return math.nan


def _ensemble(gram: Gram) -> Ensemble:
    values, weights = gram.spectrum()
    if np.ptp(values) <= _SAME * values.max():
        return ColumnOrthogonal()
    return FixedSpectrum(_quantiles(values, weights))


def _quantiles(values: Array, weights: Array) -> Array:
    """Values of equal weight in place of a spectrum."""
    order = np.argsort(values)
    levels = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp((np.arange(_QUANTILES) + 0.5) / _QUANTILES, levels / weights.sum(), values[order])
