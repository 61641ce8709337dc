"""The container engine of a host: why there is none, what it is told about registries, and that agents say so."""

import asyncio
import tomllib
from pathlib import Path

import pytest

from bottega.agent.containers import probing
from bottega.agent.containers.engine import Engine
from bottega.agent.containers.probing import look
from bottega.agent.containers.registries import REGISTRIES, configuration
from bottega.agent.containers.wanted import wants_engine
from bottega.agent.offering import Offering
from bottega.agent.sandbox import Facilities
from bottega.agent.tools import toolbox
from bottega.agent.tools.looking import engine_tool
from bottega.agent.tools.tool import Tool
from bottega.agent.tools.toolbox import Toolbox
from bottega.settings import AgentSettings, RetentionSettings
from tests.agent.runner.attempts import Attempts, facilities
from tests.support.images import engine

NESTS = Facilities(
    level="bubblewrap",
    seccomp=True,
    cgroup="none",
    own_uid=False,
    landlock_abi=0,
    root_mode="userns",
    notes=[],
    bubblewrap="/usr/bin/bwrap",
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"level": "landlock", "root_mode": ""}, "needs the sandbox bubblewrap, and this host has landlock"),
        ({"root_mode": "caps"}, "needs user namespaces, which this host does not allow"),
        ({"seccomp": False}, "needs a system call filter, and there is none for this processor"),
    ],
)
def test_a_weaker_sandbox_has_no_engine_and_says_why(changes: dict[str, object], reason: str) -> None:
    assert look(NESTS.replace(**changes), "/nowhere").missing == f"the engine {reason}"


def test_a_host_without_the_program_has_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PATH", "/nowhere")
    found = look(NESTS, "/nowhere")
    assert found == Engine(missing="buildah is not installed")
    assert engine_tool(found) == []


def test_an_engine_that_works_is_a_tool_of_its_host() -> None:
    found = engine()
    assert found.driver in probing.DRIVERS
    assert engine_tool(found) == [Tool("buildah", found.version, "/usr/bin")]
    assert found.version[0].isdigit()
    assert Engine.from_dict(found.to_dict()) == found


def test_trying_the_engine_leaves_nothing() -> None:
    engine()
    attempts = Attempts()
    try:
        assert look(facilities(), str(attempts.base)).missing == ""
        assert list(attempts.base.iterdir()) == []
    finally:
        attempts.close()


def test_a_folder_that_builds_cannot_reach_costs_the_engine_and_no_tool(tmp_path: Path) -> None:
    engine()
    assert (
        look(facilities(), str(tmp_path / "missing")).missing
        == "buildah cannot be tried: No such file or directory"
    )


def test_an_agent_offers_its_engine_or_notes_why_it_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolbox, "FIRST_LOOK_SECONDS", 0.0)
    # Below the level at which an engine can run, nothing is tried.
    weaker = facilities().replace(level="process", root_mode="")
    box = Toolbox(tmp_path, AgentSettings(), weaker)
    offering = Offering(tmp_path, RetentionSettings(), weaker, 1, toolbox=box)
    assert not any("container" in note for note in offering.offer().notes)

    async def known() -> None:
        looking = asyncio.create_task(box.look_forever())
        await box.known(60)
        looking.cancel()

    asyncio.run(known())
    offer = offering.offer()
    reason = "the engine needs the sandbox bubblewrap, and this host has process"
    assert offer.notes[-1] == f"no container images: {reason}"
    assert "buildah" not in {tool.name for tool in offer.tools or []}


def test_registries_are_spoken_to_as_the_settings_say() -> None:
    made = configuration(
        ["127.0.0.1:5000"], {"docker.io": "127.0.0.1:5000/hub", "quay.io": "mirror.example.com"}
    )
    read = tomllib.loads(made[REGISTRIES])
    assert read["unqualified-search-registries"] == ["docker.io"]
    assert read["registry"] == [
        {"location": "127.0.0.1:5000", "insecure": True},
        {"location": "docker.io", "mirror": [{"location": "127.0.0.1:5000/hub", "insecure": True}]},
        {"location": "quay.io", "mirror": [{"location": "mirror.example.com"}]},
    ]
    assert "registry" not in tomllib.loads(configuration([], {})[REGISTRIES])


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ({"action": "docker", "inputs": {}}, True),
        ({"action": "docker", "inputs": {}, "enabled": False}, False),
        ({"action": "sh", "inputs": {"image": "alpine:3"}}, True),
        ({"action": "sh", "inputs": {"image": "jdk17"}}, False),
        ({"action": "sh", "inputs": {"image": ["alpine:3"]}}, False),
        ({"action": "unknown", "inputs": {}}, False),
    ],
)
def test_only_runs_with_images_wait_for_the_first_look(step: dict[str, object], wanted: bool) -> None:
    assert wants_engine([step]) is wanted
