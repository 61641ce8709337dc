"""What the runner offers to actions, tried with actions made for it."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bottega.agent.spool import STDERR, Spool
from tests.agent.runner.attempts import (
    Attempts,
    log_lines,
    marker,
    output,
    processes_with,
    sh,
    wait_for_output,
)
from tests.support.waiting import eventually


class Runners:
    def __init__(self, attempts: Attempts) -> None:
        self.attempts = attempts
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *steps: dict[str, Any], **changes: Any) -> Spool:
        spool = self.attempts.create(*steps, **changes)
        with (spool.path / STDERR).open("wb") as errors:
            command = [sys.executable, "-m", "tests.agent.runner.runner_with_actions", str(spool.path)]
            self.processes.append(subprocess.Popen(command, stderr=errors, start_new_session=True))
        return spool

    def run(self, *steps: dict[str, Any], **changes: Any) -> tuple[Spool, dict[str, Any]]:
        spool = self.start(*steps, **changes)
        report = eventually(spool.exit, 30.0)
        assert report is not None
        return spool, report


@pytest.fixture
def runners(attempts: Attempts) -> Iterator[Runners]:
    made = Runners(attempts)
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def step(action: str, **inputs: Any) -> dict[str, Any]:
    return {"key": action, "name": action, "action": action, "inputs": inputs}


def test_a_trusted_command_has_exactly_its_environment_and_folder(runners: Runners) -> None:
    folder = runners.attempts.base / "mirrors"
    folder.mkdir(mode=0o700)
    argv = ["/bin/sh", "-c", "pwd; touch made; /usr/bin/env; id -u; exit 4"]
    env = {"ONLY": "this", "PATH": "/usr/bin:/bin"}
    spool, report = runners.run(step("trusted", argv=argv, env=env, cwd=str(folder)), env={"PARAMETER": "no"})
    assert report["exit_code"] == 4
    lines = output(spool)
    assert lines[0] == str(folder)
    assert {"ONLY=this", "PATH=/usr/bin:/bin"} <= set(lines)
    assert not any(line.startswith(("PARAMETER", "HOME")) for line in lines)
    assert (folder / "made").stat().st_uid == folder.stat().st_uid


def trusted_sleep(runners: Runners, number: str) -> Spool:
    script = f"setsid sleep {number} & trap 'echo tidied-up; exit 1' TERM; echo it-is-up; while :; do sleep 0.05; done"
    argv = ["/bin/sh", "-c", script]
    spool = runners.start(step("trusted", argv=argv, env={"PATH": "/usr/bin:/bin"}, cwd="/"))
    wait_for_output(spool, "it-is-up")
    return spool


def test_a_trusted_command_is_stopped_with_its_tree(runners: Runners) -> None:
    number = f"1000.{int(marker()[1:9], 16)}"
    spool = trusted_sleep(runners, number)
    spool.request_stop(10.0, "enough")
    assert eventually(spool.exit)["outcome"] == "aborted"  # type: ignore[index]
    assert "tidied-up" in output(spool)
    assert processes_with(number) == []


def test_a_trusted_command_dies_with_its_runner(runners: Runners) -> None:
    number = f"1000.{int(marker()[1:9], 16)}"
    trusted_sleep(runners, number)
    runners.processes[0].kill()
    eventually(lambda: processes_with(number) == [])


def test_a_bound_folder_and_a_variable_are_there_for_this_step_and_the_next(runners: Runners) -> None:
    folder = runners.attempts.base / "shared"
    folder.mkdir(mode=0o755)
    (folder / "file").write_text("from the bind\n")
    second = sh('cat "$MIRROR/file"; touch "$MIRROR/x" 2>/dev/null || echo read-only')
    spool, report = runners.run(step("sources", folder=str(folder)), second)
    assert report["outcome"] == "success"
    assert output(spool) == ["from stdin", "from the bind", "/tmp", "from the bind", "read-only"]
    source = next(event for event in spool.read_events(0) if event["type"] == "source")
    assert (source["commit"], source["message"], source["author"]) == ("c" * 40, "a\nb", "é")


@pytest.mark.parametrize(
    ("attempt", "wanted", "has"), [(True, None, True), (True, False, False), (False, True, False)]
)
def test_a_step_never_gets_more_network_than_its_attempt(
    runners: Runners, attempt: bool, wanted: bool | None, has: bool
) -> None:
    spool, report = runners.run(step("offline", network=wanted), network=attempt)
    assert report["outcome"] == "success"
    interfaces = [line for line in output(spool) if ":" in line]
    assert (len(interfaces) > 1) == has


def test_an_action_that_catches_everything_cannot_swallow_a_stop(runners: Runners) -> None:
    spool = runners.start(step("greedy"), sh("echo never"))
    eventually(lambda: any(e.get("key") == "greedy" for e in spool.read_events(0)))
    spool.request_stop(0.0, "enough")
    assert eventually(spool.exit)["outcome"] == "aborted"  # type: ignore[index]
    assert output(spool) == []


def test_a_bug_in_an_action_is_an_error_and_no_failure_of_the_build(runners: Runners) -> None:
    spool, report = runners.run(step("broken"), sh("echo never"))
    assert report["outcome"] == "error"
    assert report["reason"] == "Internal error in action broken: RuntimeError"
    assert not any("a detail" in line for line in log_lines(spool))
    assert b"a detail" in (spool.path / STDERR).read_bytes()


def test_paths_of_the_spec_are_shown_read_only(runners: Runners) -> None:
    tools = runners.attempts.base / "tools"
    tools.mkdir(mode=0o755)
    (tools / "tool").write_text("a tool\n")
    spool, report = runners.run(
        sh(f"cat {tools}/tool; touch {tools}/x || echo no"), read_only_paths=[str(tools)]
    )
    assert report["outcome"] == "success"
    assert output(spool)[0] == "a tool"
    assert output(spool)[-1] == "no"
