"""The application: errors are one line that names options, exit codes are those of a shell, help is quick."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
import typer

from bendscape.cli import app, commands
from bendscape.cli.group import in_options
from command_line import assert_refused, bendscape, printed

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["threshold", "--p", "1_000", "--p-star", "1", "--a", "1"], "--p = '1_000': give a number"),
        (["threshold", "--p", "\u0663", "--p-star", "1", "--a", "1"], "--p = "),
        (["threshold", "--p", "1e308", "--p-star", "1", "--a", "1"], "--p = 1"),
        (["threshold", "--p", "1", "--p-star", "1e308", "--a", "1"], "--p-star = 1"),
        (["threshold", "--p", "2", "--p-star", "1", "--a", "1e308"], "--a = 1"),
        (
            ["threshold", "--p", "2", "--p-star", "1", "--a", "1e-308"],
            "--a = 1e-308: give zero, or a number from 1e-15",
        ),
        (["threshold", "--p", "2", "--p-star", "1", "--noise", ""], "--noise = '': give a number"),
        (["threshold", "--p", "2", "--p-star", "1", "--mean", ""], "--mean = '': give a number"),
        (["threshold", "--p", "2", "--p-star", "1", "--noise", "-1"], "--noise = -1"),
        (["threshold", "--p", "2", "--p-star", "1", "--loss", "hubber:delta=1"], "did you mean huber?"),
        (["spectrum", *NET, "--alpha", "1,1"], "--alpha = '1,1'"),
        (["phase-diagram", "--p", "1,,2", "--p-star", "1", "--a", "1"], "--p = '1,,2'"),
        (["simulate", *NET, "--alpha", "2", "--N", "1_0"], "1_0"),
        (["simulate", *NET, "--alpha", "2", "--N", "20", "--samples", "9" * 40], "--samples = 9999"),
        (["simulate", *NET, "--alpha", "2", "--N", "20", "--solver", "lanczoss"], "did you mean lanczos?"),
        (["finite-size", *NET, "--alpha", "1e-6", "--N", "1e6"], "--alpha = 1e-06: 1 samples at --N = 1e+06"),
        (["finite-size", *NET, "--alpha", "1", "--N", "1e21"], "--N = 1e+21"),
        (["finite-size", *NET, "--alpha", "1e308", "--N", "1e6"], "--alpha = 1"),
        (["compare-starts", *NET, "--alpha", "2", "--steps", "9" * 40], "--steps = 9999"),
        (["recover", "no such file.csv", "--p-star", "1", "--out", "v.csv"], "no such file.csv does not exist"),
        (["recover", "/dev/null", "--p-star", "1", "--out", "v.csv"], "device"),
    ],
)
def test_odd_values_are_named_with_their_option(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(*arguments, message=said)
    assert not list(tmp_path.iterdir())


def test_messages_of_the_library_speak_of_options() -> None:
    options = ["--p", "--p-star", "--N", "--held-out"]
    assert in_options("p_star = 0: give N = 3", options) == "--p-star = 0: give --N = 3"
    assert in_options("p=2, p*=1: a = 3, held_out = 1", options) == "p=2, p*=1: a = 3, --held-out = 1"
    big = ["simulate", *NET, "--alpha", "2", "--N", "100000000"]
    assert_refused(*big, message="--float32, --regenerate or --solver lanczos take less")


@pytest.mark.parametrize(("signal", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 141)])
def test_interrupts_and_closed_pipes_end_as_a_shell_expects(
    monkeypatch: pytest.MonkeyPatch, signal: type[BaseException], code: int
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise signal

    monkeypatch.setattr("bendscape.theory.verbs._threshold.threshold", stop)
    ran = bendscape("threshold", *NET)
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err


def test_a_full_disk_behind_standard_output_is_one_line() -> None:
    command = [sys.executable, "-m", "bendscape", "threshold", *NET]
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (found.returncode, found.stderr) == (2, "bendscape: No space left on device\n")


def test_help_is_quick() -> None:
    code = (
        "import sys, bendscape.cli as c; sys.argv = ['bendscape', '--help']\n"
        "try: c.main()\n"
        "except SystemExit as stop: assert not stop.code\n"
        "heavy = {'scipy', 'numpy', 'matplotlib', 'xarray', 'rich.console'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_every_module_of_commands_is_a_command_whose_help_has_a_sentence_and_examples() -> None:
    group: Any = typer.main.get_command(app)
    shown = {name: command for name, command in group.commands.items() if not command.hidden}
    modules = {module.name.replace("_", "-") for module in iter_modules(commands.__path__)}
    assert set(shown) == modules
    listed = printed("--help")
    for name, command in shown.items():
        assert " ".join((command.help or "").splitlines()[0].split()) in listed, (
            f"help cuts the first line of {name}: shorten it"
        )
        page = printed(name, "--help")
        examples = page.split("Examples:\n")[1].strip().splitlines()
        assert all(example.strip().startswith(f"bendscape {name} ") for example in examples)
        assert all(parameter.help for parameter in command.params)


@pytest.mark.parametrize(
    "example",
    [
        shlex.split(line)[1:]
        for command in typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]
        if not command.hidden and command.name not in ("recover", "reproduce")  # these write files
        for line in command.epilog.splitlines()[2:]
    ],
    ids=" ".join,
)
def test_examples_have_options_that_exist(example: list[str]) -> None:
    name, *arguments = example
    group: Any = typer.main.get_command(app)
    context = group.commands[name].make_context(name, arguments)
    assert {"p", "p_star"} & {key for key, value in context.params.items() if value is not None}
