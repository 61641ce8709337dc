"""Every way in which a run ends early, and the proof that nothing of it lives on."""

import os
import random
import signal

import pytest

from bottega.agent.spool import boottime
from tests.agent.runner.attempts import (
    Attempts,
    ended,
    facilities,
    log_lines,
    marker,
    processes_with,
    sh,
    stages,
    wait_for_output,
)
from tests.support.waiting import eventually

# A plain child, one with its own session, a double-forked daemon, one that ignores TERM.
TREE = """
sleep 1000.{0} &
setsid sleep 2000.{0} &
(setsid sh -c 'sleep 3000.{0} & ' &)
sh -c 'trap "" TERM HUP INT; : {0}; while :; do sleep 1; done' &
echo it-is-up; wait; sleep 1000
"""


def tree(word: str) -> str:
    # sleep takes only numbers: the word is what makes the processes findable.
    return TREE.format(int(word[1:9], 16)).replace(": " + str(int(word[1:9], 16)), f": {word}")


def number_of(word: str) -> str:
    return f"000.{int(word[1:9], 16)}"


def test_a_stopped_tree_leaves_no_process(attempts: Attempts) -> None:
    word = marker()
    spool = attempts.start(sh(tree(word), "A"), sh("echo never", "B"))
    wait_for_output(spool, "it-is-up")
    assert len(eventually(lambda: processes_with(number_of(word)))) >= 1
    spool.request_stop(0.2, "Stopped by alice")
    report = ended(spool)
    assert (report["outcome"], report["reason"], report["exit_code"]) == ("aborted", "Stopped by alice", None)
    assert stages(spool) == {"initial": "success", "a": "aborted", "b": "skipped", "final": "success"}
    assert processes_with(number_of(word)) == []
    assert processes_with(word) == []


def test_a_stop_gives_the_step_its_grace_to_clean_up(attempts: Attempts) -> None:
    script = "trap 'echo cleaning; echo saved; exit 3' TERM; echo it-is-up; while :; do sleep 0.05; done"
    spool = attempts.start(sh(script))
    wait_for_output(spool, "it-is-up")
    spool.request_stop(20.0, "enough")
    assert ended(spool)["outcome"] == "aborted"
    assert "INFO saved" in log_lines(spool)


def test_a_second_stop_without_grace_kills_at_once(attempts: Attempts) -> None:
    spool = attempts.start(sh("trap 'echo ignored' TERM; echo it-is-up; while :; do sleep 0.05; done"))
    wait_for_output(spool, "it-is-up")
    spool.request_stop(1000.0, "slowly")
    wait_for_output(spool, "ignored")
    spool.request_stop(0.0, "now")
    report = ended(spool)
    assert (report["outcome"], report["reason"]) == ("aborted", "slowly")


def test_a_stop_before_the_first_step_runs_nothing(attempts: Attempts) -> None:
    spool = attempts.create(sh("echo never"))
    spool.request_stop(1.0, "changed my mind")
    spool.start_runner()
    report = ended(spool)
    assert (report["outcome"], report["reason"]) == ("aborted", "changed my mind")
    assert "never" not in "".join(log_lines(spool))
    assert stages(spool)["shell"] == "skipped"


def test_a_stop_is_seen_without_the_wake_up(attempts: Attempts) -> None:
    spool = attempts.start(sh("echo it-is-up; sleep 1000"))
    wait_for_output(spool, "it-is-up")
    (spool.path / "wake").unlink()
    spool.request_stop(0.0, "unheard")
    assert ended(spool)["reason"] == "unheard"


@pytest.mark.parametrize("_", range(5))
def test_a_stop_in_the_middle_of_the_start_leaves_nothing(attempts: Attempts, _: int) -> None:
    word = marker()
    spool = attempts.start(sh(tree(word)))
    when = boottime() + random.uniform(0.02, 0.15)
    eventually(lambda: boottime() > when, interval=0.001)
    spool.request_stop(0.0, "race")
    assert ended(spool)["outcome"] == "aborted"
    assert processes_with(number_of(word)) == []


def test_a_sigterm_to_the_runner_is_a_stop(attempts: Attempts) -> None:
    word = marker()
    spool = attempts.start(sh(tree(word)), stop_grace=0.1)
    wait_for_output(spool, "it-is-up")
    runner = spool.runner()
    assert runner is not None
    os.kill(runner.pid, signal.SIGINT)
    os.kill(runner.pid, signal.SIGTERM)
    assert ended(spool)["outcome"] == "aborted"
    assert processes_with(number_of(word)) == []


def test_a_run_beyond_its_time_limit_is_ended_as_timeout(attempts: Attempts) -> None:
    word = marker()
    spool, report = attempts.run(sh(tree(word), "A"), timeout_seconds=1.0, stop_grace=0.1)
    assert (report["outcome"], report["reason"]) == ("timeout", "The run exceeded its limit of 1 s")
    assert stages(spool)["a"] == "timeout"
    assert processes_with(number_of(word)) == []


def test_a_lease_that_is_not_renewed_ends_the_run_without_the_agent(attempts: Attempts) -> None:
    word = marker()
    spool = attempts.start(sh(tree(word), "A"), sh("echo never", "B"), lease=1.5)
    report = ended(spool)
    assert report["outcome"] == "lease-expired"
    assert report["finished_at"] > 0
    assert stages(spool) == {"initial": "success", "a": "aborted", "b": "skipped", "final": "success"}
    assert processes_with(number_of(word)) == []


def test_a_lease_that_runs_out_during_the_grace_of_a_stop_kills_at_once(attempts: Attempts) -> None:
    spool = attempts.start(sh("trap '' TERM; echo it-is-up; while :; do sleep 0.05; done"))
    wait_for_output(spool, "it-is-up")
    spool.request_stop(1000.0, "slowly")
    spool.set_deadline(boottime() + 0.3)
    assert ended(spool)["outcome"] == "lease-expired"


def test_a_renewed_lease_lets_the_run_go_on(attempts: Attempts) -> None:
    spool = attempts.start(sh("echo it-is-up; while [ ! -e go ]; do sleep 0.05; done; echo went"), lease=2.0)
    wait_for_output(spool, "it-is-up")
    first = spool.deadline()
    assert first is not None
    spool.set_deadline(boottime() + 60)
    eventually(lambda: boottime() > first + 0.2)
    (spool.path.parent.parent / "work1" / "workspace" / "go").touch()
    assert ended(spool)["outcome"] == "success"


@pytest.mark.parametrize("level", ["as probed", "landlock", "process"])
def test_a_killed_runner_takes_its_tree_along(attempts: Attempts, level: str) -> None:
    offered = facilities()
    if level != "as probed":
        if level == "landlock" and not offered.landlock_abi:
            pytest.skip("this kernel has no Landlock")
        offered = offered.replace(level=level, root_mode="")
    word = marker()
    spool = attempts.start(sh(tree(word)), facilities=offered.to_dict())
    wait_for_output(spool, "it-is-up")
    eventually(lambda: processes_with(number_of(word)))
    assert spool.kill_runner()
    eventually(lambda: not spool.runner_alive())
    eventually(lambda: processes_with(number_of(word)) == [] and processes_with(word) == [])
    assert spool.exit() is None


@pytest.mark.parametrize("level", ["landlock", "process"])
def test_weaker_levels_stop_just_as_well(attempts: Attempts, level: str) -> None:
    offered = facilities()
    if level == "landlock" and not offered.landlock_abi:
        pytest.skip("this kernel has no Landlock")
    word = marker()
    steps = sh(f'cd "$WORKSPACE" && echo "$HOME" > f && cd "$HOME" && pwd; {tree(word)}')
    spool = attempts.start(steps, facilities=offered.replace(level=level, root_mode="").to_dict())
    wait_for_output(spool, "it-is-up")
    spool.request_stop(0.1, "enough")
    assert ended(spool)["outcome"] == "aborted"
    assert processes_with(number_of(word)) == []
    assert processes_with(word) == []
