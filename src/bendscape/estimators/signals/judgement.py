"""The verdict on a signal: labels held out decide, and theory says why if there is none."""

from __future__ import annotations

from ...results import Estimate
from ...simulation.diagnostics import Finding
from ...simulation.phase_retrieval import Retrieval
from ..verdict import Status, Verdict
from .prediction import Prediction
from .result import SignalEvidence

__all__ = ["judge_signal"]

_GOOD = 0.9  # squared overlap from which on a signal is explained
_COMPLETE = 0.999
_NEAR = 0.01  # difference of two overlaps that are equal
_FITS = 1e-5  # residual of an answer that fits all labels to rounding
_MORE = 1.05  # labels over numbers, from which on a fit by chance is excluded


def judge_signal(
    answer: Retrieval, tested: Retrieval, noise: Estimate, evidence: SignalEvidence, numbers: float
) -> Verdict:
    """Return the verdict on an answer for a signal of so many real numbers; `tested` did not see labels held out."""
    held, theory = evidence.held_out, evidence.prediction
    measured = answer.guess.size - evidence.missing
    certain = answer.converged and answer.expected_overlap2 >= _GOOD
    exact = certain and noise == 0 and answer.residual < _FITS and measured >= _MORE * numbers
    reasons = []
    if held.labels:
        reasons.append(
            f"the answer predicts {held.labels} labels held out no better than no answer does"
            if not held.signal
            else f"{held.labels} labels held out give a squared overlap with the signal of {held.overlap2:.3g} "
            f"({held.low:.3g} to {held.high:.3g})"
        )
    if exact:
        reasons.append(f"the answer fits all {measured} labels, more than the signal has numbers, to rounding")
    if exact or (tested.converged and held.low >= _GOOD):
        return Verdict("explained", tuple(reasons), _findings(evidence), exact or held.low >= _COMPLETE)
    status = _status(tested, evidence)
    if not tested.converged and held.signal:
        reasons.append(
            "message passing did not converge: labels of this operator with this noise differ from those given, or are "
            "too few"
        )
    if status == "as predicted":
        reasons.append(f"the posterior expects {tested.expected_overlap2:.3g}")
    if _too_few(theory):
        reasons.append(
            f"{theory.alpha:.4g} labels for each number of the signal are too few: for a Gaussian signal an overlap "
            f"begins at {theory.weak:.4g}, and message passing recovers all at {theory.perfect:.4g}; give more patterns"
        )
    elif theory.overlap2 < _GOOD:
        reasons.append(f"noise: for a Gaussian signal theory has the overlap {theory.overlap2:.3g} from these labels")
    return Verdict(status, tuple(reasons), _findings(evidence))


def _too_few(theory: Prediction) -> bool:
    """Whether a Gaussian signal is not recovered from as many labels without noise, or no overlap begins with noise."""
    return theory.alpha < max(theory.perfect, theory.weak)


def _status(tested: Retrieval, evidence: SignalEvidence) -> Status:
    held, theory = evidence.held_out, evidence.prediction
    if not held.labels:
        return "unknown"
    if not held.signal:
        return "too few" if _too_few(theory) else "no signal"
    if not tested.converged:  # labels of neighbouring pixels are alike, and a wrong answer can predict them
        return "unexplained" if evidence.ambiguous else "signal"
    if held.low - _NEAR <= tested.expected_overlap2 <= held.high + _NEAR:
        return "as predicted"
    return "weaker" if tested.expected_overlap2 > held.high else "signal"


def _findings(evidence: SignalEvidence) -> tuple[Finding, ...]:
    findings = []
    if evidence.saturated:
        text = f"{evidence.saturated} labels are equal to the largest one: the detector saturates"
        findings.append(Finding("labels", text, "mask these labels"))
    if evidence.ambiguous:
        text = f"a {evidence.ambiguous} of the signal leaves all labels unchanged"
        findings.append(Finding("labels", text, "give a support without this symmetry, or masks"))
    return tuple(findings)
