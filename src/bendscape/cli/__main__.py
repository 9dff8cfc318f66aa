"""``python -m bendscape.cli``."""

from .app import main

main()
