"""What runs in a check sees a sandbox and ends with it: here a hook of the folder's own configuration, which counts."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.sandbox import Level
from bottega.local.check.story import PASSED, Wishes, check
from tests.agent.runner.attempts import facilities
from tests.check.scanning.folders import write
from tests.support.processes import processes_with
from tests.support.repositories import Repository
from tests.support.waiting import eventually

BUBBLEWRAP = pytest.mark.skipif(
    facilities().level is not Level.BUBBLEWRAP, reason="only bubblewrap hides the files of the host"
)
SECONDS = 240.0
LOOK_SECONDS = 0.5
"""Between two looks at all processes of the host."""
SAYS = """
import json, os, socket, sys

def tried(what):
    try:
        return what() or "done"
    except Exception as error:
        return type(error).__name__

facts = {
    "written": tried(lambda: open("owned", "w").write("x")),
    "secret": tried(lambda: open(SECRET).read()),
    "network": tried(lambda: socket.create_connection(("127.0.0.1", PORT), 5).close()),
    "variable": os.environ.get("MY_TOKEN", ""),
    "home": tried(lambda: str(sorted(os.listdir(os.environ["HOME"])))),
    "temporary": tried(lambda: open("/tmp/mine", "w").write("x")),
}
found = {
    "messageId": "E0602", "absolutePath": os.path.abspath("hook.py"), "line": 1, "endLine": None,
    "column": None, "endColumn": None, "message": json.dumps(facts),
}
print(json.dumps({"messages": [found]}), flush=True)
os._exit(0)
"""
HANGS = """
import subprocess, time
subprocess.Popen(["sleep", "SLEEP"], start_new_session=True)
time.sleep(1000)
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Build users cannot pass through pytest's own folders."""
    made = Path(f"/tmp/bottega-test-{os.getpid()}-{os.urandom(4).hex()}")
    made.mkdir(mode=0o711)
    yield made
    for left in made.iterdir():
        subprocess.run(["rm", "-rf", str(left)], check=True)
    made.rmdir()


def hooked(folder: Path, hook: str) -> Path:
    return write(
        folder,
        {"hook.py": hook, ".pylintrc": "[MAIN]\ninit-hook=exec(open('hook.py').read(), {})\n"},
    )


def told(folder: Path, into: Path) -> list[dict[str, Any]]:
    """What the hook has found out."""
    wishes = Wishes(folder=folder, engines=["pylint"], own_config=True, json=into, gate="none")
    assert check(wishes) == PASSED
    found = json.loads(into.read_text())["findings"]
    return [json.loads(one["message"]) for one in found if one["rule"] == "pylint:E0602"]


@BUBBLEWRAP
def test_an_analyser_can_neither_write_nor_read_elsewhere_nor_reach_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("s3cret")
    monkeypatch.setenv("MY_TOKEN", "s3cret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        hook = SAYS.replace("SECRET", repr(str(tmp_path / "secret"))).replace("PORT", str(port))
        folder = hooked(tmp_path / "code", hook)
        (facts,) = told(folder, tmp_path / "out.json")
    assert facts.pop("network") in {"OSError", "ConnectionRefusedError", "PermissionError"}
    assert facts == {
        "written": "OSError",
        "secret": "FileNotFoundError",
        "variable": "",
        "home": "[]",
        "temporary": 1,
    }
    assert sorted(one.name for one in folder.iterdir()) == [".pylintrc", "hook.py"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_check_that_is_ended_leaves_no_process(
    tmp_path: Path, temporary: Path, number: signal.Signals
) -> None:
    length = str(100_000 + int.from_bytes(os.urandom(3)))
    started = f"sleep\0{length}\0"
    folder = hooked(tmp_path / "code", HANGS.replace("SLEEP", length))
    command = [sys.executable, "-m", "bottega", "check", str(folder), "--engine", "pylint", "--own-config"]
    process = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(temporary)}, stdout=subprocess.DEVNULL
    )
    try:
        eventually(lambda: processes_with(started) or process.poll() is not None, SECONDS, LOOK_SECONDS)
        assert processes_with(started)
        process.send_signal(number)
        code = process.wait(SECONDS)
    finally:
        process.kill()
        process.wait()
    assert code == (-number if number is signal.SIGKILL else 128 + number)
    eventually(lambda: not processes_with(started), SECONDS)
    if number is not signal.SIGKILL:
        assert list(temporary.iterdir()) == []


def test_results_are_kept_for_the_same_folder_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (write(tmp_path / name, {"a.py": "eval(x)\n"}) for name in ("one", "other"))
    for folder, known in ((one, False), (other, False), (one, True)):
        check(Wishes(folder=folder, verbose=True))
        assert ("(1 known)" in capsys.readouterr().err) == known
    check(Wishes(folder=one, verbose=True, cache=False))
    assert "(1 known)" not in capsys.readouterr().err


def test_results_that_can_be_neither_read_nor_kept_cost_time_and_no_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "code", {"a.py": "x = 1\n"})
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]
    in_the_way = Path(os.environ["XDG_CACHE_HOME"], "bottega", "check", "folders", name)
    in_the_way.mkdir(parents=True)
    try:
        assert check(Wishes(folder=folder, verbose=True)) == PASSED
        assert [one.name for one in in_the_way.parent.glob(f"{name}*")] == [name]
    finally:
        in_the_way.rmdir()
    told = capsys.readouterr().err
    assert "results of earlier checks cannot be used" in told
    assert "nothing is kept for the next check" in told


def test_what_is_no_utf8_is_left_out_where_git_is_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = Repository(tmp_path / "repository")
    before = repository.commit(app__py="x = 1\n", __gitignore="out*/\n")
    for name in ("out\udcff", "new\udcff"):
        write(repository.path / name, {"a.py": "eval('1')\n"})
    for since in ("", before):
        check(Wishes(folder=repository.path, since=since))
        said = capsys.readouterr().out
        assert "new\\xff/a.py" in said
        assert "out" not in said
