"""A look for tools ends with who asked for it, and so does everything it has begun."""

import asyncio
import fcntl
import os
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from bottega.agent.process_identity import Identity, identity_of
from bottega.agent.sandbox.processes import descendants
from bottega.agent.tools import toolbox
from bottega.agent.tools.toolbox import Toolbox
from bottega.settings import AgentSettings
from tests.agent.runner.attempts import facilities
from tests.support.waiting import eventually
from tests.support.workshop import until

WAITING = (
    "import subprocess, sys; subprocess.run([sys.executable, '-I', '-m', 'bottega.agent.tools.looking'])"
)


def begun(parent: int) -> list[Identity]:
    """What looks below this process, once it has begun to: the process that was started and those that it started."""
    below = [one for one in map(identity_of, descendants(parent)) if one]
    return below if any(descendants(one.pid) for one in below) else []


def alive(processes: list[Identity]) -> list[Identity]:
    return [one for one in processes if identity_of(one.pid) == one]


def test_a_look_that_is_cancelled_has_ended_what_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolbox, "FIRST_LOOK_SECONDS", 0.0)
    before = set(descendants(os.getpid()))

    def ours() -> list[Identity]:
        return [one for one in begun(os.getpid()) if one.pid not in before]

    async def scenario() -> list[Identity]:
        looking = asyncio.create_task(Toolbox(tmp_path, AgentSettings(), facilities()).look_forever())
        found = await until(ours)
        looking.cancel()
        await asyncio.wait([looking])
        return alive(found)

    (tmp_path / "work").mkdir()
    assert asyncio.run(scenario()) == []
    assert list((tmp_path / "work").iterdir()) == []


def test_a_look_ends_when_who_asked_is_killed() -> None:
    # The rest of the question never comes, and its pipe stays open.
    question, other_end = os.pipe()
    os.write(other_end, b"{")
    process = subprocess.Popen([sys.executable, "-c", WAITING], stdin=question)
    try:
        eventually(lambda: waiting_bytes(question) == 0)
        found = [one for one in map(identity_of, descendants(process.pid)) if one]
    finally:
        process.kill()
        process.wait()
    assert found
    eventually(lambda: not alive(found))
    os.close(question)
    os.close(other_end)


def waiting_bytes(pipe: int) -> int:
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
