"""Measurements of a complete server on this machine; ``make bench`` prints the figures of ``docs/benchmarks.md``."""
