"""Looking for the tools of this machine, in its real sandbox."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from bottega.agent.containers.engine import Engine
from bottega.agent.runner.environment import PATH
from bottega.agent.tools import asking, toolbox
from bottega.agent.tools.looking import read
from bottega.agent.tools.tool import Tool
from bottega.agent.tools.toolbox import CACHE, Toolbox
from bottega.settings import AgentSettings, ToolSettings
from tests.agent.runner.attempts import facilities


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolbox, "FIRST_LOOK_SECONDS", 0.0)


async def looked(box: Toolbox) -> list[Tool]:
    """The tools once they are known."""
    looking = asyncio.create_task(box.look_forever())
    while box.tools is None:
        await asyncio.wait([looking], timeout=0.01)
    looking.cancel()
    return box.tools


def test_answers_are_read_and_nonsense_is_left_out() -> None:
    answer = (
        'jdk\t/usr/lib/jvm/a\tJAVA_VERSION="17.0.15"\n'
        "maven\t/usr/bin/mvn\t\x1b[1mApache Maven 3.8.7\x1b[m Maven home: /usr/share/maven\n"
        "node\t/usr/bin/node\tv20.20.2 \n"
        "gcc\t/usr/bin/gcc\t12.2.0\n"
        "npm\t/usr/bin/npm\tError: cannot start\n"
        "yarn\tnowhere\t1.2.3\n"
        "evil\t/bin/evil\t1.0\n"
        "garbage\n"
    )
    assert read(answer) == [
        Tool("jdk", "17.0.15", "/usr/lib/jvm/a"),
        Tool("maven", "3.8.7", "/usr/bin"),
        Tool("node", "20.20.2", "/usr/bin"),
        Tool("gcc", "12.2.0", "/usr/bin"),
    ]


def test_the_tools_of_this_machine_are_found_once_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Toolbox(tmp_path, AgentSettings(), facilities())
    assert box.tools is None
    found = asyncio.run(looked(box))
    for program, name in (("python3", "python"), ("gcc", "gcc"), ("cmake", "cmake"), ("node", "node")):
        there = shutil.which(program, path=PATH) is not None
        assert (name in {tool.name for tool in found}) == there
    assert (tmp_path / CACHE).stat().st_mode & 0o777 == 0o600

    # Nothing is asked again while the host stays as it is.
    monkeypatch.setattr(asking.sys, "executable", "/bin/false")
    again = Toolbox(tmp_path, AgentSettings(), facilities())
    assert asyncio.run(looked(again)) == found
    # A damaged cache costs a look, and a look that fails costs no builds.
    (tmp_path / CACHE).write_text("{")
    assert asyncio.run(looked(Toolbox(tmp_path, AgentSettings(), facilities()))) == []


def test_a_folder_that_cannot_be_written_costs_no_tools(tmp_path: Path) -> None:
    (tmp_path / CACHE).mkdir()
    found = asyncio.run(looked(Toolbox(tmp_path, AgentSettings(), facilities())))
    assert ("python" in {tool.name for tool in found}) == (shutil.which("python3", path=PATH) is not None)


def test_declared_tools_come_first_while_they_are_there(tmp_path: Path) -> None:
    there, gone = tmp_path / "jdk-21", tmp_path / "gone"
    there.mkdir()
    settings = AgentSettings(
        tools=[
            ToolSettings(name="gradle", version="8.5", path=str(gone)),
            ToolSettings(name="jdk", version="21.0.1", path=str(there)),
        ]
    )
    box = Toolbox(tmp_path, settings, facilities())
    mark = box._mark()
    known = {"tools": [Tool("node", "20", "/usr/bin").to_dict()], "engine": Engine(missing="none").to_dict()}
    (tmp_path / CACHE).write_text(json.dumps({"mark": mark, **known}))
    found = asyncio.run(looked(box))
    assert found == [Tool("jdk", "21.0.1", str(there)), Tool("node", "20", "/usr/bin")]
    assert box.declared_paths() == [str(there)]
    assert box.engine == Engine(missing="none")
    there.rmdir()
    assert box.tools == [Tool("node", "20", "/usr/bin")]
    # The cache belongs to these settings.
    assert Toolbox(tmp_path, AgentSettings(), facilities())._mark() != mark
