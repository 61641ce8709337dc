import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from bottega.agent.sandbox import Facilities, Level, probe


def test_the_probe_finds_what_works_here(probed: Facilities) -> None:
    assert probed.cgroup in ("v2", "v2-kill+v1-limits", "v2-kill", "v1", "none")
    assert probed.own_uid == (os.geteuid() == 0)
    if probed.level is Level.BUBBLEWRAP:
        assert Path(probed.bubblewrap).is_absolute()
        assert probed.root_mode in ("userns", "caps")


def test_without_bubblewrap_the_level_is_lower_and_says_why(tmp_path: Path) -> None:
    found = probe(str(tmp_path))
    assert not found.level.at_least(Level.BUBBLEWRAP)
    assert any("bubblewrap is not installed" in note for note in found.notes)


def test_a_bubblewrap_that_does_not_work_is_noticed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # The probe's user has to reach it.
        Path(folder).chmod(0o755)
        broken = Path(folder) / "bwrap"
        broken.write_text("#!/bin/sh\necho no permission to make namespaces >&2\nexit 1\n")
        broken.chmod(0o755)
        found = probe(folder)
    assert not found.level.at_least(Level.BUBBLEWRAP)
    assert any("no permission to make namespaces" in note for note in found.notes)


def test_a_caller_with_threads_gets_the_same_answer(probed: Facilities) -> None:
    release = threading.Event()
    waiting = threading.Thread(target=release.wait)
    waiting.start()
    try:
        assert probe() == probed
    finally:
        release.set()
        waiting.join()


def test_a_caller_without_threads_gets_the_same_answer(probed: Facilities) -> None:
    program = "import json; from bottega.agent.sandbox import probe; print(json.dumps(probe().to_dict()))"
    answer = subprocess.run(
        [sys.executable, "-I", "-c", program], stdout=subprocess.PIPE, check=True, text=True
    )
    assert Facilities.from_dict(json.loads(answer.stdout)) == probed


def test_root_that_cannot_change_the_uid_gets_no_level() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can show it")
    program = (
        "from bottega.agent.sandbox import probe, SandboxUnavailable\n"
        "try:\n    probe('/nonexistent')\nexcept SandboxUnavailable as error:\n    print('refused:', error)\n"
    )
    answer = subprocess.run(
        ["setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-all", sys.executable, "-I", "-c", program],
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    assert answer.stdout.startswith("refused:")
