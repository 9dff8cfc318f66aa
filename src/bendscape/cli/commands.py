"""How commands end: in their own words, with the exit codes of a shell."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from typer.core import TyperGroup

from ..errors import BendscapeError

__all__ = ["Commands", "in_options"]

# parameters of the library that an option of another name sets
_OPTIONS = {"additive": "--noise", "multiplicative": "--multiplicative-noise", "dtype": "--float32"}
_PIPE_CLOSED, _INTERRUPTED = 141, 130  # what a shell says of SIGPIPE and SIGINT


def in_options(message: str, options: list[str]) -> str:
    """A message of the library with the options of a command in the place of parameters: `--p-star = 0`."""
    known = _OPTIONS | {option.lstrip("-").replace("-", "_"): option for option in options}
    names = "|".join(sorted(known, key=len, reverse=True))
    return re.sub(rf"(?<![\w.*-])({names})(?= = )", lambda found: known[found[1]], message)


class Commands(TyperGroup):
    """The commands of the application."""

    def invoke(self, ctx: Any) -> Any:
        """Run the one that was asked for."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
        except BendscapeError as error:
            raise type(error)(in_options(str(error), self._options(ctx))) from error.__cause__
        except BrokenPipeError:
            _close_output()
            raise SystemExit(_PIPE_CLOSED) from None
        except OSError:
            _close_output()
            raise
        except KeyboardInterrupt:
            sys.stderr.write("bendscape: interrupted\n")
            raise SystemExit(_INTERRUPTED) from None
        return found

    def _options(self, ctx: Any) -> list[str]:
        command = self.get_command(ctx, ctx.invoked_subcommand) if ctx.invoked_subcommand else None
        return [max(parameter.opts, key=len) for parameter in command.params] if command else []


def _close_output() -> None:
    """What could not be written is not tried again at the end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
