"""Answers of state evolution: thresholds of recovery, and overlaps as the data grow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._types import Array
from ...errors import LimitError
from ...models.methods import BayesOptimal
from ...results import Estimate, Kind, plain_record, table_html
from .state_evolution import Curve, curve_of, weak_alpha

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["RecoveryThreshold", "overlap_of_curve", "threshold_of_curve"]

_ROUNDING = 1e-12
_JUST_ABOVE = 1e-9
_MORE = 3 / 2  # nodes of the rule that gives an error

LONG_NAMES = {
    "overlap2": "squared overlap of message passing with the teacher's span",
    "overlap2_bayes": "squared overlap of the posterior mean with the teacher's span",
}


@dataclass(frozen=True)
class RecoveryThreshold:
    """Samples over inputs from which the teacher is recovered, in part and wholly.

    Attributes
    ----------
    net : BayesOptimal
    alpha, error : float
        Weak recovery: below, message passing has no overlap with the teacher; and the absolute error.
    kind : {"continuous", "discontinuous", "undecided"}
        Whether the overlap of message passing grows from zero there, or jumps; undecided where directions of the
        teacher differ, for which it is not computed.
    overlap2_jump : float
        Squared overlap just above; zero if it grows from zero, nan if that is undecided.
    alpha_jump : Estimate
        The last place at which the overlap of message passing jumps; nan if it only grows, or is undecided.
    alpha_perfect : Estimate
        From here on message passing recovers the teacher exactly; infinite if labels have noise, nan if no such place
        was met.
    alpha_information : Estimate
        From here on the posterior has the teacher as its mean, or, with noise, the place at which the overlap of the
        posterior mean jumps; nan if it only grows, or is undecided.
    """

    net: BayesOptimal
    alpha: float
    error: float
    kind: Kind
    overlap2_jump: float
    alpha_jump: Estimate
    alpha_perfect: Estimate
    alpha_information: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Its fields, for JSON."""
        record: dict[str, Any] = plain_record(self) | {"net": str(self.net)}
        return record

    def _repr_html_(self) -> str:
        names = ("alpha", "kind", "overlap2_jump", "alpha_jump", "alpha_perfect", "alpha_information")
        return table_html(f"Recovery, {self.net}", [(name, str(getattr(self, name))) for name in names])


def threshold_of_curve(model: BayesOptimal) -> RecoveryThreshold:
    """Solve :func:`bendscape.threshold` for labels that depend on `|z|` alone."""
    curve = curve_of(model.channel, model.ensemble)
    more = round(_MORE * curve.nodes)
    error = abs(weak_alpha(model.channel, model.ensemble, more) - curve.weak) + _ROUNDING
    jump, above = 0.0, curve.weak * (1 + _JUST_ABOVE)
    if curve.jumps and curve.jumps[0].q == 0:
        jump = curve.overlap2(above, curve.reached(above))
    kind: Kind = "discontinuous" if jump else "continuous"
    last = curve.jumps[-1] if curve.jumps else None
    at = Estimate(math.nan) if last is None else _error(curve, last.alpha, last.q, more)
    perfect = Estimate(max(curve.perfect, at.value) if last else curve.perfect, at.error if last else 0.0)
    information = Estimate(curve.perfect)
    if math.isinf(curve.perfect):
        information = Estimate(math.nan) if last is None else Estimate(curve.information(last), at.error)
    return RecoveryThreshold(model, curve.weak, error, kind, jump, at, perfect, information)


def _error(curve: Curve, alpha: float, q: float, nodes: int) -> Estimate:
    return Estimate(alpha, abs(curve.at(q, nodes) - alpha) + _ROUNDING)


def overlap_of_curve(model: BayesOptimal, alpha: Array) -> xr.Dataset:
    """Solve :func:`bendscape.overlap` for labels that depend on `|z|` alone."""
    import xarray as xr

    curve = curve_of(model.channel, model.ensemble)
    if alpha.min() < model.ensemble.least:
        raise LimitError(
            f"alpha = {alpha.min():g}: a {model.ensemble} has alpha >= {model.ensemble.least:g}; give more"
        )
    values = {
        "overlap2": np.array([curve.overlap2(x, curve.reached(x)) for x in alpha.tolist()]),
        "overlap2_bayes": np.array([curve.overlap2(x, curve.best(x)) for x in alpha.tolist()]),
    }
    return xr.Dataset(
        {name: ("alpha", column, {"long_name": LONG_NAMES[name]}) for name, column in values.items()},
        coords={"alpha": ("alpha", alpha, {"long_name": "samples over inputs, M/N"})},
        attrs={"p_star": model.p_star, "method": str(model)},
    )
