"""The tool environment of a step, with a real runner in the real sandbox."""

from pathlib import Path
from typing import Any

import pytest

from bottega.build.actions import ACTIONS, InputError
from tests.agent.runner.attempts import Attempts, log_lines, output


def step(image: str, command: str, action: str = "sh") -> dict[str, Any]:
    inputs = {"command": command, "image": image}
    return {"key": f"{action}-{image}", "name": "Build", "action": action, "inputs": inputs, "label": "ext"}


def jdk(attempts: Attempts, version: str) -> dict[str, str]:
    """A folder that looks like a JDK, as the runner's spec has it."""
    home = attempts.base / f"jdk-{version}"
    (home / "bin").mkdir(parents=True)
    program = home / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho java {version}\n")
    program.chmod(0o755)
    return {"name": "jdk", "version": version, "home": str(home)}


@pytest.fixture
def given(attempts: Attempts) -> dict[str, Any]:
    tools = [jdk(attempts, "17.0.1"), jdk(attempts, "21.0.2")]
    return {"tools": tools, "read_only_paths": [tool["home"] for tool in tools]}


def test_each_step_gets_the_tools_its_image_asks_for(attempts: Attempts, given: dict[str, Any]) -> None:
    command = 'java; basename "$JAVA_HOME"; cd /; type git >/dev/null'
    spool, report = attempts.run(
        step("maven3.9-jdk21", command),
        step("jdk17", command),
        step("", 'echo "${JAVA_HOME-none}"'),
        **given,
    )
    assert report["outcome"] == "success", log_lines(spool)
    assert output(spool) == ["java 21.0.2", "jdk-21.0.2", "java 17.0.1", "jdk-17.0.1", "none"]
    lines = log_lines(spool)
    assert f"INFO [Build:ext] : jdk 21.0.2 of {given['tools'][1]['home']}" in lines
    assert (
        "WARN [Build:ext] : image 'maven3.9-jdk21' asks for maven 3.9, and this agent does not know of any"
        in lines
    )


def test_a_lenient_agent_runs_with_the_nearest_version_and_says_so(
    attempts: Attempts, given: dict[str, Any]
) -> None:
    spool, report = attempts.run(step("jdk19", "java"), step("jdk30", "java"), **given)
    assert (report["outcome"], output(spool)) == ("success", ["java 21.0.2", "java 21.0.2"])
    home = given["tools"][1]["home"]
    said = f"WARN [Build:ext] : jdk 21.0.2 of {home} in place of the 19 that image 'jdk19' asks for"
    assert said in log_lines(spool)


@pytest.mark.parametrize("action", ["sh", "python"])
def test_a_strict_agent_does_not_run_a_step_without_the_tools_it_asks_for(
    attempts: Attempts, given: dict[str, Any], action: str
) -> None:
    spool, report = attempts.run(step("jdk11", "echo ran", action), **given, image_match="strict")
    reason = "image 'jdk11' asks for jdk 11, and this agent has 17.0.1, 21.0.2"
    assert (report["outcome"], report["exit_code"], output(spool)) == ("failure", 127, [])
    assert report["reason"] == f"Step 'Build' failed: {reason}"


def test_an_input_for_a_version_goes_before_the_image(attempts: Attempts, given: dict[str, Any]) -> None:
    one = step("jdk21-gradle8", 'java; basename "$JAVA_HOME" # gradlew', "gradle")
    one["inputs"]["jdk"] = "openjdk-17"
    other = step("", "java # gradlew", "android")
    other["inputs"] |= {"jdk": "1.8", "ndk": 25, "gradle": "8"}
    spool, report = attempts.run(one, other, **given)
    assert (report["outcome"], output(spool)) == ("success", ["java 17.0.1", "jdk-17.0.1", "java 17.0.1"])
    lines = log_lines(spool)
    home = given["tools"][0]["home"]
    assert f"WARN [Build:ext] : jdk 17.0.1 of {home} in place of the 1.8 that the input jdk asks for" in lines
    assert "WARN [Build:ext] : the input ndk asks for ndk 25, and this agent does not know of any" in lines
    spool, report = attempts.run(other, **given, image_match="strict")
    reason = "the input jdk asks for jdk 1.8, and this agent has 17.0.1, 21.0.2"
    assert (report["exit_code"], report["reason"]) == (127, f"Step 'Build' failed: {reason}")


def test_a_version_has_numbers() -> None:
    for good in ({}, {"jdk": ""}, {"jdk": "17"}, {"jdk": 17}, {"jdk": "openjdk-1.8"}):
        ACTIONS["gradle"].check({"command": "gradle", **good})
    with pytest.raises(InputError, match=r"^jdk must be a version such as 17$"):
        ACTIONS["gradle"].check({"command": "gradle", "jdk": "newest"})


def test_unknown_words_ask_for_nothing_and_are_said(attempts: Attempts, given: dict[str, Any]) -> None:
    spool, report = attempts.run(
        step("android30-jdk17", "java"), step("shell4.2.46-git1.8.3-zip6.00", "echo ran"), **given
    )
    assert (report["outcome"], output(spool)) == ("success", ["java 17.0.1", "ran"])
    said = "INFO [Build:ext] : image 'android30-jdk17': no tools are known by the name 'android30'"
    assert said in log_lines(spool)


def test_a_parameter_of_the_task_keeps_its_java_home(attempts: Attempts, given: dict[str, Any]) -> None:
    spool, _ = attempts.run(step("jdk21", 'java; echo "$JAVA_HOME"'), **given, env={"JAVA_HOME": "/own"})
    assert output(spool) == ["java 21.0.2", "/own"]


def test_an_image_of_codearts_own_is_a_tool_environment(attempts: Attempts, given: dict[str, Any]) -> None:
    address = "swr.cn-north-4.myhuaweicloud.com/codeci/maven:jdk17"
    for match in ("lenient", "strict"):
        spool, report = attempts.run(step(address, "java"), **given, image_match=match)
        assert (report["outcome"], output(spool)) == ("success", ["java 17.0.1"])


@pytest.mark.parametrize(
    ("action", "inputs", "demands"),
    [
        ("sh", {"command": "true"}, []),
        ("sh", {"command": "true", "image": "maven3.9.5-jdk17"}, ["maven=3.9.5", "jdk=17"]),
        ("sh", {"command": "true", "image": ["jdk17"]}, []),
        ("maven", {"command": "mvn package"}, ["maven"]),
        ("maven", {"command": "mvn", "image": "maven3-jdk8"}, ["maven=3", "jdk=8"]),
        ("maven", {"command": "./mvnw", "image": "maven3-jdk8"}, ["jdk=8"]),
        ("gradle", {"command": "./gradlew build"}, []),
        ("npm", {"command": "npm i", "image": "nodejs18"}, ["node=18", "npm"]),
        ("gradle", {"command": "gradle", "image": "jdk8-gradle6", "jdk": "17"}, ["gradle=6", "jdk=17"]),
        ("gradle", {"command": "./gradlew", "gradle": "8.5", "jdk": 17}, ["jdk=17"]),
        ("android", {"command": "gradle", "gradle": "8.5", "ndk": "25"}, ["gradle=8.5", "ndk=25"]),
        ("flutter", {"command": "flutter", "flutter": ["3"], "jdk": "x"}, []),
        ("gradle", {"command": "gradle", "image": "a/b:1", "jdk": "17"}, ["buildah"]),
        ("setuptools", {"command": "python3 setup.py"}, ["python"]),
        ("sbt", {"command": "sbt"}, []),
        ("checkout", {}, []),
    ],
)
def test_what_a_step_needs_is_known_before_it_runs(
    action: str, inputs: dict[str, Any], demands: list[str]
) -> None:
    assert ACTIONS[action].demands(inputs) == demands


def test_the_home_of_a_tool_may_be_the_folder_with_its_programs(attempts: Attempts) -> None:
    folder = attempts.base / "node-18"
    folder.mkdir()
    program = folder / "node"
    program.write_text("#!/bin/sh\necho node\n")
    program.chmod(0o755)
    tools = [{"name": "node", "version": "18.1", "home": str(folder)}]
    spool, _ = attempts.run(
        step("nodejs18", "node; command -v node"), tools=tools, read_only_paths=[str(folder)]
    )
    assert output(spool) == ["node", str(Path(folder) / "node")]
