"""``python -m bendscape``: the command line."""

from .cli.entry import main

main()
