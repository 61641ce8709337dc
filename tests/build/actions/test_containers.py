"""The steps that need a container engine: what they check, and how they refuse."""

from typing import Any

import pytest

from bottega.agent.containers.engine import Engine
from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.build_image import Target
from bottega.build.actions.docker import DockerInputs
from tests.agent.runner.attempts import Attempts, log_lines, output, sh

NO_ENGINE = "this agent has no container engine: buildah is not installed"
ABSENT = {"engine": Engine(missing="buildah is not installed").to_dict()}


def step(action: str, **inputs: Any) -> dict[str, Any]:
    return {"key": action, "name": "Image", "action": action, "inputs": inputs, "label": "ext"}


@pytest.mark.parametrize(
    ("action", "inputs", "what"),
    [
        ("docker", {"command": "docker build -t a ."}, "docker build cannot be carried out"),
        (
            "swr",
            {"image": "swr.example.com/codeci/node:18", "command": "touch ran"},
            "the command cannot be run in image 'swr.example.com/codeci/node:18'",
        ),
        ("build_image", {"dockerfile_path": "sub/Dockerfile"}, "no image can be built of sub/Dockerfile"),
    ],
)
def test_a_step_that_needs_an_engine_says_so_before_anything_runs(
    attempts: Attempts, action: str, inputs: dict[str, Any], what: str
) -> None:
    prepare = sh("mkdir sub; echo 'FROM scratch' >sub/Dockerfile", "Prepare")
    spool, report = attempts.run(prepare, step(action, **inputs), containers=ABSENT)
    assert (report["outcome"], report["exit_code"]) == ("failure", 127)
    assert report["reason"] == f"Step 'Image' failed: {what}: {NO_ENGINE}"
    assert f"ERROR [Image:ext] : {what}: {NO_ENGINE}" in log_lines(spool)
    assert output(spool) == []


def test_a_dockerfile_that_is_not_there_has_its_code(attempts: Attempts) -> None:
    _, report = attempts.run(step("build_image"))
    assert report["reason"] == "Step 'Image' failed: DEV.CB.0210043 there is no Dockerfile ./Dockerfile"


def test_a_docker_command_that_is_not_allowed_is_named_with_its_line(attempts: Attempts) -> None:
    _, report = attempts.run(step("docker", command="docker pull a\ndocker run a"))
    assert report["reason"] == (
        "Step 'Image' failed: input command line 2: docker 'run' is none of "
        "build, tag, push, pull, login, logout, save"
    )


def test_docker_commands_are_read_line_by_line() -> None:
    script = "# first\n\ndocker build \\\n  -t 'a b' .  # why\r\ndocker push $x;rm"
    assert DockerInputs.from_inputs({"command": script}).commands == [
        ["build", "-t", "a b", "."],
        ["push", "$x;rm"],
    ]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("docker", "line 1 must be a docker command, not 'docker'"),
        ("\nsudo docker build .", "line 2 must be a docker command, not 'sudo'"),
        ("docker exec a sh", "line 1: docker 'exec' is none of build"),
        ("docker --host tcp://x build .", "line 1: docker '--host' is none of build"),
        ("docker tag 'a", "line 1 cannot be read: No closing quotation"),
        ("docker build \\\n \\\n'x", "line 1 cannot be read: No closing quotation"),
        ("# nothing", "is required"),
        ("docker pull a\\", "line 1 cannot be read: No escaped character"),
    ],
)
def test_what_is_no_docker_command_is_refused(command: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        DockerInputs.from_inputs({"command": command})
    assert str(refused.value).startswith(f"command {message}")


@pytest.mark.parametrize("path", ["/etc/passwd", "../Dockerfile", "a/../../b"])
def test_a_dockerfile_lies_below_the_workspace(path: str) -> None:
    with pytest.raises(InputError, match="must be a path below the workspace"):
        ACTIONS["build_image"].check({"dockerfile_path": path})


@pytest.mark.parametrize("action", ["docker", "build_image", "swr"])
def test_agents_with_an_engine_are_asked_for_first(action: str) -> None:
    assert ACTIONS[action].demands({}) == ["buildah"]


def test_a_step_that_runs_in_an_image_demands_the_engine_and_no_tools() -> None:
    inputs = {"command": "mvn package", "image": "registry.example.com/maven:3-jdk17"}
    assert ACTIONS["maven"].demands(inputs) == ["buildah"]
    assert ACTIONS["sh"].demands(inputs) == ["buildah"]


def test_a_lenient_agent_without_an_engine_runs_the_step_with_its_own_tools(attempts: Attempts) -> None:
    image = "registry.example.com/a:1"
    one = step("sh", command="echo ran", image=image)
    spool, report = attempts.run(one, containers=ABSENT)
    said = f"the step cannot run in image '{image}': {NO_ENGINE}"
    assert (report["outcome"], output(spool)) == ("success", ["ran"])
    assert f"WARN [Image:ext] : {said}; it runs with the tools of the agent's host" in log_lines(spool)
    spool, report = attempts.run(one, containers=ABSENT, image_match="strict")
    assert (report["exit_code"], output(spool)) == (127, [])
    assert report["reason"] == f"Step 'Image' failed: {said}"


def test_an_agent_that_has_not_looked_yet_says_so(attempts: Attempts) -> None:
    _, report = attempts.run(step("docker", command="docker pull a"))
    assert report["reason"].endswith("the agent has not looked for a container engine yet")


@pytest.mark.parametrize("image", ["a b", "--root=/", "$(id)", "a" * 400])
def test_an_image_that_cannot_be_one_is_refused(attempts: Attempts, image: str) -> None:
    _, report = attempts.run(step("swr", command="true", image=image))
    assert "input image" in report["reason"]
    assert "is no address of an image" in report["reason"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "image_name is required"),
        ({"image_name": "App"}, "image_name must be small letters"),
        ({"image_name": "-a"}, "image_name must be small letters"),
        ({"image_name": "a", "organization": "a//b"}, "organization must be small letters"),
        ({"image_name": "a", "image_tag": ".x"}, "image_tag must be letters"),
        ({"image_name": "a", "regions": [1]}, "regions '1' is no region"),
        ({"image_name": "a", "regions": {"a": 1}}, "regions must be a list"),
        ({"image_name": "a", "regions": ["x.evil.example/"]}, "regions 'x.evil.example/' is no region"),
        ({"image_name": "a", "regions": ["a"] * 21}, "regions must be at most 20"),
        ({"image_name": "a" * 256}, "image_name must have at most 255"),
    ],
)
def test_a_name_that_no_registry_takes_is_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        Target(inputs).addresses("{region}.example.com", "here")
    assert str(refused.value).startswith(message)


def test_an_image_goes_to_each_region_once() -> None:
    target = Target({"image_name": "app", "organization": "shop", "image_tag": "1.0", "regions": "a, b a"})
    assert target.addresses("swr.{region}.example.com", "c") == [
        "swr.a.example.com/shop/app:1.0",
        "swr.b.example.com/shop/app:1.0",
    ]
    assert Target({"image_name": "app"}).addresses("{region}.example.com:5000", "c") == [
        "c.example.com:5000/app:latest"
    ]
    assert Target({"image_name": "app", "regions": ["a", "b"]}).addresses("one.example.com", "c") == [
        "one.example.com/app:latest"
    ]


def test_a_task_with_other_docker_commands_can_be_kept() -> None:
    ACTIONS["docker"].check({"command": "docker run a"})
    with pytest.raises(InputError, match="command is required"):
        ACTIONS["docker"].check({})
