"""Real attempts for tests: a spool folder, a real runner process, the strongest sandbox of this machine."""

import os
import re
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import Any

from bottega.agent.sandbox import Facilities, probe
from bottega.agent.spool import EVENTS, EXIT, LOG, STDERR, Spool, boottime
from tests.support.waiting import eventually

HEAD = re.compile(r"\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3} GMT[+-]\d\d:\d\d\] \[(INFO|WARN|ERROR|DEBUG)\] ")


@cache
def facilities() -> Facilities:
    return probe()


def sh(command: str, name: str = "Shell", **more: Any) -> dict[str, Any]:
    """A shell step."""
    key = name.lower().replace(" ", "-")
    return {
        "key": key,
        "name": name,
        "action": "sh",
        "inputs": {"command": command},
        "label": "ext_sh",
        **more,
    }


def marker() -> str:
    """A word that no other process on the machine has in its command line."""
    return f"m{uuid.uuid4().hex}"


def processes_with(word: str) -> list[int]:
    """Live processes of the whole host with ``word`` in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if word.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


class Attempts:
    """Makes attempts below one folder and clears them away at the end."""

    def __init__(self) -> None:
        # Steps run under another uid, which could not pass through pytest's own folders (mode 0700).
        self.base = Path(tempfile.mkdtemp(prefix="bottega-test-"))
        self.base.chmod(0o711)
        self._made: list[Spool] = []
        self._run = 0

    def spec(self, *steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
        self._run += 1
        return {
            "run_id": f"run{self._run}",
            "attempt": 1,
            "name": "task",
            "number": 7,
            "timeout_seconds": 60.0,
            "workspace": str(self.base / f"work{self._run}" / "workspace"),
            "facilities": facilities().to_dict(),
            "uid": 61900 if facilities().own_uid else None,
            "limits": {
                "cpus": 2.0,
                "memory_bytes": 512 << 20,
                "pids": 256,
                "file_bytes": 256 << 20,
                "tmp_bytes": 64 << 20,
                "home_bytes": 64 << 20,
            },
            "workspace_bytes": 256 << 20,
            "log_limit_bytes": 64 << 20,
            "network": True,
            "env": {},
            "secrets": [],
            "time_zone": "Asia/Shanghai",
            "notify_socket": "",
            "git": {},
            "mirrors_root": str(self.base / "mirrors"),
            "opening": "[JobStatusPlugin] onStarted: j_test #7",
            "steps": list(steps),
            **changes,
        }

    def create(
        self, *steps: dict[str, Any], lease: float | None = 60.0, root: Path | None = None, **changes: Any
    ) -> Spool:
        """A spool folder with its spec and a deadline in ``lease`` seconds, no runner yet."""
        spec = self.spec(*steps, **changes)
        spool = Spool.create(root or self.base / "spool", spec["run_id"], 1, spec)
        self._made.append(spool)
        if lease is not None:
            spool.set_deadline(boottime() + lease)
        return spool

    def start(self, *steps: dict[str, Any], **changes: Any) -> Spool:
        spool = self.create(*steps, **changes)
        spool.start_runner()
        return spool

    def run(self, *steps: dict[str, Any], **changes: Any) -> tuple[Spool, dict[str, Any]]:
        spool = self.start(*steps, **changes)
        return spool, ended(spool)

    def close(self) -> None:
        for spool in self._made:
            spool.kill_runner()
            eventually(lambda spool=spool: not spool.runner_alive())
            if spool.path.exists():
                spool.remove()
        shutil.rmtree(self.base)


def ended(spool: Spool, timeout: float = 90.0) -> dict[str, Any]:
    """Wait for the end, check that the report is complete, and return it."""

    def finished() -> dict[str, Any] | None:
        if not spool.runner_alive() and spool.exit() is None:
            raise AssertionError(f"the runner died: {(spool.path / STDERR).read_text()}")
        return spool.exit()

    report = eventually(finished, timeout)
    assert report is not None
    eventually(lambda: not spool.runner_alive())
    events = spool.read_events(0)
    assert [event["seq"] for event in events] == list(range(report["events"]))
    assert report["log_size"] == spool.log_size()
    if events:
        assert events[-1]["type"] == "finished"
        assert events[-1]["outcome"] == report["outcome"]
    for name in (LOG, EVENTS, EXIT):
        if (spool.path / name).exists():
            assert (spool.path / name).stat().st_mode & 0o777 == 0o600
    return report


def log_lines(spool: Spool) -> list[str]:
    """The log without its times: ``LEVEL rest``."""
    text = spool.read_log(0, 1 << 30).decode()
    lines = text.splitlines()
    heads = [HEAD.match(line) for line in lines]
    assert all(heads), text
    return [f"{head[1]} {line[head.end() :]}" for head, line in zip(heads, lines, strict=True) if head]


def output(spool: Spool) -> list[str]:
    """What the steps printed: lines without level and without the runner's own tagged lines."""
    own = re.compile(r"(INFO|WARN|ERROR|DEBUG) \[.*?:.*?\] : |INFO \[JobStatusPlugin\]")
    return [line.partition(" ")[2] for line in log_lines(spool) if not own.match(line)]


def stages(spool: Spool) -> dict[str, str]:
    """The last state of each stage."""
    return {event["key"]: event["state"] for event in spool.read_events(0) if event["type"] == "stage"}


def wait_for_output(spool: Spool, word: str) -> None:
    eventually(lambda: word.encode() in spool.read_log(0, 1 << 30), 20.0)


AS_ROOT = os.getuid() == 0
