import os
import subprocess
import sys
from pathlib import Path

from bottega.agent.sandbox import processes


def test_a_process_is_named_by_pid_and_start() -> None:
    own = processes.start_ticks(os.getpid())
    assert own is not None
    assert own > 0
    assert processes.start_ticks(2**22 + 1) is None


def test_a_name_with_brackets_does_not_confuse_the_reading(tmp_path: Path) -> None:
    odd = tmp_path / ") S 1 ("
    odd.symlink_to("/bin/cat")
    with subprocess.Popen([str(odd)], stdin=subprocess.PIPE) as child:
        assert processes.parents()[child.pid] == os.getpid()
        assert processes.descendants(os.getpid())[child.pid] == 1
        assert child.stdin is not None
        child.stdin.close()


def test_only_members_of_the_family_are_signalled() -> None:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert not processes.send(child.pid, 9, family={1})
        assert child.poll() is None
        assert processes.send(child.pid, 9, family={os.getpid()})
        assert child.wait(10) == -9


def test_tasks_of_a_user_include_own_ones() -> None:
    assert processes.tasks_of(os.geteuid()) >= 1
    assert processes.tasks_of(63999) == 0
