"""The steps that need a container engine: what they check, and how they refuse."""

from typing import Any

import pytest

from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.docker import DockerInputs
from tests.agent.runner.attempts import Attempts, log_lines, output, sh

NO_ENGINE = "agents of this version run no container engine"


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
    spool, report = attempts.run(prepare, step(action, **inputs))
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


def test_a_task_with_other_docker_commands_can_be_kept() -> None:
    ACTIONS["docker"].check({"command": "docker run a"})
    with pytest.raises(InputError, match="command is required"):
        ACTIONS["docker"].check({})
