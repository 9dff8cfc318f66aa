"""The page that checks the paper: experiments with figures and verdicts, `claims.json`."""

from .experiment import Claim, Experiment
from .run import Reproduction, reproduce

__all__ = ["Claim", "Experiment", "Reproduction", "reproduce"]
