"""``bottega check`` from beginning to end."""

import os
import sys
from functools import partial
from pathlib import Path

import msgspec

from bottega.check import languages
from bottega.check.engines import ENGINES, Engine
from bottega.check.engines.base import COMPREHENSIVE, CRITICAL, GENERAL
from bottega.check.engines.places import variables
from bottega.check.languages import LANGUAGES, Language
from bottega.check.reports.sarif_out import sarif
from bottega.check.scanning import history
from bottega.check.scanning.choosing import choose
from bottega.check.scanning.content import read
from bottega.check.scanning.files import walk
from bottega.check.scanning.plan import Limits, ScanPlan, ScanResult
from bottega.check.scanning.wire_text import sendable
from bottega.check.severities import Severity
from bottega.local.check import gate, since
from bottega.local.check.report import Report
from bottega.local.check.rules import Known, by_id, rules_of
from bottega.local.check.sandboxed import BROKEN, Analysers, Wanted, scan
from bottega.local.errors import LocalError

PASSED, NOT_PASSED, USAGE, INCOMPLETE = 0, 1, 2, BROKEN
LEVELS = {"critical": CRITICAL, "general": GENERAL, "comprehensive": COMPREHENSIVE}
_STANDARD_OUTPUT = Path("-")
_CACHES = "folders"


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed."""

    folder: Path
    level: str = "general"
    languages: list[str] = []
    engines: list[str] = []
    include: list[str] = []
    ignore: list[str] = []
    since: str = ""
    gate: str = gate.DEFAULT
    sarif: Path | None = None
    json: Path | None = None
    most: int = 200
    own_config: bool = False
    duplicates: bool = False
    cache: bool = True
    verbose: bool = False


def check(wishes: Wishes) -> int:
    """The exit code: 0 gate passed, 1 not passed, 2 a mistake in the arguments, 3 an engine or the whole scan failed.

    128 + N on signal N.
    """
    try:
        return _check(wishes)
    except LocalError as error:
        if str(error):
            _say(str(error))
        return error.code


def _check(wishes: Wishes) -> int:
    folder = _folder(wishes.folder)
    limits = gate.read(wishes.gate)
    if wishes.level not in LEVELS:
        raise LocalError(f"--level: {wishes.level!r} is none of {', '.join(LEVELS)}")
    spoken = [_language(name) for name in wishes.languages]
    extra = [_engine(name) for name in wishes.engines]
    changed = since.changed_since(folder, wishes.since) if wishes.since else None
    cache = _cache_folder() if wishes.cache else None
    by_git = [sendable(name) for name in history.ignored(folder)]
    include = [sendable(name) for name in wishes.include]
    ignored = [*(sendable(name) for name in wishes.ignore), *by_git]
    names = _names(folder, include, ignored)
    written = _written(names)
    wanted = {language.name for language in spoken} or written
    engines = [each for each in ENGINES.values() if _matters(each, written & wanted, chosen=each in extra)]
    known = rules_of(engines, cache or Path(os.devnull))
    default = {name: rules for name, rules in known.facts.items() if ENGINES[name].default}
    choices = choose(default, wanted, LEVELS[wishes.level])
    others = {engine.name: known.facts.get(engine.name, []) for engine in extra if not engine.default}
    choices += choose(others, wanted, 4)
    plan = ScanPlan(
        choices=choices,
        include=include,
        ignore=ignored,
        only=None if changed is None else sorted(map(sendable, changed)),
        own_config=wishes.own_config,
        duplicates=wishes.duplicates,
        cores=os.cpu_count() or 1,
    )
    # Configuration that counts may lie in any file.
    compared = None if plan.own_config else changed
    put = partial(since.put, folder, wishes.since, compared, plan.limits.file_bytes)
    result = scan(
        Wanted(
            plan=plan,
            folder=folder,
            ignored=by_git,
            analysers=Analysers(binds=sorted(known.binds), env=variables()),
            base=put if wishes.since else None,
            caches=cache / _CACHES if cache else None,
            verbose=wishes.verbose,
        )
    )
    if result.left_out:
        result.notes.append(f"{result.left_out} findings that were there at {wishes.since} are not shown")
    return _tell(wishes, result, known, names, limits)


def _tell(
    wishes: Wishes, result: ScanResult, known: Known, names: set[str], limits: dict[Severity, int]
) -> int:
    faults = gate.faults(limits, gate.count(result.findings))
    if wishes.sarif is not None:
        # What came out of the sandbox shall not have other files read, say by way of a link.
        log = sarif(
            result, by_id(known.facts), lambda path: _text(wishes.folder / path) if path in names else None
        )
        _write(wishes.sarif, msgspec.json.format(msgspec.json.encode(log), indent=1))
    if wishes.json is not None:
        for file in result.files:
            file.line_hashes = b""
        _write(wishes.json, msgspec.json.encode(result))
    report = Report(sys.stderr if _STANDARD_OUTPUT in {wishes.sarif, wishes.json} else sys.stdout)
    report.findings(result.findings, wishes.most)
    report.summary(result, known.missing, faults)
    if faults:
        return NOT_PASSED
    # One that is missing here has told its rules, and was not found inside.
    unseen = any(each.state in {"failed", "missing"} for each in result.engines)
    return INCOMPLETE if unseen else PASSED


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise LocalError(f"{folder} is not a folder")
    return folder.resolve()


def _language(name: str) -> Language:
    found = languages.find(name)
    if found is None:
        known = ", ".join(language.short for language in LANGUAGES.values())
        raise LocalError(f"--language: {name!r} is none of {known}")
    return found


def _engine(name: str) -> Engine:
    if name not in ENGINES:
        raise LocalError(f"--engine: {name!r} is none of {', '.join(sorted(ENGINES))}")
    return ENGINES[name]


def _names(folder: Path, include: list[str], ignore: list[str]) -> set[str]:
    found = walk(folder, include=include, ignore=ignore, limit=Limits().files)
    return {sendable(entry.name) for entry in found.entries}


def _written(names: set[str]) -> set[str]:
    """The languages of these files, so that nobody waits for engines that have nothing to do."""
    written = {language.name for name in names for language in languages.of_file(name)}
    scripts = {"SHELL", "PYTHON"} if any("." not in name for name in names) else set[str]()
    return written | scripts


def _matters(engine: Engine, written: set[str], *, chosen: bool) -> bool:
    return (engine.default or chosen) and (not engine.languages or not engine.languages.isdisjoint(written))


def _cache_folder() -> Path | None:
    """Where results are kept for the next check; None where nothing can be kept."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bottega" / "check"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / _CACHES).mkdir(exist_ok=True, mode=0o700)
    except OSError:
        return None
    return folder


def _text(file: Path) -> str | None:
    limits = Limits()
    try:
        content = read(file, size=0, max_bytes=limits.file_bytes, max_line=limits.line_bytes)
    except OSError:
        return None
    return content.data.decode("utf-8", "replace")


def _write(file: Path, data: bytes) -> None:
    if file == _STANDARD_OUTPUT:
        sys.stdout.buffer.write(data + b"\n")
        sys.stdout.flush()
        return
    try:
        file.write_bytes(data)
    except OSError as error:
        raise LocalError(f"{file} cannot be written: {error.strerror}") from None


def _say(sentence: str) -> None:
    print(f"bottega: {sentence}", file=sys.stderr, flush=True)
