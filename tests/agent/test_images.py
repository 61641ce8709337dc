"""Agents with and without a container engine, at work together."""

import asyncio

import pytest

from bottega.agent.tools import toolbox
from bottega.runs.spec import RunSpec, StepSpec
from bottega.runs.states import RunState
from bottega.runs.tables import Agent
from tests.agent.runner.attempts import facilities
from tests.support.images import engine
from tests.support.workshop import until, workshop

BUILDS_AN_IMAGE = RunSpec(
    timeout_seconds=60.0,
    network=False,
    opening="",
    env={},
    steps=[
        StepSpec(
            key="write",
            name="Write",
            action="sh",
            inputs={"command": "printf 'FROM scratch\\nCOPY Dockerfile /\\n' >Dockerfile"},
            label="sh",
        ),
        StepSpec(
            key="build",
            name="Build",
            action="docker",
            inputs={"command": "docker build -t a:1 .\ndocker save -o a.tar a:1"},
            label="docker",
        ),
    ],
)


def test_a_build_of_an_image_waits_for_an_agent_that_can_and_for_its_first_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine()
    monkeypatch.setattr(toolbox, "FIRST_LOOK_SECONDS", 0.0)

    async def scenario() -> None:
        async with workshop({"bare": {"agent": {"image_match": "strict"}}, "able": {}}) as made:
            made.workers["bare"].start(
                facilities().replace(level="process", root_mode="", disable_userns=False), looks=True
            )
            await until(lambda: made.offered("bare").get("tools") is not None, 60.0)
            notes = made.offered("bare")["notes"]
            missing = "the engine needs the sandbox bubblewrap, and this host has process"
            assert f"no container images: {missing}" in notes
            run = made.submit(demands="buildah", spec=BUILDS_AN_IMAGE)
            waits = "no online agent of pool default offers buildah: agent bare has none"
            await until(lambda: made.why_waiting(run) == waits)
            # This one takes it at once, before it has looked for anything.
            made.workers["able"].start(looks=True)
            ended = await made.ended(run)
            assert (ended.state, ended.reason) == (RunState.SUCCESS, "All steps succeeded")
            with made.services.database.read() as session:
                assert session.get_one(Agent, str(ended.agent_id)).name == "able"

    asyncio.run(scenario())
