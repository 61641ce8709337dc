"""The spool folder: what an agent and the runner of one attempt tell each other through the disk.

This module alone knows the names and formats of the files in it. Both sides survive each other: the runner
needs no agent while it works, and an agent that starts again finds in the folders what its runners did.

``spec.json``     written once by the agent, before the runner starts
``runner.json``   who the runner is: pid, start time in clock ticks, boot id
``log``           append-only, formatted and masked, exactly the bytes the server stores
``events.jsonl``  append-only, one JSON object a line: seq, at (epoch ms), log (size in bytes), type, ...
``exit.json``     the end; once it exists log and events are complete
``stop``          written by the agent: grace in seconds and the reason
``file.0`` ...    written by the agent: files for the steps, numbered as in the spec's ``secret_files``
``deadline``      written by the agent: CLOCK_BOOTTIME seconds after which the runner kills its own tree
``wake``          the runner's datagram socket: one byte means "look at stop and deadline now"
``reserve``       disk space kept back for reporting that the disk is full
``lock``          held (flock) by the runner for its whole life, so that an attempt never runs twice

Linux only (/proc, pidfd). Standard library only, and without typing and pathlib: the runner imports this module before
its first step, and these two would double the time for it.
"""

# ruff: noqa: PTH100, PTH102, PTH103, PTH105, PTH106, PTH108, PTH110, PTH116, PTH119, PTH120, PTH123

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import time

from bottega.agent.process_identity import Identity, identity_of, look_up
from bottega.agent.wakeup import bind_datagrams, poke

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, Self, TypeGuard

__all__ = [
    "OUTCOMES",
    "Spool",
    "SpoolError",
    "StopRequest",
    "bind_datagrams",
    "boottime",
    "delete_folder",
    "encode",
    "is_attempt_name",
    "sync_folder",
    "write_atomically",
]

SPEC = "spec.json"
RUNNER = "runner.json"
LOG = "log"
EVENTS = "events.jsonl"
EXIT = "exit.json"
STOP = "stop"
DEADLINE = "deadline"
WAKE = "wake"
LOCK = "lock"
RESERVE = "reserve"
STDERR = "runner.err"
FILE = "file"

KEPT_HOME = "kept"
"""Beside the workspace: the folders of the home that stay from command to command."""
CONTAINERS = "containers"
"""Beside the workspace: container images of the attempt, and credentials for their registries."""
CHECKS = "checks"
"""Beside the workspace: what code checks share with us, a folder for each."""

OUTCOMES = ("success", "failure", "aborted", "timeout", "lease-expired", "error")

# What a runner may inherit from its agent: the rest of the agent's environment may hold its keys.
_INHERITED = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
_NAME = re.compile(r"([A-Za-z0-9_-]{1,128})\.([0-9]{1,9})")


class SpoolError(Exception):
    """The folder is not what it should be: no or bad spec, bad name, already there."""


class StopRequest:
    """The agent's wish to stop. ``grace``: seconds between TERM and KILL."""

    __slots__ = ("grace", "reason")

    def __init__(self, grace: float, reason: str) -> None:
        self.grace = grace
        self.reason = reason


def boottime() -> float:
    """Seconds since boot, sleep included: the clock of ``deadline``. Wall-clock jumps do not move it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def write_atomically(path: str, data: bytes, *, durable: bool = False) -> None:
    """Replace ``path`` by a 0600 file holding ``data``: readers see the old content or the new, never a part.

    ``durable`` also forces file and folder to the disk. Raises OSError (a full disk, say) and then leaves the
    old file.
    """
    folder, name = os.path.split(path)
    temporary = f"{folder}/.{name}.{os.urandom(4).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except OSError:
        _unlink(temporary)
        raise
    if durable:
        sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Force a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def encode(document: Mapping[str, Any]) -> bytes:
    """The one JSON spelling of all files here: UTF-8, compact, without a newline at the end."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class Spool:
    """One attempt's folder. The object holds no state but the path: make as many as you like."""

    def __init__(self, path: str | Path) -> None:
        self.folder = os.path.abspath(path)
        self.run_id, _, attempt = _checked(os.path.basename(self.folder)).rpartition(".")
        self.attempt = int(attempt)

    @property
    def name(self) -> str:
        """``<run id>.<attempt>``."""
        return os.path.basename(self.folder)

    @property
    def path(self) -> Path:
        """The folder as a Path, for those who can afford its import."""
        from pathlib import Path  # noqa: PLC0415

        return Path(self.folder)

    def file(self, name: str) -> str:
        """The path of one of the files named above."""
        return f"{self.folder}/{name}"

    def __repr__(self) -> str:
        return f"Spool({self.folder!r})"

    @classmethod
    def create(cls, root: str | Path, run_id: str, attempt: int, spec: Mapping[str, Any]) -> Self:
        """Make the folder and write its spec.

        A folder without a spec is left by an agent that died in here: nothing ran in it, ``remove`` it.
        Raises SpoolError when the attempt has a folder already or the run id cannot be a folder's name.
        """
        spool = cls(f"{os.fspath(root)}/{_checked(f'{run_id}.{attempt}')}")
        try:
            os.makedirs(root, mode=0o700, exist_ok=True)
            os.mkdir(spool.folder, mode=0o700)
        except FileExistsError as error:
            raise SpoolError(f"attempt {attempt} of run {run_id} has a spool folder already") from error
        except OSError as error:
            raise SpoolError(f"cannot make the spool folder of run {run_id}: {error}") from error
        try:
            write_atomically(spool.file(SPEC), encode(spec))
        except OSError as error:
            os.rmdir(spool.folder)
            raise SpoolError(f"cannot write the spec of run {run_id}: {error}") from error
        return spool

    @classmethod
    def scan(cls, root: str | Path) -> list[Self]:
        """All attempts' folders below ``root``, by name; anything else in there is passed over."""
        try:
            names = sorted(entry.name for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return []
        return [cls(f"{os.fspath(root)}/{name}") for name in names if _NAME.fullmatch(name)]

    # What the agent wrote

    def spec(self) -> dict[str, Any]:
        """The spec. Raises SpoolError when it is missing or no JSON object."""
        document = self._read_json(SPEC)
        if document is None:
            raise SpoolError(f"{self.name}: {SPEC} is missing or damaged")
        return document

    def stop_request(self) -> StopRequest | None:
        """The agent's wish to stop. A file that cannot be understood still means stop."""
        if not os.path.exists(self.file(STOP)):
            return None
        document = self._read_json(STOP) or {}
        grace = document.get("grace")
        return StopRequest(
            float(grace) if isinstance(grace, int | float) and grace >= 0 else 10.0,
            str(document.get("reason") or "stop requested"),
        )

    def deadline(self) -> float | None:
        """CLOCK_BOOTTIME seconds; None when the file is missing or no number."""
        try:
            return float(_read(self.file(DEADLINE)))
        except (OSError, ValueError):
            return None

    def request_stop(self, grace: float, reason: str) -> None:
        """Ask the runner to stop: TERM, ``grace`` seconds, KILL. Asking again may shorten the grace."""
        write_atomically(self.file(STOP), encode({"grace": float(grace), "reason": reason}))
        poke(self.file(WAKE))

    def set_deadline(self, when: float) -> None:
        """Let the runner live until ``when`` (CLOCK_BOOTTIME seconds, see ``boottime``)."""
        write_atomically(self.file(DEADLINE), repr(float(when)).encode("ascii"))
        poke(self.file(WAKE))

    def write_file(self, number: int, content: bytes) -> None:
        """Keep a file for the steps, readable for the runner alone. Raises OSError."""
        write_atomically(self.file(f"{FILE}.{number}"), content)

    def read_file(self, number: int) -> bytes:
        """The content of such a file. Raises OSError."""
        return _read(self.file(f"{FILE}.{number}"))

    # What the runner wrote

    def exit(self) -> dict[str, Any] | None:
        """The end: outcome, reason, exit_code, log_size, events, finished_at (ms), usage; None before it."""
        return self._read_json(EXIT)

    def log_size(self) -> int:
        """Bytes of log so far."""
        try:
            return os.stat(self.file(LOG)).st_size
        except FileNotFoundError:
            return 0

    def read_log(self, offset: int, limit: int) -> bytes:
        """Up to ``limit`` bytes of log from byte ``offset``; empty past its end."""
        try:
            with open(self.file(LOG), "rb") as log:
                return os.pread(log.fileno(), limit, offset)
        except FileNotFoundError:
            return b""

    def read_events(self, from_seq: int = 0) -> list[dict[str, Any]]:
        """Events with ``seq`` >= ``from_seq``, in order, without a last line that is still being written."""
        try:
            content = _read(self.file(EVENTS))
        except FileNotFoundError:
            return []
        lines = content[: content.rfind(b"\n") + 1].splitlines()
        events: list[dict[str, Any]] = []
        # The n-th line has seq n, so what was read before need not be parsed again.
        for line in lines[from_seq:]:
            try:
                event = json.loads(line)
            except ValueError:
                break
            events.append(event)
        return events

    # The runner as a process

    def runner(self) -> Identity | None:
        """Who was started for this attempt, dead or alive."""
        document = self._read_json(RUNNER)
        try:
            return None if document is None else Identity(**document)
        except TypeError:
            return None

    def register_runner(self, identity: Identity) -> None:
        """Write down who the runner is; the agent that spawned it and the runner write the same words."""
        write_atomically(self.file(RUNNER), encode(identity.as_dict()))

    def runner_alive(self) -> bool:
        """True while the very process that was started lives; never true for another that got its pid."""
        known = self.runner()
        if known is None:
            return False
        found = look_up(known.pid)
        if found is None or found[0] != known:
            return False
        if found[1]:
            return True
        with contextlib.suppress(ChildProcessError):
            # Our own dead child would stay a zombie for ever if nobody asked for its status.
            os.waitpid(known.pid, os.WNOHANG)
        return False

    def start_runner(self, module: str = "bottega.agent.runner") -> int:
        """Start the runner in a session of its own and return its pid; it outlives the caller.

        ``module`` is the program, one that ends in the runner's own.
        ``set_deadline`` comes first: a runner without one ends at once with outcome "error". Raises
        OSError when the process cannot be started. The caller is its parent: ``runner_alive`` reaps it.
        """
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-m", module, self.folder],
            {**environment, "LANG": "C.UTF-8"},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, self.file(STDERR), flags, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD],
        )
        # Without this a look at the folder before the runner has come up would call it dead.
        identity = identity_of(pid)
        if identity is not None:
            # On a full disk the runner fails to do the same, and then it is its business to report that.
            with contextlib.suppress(OSError):
                self.register_runner(identity)
        return pid

    def kill_runner(self) -> bool:
        """SIGKILL the runner; its tree dies with it. True when there was one. Never hits a reused pid."""
        known = self.runner()
        if known is None:
            return False
        try:
            handle = os.pidfd_open(known.pid)
        except OSError:
            return False
        try:
            # The handle pins the process, so the check and the kill speak of the same one.
            if identity_of(known.pid) != known:
                return False
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)
        return True

    # The end of the folder

    def remove(self) -> None:
        """Delete workspace, home and tmp of the attempt, whoever owns the files, then the folder itself.

        Call it only when the runner is dead. The spool folder goes last, so that ``scan`` finds an
        interrupted removal again. Raises OSError naming what could not be deleted.
        """
        from bottega.agent.sandbox.passages import PASSAGES  # noqa: PLC0415 - runners do not get here

        document = self._read_json(SPEC) or {}
        workspace = document.get("workspace")
        # A build in place works on somebody's own files.
        if isinstance(workspace, str) and workspace.startswith("/") and not document.get("in_place"):
            parent = os.path.dirname(workspace)
            for place in (workspace, f"{parent}/home", f"{parent}/tmp"):  # noqa: S108
                delete_folder(place)
            # Few builds have these, and looking costs less than deleting nothing.
            for name in (KEPT_HOME, CONTAINERS, CHECKS, PASSAGES):
                if os.path.lexists(f"{parent}/{name}"):
                    delete_folder(f"{parent}/{name}")
            with contextlib.suppress(OSError):
                os.rmdir(parent)
        delete_folder(self.folder)

    def _read_json(self, name: str) -> dict[str, Any] | None:
        try:
            document: object = json.loads(_read(self.file(name)))
        except (OSError, ValueError):
            return None
        return document if _is_object(document) else None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SpoolError(f"{name!r} is no attempt's folder (<run id>.<attempt>)")
    return name


def _is_object(document: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(document, dict)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _unlink(path: str | Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def is_attempt_name(name: str) -> bool:
    """Whether a folder of that name is an attempt's: ``<run id>.<attempt>``."""
    return _NAME.fullmatch(name) is not None


def delete_folder(place: str) -> None:
    """Delete a folder of an attempt with all that is in it, whoever owns it. Raises OSError saying what stays."""
    import subprocess  # noqa: PLC0415 - only the agent deletes; the runner need not pay for the import

    def attempt(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, "--", place], capture_output=True, text=True, check=False)

    # rm rather than shutil: a build may nest folders deeper than Python recurses.
    remove = ("rm", "-rf", "--one-file-system")
    if attempt(*remove).returncode == 0:
        return
    # Package caches like to be read-only, which stops their owner (but not root) from deleting them.
    attempt("chmod", "-R", "u+rwx")
    result = attempt(*remove)
    if result.returncode != 0:
        raise OSError(f"cannot delete {place}: {result.stderr.strip()[-500:]}")
