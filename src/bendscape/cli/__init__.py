"""The command line: ``bendscape --help``. Only this package parses arguments; each command imports what it needs."""

from .app import app, main
from .finite import finite_size  # a module of commands adds them to `app` when it is imported
from .recovery import compare, recover

__all__ = ["app", "compare", "finite_size", "main", "recover"]
