"""What the agent clears away, in real folders and with real repositories."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bottega.agent import housekeeping
from bottega.agent.housekeeping import Housekeeping
from bottega.agent.spool import Spool
from bottega.runs.spec import RunSpec, StepSpec
from bottega.runs.states import RunState
from bottega.scm.mirror import Mirrors
from tests.scm.origins import Origin
from tests.scm.steps import FolderContext
from tests.support.repositories import Repository
from tests.support.waiting import eventually
from tests.support.workshop import until, workshop

JOIN_SECONDS = 20.0
Checkout = Callable[[str], FolderContext]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An agent's folder as the agent makes it."""
    folder = tmp_path / "agent"
    for name in ("spool", "work", "mirrors"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def checkout(folder: Path, tmp_path: Path) -> Checkout:
    """Lets an attempt check a repository out, as its runner would; the mirror stays pinned."""
    origin = Origin(tmp_path / "origin")
    origin.commit("first", file="one\n")

    def by(attempt: str) -> FolderContext:
        context = FolderContext(folder, attempt)
        assert context.checkout(origin.url, branch="main") == 0, context.lines
        return context

    return by


def pins(folder: Path) -> set[str]:
    return {attempt for mirror in Mirrors(folder / "mirrors").all() for attempt, _ in mirror.pins()}


def test_workspaces_without_an_attempt_are_deleted_and_nothing_else(folder: Path) -> None:
    Spool.create(folder / "spool", "alive", 2, {})
    for name in ("alive.2", "gone.1", "alive.1", "lost+found"):
        (folder / "work" / name / "workspace" / "deep").mkdir(parents=True)
    (folder / "work/gone.1/workspace/deep/file").touch()
    # As package caches do.
    (folder / "work/gone.1/workspace/deep").chmod(0o500)
    Housekeeping(folder, 30).clean_up()
    assert sorted(path.name for path in (folder / "work").iterdir()) == ["alive.2", "lost+found"]
    assert (folder / "work/alive.2/workspace/deep").exists()


def test_a_workspace_that_is_a_link_is_removed_without_what_it_leads_to(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (folder / "work/gone.1").symlink_to(precious)
    Housekeeping(folder, 30).clean_up()
    assert precious.exists()
    assert list((folder / "work").iterdir()) == []


def test_pins_of_attempts_that_are_no_more_are_dropped(folder: Path, checkout: Checkout) -> None:
    for attempt in ("one.1", "one.2", "two.1"):
        checkout(attempt)
    Spool.create(folder / "spool", "one", 2, {})
    assert pins(folder) == {"one.1", "one.2", "two.1"}
    Housekeeping(folder, 30).clean_up()
    assert pins(folder) == {"one.2"}


def test_mirrors_nobody_used_for_the_retention_time_are_removed(folder: Path, checkout: Checkout) -> None:
    checkout("one.1")
    (mirror,) = Mirrors(folder / "mirrors").all()
    Housekeeping(folder, 30).clean_up()
    assert mirror.exists
    old = time.time() - 31 * 86400
    os.utime(mirror.lock, (old, old))
    spool = Spool.create(folder / "spool", "one", 1, {})
    checkout("one.1")
    os.utime(mirror.lock, (old, old))
    Housekeeping(folder, 30).clean_up()
    assert mirror.exists
    spool.remove()
    Housekeeping(folder, 40).clean_up()
    assert mirror.exists
    Housekeeping(folder, 30).clean_up()
    assert not mirror.exists


def test_it_begins_by_itself_and_one_failure_does_not_end_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "INTERVAL_SECONDS", 0.05)
    (folder / "mirrors").rmdir()
    (folder / "mirrors").touch()
    Housekeeping(folder, 30).start()
    (folder / "work/gone.1").mkdir()
    eventually(lambda: not (folder / "work/gone.1").exists())
    (folder / "work/gone.2").mkdir()
    eventually(lambda: not (folder / "work/gone.2").exists())
    # Quiet for the rest of the test session: the thread lives as long as the process.
    monkeypatch.setattr(housekeeping, "INTERVAL_SECONDS", 86400.0)


def test_an_agent_keeps_mirrors_as_long_as_its_settings_say(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "INTERVAL_SECONDS", 0.05)
    checkout = StepSpec(key="stage1", name="Checkout", action="checkout", inputs={"url": repository.url})
    spec = RunSpec(timeout_seconds=60.0, network=False, opening="", env={}, steps=[checkout])

    async def scenario() -> None:
        agents = {"brief": {"retention": {"mirrors_days": 0}}, "patient": {"retention": {"mirrors_days": 30}}}
        async with workshop(agents) as made:
            for name, left in (("brief", 0), ("patient", 1)):
                worker = made.workers[name]
                worker.start()
                assert (await made.ended(made.submit(spec=spec))).state == RunState.SUCCESS
                mirrors = Mirrors(worker.folder / "mirrors")
                await until(lambda worker=worker: not worker.spools)
                await until(lambda mirrors=mirrors, left=left: len(mirrors.all()) == left)
                await worker.stop()
        monkeypatch.setattr(housekeeping, "INTERVAL_SECONDS", 86400.0)

    asyncio.run(scenario())


def test_nothing_more_is_begun_once_the_agent_has_ended(folder: Path) -> None:
    housekeeping = Housekeeping(folder, 30)
    before = set(threading.enumerate())
    housekeeping.start()
    (thread,) = set(threading.enumerate()) - before

    housekeeping.end()

    thread.join(JOIN_SECONDS)
    assert not thread.is_alive()
