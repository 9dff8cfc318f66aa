"""``python -m bendscape.cli``."""

from .entry import main

main()
