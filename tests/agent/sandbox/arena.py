"""Folders, a runner process and a guard for one test of the sandbox."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.sandbox import Facilities, Level, Limits
from bottega.agent.sandbox.hierarchies import discover
from tests.support.waiting import eventually

RUNNER = Path(__file__).with_name("runner_process.py")
PYTHON = "/usr/bin/python3"
MIB = 1 << 20
LIMITS = Limits(
    cpus=2, memory_bytes=256 * MIB, pids=64, file_bytes=64 * MIB, tmp_bytes=8 * MIB, home_bytes=4 * MIB
)
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
# Nothing a test starts may use up the process numbers of the host, whatever the code under test does.
_GUARD_PIDS = 500


class Refused(Exception):
    """The runner process answered with an error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Step:
    """A started step, by its number in the runner process."""

    def __init__(self, arena: "Arena", number: int, pid: int, output: Path) -> None:
        self.arena = arena
        self.number = number
        self.pid = pid
        self.path = output

    def wait(self, timeout: float = 20.0) -> int | None:
        return self.arena.ask("wait", step=self.number, timeout=timeout)[0]

    @property
    def failure(self) -> str | None:
        return self.arena.ask("wait", step=self.number, timeout=0)[1]

    @property
    def output(self) -> str:
        return self.path.read_text(errors="replace")

    def says(self, text: str, timeout: float = 20.0) -> str:
        """Wait until the output holds ``text``."""
        return eventually(lambda: self.output if text in self.output else "", timeout=timeout)

    def terminate(self) -> None:
        self.arena.ask("terminate", step=self.number)

    def kill(self) -> int | None:
        return self.arena.ask("kill", step=self.number)


class Arena:
    """A workspace with its siblings, owned by the build's uid, and a runner process that works in it."""

    def __init__(self, facilities: Facilities, **limits: Any) -> None:
        self.facilities = facilities
        self.limits = Limits.from_dict({**LIMITS.to_dict(), **limits})
        self.name = f"test-{uuid.uuid4().hex[:12]}"
        # Appears in the command line of everything that a test leaves running on purpose.
        self.marker = f"marker-{self.name}"
        self.uid = 62000 + os.getpid() % 1000 if facilities.own_uid else None
        self.root = Path(tempfile.mkdtemp(prefix="bottega-sandbox-"))
        self.root.chmod(0o711)
        self.workspace = self.root / "workspace"
        for folder in (self.workspace, self.root / "home", self.root / "tmp"):
            folder.mkdir()
            folder.chmod(0o700)
            if self.uid is not None:
                os.chown(folder, self.uid, self.uid)
        self._guard = _make_guard(self.name)
        self._outputs = 0
        self.runner = subprocess.Popen(
            [sys.executable, "-I", str(RUNNER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={"RUNNER_TOKEN": "token-of-the-runner"},
        )
        if self._guard:
            (self._guard / "cgroup.procs").write_text(str(self.runner.pid))

    def ask(self, operation: str, **arguments: Any) -> Any:
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        self.runner.stdin.write(json.dumps([operation, arguments]) + "\n")
        self.runner.stdin.flush()
        answer = json.loads(self.runner.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"], answer["message"])
        return answer["value"]

    def open(self, binds: "list[tuple[Any, ...]] | None" = None, **changes: Any) -> "Arena":
        settings: dict[str, Any] = {
            "facilities": self.facilities.to_dict(),
            "workspace": str(self.workspace),
            "limits": self.limits.to_dict(),
            "uid": self.uid,
            "binds": binds or [],
            "name": self.name,
        }
        self.ask("make", **{**settings, **changes})
        return self

    def command(
        self,
        *argv: str,
        env: dict[str, str] | None = None,
        cwd: str = "/workspace",
        network: bool = True,
        nested: bool = False,
    ):
        home = {"PATH": PATH, "HOME": self.inside("/home/build"), "TMPDIR": self.inside("/tmp")}
        return {
            "argv": list(argv),
            "env": {**home, **(env or {})},
            "cwd": cwd,
            "network": network,
            "nested": nested,
        }

    def start(self, *argv: str, stdin: str = "", thread: bool = False, **options: Any) -> Step:
        self._outputs += 1
        output = self.root / f"output-{self._outputs}"
        command = self.command(*argv, **options)
        number, pid = self.ask("start", output=str(output), stdin=stdin, thread=thread, **command)
        return Step(self, number, pid, output)

    def shell(self, script: str, **options: Any) -> Step:
        return self.start("/bin/sh", "-c", script, self.marker, **options)

    def python(self, script: str, *arguments: str, **options: Any) -> Step:
        """Run a Python file of the tests inside, with the system's interpreter."""
        if not Path(PYTHON).exists():
            pytest.skip(f"{PYTHON} is not installed")
        source = Path(__file__).with_name(script)
        shutil.copy(source, self.workspace)
        if self.uid is not None:
            os.chown(self.workspace / script, self.uid, self.uid)
        return self.start(
            PYTHON, "-I", "-S", "-B", self.inside(f"/workspace/{script}"), self.marker, *arguments, **options
        )

    def inside(self, path: str) -> str:
        return self.ask("path", inside=path)

    def output_path(self) -> str:
        self._outputs += 1
        return str(self.root / f"output-{self._outputs}")

    def survivors(self) -> list[int]:
        """Processes whose command line holds this test's marker, seen from the host."""
        found = {pid for _ in range(3) for pid in _pids_with(self.marker)}
        return sorted(found - {self.runner.pid})

    def groups(self) -> list[str]:
        """Control groups of this test's attempt that exist."""
        return [
            f"{parent}/{folder}"
            for root in discover().roots
            for parent, folders, _ in os.walk(root)
            for folder in folders
            if self.name in folder and folder.startswith("bottega-")
        ]

    def close(self) -> None:
        if self.runner.poll() is None:
            assert self.runner.stdin is not None
            self.runner.stdin.close()
            self.runner.wait(30)
        else:
            eventually(lambda: not self.survivors())
        for stream in (self.runner.stdin, self.runner.stdout):
            assert stream is not None
            stream.close()
        if self._guard:
            guard = self._guard
            eventually(lambda: not (guard / "cgroup.procs").read_text().strip())
            for folder in sorted(guard.glob("**/"), key=lambda path: -len(path.parts)):
                folder.rmdir()
        shutil.rmtree(self.root)


def at_level(probed: Facilities, level: str) -> Facilities:
    """The same host at one level; skips with the reason where it is not offered."""
    notes = "; ".join(probed.notes) or "it was not found by the probe"
    if level in ("bubblewrap", "bubblewrap as root"):
        if probed.level is not Level.BUBBLEWRAP:
            pytest.skip(f"bubblewrap does not work here: {notes}")
        if level == "bubblewrap as root":
            if not probed.own_uid:
                pytest.skip("bubblewrap without user namespaces needs root")
            return probed.replace(root_mode="caps", disable_userns=False)
        return probed
    if level == "landlock" and not probed.landlock_abi:
        pytest.skip(f"Landlock does not work here: {notes}")
    return probed.replace(level=level, root_mode="", disable_userns=False)


def _make_guard(name: str) -> Path | None:
    where = discover().v1.get("pids", "")
    if not where or not os.access(where, os.W_OK):
        return None
    guard = Path(where) / f"guard-{name}"
    guard.mkdir()
    (guard / "pids.max").write_text(str(_GUARD_PIDS))
    return guard


def _pids_with(marker: str) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marker.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
