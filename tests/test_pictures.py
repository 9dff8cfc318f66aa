"""The scripts of `docs/pictures` draw what the pages show."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

SCRIPT = Path(__file__).parents[1] / "docs" / "pictures" / "leaving.py"


@pytest.fixture
def leaving() -> Any:
    specification = importlib.util.spec_from_file_location("leaving", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_eigenvalues_leave_the_bulk_above_the_threshold(leaving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the threshold the legend has no outlier; above it the outlier has the overlap of theory."""
    monkeypatch.setattr(leaving, "N", 60)
    figure, panels = plt.subplots(1, 2)
    for ax, alpha in zip(panels, (0.75, 2.5), strict=True):
        leaving.panel(ax, alpha)
    below, above = ([text.get_text() for text in ax.get_legend().get_texts()] for ax in panels)
    plt.close(figure)
    assert not any("outlier" in text for text in below)
    assert "theory: outlier with $m^2=$0.38" in above
