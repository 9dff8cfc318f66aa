"""Theory: solutions of the equations in the limit `N -> inf`, and for samples of finite size.

From the bottom up: `numerics` < `law` (averages over the curvature) < `resolvent` (the equations, given averages) and
`bayes_optimal` (state evolution) < `verbs` (the questions about a model) < `finite_size` < `loss_design`. Verbs that
take any model are names of `bendscape`; here are special questions, and the classes of all results. All is imported on
first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .bayes_optimal.recovery import RecoveryThreshold
    from .finite_size._conditional import Conditional, ConditionalOutlier, conditional
    from .finite_size._finite_threshold import FiniteThreshold
    from .finite_size.labels import Labels, draw_labels, given_labels
    from .loss_design.families import LossDesign, design_loss
    from .loss_design.weak_recovery import WeakRecoveryLimit, weak_recovery_limit
    from .verbs.critical import BestConstant, best_a, critical_a, critical_width
    from .verbs.exact_spectrum import Spectrum
    from .verbs.exact_threshold import Extrapolation, Threshold
    from .verbs.sampled_spectrum import SampledSpectrum

_HOME = {
    "BestConstant": "verbs.critical",
    "Conditional": "finite_size._conditional",
    "ConditionalOutlier": "finite_size._conditional",
    "Extrapolation": "verbs.exact_threshold",
    "FiniteThreshold": "finite_size._finite_threshold",
    "Labels": "finite_size.labels",
    "LossDesign": "loss_design.families",
    "RecoveryThreshold": "bayes_optimal.recovery",
    "SampledSpectrum": "verbs.sampled_spectrum",
    "Spectrum": "verbs.exact_spectrum",
    "Threshold": "verbs.exact_threshold",
    "WeakRecoveryLimit": "loss_design.weak_recovery",
    "best_a": "verbs.critical",
    "conditional": "finite_size._conditional",
    "critical_a": "verbs.critical",
    "critical_width": "verbs.critical",
    "design_loss": "loss_design.families",
    "draw_labels": "finite_size.labels",
    "given_labels": "finite_size.labels",
    "weak_recovery_limit": "loss_design.weak_recovery",
}

__all__ = [
    "BestConstant",
    "Conditional",
    "ConditionalOutlier",
    "Extrapolation",
    "FiniteThreshold",
    "Labels",
    "LossDesign",
    "RecoveryThreshold",
    "SampledSpectrum",
    "Spectrum",
    "Threshold",
    "WeakRecoveryLimit",
    "best_a",
    "conditional",
    "critical_a",
    "critical_width",
    "design_loss",
    "draw_labels",
    "given_labels",
    "weak_recovery_limit",
]


__getattr__ = lazy(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
