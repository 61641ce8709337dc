"""Ctrl-C while a command is still getting ready."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bottega.cli import INTERRUPTED_EXIT
from tests.support.processes import free_port
from tests.support.waiting import eventually

SECONDS = 120.0
INTERRUPTED = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from bottega.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("module", "command"),
    [
        ("cyclopts", ["--help"]),
        ("cyclopts.help", ["--help"]),
        ("bottega.settings", ["serve"]),
        ("structlog.dev", ["serve"]),
        ("sqlalchemy.orm.mapper", ["serve"]),
        ("uvicorn.main", ["serve"]),
        ("nats.js", ["agent", "--identity-stdin"]),
        ("sqlalchemy.pool", ["admin", "migrate"]),
        ("bottega.demo.client", ["demo"]),
    ],
)
def test_ctrl_c_during_an_import_ends_a_command_without_a_word(
    tmp_path: Path, module: str, command: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module, *command],
        cwd=tmp_path,
        env={**os.environ, "BOTTEGA_DATA_DIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (INTERRUPTED_EXIT, "", "")


def test_ctrl_c_while_a_password_is_asked_for_leaves_the_terminal_as_it_was() -> None:
    asking = """
import os, signal, sys, termios, threading
from bottega.cli.admin import users
before = termios.tcgetattr(0)
sys.stdin.isatty = lambda: True
def interrupt():
    while termios.tcgetattr(0)[3] & termios.ECHO:
        pass
    os.kill(os.getpid(), signal.SIGINT)
from bottega.cli import end_at_once
signal.signal(signal.SIGINT, end_at_once)
threading.Thread(target=interrupt, daemon=True).start()
try:
    users._asked()
except KeyboardInterrupt:
    same = termios.tcgetattr(0) == before and signal.getsignal(signal.SIGINT) is end_at_once
    os._exit(42 if same else 43)
"""
    master, terminal = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", asking],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 42, os.read(master, 10_000).decode()
    finally:
        os.close(master)
        os.close(terminal)


@pytest.mark.parametrize("command", ["serve", "agent"])
def test_ctrl_c_while_the_messaging_cannot_be_reached_ends_well(tmp_path: Path, command: str) -> None:
    url = f"nats://ann:secret@127.0.0.1:{free_port()}"
    given: bytes | None = None
    arguments = ["serve", "--port", "0", "--no-agent"]
    if command == "agent":
        arguments = ["agent", "--identity-stdin"]
        given = b'{"agent_id": "a", "name": "a", "pool": "default", "key": "k", "url": "%s"}' % url.encode()
    output = tmp_path / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "bottega", *arguments, "--data-dir", str(tmp_path / "data")],
            env={**os.environ, "BOTTEGA_NATS__URL": url},
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
        )
    try:
        assert process.stdin is not None
        process.stdin.write(given or b"")
        process.stdin.close()
        eventually(lambda: "still trying" in output.read_text() or process.poll() is not None, SECONDS)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
    finally:
        process.kill()
        process.wait()
    said = output.read_text()
    assert "Traceback" not in said
    assert "secret" not in said
