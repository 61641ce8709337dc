"""``python -m bottega`` is ``bottega``."""

from bottega.cli import main

main()
