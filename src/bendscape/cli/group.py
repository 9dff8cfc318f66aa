"""The group of commands: errors name options, and a command ends with the exit code that a shell expects."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from typer.core import TyperGroup

from ..errors import BendscapeError

__all__ = ["Commands", "in_options"]

# parameters of the library whose option has another name
_OPTIONS = {"additive": "--noise", "multiplicative": "--multiplicative-noise", "dtype": "--float32"}
# arguments that a remedy of the library names
_ARGUMENTS = {
    "dtype='float32'": "--float32",
    "regenerate=True": "--regenerate",
    "solver=BlockLanczos()": "--solver lanczos",
}
_PIPE_CLOSED, _INTERRUPTED = 141, 130  # 128 + SIGPIPE, 128 + SIGINT


def in_options(message: str, options: list[str]) -> str:
    """A message of the library in which options replace the names of parameters: `p_star = 0` is `--p-star = 0`."""
    option_of = _OPTIONS | {option.lstrip("-").replace("-", "_"): option for option in options}
    names = "|".join(sorted(option_of, key=len, reverse=True))
    message = re.sub(rf"(?<![\w.*-])({names})(?= = )", lambda match: option_of[match[1]], message)
    for argument, option in _ARGUMENTS.items():
        message = message.replace(argument, option)
    return message


class Commands(TyperGroup):
    """The commands of the application, with one way to end for all of them."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for.

        Raises
        ------
        BendscapeError
            If the command raises one; its message names options.
        SystemExit
            With code 141 if the reader of the output is gone, and 130 after Ctrl-C.
        """
        try:
            result = super().invoke(ctx)
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
        return result

    def _options(self, ctx: Any) -> list[str]:
        command = self.get_command(ctx, ctx.invoked_subcommand) if ctx.invoked_subcommand else None
        return [max(parameter.opts, key=len) for parameter in command.params] if command else []


def _close_output() -> None:
    """Discard what could not be written, so that Python does not try again when it exits."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
