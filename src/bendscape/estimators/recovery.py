"""Recovered vectors with what supports them: the result of `bs.recover`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..simulation.inference.result import WeightPosterior
from ..simulation.sample import Array
from .counting import VectorCount
from .evidence import Evidence
from .label_kinds import Kind
from .verdict import Verdict

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Attempt", "Recovery"]


@dataclass(frozen=True, eq=False)
class Recovery:
    """Recovered vectors with evidence and verdict: the result of :func:`bendscape.recover`.

    Attributes
    ----------
    weights : array, shape (p_star, N)
        Rows `v_l` in the units of the data: `y = sum_l (v_l . x)^2`. The data determine each up to its sign, and
        several of them up to a rotation among them.
    start : array, shape (p_star, N)
        Orthonormal rows: the span as it was before gradient descent.
    evidence : Evidence or None
        What theory predicts for the start; None for a random one, of which it predicts nothing.
    unexplained, unexplained_stderr : float
        Mean squared error on samples that were held out, over the variance of all labels (less that of single absurd
        ones), with its standard error: zero is a perfect model, one says no more than the mean. nan where too few were
        held out. It is that of the answer learnt without these samples; `weights` are learnt from all. An answer that
        only all samples lead to, and that fits them all to rounding, has the error on all labels.
    trajectory : xarray.Dataset or None
        The descent that refined the start, from :func:`bendscape.train`; None where there was none.
    samples, held_out : int
        How many samples were learnt from before the answer was tested, and how many held out.
    seed : int
    refined : bool
        Whether `weights` are those of message passing or of the descent. Where the start of a descent explains labels
        held out better, they are the start.
    verdict : Verdict
        Whether the answer can be used, and why.
    vectors : VectorCount or None
        How many vectors there are, with the evidence; None where `p_star` was given.
    method : {"message passing", "descent"}
    reason : str
        Why this method: a sentence with its numbers.
    uncertainty : array, shape (p_star, N)
        Standard deviation of each component of `weights`, in their units. Of several vectors it is that of their best
        rotation towards the true ones. Message passing has the posterior one, descent that of a fit; nan where
        nothing supports the answer, or a descent has more than 2000 weights.
    expected_overlap2 : float
        Squared overlap with the span of the true vectors that this uncertainty amounts to; nan as there.
    channel : {"intensities", "counts", "amplitudes", "saturated"}
        The kind of the labels: given, or that with the largest evidence.
    noise, noise_stderr : float
        Standard deviation of Gaussian noise on the labels, in their units, learnt by message passing, with its error.
        nan for counts and saturated labels that have any, and after a descent.
    posterior : WeightPosterior or None
        The result of message passing, in the units of the standardised data; None after a descent.
    """

    weights: Array
    start: Array
    evidence: Evidence | None
    unexplained: float
    unexplained_stderr: float
    trajectory: xr.Dataset | None
    samples: int
    held_out: int
    seed: int
    refined: bool
    verdict: Verdict
    vectors: VectorCount | None = None
    method: Literal["message passing", "descent"] = "descent"
    reason: str = ""
    uncertainty: Array | None = None
    expected_overlap2: float = math.nan
    channel: Kind = "intensities"
    noise: float = math.nan
    noise_stderr: float = math.nan
    posterior: WeightPosterior | None = None

    @property
    def lengths(self) -> Array:
        """Singular values of the weights: the lengths of the vectors, rotated so that they are orthogonal."""
        return np.asarray(np.linalg.svd(self.weights, compute_uv=False))

    def to_dict(self) -> dict[str, Any]:
        """Return sizes, evidence, lengths, errors and the verdict, for JSON; the vectors are left out."""
        run, passed = self.trajectory, self.posterior
        steps, status = (None, None) if passed is None else (passed.steps, passed.status)
        return {
            "inputs": self.weights.shape[1],
            "samples": self.samples,
            "held_out": self.held_out,
            "p_star": len(self.weights),
            "vectors": None if self.vectors is None else self.vectors.to_dict(),
            "evidence": None if self.evidence is None else self.evidence.to_dict(),
            "lengths": self.lengths.tolist(),
            "unexplained": self.unexplained,
            "unexplained_stderr": self.unexplained_stderr,
            "steps": steps if run is None else int(run.steps[-1]),
            "status": status if run is None else run.attrs["status"],
            "refined": self.refined,
            "verdict": self.verdict.to_dict(),
            "seed": self.seed,
            "method": self.method,
            "reason": self.reason,
            "expected_overlap2": self.expected_overlap2,
            "uncertainty": None if self.uncertainty is None else float(np.sqrt(np.mean(self.uncertainty**2))),
            "channel": self.channel,
            "noise": self.noise,
            "noise_stderr": self.noise_stderr,
        }


@dataclass(frozen=True, eq=False)
class Attempt:
    """One answer, with what decides between it and others.

    Attributes
    ----------
    answer : Recovery
    losses : array
        On each label held out, of what was learnt without them.
    surprise : float
        Minus the logarithm of the evidence for the labels, in their units; nan where the method has none.
    broken : str
        Why the method broke down; empty if it did not.
    """

    answer: Recovery
    losses: Array
    surprise: float = math.nan
    broken: str = ""
