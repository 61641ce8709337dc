"""A ``bottega serve`` of our own, everything embedded, in a temporary folder."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.processes import command, tree

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.01


class ServerFailed(Exception):
    """The server ended or never became healthy; the message holds what it printed last."""


class Server:
    """The folder stays until :meth:`discard`; ``slots`` builds run at a time.

    The environment is the bench's own, without settings of Bottega, plus ``environment``.
    """

    def __init__(self, slots: int = 4, environment: Mapping[str, str] | None = None) -> None:
        # Builds run as users of their own and have to get through to their workspace.
        self.root = Path(tempfile.mkdtemp(prefix="bottega-bench-"))
        self.root.chmod(0o711)
        self.data = self.root / "data"
        self.port = _free_port()
        ours = {name: value for name, value in os.environ.items() if not name.startswith("BOTTEGA_")}
        self._environment = {**ours, "BOTTEGA_AGENT__SLOTS": str(slots), **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None  # noqa: S101 - start() comes first
        return self._process.pid

    @property
    def _options(self) -> list[str]:
        return ["--data-dir", str(self.data), "--host", HOST, "--port", str(self.port)]

    @property
    def credentials(self) -> dict[str, str]:
        return json.loads((self.data / "credentials.json").read_text())

    def start(self) -> float:
        """Start and wait until it is healthy; returns the seconds that took. Raises :class:`ServerFailed`."""
        begun = time.perf_counter()
        with (self.root / "server.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bottega", "serve", *self._options],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        while not self._healthy():
            if self._process.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                raise ServerFailed((self.root / "server.log").read_text()[-2000:])
            time.sleep(LOOK_SECONDS)
        return time.perf_counter() - begun

    def stop(self) -> None:
        """SIGTERM and wait; SIGKILL when that takes too long."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def discard(self) -> None:
        """Stop it and delete its folder."""
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def processes(self) -> dict[str, int]:
        """Process ids of ``control``, ``nats`` and ``agent``."""
        found = {"control": self.pid}
        for pid in tree(self.pid)[1:]:
            words = command(pid)
            if any("nats-server" in word for word in words[:1]):
                found.setdefault("nats", pid)
            elif words[1:4] == ["-m", "bottega", "agent"]:
                found.setdefault("agent", pid)
        return found

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
