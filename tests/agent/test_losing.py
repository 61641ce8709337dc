"""Attempts that end otherwise than by their runner's own will: nothing of them stays on the agent."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest
from sqlalchemy import update

from bottega.agent import offering
from bottega.agent.spool import is_attempt_name
from bottega.runs.spec import RunSpec, StepSpec
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.scm.mirror import Mirrors
from tests.agent.runner.attempts import marker, processes_with
from tests.support.repositories import Repository
from tests.support.workshop import Worker, Workshop, until, workshop

ONE_ATTEMPT = {"runs": {"max_attempts": 1}}


def sleeping(repository: Repository, word: str) -> RunSpec:
    """Checks out, which pins the mirror, and then sleeps in a session of its own as well."""
    command = f"setsid sh -c 'sleep 1000; : {word}' & sh -c 'sleep 1000; : {word}'"
    return RunSpec(
        timeout_seconds=600.0,
        network=False,
        opening="",
        env={},
        steps=[
            StepSpec(key="stage1", name="Code checkout", action="checkout", inputs={"url": repository.url}),
            StepSpec(key="stage2", name="Shell", action="sh", inputs={"command": command}),
        ],
    )


def pins(worker: Worker) -> list[str]:
    root = worker.folder / "mirrors"
    return [attempt for mirror in Mirrors(root).all() for attempt, _ in mirror.pins()]


async def asleep(made: Workshop, repository: Repository, word: str) -> str:
    """The id of a run that has got as far as its sleep."""
    run_id = made.submit(spec=sleeping(repository, word))
    await until(lambda: len(processes_with(word)) >= 2, 30.0)
    assert pins(made.workers["one"]) == [f"{run_id}.1"]
    return run_id


async def nothing_is_left(worker: Worker, word: str) -> None:
    await until(lambda: not worker.spools)
    assert processes_with(word) == []
    await until(lambda: not pins(worker))
    work = worker.folder / "work"
    assert [one.name for one in work.iterdir() if is_attempt_name(one.name)] == []
    # An agent that has just begun may still be trying what its host can do with container images.
    await until(lambda: not list(work.iterdir()))


def test_an_agent_that_lost_a_lease_ends_the_attempt_and_takes_other_runs(repository: Repository) -> None:
    word = marker()

    async def scenario() -> None:
        async with workshop({"one": {"agent": {"slots": 1}}}) as made:
            worker = made.workers["one"]
            worker.start()
            run_id = await asleep(made, repository, word)
            with made.services.database.write() as session:
                # As if the run had been given to another agent meanwhile.
                session.execute(update(Run).where(Run.id == run_id).values(lease_token="another's"))
            await nothing_is_left(worker, word)
            assert (await made.ended(made.submit())).state == RunState.SUCCESS

    asyncio.run(scenario())


def test_a_runner_that_was_killed_leaves_nothing(repository: Repository) -> None:
    word = marker()

    async def scenario() -> None:
        async with workshop({"one": {}}, ONE_ATTEMPT) as made:
            worker = made.workers["one"]
            worker.start()
            run_id = await asleep(made, repository, word)
            (spool,) = worker.spools
            spool.kill_runner()
            assert (await made.ended(run_id)).state == RunState.LOST
            await nothing_is_left(worker, word)

    asyncio.run(scenario())


def test_a_runner_that_was_killed_while_no_agent_was_there_leaves_nothing_either(
    repository: Repository,
) -> None:
    word = marker()

    async def scenario() -> None:
        async with workshop({"one": {}}, ONE_ATTEMPT) as made:
            worker = made.workers["one"]
            worker.start()
            run_id = await asleep(made, repository, word)
            await worker.stop()
            (spool,) = worker.spools
            spool.kill_runner()
            worker.start()
            assert (await made.ended(run_id)).state == RunState.LOST
            await nothing_is_left(worker, word)

    asyncio.run(scenario())


def test_a_lost_attempt_keeps_its_user_id_until_its_runner_is_dead(repository: Repository) -> None:
    word = marker()

    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            worker = made.workers["one"]
            worker.start()
            run_id = await asleep(made, repository, word)
            (spool,) = worker.spools
            runner = spool.runner()
            assert runner is not None
            # Frozen, it cannot end itself, and its processes live on.
            os.kill(runner.pid, signal.SIGSTOP)
            with made.services.database.write() as session:
                again = {"state": RunState.QUEUED, "lease_token": None, "agent_id": None}
                session.execute(update(Run).where(Run.id == run_id).values(**again))
            made.services.runs.hints.work("default", "x86-64")
            await until(lambda: len(worker.spools) == 2)
            first, second = (one.spec()["uid"] for one in worker.spools)
            assert first is None or first != second
            made.services.runs.stop(made.row(run_id).tenant_id, run_id, "Ada")
            os.kill(runner.pid, signal.SIGCONT)
            assert (await made.ended(run_id)).state == RunState.ABORTED
            await nothing_is_left(worker, word)

    asyncio.run(scenario())


def test_a_run_that_cannot_be_started_here_waits_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            worker = made.workers["one"]
            worker.start()
            await until(lambda: made.offered("one"))
            (worker.folder / "spool").rmdir()
            (worker.folder / "spool").touch()
            run_id = made.submit()
            await until(lambda: "takes no work: runs cannot be started" in made.why_waiting(run_id))
            # One attempt was spent on finding out, and no more.
            assert (made.row(run_id).state, made.row(run_id).attempt) == (RunState.QUEUED, 1)
            (worker.folder / "spool").unlink()
            monkeypatch.setattr(offering, "boottime", _later(offering.boottime, offering.TROUBLE_SECONDS))
            assert (await made.ended(run_id)).state == RunState.SUCCESS
            assert made.row(run_id).attempt == 2

    asyncio.run(scenario())


def test_a_folder_that_nobody_can_read_does_not_keep_the_agent_from_working() -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            worker = made.workers["one"]
            odd = worker.folder / "spool" / "odd.1"
            odd.mkdir(parents=True)
            (odd / "spec.json").write_text("{}")
            worker.start()
            assert (await made.ended(made.submit())).state == RunState.SUCCESS
            odd.joinpath("spec.json").unlink()

    asyncio.run(scenario())


def _later(clock: Callable[[], float], seconds: float) -> Callable[[], float]:
    return lambda: clock() + seconds
