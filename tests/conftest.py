"""Fixtures of the whole suite."""

import gc
import os
import signal

import pytest
from hypothesis import settings

# An example may take any time: on a busy machine a deadline says nothing of the code.
settings.register_profile("suite", deadline=None, max_examples=40)
settings.load_profile("suite")

pytest_plugins = [
    "tests.support.agents",
    "tests.support.authorities",
    "tests.support.brokers",
    "tests.support.buckets",
    "tests.support.databases",
    "tests.support.gate",
    "tests.support.repositories",
    "tests.support.server",
    "tests.support.shared_server",
    "tests.support.small_disks",
    "tests.support.statements",
    "tests.operations_table.plugin",
]


def pytest_configure(config: pytest.Config) -> None:
    """Let processes that the tests start hear Ctrl-C, even where the suite runs in the background and does not."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # On again when all is collected.
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What goes through all operations comes first: begun last, it would keep one process busy while others wait."""
    items.sort(key=lambda item: item.get_closest_marker("sweep") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays to the end: looking through it for garbage again and again is in vain."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many as there are cores: many tests wait, for the end of a lease, for git, for a disk."""
    return 2 * (os.cpu_count() or 1)
