"""The server of the demonstration, a child process, and the end of everything it started."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from bottega.agent.lifetime import hold_folder
from bottega.agent.process_identity import identity_of
from bottega.agent.sandbox.processes import descendants
from bottega.agent.spool import Spool
from bottega.demo.client import healthy
from bottega.demo.errors import DemoError
from bottega.demo.interruption import Interruptions

HOST = "127.0.0.1"
PORT = 8080
LAST_PORT = 65535
START_SECONDS = 120.0
STOP_SECONDS = 12.0
HURRIED_SECONDS = 1.0
AGENT_SECONDS = 10.0
BUILD_SECONDS = 5.0
KILLED_SECONDS = 5.0
LOOK_SECONDS = 0.05


def choose_port(wanted: int | None) -> int:
    """``wanted``, else 8080, else any free port. Raises :class:`DemoError` when ``wanted`` cannot be had."""
    if wanted is None:
        with contextlib.suppress(OSError):
            return _bound_port(PORT)
        return _bound_port(0)
    if not 0 <= wanted <= LAST_PORT:
        raise DemoError(f"--port: {wanted} is not between 0 and {LAST_PORT}")
    try:
        return _bound_port(wanted)
    except OSError as error:
        raise DemoError(f"--port: cannot listen on {HOST}:{wanted}: {error.strerror}") from None


class ServerChild:
    """``bottega serve`` on ``data``; its own log goes to ``output``."""

    def __init__(self, data: Path, port: int, output: Path) -> None:
        self.endpoint = f"http://{HOST}:{port}"
        self._data = data
        self._port = port
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, interruptions: Interruptions) -> None:
        """Start the process. Raises :class:`DemoError`."""
        arguments = ["--data-dir", str(self._data), "--host", HOST, "--port", str(self._port)]
        try:
            with open(self._output, "wb", opener=_private) as output, interruptions.held():
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "bottega.demo.serving", *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    # The terminal's Ctrl-C is for the demonstration, which ends the server in good order.
                    process_group=0,
                )
        except OSError as error:
            raise DemoError(f"cannot start the server: {error}") from None

    def wait_until_healthy(self) -> None:
        """Return once builds are served. Raises :class:`DemoError` when the server ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            self.require_alive(LOOK_SECONDS)
            if healthy(self.endpoint):
                return
            if time.monotonic() > deadline:
                raise DemoError(f"the server is not ready after {START_SECONDS:.0f} s; see {self._output}")

    def require_alive(self, seconds: float | None = 0.0) -> None:
        """Raise :class:`DemoError` with the server's last words when it has ended.

        Waits for that as long as ``seconds``; None is for ever.
        """
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise DemoError(f"the server has ended: {self._last_words()} (see {self._output})")

    def stop(self, interruptions: Interruptions) -> None:
        """End the server, its children and the builds that are still running; a hurried person waits for less."""
        process, hurried = self._process, interruptions.count > 1
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()

        def patience() -> float:
            return STOP_SECONDS if interruptions.count <= 1 else HURRIED_SECONDS

        if not _until(lambda: process.poll() is not None, patience):
            process.kill()
            process.wait()
        end_builds(self._data / "agent", hurried=hurried)

    def _last_words(self) -> str:
        try:
            lines = self._output.read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            lines = []
        # Its own log is JSON; what it says about why it cannot start is a plain line.
        plain = [line for line in lines if not _is_json(line)]
        return (plain or lines or ["it said nothing"])[-1].removeprefix("bottega: ")


def end_builds(folder: Path, *, hurried: bool) -> None:
    """End what still runs of the agent in ``folder``, which is to end by itself and has 10 s for it."""
    if not folder.is_dir():
        return
    # Until then it could start one more runner.
    _until(lambda: _free(folder), lambda: AGENT_SECONDS)
    spools = [spool for spool in Spool.scan(folder / "spool") if spool.runner_alive()]
    for spool in spools:
        spool.request_stop(0.0, "the demonstration was ended")
    seconds = HURRIED_SECONDS if hurried else BUILD_SECONDS
    _until(lambda: not any(spool.runner_alive() for spool in spools), lambda: seconds)
    kill(spools)


def kill(spools: Iterable[Spool]) -> None:
    """Kill those of the runners that live, and wait until they, their steps and who watches over these are gone.

    That takes a moment, whoever is in a hurry; what the kernel holds on to for 5 s is left to it.
    """
    runners = {spool: spool.runner() for spool in spools if spool.runner_alive()}
    pids = {pid for known in runners.values() if known for pid in [known.pid, *descendants(known.pid)]}
    left = {one for one in map(identity_of, pids) if one}
    for spool in runners:
        spool.kill_runner()
    _until(lambda: not any(identity_of(one.pid) == one for one in left), lambda: KILLED_SECONDS)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _bound_port(port: int) -> int:
    with socket.socket() as probe:
        # As the server does it: a connection of an earlier server that lingers does not take the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return int(probe.getsockname()[1])


def _until(done: Callable[[], bool], patience: Callable[[], float]) -> bool:
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > patience():
            return False
        # Runners and the folder's lock are other processes' affairs: none of them tells this one.
        time.sleep(LOOK_SECONDS)
    return True


def _free(folder: Path) -> bool:
    held = hold_folder(folder)
    if held is None:
        return False
    os.close(held)
    return True


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
