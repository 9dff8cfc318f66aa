"""Signals from intensities of a linear operator, with the evidence for them."""
