import pytest

from tests.agent.runner.attempts import Attempts, log_lines, output, sh, stages


def test_steps_run_in_order_and_the_run_succeeds(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("echo one > f; echo first", "A"), sh("cat f; echo second", "B"))
    assert (report["outcome"], report["exit_code"]) == ("success", 0)
    assert output(spool) == ["first", "one", "second"]
    assert stages(spool) == {"initial": "success", "a": "success", "b": "success", "final": "success"}


def test_the_log_opens_and_every_step_says_started_and_finished(attempts: Attempts) -> None:
    spool, _ = attempts.run(sh("echo hello", "My step", label="external_post_sh"))
    lines = log_lines(spool)
    assert lines[0] == "INFO [JobStatusPlugin] onStarted: j_test #7"
    started = lines.index("INFO [My step:external_post_sh] : step started")
    assert lines[started + 1 : started + 3] == [
        "INFO hello",
        "INFO [My step:external_post_sh] : step finished",
    ]


def test_events_name_the_sandbox_and_point_into_the_log(attempts: Attempts) -> None:
    spool, _ = attempts.run(sh("echo hello"))
    events = spool.read_events(0)
    assert events[0]["type"] == "started"
    assert events[0]["sandbox"]
    assert [(e["key"], e["state"]) for e in events if e["type"] == "stage"] == [
        (key, state) for key in ("initial", "shell", "final") for state in ("running", "success")
    ]
    assert [e["log"] for e in events] == sorted(e["log"] for e in events)
    ended = next(e for e in events if e.get("key") == "shell" and e["state"] == "success")
    assert spool.read_log(0, ended["log"]).endswith(b"step finished\n")


def test_a_failed_step_skips_the_rest_and_names_itself(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("exit 7", "A"), sh("echo never", "B"))
    assert (report["outcome"], report["exit_code"]) == ("failure", 7)
    assert report["reason"] == "Step 'A' failed: exit code 7"
    assert stages(spool) == {"initial": "success", "a": "failure", "b": "skipped", "final": "success"}
    assert "ERROR [A:ext_sh] : step failed: exit code 7" in log_lines(spool)
    assert output(spool) == []


def test_a_failure_to_be_ignored_lets_the_run_go_on(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("exit 7", "A", ignore_failure=True), sh("echo next", "B"))
    assert report["outcome"] == "success"
    assert stages(spool)["a"] == "failure"
    assert output(spool) == ["next"]


def test_a_disabled_step_is_skipped_and_says_so(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("exit 1", "A", enabled=False), sh("echo ok", "B"))
    assert report["outcome"] == "success"
    skipped = next(e for e in spool.read_events(0) if e.get("key") == "a")
    assert (skipped["state"], skipped["reason"]) == ("skipped", "disabled")


def test_an_unknown_action_fails_the_step_with_its_name(attempts: Attempts) -> None:
    _, report = attempts.run({**sh("true"), "action": "teleport"})
    assert report["outcome"] == "failure"
    assert "'teleport' is not known" in report["reason"]


def test_a_missing_input_fails_the_step_with_its_name(attempts: Attempts) -> None:
    _, report = attempts.run({**sh("true"), "inputs": {}})
    assert report["reason"] == "Step 'Shell' failed: input command is required"


def test_parameters_reach_the_step_as_variables_only(attempts: Attempts) -> None:
    env = {"GREETING": "it's; touch /workspace/pwned $(id)"}
    spool, _ = attempts.run(sh('echo "$GREETING"; ls'), env=env)
    assert output(spool) == [env["GREETING"]]


@pytest.mark.parametrize(
    "name", ["PATH", "path", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "GIT_SSH_COMMAND"]
)
def test_reserved_parameters_are_left_out_with_a_warning(attempts: Attempts, name: str) -> None:
    spool, report = attempts.run(sh(f"printenv {name} || echo unset"), env={name: "/evil"})
    assert report["outcome"] == "success"
    assert "/evil" not in spool.read_log(0, 1 << 20).decode()
    assert any(line.startswith("WARN") and name in line for line in log_lines(spool))


def test_secrets_are_masked_in_log_events_and_report(attempts: Attempts) -> None:
    secret = "s3cr3t-and-long"
    step = sh('echo "a $TOKEN b"; printf %s "$TOKEN" | base64; echo "${TOKEN}" | cut -c1-4', f"say {secret}")
    spool, report = attempts.run(step, sh("exit 3", secret), env={"TOKEN": secret}, secrets=[secret])
    assert output(spool) == ["a **** b", "****", "s3cr"]
    assert report["reason"] == "Step '****' failed: exit code 3"
    for name in ("log", "events.jsonl", "exit.json", "runner.err"):
        assert secret.encode() not in (spool.path / name).read_bytes()


def test_a_command_that_leaves_a_daemon_ends_at_once(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("setsid sleep 1000 & echo done"))
    assert report["outcome"] == "success"
    assert output(spool) == ["done"]


def test_running_out_of_memory_is_named_as_the_reason(attempts: Attempts) -> None:
    limits = attempts.spec()["limits"] | {"memory_bytes": 64 << 20}
    _, report = attempts.run(sh("head -c 300M /dev/zero | tail"), limits=limits)
    if "oom_kills" not in report["usage"]:
        pytest.skip("this machine has no memory control group")
    assert report["outcome"] == "failure"
    assert "out of memory, the limit is 64 MiB" in report["reason"]


def test_a_workspace_above_its_quota_ends_the_run(attempts: Attempts) -> None:
    spool, report = attempts.run(
        sh("head -c 30M /dev/zero > big", "A"), sh("echo never", "B"), workspace_bytes=20 << 20
    )
    assert report["outcome"] == "failure"
    assert report["reason"] == "The workspace grew above its quota of 20 MiB"
    assert stages(spool)["b"] == "skipped"


def test_a_workspace_above_its_quota_ends_the_run_while_the_step_runs(attempts: Attempts) -> None:
    _, report = attempts.run(sh("head -c 30M /dev/zero > big; sleep 1000"), workspace_bytes=20 << 20)
    assert report["reason"] == "The workspace grew above its quota of 20 MiB"


def test_output_beyond_the_limit_is_dropped_with_one_warning_and_the_build_goes_on(
    attempts: Attempts,
) -> None:
    spool, report = attempts.run(
        sh("yes | head -n 100000", "A"), sh("echo after", "B"), log_limit_bytes=10000
    )
    assert report["outcome"] == "success"
    assert report["log_size"] < 15000
    assert len([line for line in log_lines(spool) if "reached its limit of 10000 bytes" in line]) == 1
    assert stages(spool)["b"] == "success"
