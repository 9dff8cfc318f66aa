"""Theory of any network: averages over pre-activations, and a Stieltjes matrix in the place of a number."""

from .averaging import Averaging, Estimate

__all__ = ["Averaging", "Estimate"]
