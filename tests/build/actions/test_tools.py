"""The steps that run a command of a build tool, with the tools this machine has, in the real sandbox."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.runner.environment import PATH
from bottega.build import steps
from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.tool import Tool
from bottega.build.actions.tools import TOOLS
from bottega.build.wire import CreateBuildJobSteps
from tests.agent.runner.attempts import Attempts, log_lines, output, sh, stages

COLUMNS = 4
PAGE = Path(__file__).parents[3] / "docs/reference/actions.md"
every_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda one: one.name)


def step(action: str, command: str, *, ignore_failure: bool = False, **inputs: Any) -> dict[str, Any]:
    return {
        "key": action,
        "name": "Build",
        "action": action,
        "inputs": {"command": command, **inputs},
        "ignore_failure": ignore_failure,
        "label": "ext",
    }


def present(tool: Tool) -> bool:
    return any(shutil.which(program, path=PATH) for program in tool.programs)


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program, path=PATH) is None]
    return pytest.mark.skipif(bool(missing), reason=f"this machine has no {', '.join(missing)}")


def test_a_tool_that_is_there_runs_the_command_and_one_that_is_not_is_named_before_anything_runs(
    attempts: Attempts,
) -> None:
    tried = [step(tool.name, f"echo {tool.name}", ignore_failure=True) for tool in TOOLS]
    spool, report = attempts.run(*tried)
    assert report["outcome"] == "success", log_lines(spool)
    assert output(spool) == [tool.name for tool in TOOLS if present(tool)]
    ends = {one["key"]: one for one in spool.read_events(0) if one["type"] == "stage"}
    for tool in TOOLS:
        if not present(tool):
            reason = f"this agent has no {' or '.join(tool.programs)}: looked in {PATH}"
            end = ends[tool.name]
            assert (end["state"], end["exit_code"], end["reason"]) == ("failure", 127, reason)
            assert f"ERROR [Build:ext] : {reason}" in log_lines(spool)


def test_the_missing_tool_is_what_the_record_says(attempts: Attempts) -> None:
    missing = next((one for one in TOOLS if not present(one)), None)
    if missing is None:
        pytest.skip("this machine has every tool")
    _, report = attempts.run(step(missing.name, "echo ran"))
    assert report["reason"].startswith("Step 'Build' failed: this agent has no ")
    assert (report["outcome"], report["exit_code"]) == ("failure", 127)


def test_a_command_that_calls_the_projects_wrapper_needs_no_tool_on_the_host(attempts: Attempts) -> None:
    tool = Tool("unheard", "Unheard of", "unheard-of-tool", wrappers=("unheardw",))
    assert tool.brings_its_own("cd sub && ./unheardw -q build")
    assert tool.brings_its_own("sh unheardw")
    assert not tool.brings_its_own("echo my-unheardw unheardw-x unheard")
    spool, report = attempts.run(step("gradle", "echo 'echo wrapped' >gradlew; sh ./gradlew"))
    assert (report["outcome"], output(spool)) == ("success", ["wrapped"]), log_lines(spool)


@needs("cmake", "make", "gcc")
def test_cmake_builds_a_program(attempts: Attempts) -> None:
    write = sh(
        "printf 'cmake_minimum_required(VERSION 3.10)\\nproject(p C)\\nadd_executable(p p.c)\\n' >CMakeLists.txt\n"
        "printf 'int puts(const char *);int main(void){puts(\"built\");return 0;}' >p.c"
    )
    build = step("cmake", "cmake -S . -B out >log 2>&1 || cat log\ncmake --build out >log 2>&1\nout/p")
    spool, report = attempts.run(write, build)
    assert (report["outcome"], output(spool)) == ("success", ["built"]), log_lines(spool)


@needs("npm")
def test_npm_runs_a_projects_script(attempts: Attempts) -> None:
    write = sh('echo \'{"name":"p","version":"1.0.0","scripts":{"build":"node -p 6*7"}}\' >package.json')
    spool, report = attempts.run(write, step("npm", "npm run --silent build", image="nodejs18"))
    assert (report["outcome"], output(spool)) == ("success", ["42"]), log_lines(spool)


@needs("mvn")
def test_maven_reads_a_project_in_the_sandbox(attempts: Attempts) -> None:
    write = sh(
        "echo '<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId>"
        "<artifactId>a</artifactId><version>1</version><packaging>pom</packaging></project>' >pom.xml"
    )
    spool, report = attempts.run(write, step("maven", "mvn -o -B -ntp validate"))
    assert report["outcome"] == "success", log_lines(spool)
    assert any("BUILD SUCCESS" in line for line in output(spool))


@needs("mvn")
def test_maven_takes_the_settings_that_are_written_for_it(attempts: Attempts) -> None:
    write = sh(
        "echo '<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId>"
        "<artifactId>a</artifactId><version>1</version><packaging>pom</packaging></project>' >pom.xml"
    )
    settings = {"public_repos": ["http://127.0.0.1:9/m?a=1&b='2'", "https://repo.example.com/m"]}
    spool, report = attempts.run(write, step("maven", "mvn -o -B -ntp validate", settings=settings))
    assert report["outcome"] == "success", log_lines(spool)
    assert any("BUILD SUCCESS" in line for line in output(spool))
    assert not [line for line in output(spool) if "settings" in line.lower()]


# A command that names the wrapper needs no Maven on this machine.
@pytest.mark.parametrize("more", [{}, {"cache": True}])
def test_repositories_of_a_maven_step_are_in_mavens_settings(
    attempts: Attempts, more: dict[str, Any]
) -> None:
    address = "https://repo.example.com/m?a=1&b='2'"
    read = step(
        "maven", "#!/bin/sh mvnw\ncat ~/.m2/settings.xml\nfalse", settings={"public_repos": [address]}, **more
    )
    spool, report = attempts.run(read)
    (found,) = [line for line in output(spool) if line.startswith("<settings>")]
    assert found.count("<url>https://repo.example.com/m?a=1&amp;b='2'</url>") == len(["plugins", "others"])
    assert report["exit_code"] == 1
    graphical: dict[str, Any] = {"userPublicRepositories": [address, {"url": "x"}, 7], "doCheck": "enable"}
    spool, _ = attempts.run(step("maven", "cat ~/.m2/settings.xml # mvnw", **graphical))
    assert found in output(spool)
    said = "WARN [Build:ext] : dependencies are not checked: the inputs check and doCheck have no effect here"
    assert said in log_lines(spool)
    spool, _ = attempts.run(step("maven", "ls -A ~ # mvnw", settings={"public_repos": []}))
    assert ".m2" not in output(spool)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("a", "settings"),
        ({"public_repos": "https://a"}, "settings.public_repos"),
        ({"public_repos": ["file:///etc"]}, "settings.public_repos"),
        ({"public_repos": ["https://a b"]}, "settings.public_repos"),
        ({"public_repos": ["https://a</url>"]}, "settings.public_repos"),
        ({"public_repos": [f"https://a/{one}" for one in range(21)]}, "settings.public_repos"),
    ],
)
def test_repositories_that_are_none_are_refused(given: Any, field: str) -> None:
    with pytest.raises(InputError) as refused:
        ACTIONS["maven"].check({"command": "mvn", "settings": given})
    assert refused.value.field == field


@needs("python3")
def test_python_runs_a_projects_tests(attempts: Attempts) -> None:
    write = sh(
        "printf 'import unittest\\nclass T(unittest.TestCase):\\n  def test_a(self): pass\\n' >test_a.py"
    )
    spool, report = attempts.run(write, step("python", "# comment\npython3 -m unittest 2>&1 | tail -1"))
    assert (report["outcome"], output(spool)) == ("success", ["OK"]), log_lines(spool)


@pytest.mark.parametrize("action", ["sh", "python"])
def test_an_image_is_said_once_and_not_used(attempts: Attempts, action: str) -> None:
    spool, report = attempts.run(step(action, "echo ran", image="maven3.5.3-jdk8-open"))
    if action == "sh" or present(next(tool for tool in TOOLS if tool.name == action)):
        assert report["outcome"] == "success"
    said = [line for line in log_lines(spool) if "maven3.5.3-jdk8-open" in line]
    assert said == [
        "INFO [Build:ext] : image 'maven3.5.3-jdk8-open' is not used: "
        "the command runs with the tools of the agent's host"
    ]


@every_tool
def test_a_tool_needs_a_command(tool: Tool) -> None:
    for inputs in ({}, {"command": " \n"}, {"command": ["a"]}):
        with pytest.raises(InputError, match=r"^command (is required|must be a text)$"):
            tool.check(inputs)
    tool.check({"command": "true", "cacheOption": "cached", "settings": {"public_repos": []}, "image": None})


def test_a_module_that_nobody_knows_fails_at_its_step_and_is_named(attempts: Attempts) -> None:
    module = "devcloud2018.codeci_action_29999.action"
    wire = [
        CreateBuildJobSteps(module_id=module, name="Strange", properties={"a": [1], "command": 7}),
        CreateBuildJobSteps(module_id=module, name="Off", enable=False),
    ]
    steps.check(wire)
    strange, off = steps.compile_steps(wire, 1)
    assert (strange.module_id, strange.inputs) == (module, {"a": [1], "command": 7})
    disabled = {"key": off.key, "name": off.name, "action": off.action, "enabled": off.enabled}
    before, after = sh("echo before"), sh("echo after", name="After")
    middle = {"key": "middle", "name": strange.name, "action": strange.action, "inputs": strange.inputs}
    spool, report = attempts.run(before, disabled, middle, after)
    assert (report["outcome"], output(spool)) == ("failure", ["before"])
    assert report["reason"] == (
        f"Step 'Strange' failed: input action 'module {module}' is not known to this agent"
    )
    assert stages(spool)["middle"] == "failure"
    assert stages(spool)[off.key] == stages(spool)["after"] == "skipped"


def test_the_known_modules_are_carried_out_by_their_actions() -> None:
    wire = [
        CreateBuildJobSteps(module_id=f"devcloud2018.codeci_action_{number}.action", name="Step")
        for number in ("20017", "20061", "20043", "20014", "20005")
    ]
    compiled = steps.compile_steps(wire, 1)
    assert [(one.action, one.label) for one in compiled] == [
        ("sh", "external_post_shell"),
        ("download_file", "external_post_download_file"),
        ("maven", "external_post_maven"),
        ("npm", "external_post_npm"),
        ("cmake", "external_post_cmake"),
    ]


def test_the_reference_page_names_every_action_with_its_module_and_its_tool() -> None:
    rows = [
        [cell.strip() for cell in row.split("|")]
        for row in re.findall(r"^\| (`\w+` \|.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    ]
    told = {
        row[0].strip("`"): row[1:] for row in rows if len(row) == COLUMNS and row[0].strip("`") in ACTIONS
    }
    assert told == {action.name: [action.title, *_of(action)] for action in ACTIONS.values()}, (
        "see docs/reference/actions.md"
    )


def _of(action: Any) -> list[str]:
    programs = (
        " or ".join(f"`{one}`" for one in (*action.programs, *action.wrappers))
        if isinstance(action, Tool)
        else ""
    )
    return [f"`{action.module}`" if action.module else "", programs]
