"""Which loss needs the fewest data, and how few any method needs."""

from .families import LossDesign, design_loss
from .weak_recovery import WeakRecoveryLimit, weak_recovery_limit

__all__ = ["LossDesign", "WeakRecoveryLimit", "design_loss", "weak_recovery_limit"]
