"""A picture to recover: one that Matplotlib ships, made small."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib import cbook

__all__ = ["sample_picture"]

_ROWS, _COLUMNS = slice(12, 300), slice(105, 393)  # the face


def sample_picture(side: int) -> npt.NDArray[np.float64]:
    """Grey values between zero and one, shape (side, side); `side` divides 288."""
    whole: Any = plt.imread(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    face = whole[_ROWS, _COLUMNS].mean(axis=2) / 255
    block = len(face) // side
    return np.asarray(face.reshape(side, block, side, block).mean(axis=(1, 3)))
