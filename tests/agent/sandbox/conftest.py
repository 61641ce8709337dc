"""Fixtures for the sandbox: every test runs at each level that this host offers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bottega.agent.sandbox import Facilities, probe

from .arena import Arena, at_level

LEVELS = ("bubblewrap", "bubblewrap as root", "landlock", "process")


@pytest.fixture(scope="session")
def probed() -> Facilities:
    """What this host offers."""
    return probe()


@pytest.fixture(params=LEVELS)
def facilities(request: pytest.FixtureRequest, probed: Facilities) -> Facilities:
    """Each level in turn."""
    return at_level(probed, request.param)


@pytest.fixture
def make_arena() -> Iterator[Callable[..., Arena]]:
    """Make arenas that are cleared away after the test; each must leave no process and no control group."""
    made: list[Arena] = []

    def make(facilities: Facilities, **limits: Any) -> Arena:
        made.append(Arena(facilities, **limits))
        return made[-1]

    yield make
    for arena in made:
        arena.close()
        assert arena.survivors() == []
        assert arena.groups() == []


@pytest.fixture
def arena(facilities: Facilities, make_arena: Callable[..., Arena]) -> Arena:
    """An open sandbox at each level."""
    return make_arena(facilities).open()
