"""A sample of the generated attack of `attack.py`: arguments of every public function, options of every command."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import attack
from bendscape.errors import DataWarning

VALUES, TEXTS = 3, 1  # wrong values an argument, odd texts an option
SHARDS = 8
BAD = ("raw", "endless", "unnamed")
SLOW = {
    "comparison.compare_starts",
    "simulation.run_starts",
    "phase_diagram, finite",
    "finite_threshold",
}  # tenths of a second a call


def sampled(label: str, number: int) -> list[tuple[str, str]]:
    """Of each argument, values that other arguments are not tried with: all of them together meet all values."""
    keys, jobs = list(attack.wrong()), []
    rng = random.Random(label)
    for name in attack.registry()[label].arguments:
        jobs += [(name, key) for key in rng.sample(keys, number)]
    return jobs


def test_every_public_function_is_attacked() -> None:
    assert attack.public() <= set(attack.registry())
    assert {label.split(",")[0] for label in attack.right_commands()} == set(attack.commands())


@pytest.mark.parametrize("shard", range(SHARDS))
def test_right_calls_answer_and_wrong_arguments_are_named(shard: int) -> None:
    found = []
    with attack.small_machine():
        for label in list(attack.registry())[shard::SHARDS]:
            call = attack.registry()[label]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DataWarning)
                call()
            for name, key in sampled(label, 1 if label in SLOW else VALUES):
                outcome = attack.attempt(call, name, attack.wrong()[key](), attack.PATIENCE)
                found.append((label, name, key, outcome))
    assert [row for row in found if row[3].kind in BAD] == []
    assert any(row[3].kind == "clear" for row in found)


@pytest.mark.parametrize("label", attack.right_commands())
def test_odd_options_end_in_one_message(label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attack.prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    lines = attack.command_attacks(label)
    random.Random(label).shuffle(lines)
    seen: dict[str, int] = {}
    for line in lines:
        option = next((word for word in reversed(line) if word.startswith("--")), "")
        if seen.get(option, 0) < TEXTS:
            seen[option] = seen.get(option, 0) + 1
            outcome = attack.order(line, attack.PATIENCE)
            assert outcome.kind not in BAD, (line, outcome)


@pytest.mark.parametrize(
    "line",
    [
        ["threshold", "--p", "1e308", "--p-star", "1", "--a", "1"],
        ["simulate", "--p", "1", "--p-star", "1", "--a", "1", "--alpha", "2", "--N", "9" * 40],
        ["recover", "missing.csv", "--p-star", "1", "--out", "/dev/full"],
    ],
)
def test_a_process_of_its_own_ends_with_code_2_and_one_line(line: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bendscape.cli", *line]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=os.environ)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
