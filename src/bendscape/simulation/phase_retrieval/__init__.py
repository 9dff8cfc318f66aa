"""Phase retrieval: signals from intensities of linear operators."""

from ._retrieve import Retrieval, retrieve
from .alignment import align, signal_overlap2
from .descent import OperatorDescent
from .message_passing import OperatorMessagePassing

__all__ = ["OperatorDescent", "OperatorMessagePassing", "Retrieval", "align", "retrieve", "signal_overlap2"]
