import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bottega.agent.spool import EXIT
from bottega.agent.wakeup import bind_datagrams
from tests.agent.runner.attempts import (
    AS_ROOT,
    Attempts,
    ended,
    log_lines,
    output,
    sh,
    stages,
    wait_for_output,
)
from tests.support.waiting import eventually


def test_a_runner_without_a_deadline_ends_with_an_error(attempts: Attempts) -> None:
    spool = attempts.create(sh("echo never"), lease=None)
    spool.start_runner()
    report = ended(spool)
    assert (report["outcome"], report["reason"]) == ("error", "The agent gave no deadline for the lease")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"timeout_seconds": "soon"}, "timeout_seconds must be a number"),
        ({"workspace": None}, "workspace must be a text"),
        ({"steps": [{"key": "a"}]}, "steps[0].name is missing"),
        ({"env": {"A": 1}}, "env.A must be a text"),
        ({"secrets": [3]}, "secrets[0] must be a text"),
        ({"attempt": True}, "attempt must be a whole number"),
        ({"limits": {"cpus": 1}}, "limits: "),
        ({"facilities": {"level": "wishful"}}, "facilities: "),
    ],
)
def test_a_bad_spec_ends_with_an_error_naming_the_field(
    attempts: Attempts, changes: dict[str, object], reason: str
) -> None:
    _, report = attempts.run(sh("true"), **changes)
    assert report["outcome"] == "error"
    assert reason in report["reason"]


def test_a_damaged_spec_ends_with_an_error(attempts: Attempts) -> None:
    spool = attempts.create(sh("true"))
    (spool.path / "spec.json").write_bytes(b'{"run_id": "r')
    spool.start_runner()
    assert "damaged" in ended(spool)["reason"]


def test_a_workspace_that_is_there_already_is_refused(attempts: Attempts) -> None:
    place = attempts.base / "taken"
    place.mkdir()
    (place / "workspace").symlink_to("/etc")
    spool, report = attempts.run(sh("true"), workspace=str(place / "workspace"))
    assert report["outcome"] == "error"
    assert "File exists" in report["reason"]
    assert stages(spool)["initial"] == "failure"


@pytest.mark.skipif(not AS_ROOT, reason="only root gives steps another uid")
def test_a_workspace_the_steps_cannot_reach_is_refused_with_the_folder_named(attempts: Attempts) -> None:
    closed = attempts.base / "closed"
    closed.mkdir(mode=0o700)
    _, report = attempts.run(sh("true"), workspace=str(closed / "w" / "workspace"))
    assert report["outcome"] == "error"
    assert f"cannot pass through {closed}" in report["reason"]


def test_other_users_cannot_list_the_folder_of_an_attempt(attempts: Attempts) -> None:
    spool, _ = attempts.run(sh("true"))
    workspace = Path(spool.spec()["workspace"])
    assert workspace.parent.stat().st_mode & 0o777 == 0o711
    for name in ("workspace", "home", "tmp"):
        assert (workspace.parent / name).stat().st_mode & 0o777 == 0o700
        assert (workspace.parent / name).stat().st_uid == (spool.spec()["uid"] or os.getuid())


def test_a_level_that_does_not_work_ends_with_an_error_and_runs_nothing(attempts: Attempts) -> None:
    offered = attempts.spec()["facilities"] | {"level": "bubblewrap", "bubblewrap": "/nonexistent/bwrap"}
    spool, report = attempts.run(sh("echo never"), facilities=offered)
    assert report["outcome"] == "error"
    assert "bubblewrap" in report["reason"]
    assert output(spool) == []


def test_a_second_runner_for_the_same_attempt_changes_nothing(attempts: Attempts) -> None:
    spool = attempts.start(sh("echo it-is-up; while [ ! -e go ]; do sleep 0.05; done"))
    wait_for_output(spool, "it-is-up")
    first = spool.runner()
    command = [sys.executable, "-I", "-m", "bottega.agent.runner", str(spool.path)]
    assert subprocess.run(command, check=False).returncode == 3
    assert spool.runner() == first
    (Path(spool.spec()["workspace"]) / "go").touch()
    assert ended(spool)["outcome"] == "success"
    report = (spool.path / EXIT).read_bytes()
    assert subprocess.run(command, check=False).returncode == 3
    assert (spool.path / EXIT).read_bytes() == report


def test_wrong_use_is_refused_with_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-m", "bottega.agent.runner"]
    for arguments in ([], [str(tmp_path / "nonsense")], [str(tmp_path / "r.1")]):
        done = subprocess.run([*command, *arguments], check=False, capture_output=True, text=True)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1


def test_the_agent_is_woken_for_output_and_for_the_end(attempts: Attempts) -> None:
    address = attempts.base / "notify"
    with bind_datagrams(address) as listening:
        spool = attempts.start(
            sh("echo it-is-up; while [ ! -e go ]; do sleep 0.05; done"), notify_socket=str(address)
        )
        listening.settimeout(20)
        while b"it-is-up" not in spool.read_log(0, 1 << 20):
            assert listening.recv(1) == b"!"
        (Path(spool.spec()["workspace"]) / "go").touch()
        while spool.exit() is None:
            assert listening.recv(1) == b"!"
        assert ended(spool)["outcome"] == "success"


def test_an_agent_that_is_away_or_frozen_does_not_hold_up_the_run(attempts: Attempts) -> None:
    address = attempts.base / "notify"
    with bind_datagrams(address):
        # Nobody reads: the socket's queue fills up.
        lines = 'i=0; while [ $i -lt 300 ]; do echo "line $i"; i=$((i+1)); sleep 0.001; done'
        spool, report = attempts.run(sh(lines), notify_socket=str(address))
    assert report["outcome"] == "success"
    assert len(output(spool)) == 300


def test_a_spool_folder_with_a_very_long_path_works(attempts: Attempts) -> None:
    root = attempts.base / ("d" * 100) / ("e" * 100)
    root.mkdir(parents=True)
    spool = attempts.create(sh("echo it-is-up; sleep 1000"), root=root)
    spool.start_runner()
    wait_for_output(spool, "it-is-up")
    spool.request_stop(0.0, "enough")
    assert ended(spool)["outcome"] == "aborted"


def test_a_prompt_without_newline_is_shown_and_its_line_goes_on(attempts: Attempts) -> None:
    spool = attempts.start(sh("printf 'name? '; while [ ! -e go ]; do sleep 0.05; done; echo bottega"))
    eventually(lambda: spool.read_log(0, 1 << 20).endswith(b"] [INFO] name? "))
    (Path(spool.spec()["workspace"]) / "go").touch()
    ended(spool)
    assert output(spool) == ["name? bottega"]


def test_an_unknown_time_zone_is_said_and_utc_is_used(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("true"), time_zone="../../etc/passwd")
    assert report["outcome"] == "success"
    assert log_lines(spool)[0].startswith("WARN The time zone")
    assert b" GMT+00:00] " in spool.read_log(0, 100)


def test_the_runner_hands_none_of_its_environment_to_a_step(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_KEY", "do-not-tell")
    spool, _ = attempts.run(sh("env; cat /proc/1/environ || true"))
    assert "do-not-tell" not in spool.read_log(0, 1 << 20).decode()
    shown = {line.partition("=")[0] for line in output(spool)}
    assert {"PATH", "HOME", "WORKSPACE", "TMPDIR", "CI", "LANG"} <= shown


def test_a_frozen_runner_that_thaws_after_its_deadline_ends_its_run(attempts: Attempts) -> None:
    spool = attempts.start(sh("echo it-is-up; sleep 1000"))
    wait_for_output(spool, "it-is-up")
    runner = spool.runner()
    assert runner is not None
    os.kill(runner.pid, signal.SIGSTOP)
    spool.set_deadline(0.0)
    os.kill(runner.pid, signal.SIGCONT)
    assert ended(spool)["outcome"] == "lease-expired"
