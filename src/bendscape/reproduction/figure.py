"""The figure of an experiment, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

import bendscape as bs

from .experiment import Data, Experiment

__all__ = ["FORMATS", "save_figure"]

FORMATS = ("svg", "png")


def save_figure(folder: Path, experiment: Experiment[Any], data: Data) -> None:
    """Draw it, and write it in every format; a file that is there is replaced when the new one is whole."""
    with bs.plot.style(), mpl.rc_context({"backend": "agg"}):
        figure = experiment.draw(data)
        for kind in FORMATS:
            part = folder / f".{experiment.name}.{kind}.part"
            figure.savefig(part, format=kind, metadata={"Date": None} if kind == "svg" else None)
            part.replace(folder / f"{experiment.name}.{kind}")
        plt.close(figure)
