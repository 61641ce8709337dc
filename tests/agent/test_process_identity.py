import os
import subprocess
import sys
from pathlib import Path

from bottega.agent.process_identity import identity_of


def test_a_process_is_known_by_its_start_and_the_boot() -> None:
    own = identity_of(os.getpid())
    assert own is not None
    assert own == identity_of(os.getpid())
    assert own.pid == os.getpid()
    assert identity_of(2**22 - 1) is None


def test_names_with_brackets_and_blanks_do_not_confuse_the_identity(tmp_path: Path) -> None:
    program = tmp_path / "a) R 1 (b"
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE) as process:
        found = identity_of(process.pid)
        own = identity_of(os.getpid())
        assert found is not None
        assert own is not None
        assert found.start_ticks >= own.start_ticks
        process.communicate(b"\n")
