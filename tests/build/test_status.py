"""What is told of a task's builds while somebody waits for them."""

import asyncio
from typing import Any

import msgspec
import pytest

from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.errors import InvalidId, NeverBuilt
from bottega.build.service import BuildService
from bottega.errors import Forbidden, NotFound
from bottega.iam.principal import Principal, Right
from bottega.runs.states import RunState
from tests.build.harness import end_run, shell_step

NO_CHOICES = RunChoices()


@pytest.fixture
def task_id(builds: BuildService, alice: Principal, project_id: str) -> str:
    definition = msgspec.convert({"arch": "arm", "flavor": "4u8g", "steps": [shell_step()]}, Definition)
    return builds.create(alice, project_id, "task", definition).id


def test_a_task_that_was_never_built_has_no_newest_build(
    builds: BuildService, alice: Principal, task_id: str
) -> None:
    assert asyncio.run(builds.status.newest(alice, task_id)) is None
    assert asyncio.run(builds.status.task(alice, task_id)).latest is None
    with pytest.raises(NeverBuilt, match=f"^build task {task_id} was never built$"):
        asyncio.run(builds.status.build(alice, task_id, None))
    with pytest.raises(NotFound, match=r"^build 3 does not exist$"):
        asyncio.run(builds.status.build(alice, task_id, 3))


def test_the_newest_build_and_any_other_are_found(
    builds: BuildService, alice: Principal, task_id: str
) -> None:
    first, second = (builds.execute(alice, task_id, NO_CHOICES) for _ in range(2))
    end_run(builds.database, first.id, "FAILURE", log_size=2**40, log_sealed=True)
    newest = asyncio.run(builds.status.newest(alice, task_id))
    assert newest is not None
    assert (newest.id, newest.number, newest.state) == (second.id, 2, RunState.QUEUED)
    assert (newest.pool, newest.arch, newest.flavor) == ("default", "arm", "4u8g")
    assert newest == asyncio.run(builds.status.build(alice, task_id, None))
    earlier = asyncio.run(builds.status.build(alice, task_id, 1))
    assert (earlier.id, earlier.state, earlier.log_size, earlier.log_sealed) == (
        first.id,
        "FAILURE",
        2**40,
        True,
    )
    assert earlier.finished_at is not None


def test_health_is_the_share_of_successes_among_the_last_five(
    builds: BuildService, alice: Principal, task_id: str
) -> None:
    assert asyncio.run(builds.status.task(alice, task_id)).health == 0
    for state in ("FAILURE", "FAILURE", "SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS", "ABORTED"):
        end_run(builds.database, builds.execute(alice, task_id, NO_CHOICES).id, state)
    builds.execute(alice, task_id, NO_CHOICES)
    header = asyncio.run(builds.status.task(alice, task_id))
    assert (header.name, header.health, header.disabled) == ("task", 80, False)
    assert header.latest is not None
    assert header.latest.number == 8


def test_another_tenants_task_has_no_state(
    builds: BuildService, alice: Principal, bob: Principal, task_id: str
) -> None:
    builds.execute(alice, task_id, NO_CHOICES)
    calls: list[Any] = [builds.status.newest, builds.status.task]
    for call in calls:
        with pytest.raises(NotFound, match=f"^build task {task_id} does not exist$"):
            asyncio.run(call(bob, task_id))
        with pytest.raises(InvalidId):
            asyncio.run(call(alice, "A" * 32))


def test_looking_needs_the_right_to_view(builds: BuildService, alice: Principal, task_id: str) -> None:
    rights = frozenset(Right) - {Right.VIEW, Right.ADMINISTER}
    # Not the creator, who may do everything.
    blind = msgspec.structs.replace(alice, user_id="f" * 32, rights=rights)
    calls: list[Any] = [builds.status.newest, builds.status.task]
    for call in calls:
        with pytest.raises(Forbidden):
            asyncio.run(call(blind, task_id))


def test_looking_takes_no_transaction(builds: BuildService, alice: Principal, task_id: str) -> None:
    before = builds.database.read_transactions, builds.database.lookups.count
    asyncio.run(builds.status.newest(alice, task_id))
    assert (builds.database.read_transactions, builds.database.lookups.count) == (before[0], before[1] + 1)
