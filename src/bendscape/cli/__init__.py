"""The command line: ``bendscape --help``. Only this package parses arguments; each command imports what it needs."""

from .application import app
from .entry import main

__all__ = ["app", "main"]
