"""Every process is killed with -9 once: nothing is lost, doubled, run twice, or left running."""

import os
import signal
from pathlib import Path

from tests.support.processes import processes_with
from tests.support.waiting import eventually
from tests.survival.conftest import Fragile, counting, expect_whole, kill

LINES = 150


def running(fragile: Fragile, command: str, name: str = "task") -> tuple[str, str, str]:
    """A task, its build number and its run id, once the step prints."""
    job_id = fragile.api.create_task(command, name)
    number = fragile.api.execute(job_id)
    fragile.until_log_has(job_id, number, "line 5")
    return job_id, number, fragile.api.record(job_id, number)["build_record_id"]


def test_a_build_goes_on_while_the_control_plane_is_killed_and_started_again(fragile: Fragile) -> None:
    job_id, number, _run = running(fragile, counting(LINES))
    fragile.server.kill()
    fragile.server.start()
    expect_whole(fragile, job_id, number, LINES)


def test_a_build_goes_on_while_its_agent_is_killed(fragile: Fragile) -> None:
    job_id, number, _run = running(fragile, counting(LINES))
    kill(fragile.agent_pid)
    expect_whole(fragile, job_id, number, LINES)


def test_a_build_goes_on_while_the_broker_is_killed(fragile: Fragile) -> None:
    job_id, number, _run = running(fragile, counting(LINES))
    kill(fragile.nats_pid)
    expect_whole(fragile, job_id, number, LINES)


def test_a_build_goes_on_when_the_brokers_store_is_wiped(fragile: Fragile) -> None:
    job_id, number, _run = running(fragile, counting(LINES))
    fragile.server.kill()
    for place in (fragile.server.data / "nats" / "store").rglob("*"):
        if place.is_file():
            place.unlink()
    fragile.server.start()
    expect_whole(fragile, job_id, number, LINES)


def test_everything_is_killed_and_started_again(fragile: Fragile) -> None:
    job_id, number, _run = running(fragile, counting(LINES))
    waiting = [fragile.api.execute(job_id) for _ in range(4)]
    pids = [fragile.agent_pid, fragile.nats_pid]
    fragile.server.kill()
    for pid in pids:
        try:
            kill(pid)
        except ProcessLookupError:
            continue
    fragile.server.start()
    for each in [number, *waiting]:
        expect_whole(fragile, job_id, each, LINES)


def test_a_polite_restart_does_not_touch_the_build(fragile: Fragile) -> None:
    job_id, number, run_id = running(fragile, counting(LINES))
    runner = fragile.runner_pid(run_id)
    assert fragile.server.stop() == 0
    assert Path(f"/proc/{runner}").exists()
    fragile.server.start()
    expect_whole(fragile, job_id, number, LINES)


def test_a_killed_runner_takes_its_tree_with_it_and_the_run_gets_another_attempt(fragile: Fragile) -> None:
    command = "setsid sh -c 'sleep 7731 & sleep 7731' & " + counting(20) + "; [ -e /tmp/x ] || sleep 3"
    job_id, number, run_id = running(fragile, command)
    kill(fragile.runner_pid(run_id))
    eventually(lambda: "attempt 2" in fragile.api.log(fragile.api.record(job_id, number)), 30.0)
    record = fragile.api.wait(job_id, number)
    assert record["status"] == "SUCCESS"
    assert processes_with("7731") == []


def test_a_frozen_agent_loses_its_run_and_no_two_attempts_overlap(forgetful: Fragile) -> None:
    # Every attempt notes when it lives; the workspace's host folder is private, so the log tells.
    command = 'i=0; while [ $i -lt 120 ]; do i=$((i+1)); echo "line $i"; sleep 0.05; done; sleep 7732'
    job_id, number, run_id = running(forgetful, command)
    agent, first = forgetful.agent_pid, forgetful.runner_pid(run_id)
    os.kill(agent, signal.SIGSTOP)
    try:
        # The runner fences itself: dead before the lease is given away, although nobody told it.
        eventually(lambda: first not in processes_with(f"{run_id}."), 30.0)
        record = forgetful.api.record(job_id, number)
        assert record["status"] == "RUNNING"
        assert processes_with("7732") == []
        eventually(lambda: forgetful.api.record(job_id, number)["status"] == "QUEUED", 30.0)
    finally:
        os.kill(agent, signal.SIGCONT)
    eventually(lambda: "attempt 2" in forgetful.api.log(forgetful.api.record(job_id, number)), 30.0)
    forgetful.api.call("POST", f"/v1/job/{job_id}/stop", json={"build_no": int(number)})
    assert forgetful.api.wait(job_id, number)["status"] == "ABORTED"
    assert processes_with("7732") == []


def test_a_stop_that_reaches_no_agent_ends_with_the_lease(forgetful: Fragile) -> None:
    job_id, number, _run = running(forgetful, counting(30) + "; sleep 7733")
    agent = forgetful.agent_pid
    os.kill(agent, signal.SIGSTOP)
    try:
        forgetful.api.call("POST", f"/v1/job/{job_id}/stop", json={"build_no": int(number)})
        assert forgetful.api.wait(job_id, number)["status"] == "ABORTED"
        assert processes_with("7733") == []
    finally:
        os.kill(agent, signal.SIGCONT)
