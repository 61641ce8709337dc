"""Agents with different tools, at work together: a run finds the one that has what it demands."""

import asyncio
from typing import Any

import pytest

from bottega.agent import claiming
from bottega.agent import hints as pulling
from bottega.agent.tools import toolbox
from bottega.runs.states import RunState
from bottega.runs.tables import Agent
from tests.support.workshop import until, workshop


def with_jdk(version: str) -> dict[str, Any]:
    # Any folder will do: nothing is run from it.
    tools = [{"name": "jdk", "version": version, "path": "/usr/share"}]
    return {"agent": {"image_match": "strict", "tools": tools}}


def test_hints_reach_the_agent_that_has_the_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that nothing but hints can help.
    monkeypatch.setattr(claiming, "ASK_SECONDS", 3600.0)
    monkeypatch.setattr(pulling, "PULL_SECONDS", 3600.0)
    monkeypatch.setattr(toolbox, "FIRST_LOOK_SECONDS", 0.0)

    async def scenario() -> None:
        async with workshop({"one": with_jdk("90.1"), "two": with_jdk("91.1")}) as made:
            for worker in made.workers.values():
                worker.start()
            await until(lambda: all(made.offered(name).get("tools") for name in made.workers), 60.0)
            nobody = made.submit(demands="jdk=92")
            wanted = [made.submit(demands=f"jdk={version}") for version in (91, 90)]
            ended = [await made.ended(run) for run in wanted]
            assert {run.state for run in ended} == {RunState.SUCCESS}
            with made.services.database.read() as session:
                names = [session.get_one(Agent, str(run.agent_id)).name for run in ended]
            assert names == ["two", "one"]
            assert made.row(nobody).state == RunState.QUEUED
            assert made.why_waiting(nobody).startswith(
                "no online agent of pool default offers jdk 92: agent one has 90.1"
            )

    asyncio.run(scenario())
