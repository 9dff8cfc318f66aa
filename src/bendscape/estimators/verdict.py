"""One verdict on an answer, from theory, computed eigenvalues and labels held out."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import DataWarning
from ..simulation.diagnostics import Finding
from .counting import VectorCount
from .evidence import Evidence

__all__ = ["COMPLETE", "Status", "Verdict", "judge", "warn", "warn_undecided"]

Status = Literal[
    "explained", "as predicted", "weaker", "signal", "no signal", "too few", "no outlier", "unexplained", "unknown"
]
COMPLETE, _GOOD, _POOR = 1e-3, 0.1, 0.5  # of the variance of labels held out: left unexplained


@dataclass(frozen=True)
class Verdict:
    """Whether an answer can be used, and why.

    Attributes
    ----------
    status : str
        ``"explained"``: the answer explains labels that it was not learnt from, or more labels than it has weights;
        ``"as predicted"``: the eigenvalue found is nearer to where theory has the informative one than to the bulk;
        ``"weaker"``: it is outside the bulk, and nearer to that; ``"signal"``: data are not those of the theory, and
        directions are correlated with labels that they were not learnt from; ``"no signal"``: neither is told;
        ``"too few"``, ``"no outlier"``: theory has no informative eigenvalue outside the bulk of these data, with
        samples fewer than `alpha_BBP` asks for or not; ``"unexplained"``: the answer does not explain labels held out;
        ``"unknown"``: nothing could be tested.
    reasons : tuple of str
        A sentence for each test behind it.
    findings : tuple of Finding
        In what the data differ from those of the theory, with the remedy that helps.
    complete : bool
        Whether the answer leaves less than a thousandth of the variance of labels unexplained: then findings are no
        warnings.
    sufficient : bool
        Whether the directions are those of a signal in the data: the status is one of the first four.
    """

    status: Status
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    complete: bool = False

    @property
    def sufficient(self) -> bool:
        """Return whether the directions are those of a signal in the data."""
        return self.status in ("explained", "as predicted", "weaker", "signal")

    def to_dict(self) -> dict[str, Any]:
        """Return status, reasons and findings, for JSON."""
        findings = [{"about": each.about, "text": each.text, "remedy": each.remedy} for each in self.findings]
        record: dict[str, Any] = {"status": self.status, "sufficient": self.sufficient}
        return record | {"reasons": list(self.reasons), "findings": findings}


def judge(
    evidence: Evidence | None, findings: Sequence[Finding] = (), unexplained: float = math.nan, *, exact: bool = False
) -> Verdict:
    """Return one verdict from all tests; a test on labels held out decides over one on eigenvalues."""
    reasons = []
    if exact:
        reasons.append("the answer fits all labels, more than it has weights, to rounding")
    if not math.isnan(unexplained) and not exact:
        reasons.append(f"the answer leaves {unexplained:.2g} of the variance of labels held out unexplained")
    if exact or unexplained < _GOOD:
        return Verdict("explained", tuple(reasons), tuple(findings), exact or unexplained < COMPLETE)
    status: Status = "unknown"
    if evidence is not None:
        status, reason = _eigenvalues(evidence)
        reasons.append(reason)
    if unexplained > _POOR:
        status = status if status in ("too few", "no outlier", "no signal") else "unexplained"
    return Verdict(status, tuple(reasons), tuple(findings))


def _eigenvalues(evidence: Evidence) -> tuple[Status, str]:
    if not math.isnan(evidence.crossed):
        status: Status = "signal" if evidence.sufficient else "no signal"
        told = "a signal, and its size is not predicted" if evidence.sufficient else "no signal is found"
        return status, (
            "the data are not those of the theory; the rank correlation of labels with directions learnt without "
            f"them is {evidence.crossed:.2g} standard errors: {told}"
        )
    places = f"the eigenvalue found is {evidence.found:.3g}; without a signal it would be {evidence.bulk:.3g} +- "
    places += f"{evidence.spacing:.1g}, with the signal that theory predicts from these labels {evidence.outlier:.3g}"
    size = f"alpha = {evidence.alpha:.3g} samples an input"
    start = "" if math.isnan(evidence.threshold) else f" (alpha_BBP = {evidence.threshold:.3g})"
    if math.isnan(evidence.outlier):
        none = f"theory finds no informative eigenvalue outside the bulk of these data{start}"
        too_few = evidence.alpha < evidence.threshold
        return ("too few", f"{size} are too few: {none}") if too_few else ("no outlier", none)
    if not evidence.sufficient:
        few = f"; {size} are too few to tell{start}" if evidence.alpha < evidence.threshold else f" at {size}{start}"
        return "no signal", f"{places}: no signal is found{few}"
    if not evidence.as_predicted:
        return "weaker", f"{places}: there is a signal, and the predicted overlap is too large"
    return "as predicted", places


def warn(verdict: Verdict, stacklevel: int) -> None:
    """Warn of each cause that contradicts an answer; no warning if all labels are explained."""
    if verdict.complete:
        return
    for each in verdict.findings:
        ending = "" if each.within_theory else "; predicted overlaps may be wrong"
        warnings.warn(f"{each}{ending}", DataWarning, stacklevel=stacklevel + 1)
    if verdict.status in ("explained", "as predicted", "signal", "unknown"):
        return
    warnings.warn("; ".join(verdict.reasons), DataWarning, stacklevel=stacklevel + 1)


def warn_undecided(vectors: VectorCount, stacklevel: int) -> None:
    """Warn if the number of vectors is not decided."""
    if vectors.status == "not decided":
        message = f"the number of vectors is not decided, and {vectors.count} is taken: {vectors.reason}"
        warnings.warn(message, DataWarning, stacklevel=stacklevel + 1)
