"""The application. Every module of `commands` adds its command with the decorator :func:`command`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from .group import Commands
from .grouping import grouped

__all__ = ["app", "command", "former_name"]

_ABOUT = "Hessians of overparametrised networks at a random start: when do they point at the solution?"

app = typer.Typer(
    cls=Commands,
    help=_ABOUT,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(*examples: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a function to the application as a command of its name; its docstring and the examples are its help.

    A parameter whose type is a dataclass becomes one option for each field (:func:`~bendscape.cli.grouping.grouped`).
    """
    lines = "\n".join(f"  bendscape {example}" for example in examples)

    def add(function: Callable[..., None]) -> Callable[..., None]:
        return app.command(epilog=f"\b\nExamples:\n{lines}")(grouped(function))

    return add


def former_name(old: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command run under its former name too, which help does not show; a message names the new one."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        new = function.__name__.replace("_", "-")

        @app.command(old, hidden=True)
        @wraps(function)
        def renamed(**given: Any) -> None:
            sys.stderr.write(f"bendscape: the command {old} is now called {new}\n")
            function(**given)

        return function

    return add


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"bendscape {__version__}")
        raise typer.Exit


@app.callback(help=_ABOUT)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> Any:
    """Options of the application itself."""
