"""A bar where a line can be drawn again, lines in a log, nothing where it is not asked for."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

import bendscape as bs
from bendscape.progress import progress_bar, tracked


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Cell(io.StringIO):
    """Standard error of a notebook: no terminal, but a carriage return goes back."""


Cell.__module__ = "ipykernel.iostream"


def written(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, steps: int = 4, total: int | None = 4) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar("samples", total) as step:
        for _ in range(steps):
            step()
    return stream.getvalue()


@pytest.mark.parametrize("stream", [Terminal, Cell])
def test_a_bar_is_drawn_again_on_one_line(stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = written(stream(), monkeypatch)
    assert text.count("\r") > 1
    assert text.count("\n") == 1
    assert "samples: 100%" in text.splitlines()[-1]


def test_a_log_gets_lines_without_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    text = written(io.StringIO(), monkeypatch)
    assert text.isascii()
    assert all(character.isprintable() for line in text.splitlines() for character in line)
    assert "4/4" in text.splitlines()[-1]
    assert len(text.splitlines()) <= 3  # the first and the last state; more come after a minute each


def test_an_unknown_total_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "3it" in written(io.StringIO(), monkeypatch, 3, None)


def test_a_bar_inside_a_bar_and_one_that_is_left_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    for outer in tracked([1, 2], "outer"):
        assert list(tracked(iter([outer]), "inner")) == [outer]
    with pytest.raises(KeyboardInterrupt), progress_bar("stopped", 2):
        raise KeyboardInterrupt


def test_nothing_is_written_unless_asked(capfd: pytest.CaptureFixture[str]) -> None:
    net = bs.QuadraticNetwork(1, 1, 0.5)
    bs.simulate(net, alpha=2.0, N=10, samples=2, seed=1)
    assert capfd.readouterr() == ("", "")
    bs.simulate(net, alpha=2.0, N=10, samples=2, seed=1, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "samples" in err
    assert "2/2" in err
