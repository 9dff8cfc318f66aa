"""The command line: ``bendscape --help``. Only this package parses arguments; each command imports what it needs."""

from .app import app, main

__all__ = ["app", "main"]
