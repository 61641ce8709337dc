"""A scan in the sandbox of this machine, as a server's agent has it done: files go in, a result comes out."""

import contextlib
import hashlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bottega.agent.sandbox import SandboxUnavailable, probe
from bottega.agent.spool import SpoolError
from bottega.check.scanning import history
from bottega.check.scanning.files import walk
from bottega.check.scanning.plan import ScanPlan, ScanResult
from bottega.check.scanning.result_file import write_plan
from bottega.check.scans.decoding import METERS, decode
from bottega.check.scans.packing import Spoilt
from bottega.local import places
from bottega.local.errors import LocalError
from bottega.local.following import Interruptions, carry_out
from bottega.local.frame import Host, frame
from bottega.local.screen import printable
from bottega.runs.spec import StepSpec

BROKEN = 3
"""The exit code when there is no result."""
MOST_CACHES = 20
"""So many folders have their results kept for the next check; the one that was not checked for longest is dropped."""
# Whoever needs no runner need not pay for the import of actions.
_SOURCE, _CHECK = "local_source", "local_check"
_SIGNALLED = 128
_LINE = re.compile(r"\[[^\]]*\] \[[A-Z]+\] (?:\[[^\]]*\] : )?(.*)", re.DOTALL)


class Analysers(msgspec.Struct, frozen=True, kw_only=True):
    """What the sandbox has to show of this machine: folders, and variables that say where analysers are."""

    binds: Sequence[str]
    env: dict[str, str]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One scan. ``ignored`` are files and folders of no interest to anybody, ``caches`` is None where nothing is kept.

    ``base`` puts the state whose findings are left out into a folder.
    """

    plan: ScanPlan
    folder: Path
    ignored: Sequence[str]
    analysers: Analysers
    base: Callable[[Path], None] | None = None
    caches: Path | None = None
    verbose: bool = False


def scan(wanted: Wanted) -> ScanResult:
    """Scan, and return when all that was started is dead.

    Raises LocalError, without a word when the person wants no more.
    """
    interruptions = Interruptions()
    try:
        facilities = probe()
        with (
            interruptions.counted(),
            places.working_folder(keep=False, kind="check") as working,
            places.build_user(facilities.own_uid, None) as uid,
        ):
            host = Host(facilities=facilities, uid=uid, notify=working / "notify")
            content = _Attempt(wanted, working, host).run(interruptions)
    except (SandboxUnavailable, SpoolError, OSError) as error:
        raise LocalError(str(error), BROKEN) from None
    except LocalError as error:
        # For builds 1 is any failure; here it is that of the gate.
        raise LocalError(str(error), BROKEN if error.code == 1 else error.code) from None
    try:
        result = decode(content, {choice.engine for choice in wanted.plan.choices} | METERS)
    except Spoilt as error:
        raise LocalError(f"the result of the scan cannot be used: {error}", BROKEN) from None
    # In the sandbox there is no more of the repository than the folder, or its files.
    result.commit = history.commit_of(wanted.folder)
    return result


class _Attempt:
    """``working`` is what build users can pass through; what they are not to see is in a folder below it."""

    def __init__(self, wanted: Wanted, working: Path, host: Host) -> None:
        self._wanted = wanted
        self._working = working
        self._host = host
        self._own = working / "own"

    def run(self, interruptions: Interruptions) -> bytes:
        """The result, packed. Raises LocalError, SpoolError, OSError."""
        wanted = self._wanted
        self._own.mkdir(mode=0o700)
        write_plan(wanted.plan, self._own / "plan")
        inputs = {
            "plan": str(self._own / "plan"),
            "result": str(self._own / "result"),
            "cache": str(_cache_of(wanted.folder, wanted.caches)) if wanted.caches else "",
            "base": self._base(),
            "binds": list(wanted.analysers.binds),
            "env": wanted.analysers.env,
            # Another user may not be allowed to read all of it.
            "folder": "" if self._host.facilities.own_uid else str(wanted.folder),
        }
        steps = [StepSpec(key="check", name="Code check", action=_CHECK, inputs=inputs)]
        if self._host.facilities.own_uid:
            steps.insert(0, self._copy())
        workspace = self._working / "work" / "1" / "workspace"
        spec = frame(wanted.folder.name or "/", self._host, workspace, steps, network=False)
        report = carry_out(self._working, 1, spec, interruptions, _Told(wanted.verbose), grace=0.0)
        if interruptions.count:
            raise LocalError("", _SIGNALLED + interruptions.signal)
        if report["outcome"] != "success":
            raise LocalError(printable(str(report["reason"])), BROKEN)
        if wanted.caches:
            _drop_oldest(wanted.caches)
        return (self._own / "result").read_bytes()

    def _copy(self) -> StepSpec:
        wanted = self._wanted
        found = walk(wanted.folder, include=[], ignore=wanted.ignored, limit=sys.maxsize)
        names = [*(entry.name for entry in found.entries), *found.special]
        listed = self._own / "listed"
        listed.write_bytes(b"\0".join(os.fsencode(name) for name in names))
        inputs = {"folder": str(wanted.folder), "listed": str(listed), "targets": [""]}
        return StepSpec(key="source", name="Copy the folder", action=_SOURCE, inputs=inputs)

    def _base(self) -> str:
        if self._wanted.base is None:
            return ""
        folder = self._working / "base"
        folder.mkdir(mode=0o700)
        # Nobody else gets below this folder; the user of the scan shall be able to read all of it.
        before = os.umask(0o022)
        try:
            self._wanted.base(folder)
        finally:
            os.umask(before)
        if self._host.uid is not None:
            os.chown(folder, self._host.uid, self._host.uid)
        return str(folder)


class _Told:
    """What the person is told of the log: with ``verbose`` all of it, else nothing."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._rest = b""

    def log(self, data: bytes) -> None:
        if not self._verbose:
            return
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            text = line.decode("utf-8", "replace")
            found = _LINE.fullmatch(text)
            self.say(found[1] if found else text)

    def log_ends(self) -> None:
        if self._rest:
            self.log(b"\n")

    def say(self, sentence: str) -> None:
        print(f"bottega: {printable(sentence)}", file=sys.stderr, flush=True)


def _cache_of(folder: Path, caches: Path) -> Path:
    """Each folder has its own: what a folder's code makes of an analyser's results stays with that folder."""
    return caches / hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]


def _drop_oldest(caches: Path) -> None:
    # Another check may be doing the same.
    with contextlib.suppress(OSError):
        kept = sorted(caches.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in kept[MOST_CACHES:]:
            file.unlink()
