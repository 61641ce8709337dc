"""A scan of half a million lines of Python beside the slowest of its analysers alone, and again after one change."""

import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from bench.bench import Bench
from bench.processes import memory, tree
from bench.row import Row
from bottega.check.engines import ENGINES
from bottega.check.engines.base import GENERAL, Completed, Job
from bottega.check.scanning import duplicates
from bottega.check.scanning.assigning import Group, assign, groups, wants_any_text
from bottega.check.scanning.batches import cut
from bottega.check.scanning.choosing import choose, facts_of
from bottega.check.scanning.inventory import SourceFile, take
from bottega.check.scanning.plan import EngineChoice, ScanPlan
from bottega.check.scanning.result_file import unpack, write_plan

WANTED_RATIO, WANTED_AGAIN, WANTED_MB = 1.15, 0.05, 1000.0
FULL_LINES, QUICK_LINES = 500_000, 30_000
AGAIN = 4
"""Scans after one change each, for every full scan: they are so short that what else happens on a machine is felt."""
_SPREAD = 0.618
"""The changed files are this part of the code apart: what is like a file lies beside it, and costs time."""
LOOK_SECONDS = 0.2
MIB = 1024 * 1024
CORES = os.cpu_count() or 1
_LANGUAGES = ("PYTHON",)


class _Run(msgspec.Struct):
    """Seconds by the clock and of processors; ``peak`` in MiB."""

    wall: float
    cpu: float
    peak: float = 0.0
    findings: int = 0


def measure(bench: Bench) -> list[Row]:
    """The code is that of the installed packages: the same on every machine with the same lock file."""
    folder = Path(tempfile.mkdtemp(prefix="bottega-bench-"))
    try:
        code = folder / "code"
        lines = _gather(code, bench.count(FULL_LINES, QUICK_LINES))
        files = sorted(code.rglob("*.py"))
        facts, missing = facts_of(engine for engine in ENGINES.values() if engine.default)
        choices = choose(facts, _LANGUAGES, GENERAL)
        alone: dict[str, list[_Run]] = {}
        full: list[_Run] = []
        again: list[_Run] = []
        for _ in bench.rounds(3, 1):
            for engine in sorted({choice.engine for choice in choices}):
                only = [choice for choice in choices if choice.engine == engine]
                alone.setdefault(engine, []).append(_alone(folder, code, only))
            alone.setdefault("jscpd", []).append(_jscpd(folder, code))
            alone.setdefault("detect-secrets by its own command", []).append(_detect_secrets(code, choices))
            cache = folder / "cache"
            cache.unlink(missing_ok=True)
            full.append(_scan(folder, code, choices, cache))
            for _ in range(AGAIN):
                changed = files[int(len(files) * (_SPREAD * (len(again) + 1) % 1))]
                changed.write_bytes(changed.read_bytes() + b"\nimport os\n")
                again.append(_scan(folder, code, choices, cache, watched=False))
    finally:
        shutil.rmtree(folder)
    by_hand = {name: runs for name, runs in alone.items() if name != "secrets"}
    slowest = max(by_hand, key=lambda name: min(run.cpu for run in by_hand[name]))
    return [
        Row(
            what=f"full scan of {lines // 1000} kLOC, beside the slowest analyser by hand ({slowest})",
            unit="",
            samples=[run.wall / other.wall for run, other in zip(full, alone[slowest], strict=True)],
            wanted=WANTED_RATIO,
            note=f"{full[0].findings} findings; not there: {', '.join(missing) or 'none'}",
        ),
        Row(
            what="— the same by processor time",
            unit="",
            samples=[run.cpu / other.cpu for run, other in zip(full, alone[slowest], strict=True)],
            wanted=WANTED_RATIO,
        ),
        Row(what="— the full scan", unit="s", samples=[run.wall for run in full]),
        Row(what="— its processor time", unit="s", samples=[run.cpu for run in full]),
        *(
            Row(
                what=f"— {name} alone",
                unit="s",
                samples=[run.wall for run in runs],
                note=f"processor time {min(run.cpu for run in runs):.1f} s",
            )
            for name, runs in alone.items()
        ),
        Row(
            what="— memory of all its processes",
            unit="MB",
            samples=[run.peak for run in full],
            wanted=WANTED_MB,
        ),
        Row(
            what="scan after one file changed, part of the full scan",
            unit="",
            samples=[one.wall / full[at // AGAIN].wall for at, one in enumerate(again)],
            wanted=WANTED_AGAIN,
        ),
        Row(
            what="— the same by processor time",
            unit="",
            samples=[one.cpu / full[at // AGAIN].cpu for at, one in enumerate(again)],
            wanted=WANTED_AGAIN,
        ),
        Row(what="— the scan", unit="s", samples=[run.wall for run in again]),
        Row(what="— its processor time", unit="s", samples=[run.cpu for run in again]),
    ]


def _gather(code: Path, wanted: int) -> int:
    packages = Path(sysconfig.get_path("purelib"))
    lines = 0
    for file in sorted(packages.rglob("*.py")):
        if lines >= wanted:
            break
        data = file.read_bytes()
        target = code / file.relative_to(packages)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        lines += data.count(b"\n")
    return lines


class _Timed:
    """Runs an analyser's commands as typed by hand, and keeps how long they took."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()

    def __call__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        begun = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=folder,
            input=stdin,
            env={**os.environ, **(env or {})},
            capture_output=True,
            check=False,
        )
        taken = time.perf_counter() - begun
        with self._lock:
            self.seconds += taken
        return Completed(code=done.returncode, stdout=done.stdout, stderr=done.stderr)


def _cpu() -> float:
    """Of all processes that were started and have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _alone(folder: Path, code: Path, choices: list[EngineChoice]) -> _Run:
    """What one analyser takes by itself, with the same rules on the same cores: its commands, and nothing of ours."""
    plan = ScanPlan(choices=choices)
    files = take(plan, code, any_text=wants_any_text(choices)).files
    (assignment,), _ = assign(choices, ENGINES, files)
    engine, timed = assignment.engine, _Timed()
    located = engine.locate()
    calls = [
        (group, batch) for group in groups(assignment, located) for batch in cut(engine, group.files, CORES)
    ]

    def call(group: Group, batch: Sequence[SourceFile]) -> None:
        engine.analyse(
            Job(
                root=code,
                files=[file.name for file in batch],
                rules=group.options,
                scratch=Path(tempfile.mkdtemp(dir=folder)),
                located=located,
                run=timed,
                cores=CORES if engine.uses_cores else 1,
            )
        )

    before = _cpu()
    side_by_side = 1 if engine.uses_cores else min(CORES, max(1, len(calls)))
    with ThreadPoolExecutor(side_by_side) as threads:
        for future in [threads.submit(call, group, batch) for group, batch in calls]:
            future.result()
    return _Run(timed.seconds / side_by_side, _cpu() - before)


def _detect_secrets(code: Path, choices: list[EngineChoice]) -> _Run:
    """As it would be typed, with the same detectors; it uses all cores by itself."""
    on = {rule.code for choice in choices if choice.engine == "secrets" for rule in choice.rules.values()}
    known = ENGINES["secrets"].rules(ENGINES["secrets"].locate())
    off = [part for rule in known if rule.code not in on for part in ("--disable-plugin", rule.code)]
    program = str(Path(sysconfig.get_path("scripts")) / "detect-secrets")
    timed, before = _Timed(), _cpu()
    timed([program, "scan", "--all-files", "--no-verify", *off, "."], folder=code)
    return _Run(timed.seconds, _cpu() - before)


def _jscpd(folder: Path, code: Path) -> _Run:
    timed, before = _Timed(), _cpu()
    options = ["--min-lines", "10", "--min-tokens", "100", "--no-gitignore", "--silent", "--max-size", "1gb"]
    timed(
        [*duplicates.locate().command, *options, "-r", "json", "-o", str(folder / "clones"), str(code)],
        folder=folder,
    )
    return _Run(timed.seconds, _cpu() - before)


def _scan(
    folder: Path, code: Path, choices: list[EngineChoice], cache: Path, *, watched: bool = True
) -> _Run:
    """The program that agents start; its memory is looked at while it runs if it is ``watched``."""
    write_plan(ScanPlan(choices=choices, cores=CORES), folder / "plan")
    before = _cpu()
    begun = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "bottega.check.scanning"),
            *(str(folder / "plan"), str(code), str(folder / "result"), "--cache", str(cache)),
        ],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    peak = 0
    while watched and process.poll() is None:
        peak = max(peak, _memory(process.pid))
        time.sleep(LOOK_SECONDS)
    process.wait()
    wall = time.perf_counter() - begun
    result = unpack((folder / "result").read_bytes())
    return _Run(wall, _cpu() - before, peak / MIB, len(result.findings))


def _memory(root: int) -> int:
    total = 0
    for pid in tree(root):
        try:
            total += memory(pid).pss
        except (OSError, KeyError):
            continue
    return total
