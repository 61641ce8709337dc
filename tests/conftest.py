"""Fixtures of the whole suite."""

pytest_plugins = [
    "tests.support.agents",
    "tests.support.brokers",
    "tests.support.buckets",
    "tests.support.databases",
    "tests.support.gate",
    "tests.support.repositories",
    "tests.support.server",
    "tests.support.small_disks",
]
