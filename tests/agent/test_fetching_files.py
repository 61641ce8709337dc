"""An agent asks for the files of a run after it has claimed it, and is patient with a control plane that is busy."""

import asyncio

import pytest
from sqlalchemy.orm import Session

from bottega.agent import link
from bottega.runs.secret_files import SecretFileRefused
from bottega.runs.spec import RunSpec, StepSpec
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from tests.support.workshop import workshop

WAITING_SECONDS = 2.0
"""For an answer that never comes; less than usual, and enough for those that come on a busy machine."""


def needing(*names: str) -> RunSpec:
    """A run that downloads these files and looks at them."""
    steps = [
        StepSpec(key=name, name=name, action="download_file", inputs={"name": name}, label="file")
        for name in names
    ]
    look = StepSpec(
        key="look", name="look", action="sh", inputs={"command": f"test -s {names[0]}"}, label="sh"
    )
    return RunSpec(
        timeout_seconds=60.0,
        network=False,
        opening="[JobStatusPlugin] onStarted: j_12345678 #1",
        env={},
        steps=[*steps, look],
        secret_files=list(names),
    )


def test_a_control_plane_that_cannot_answer_at_once_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "REQUEST_SECONDS", WAITING_SECONDS)
    asked: list[str] = []

    def keeper(_session: Session, _run: Run, name: str) -> bytes:
        asked.append(name)
        if asked.count(name) < 2:
            raise RuntimeError("the database is away")
        return b"content"

    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            made.services.runs.secret_files = keeper
            made.workers["one"].start()
            run = await made.ended(made.submit(spec=needing("a.xml", "b.xml")))
            assert (run.state, run.attempt, run.reason) == (RunState.SUCCESS, 1, "All steps succeeded")

    asyncio.run(scenario())
    assert asked[:2] == ["a.xml"] * 2
    assert asked.count("b.xml") >= 2


def test_a_run_whose_files_nobody_gives_gets_another_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "REQUEST_SECONDS", WAITING_SECONDS)

    def keeper(_session: Session, run: Run, _name: str) -> bytes:
        if run.attempt == 1:
            raise RuntimeError("the database is away")
        return b"content"

    async def scenario() -> None:
        async with workshop({"one": {}}, {"runs": {"lease_seconds": 4.0, "max_attempts": 20}}) as made:
            made.services.runs.secret_files = keeper
            made.workers["one"].start()
            run = await made.ended(made.submit(spec=needing("a.xml")))
            assert run.state == RunState.SUCCESS
            assert run.attempt >= 2

    asyncio.run(scenario())


def test_a_file_that_is_refused_fails_its_step_and_the_others_arrive() -> None:
    def keeper(_session: Session, _run: Run, name: str) -> bytes:
        if name == "b.xml":
            raise SecretFileRefused("user admin may not use the file b.xml")
        return b"content"

    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            made.services.runs.secret_files = keeper
            made.workers["one"].start()
            run = await made.ended(made.submit(spec=needing("a.xml", "b.xml")))
            states = {stage["key"]: stage["state"] for stage in run.stages}
            assert (states["a.xml"], states["b.xml"], states["look"]) == ("success", "failure", "skipped")
            assert "'b.xml': user admin may not use the file b.xml" in run.reason

    asyncio.run(scenario())
