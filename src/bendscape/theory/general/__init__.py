"""Theory of any network: averages over pre-activations, and a Stieltjes matrix in the place of a number."""

from ...results import Estimate
from .averaging import Averaging

__all__ = ["Averaging", "Estimate"]
