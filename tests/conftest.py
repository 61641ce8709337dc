"""Fixtures of the whole suite."""

pytest_plugins = ["tests.support.databases", "tests.support.repositories", "tests.support.server"]
