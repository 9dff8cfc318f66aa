"""A recovered signal with what supports it: the result of ``bs.recover(operator, y)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...results import Estimate
from ...simulation.phase_retrieval import Retrieval
from ..verdict import Verdict
from .labels import SignalKind
from .likelihood import HeldOut
from .prediction import Prediction

__all__ = ["SignalEvidence", "SignalRecovery"]


@dataclass(frozen=True)
class SignalEvidence:
    """The prediction for the operator, and the test on labels held out.

    Attributes
    ----------
    prediction : Prediction
    held_out : HeldOut
        Overlap of the answer that was learnt without these labels.
    missing : int
        Labels that were not measured.
    saturated : int
        Labels equal to the largest one, where these are too many.
    ambiguous : str
        Symmetry of the operator that leaves intensities unchanged, besides the global phase; empty if there is none.
    """

    prediction: Prediction
    held_out: HeldOut
    missing: int
    saturated: int
    ambiguous: str

    def to_dict(self) -> dict[str, Any]:
        """Its fields, for JSON."""
        return {
            **self.prediction.to_dict(),
            "held_out": dict(vars(self.held_out)),
            "missing": self.missing,
            "saturated": self.saturated,
            "ambiguous": self.ambiguous,
        }


@dataclass(frozen=True, eq=False)
class SignalRecovery:
    """A signal from intensities, up to its global phase: the result of :func:`bendscape.recover` with an operator.

    Attributes
    ----------
    signal : array, or xarray.DataArray
        In the shape of the signals of the operator.
    stderr : array, or xarray.DataArray
        Standard deviation of each number, by the posterior: the root of `E|x - signal|^2`; nan where there is none.
    expected_overlap2 : float
        Squared overlap with the signal that the posterior expects; nan where `stderr` is.
    noise : Estimate
        Variance of Gaussian noise of a label, given or learnt, with its standard error; zero for none, and for counts.
    retrieval : Retrieval
        The run with all labels.
    evidence : SignalEvidence
    verdict : Verdict
        Whether the answer can be used, and why.
    kind : {"intensity", "amplitude", "counts"}
    held_out : int
        Labels that were kept to test an answer learnt without them.
    seed : int
    """

    signal: Any
    stderr: Any
    expected_overlap2: float
    noise: Estimate
    retrieval: Retrieval
    evidence: SignalEvidence
    verdict: Verdict
    kind: SignalKind
    held_out: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return sizes, evidence, errors and the verdict, for JSON; the signal is left out."""
        spread = np.asarray(self.stderr)
        return {
            "signal_shape": list(np.shape(self.signal)),
            "labels": int(self.retrieval.guess.size),
            "kind": self.kind,
            "held_out": self.held_out,
            "expected_overlap2": self.expected_overlap2,
            "stderr": float(np.sqrt(np.mean(spread**2))),
            "noise": self.noise.value,
            "noise_stderr": self.noise.error,
            "method": self.retrieval.method,
            "steps": self.retrieval.steps,
            "products": self.retrieval.products,
            "status": self.retrieval.status,
            "residual": self.retrieval.residual,
            "evidence": self.evidence.to_dict(),
            "verdict": self.verdict.to_dict(),
            "seed": self.seed,
        }
