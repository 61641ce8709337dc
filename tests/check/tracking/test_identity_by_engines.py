"""Issues are recognised after every kind of edit also where real analysers find them and syntax trees tell where."""

import re
from pathlib import Path

import msgspec
import pytest

from bottega.check.engines import ENGINES
from bottega.check.engines.base import EngineMissing
from bottega.check.findings import Finding
from bottega.check.tracking.matching import match
from bottega.check.tracking.snapshots import FileSnapshot
from tests.check.scanning.folders import choice, scanned, write
from tests.check.tracking.detector import known
from tests.check.tracking.test_identity import WANTED
from tests.check.tracking.village import EDITS, FIRST_NEW, Program, edited, mended, program, text_of

BEFORE, MENDED = "before", "mended"
_CALL = re.compile(r"\b(legacy|shout|magic)\(")


class Dialect(msgspec.Struct):
    """What the calls of a village are in a language, so that the engine's rules find each of them."""

    engine: str
    rules: tuple[str, ...]
    calls: dict[str, str]


DIALECTS = {
    "PYTHON": Dialect(
        "ruff", ("S102", "T201", "S307"), {"legacy": "exec(", "shout": "print(", "magic": "eval("}
    ),
    "JAVASCRIPT": Dialect(
        "oxlint",
        ("eslint.no-eval", "eslint.no-alert", "eslint.no-console"),
        {"legacy": "eval(", "shout": "alert(", "magic": "console.log("},
    ),
    "JAVA": Dialect(
        "pmd",
        ("SystemPrintln", "DoNotTerminateVM"),
        {"legacy": "System.out.println(", "shout": "System.err.print(", "magic": "System.out.print("},
    ),
    "C++": Dialect(
        "cppcheck",
        ("zerodiv", "sizeofsizeof", "shiftTooManyBits"),
        {"legacy": "legacy(7 / 0, ", "shout": "shout(sizeof sizeof(int), ", "magic": "magic(1 << 40, "},
    ),
}


class Version(msgspec.Struct):
    """A program at some time: its findings, the name of the statement that each is in, and its files."""

    findings: list[Finding] = []
    names: list[int] = []
    files: dict[str, FileSnapshot] = {}


def versions(language: str, folder: Path, made: dict[str, Program]) -> dict[str, Version]:
    """All of them, each in a folder of its own, by one scan: analysers take their time to start."""
    dialect = DIALECTS[language]
    names: dict[str, dict[int, int]] = {}
    for version, village in made.items():
        for path, file in village.files.items():
            lines, places = text_of(language, file)
            spoken = (_CALL.sub(lambda call: dialect.calls[call[1]], line) for line in lines)
            write(folder, {f"{version}/{path}": "\n".join(spoken) + "\n"})
            names[f"{version}/{path}"] = {line: statement.name for line, statement in places.items()}
    result = scanned(folder, choice(dialect.engine, *dialect.rules, language=language))
    assert [(report.state, report.reason) for report in result.engines] == [("done", "")]
    told = {version: Version() for version in made}
    for file in result.files:
        version, _, path = file.path.partition("/")
        told[version].files[path] = FileSnapshot(file.sha256, file.line_hashes)
    for finding in result.findings:
        version, _, path = finding.path.partition("/")
        begins = max(line for line in names[finding.path] if line <= finding.line)
        told[version].names.append(names[finding.path][begins])
        told[version].findings.append(msgspec.structs.replace(finding, path=path))
    return told


@pytest.mark.parametrize("language", DIALECTS)
def test_what_real_engines_find_is_recognised_after_every_kind_of_edit(language: str, tmp_path: Path) -> None:
    try:
        ENGINES[DIALECTS[language].engine].locate()
    except EngineMissing as missing:
        pytest.skip(str(missing))
    village = program(language, 7, files=4)
    made = {edit: edited(edit, village, 11) for edit in EDITS}
    told = versions(language, tmp_path, {**made, BEFORE: village, MENDED: mended(village, 3)})
    before = told.pop(BEFORE)
    assert len(before.findings) == len(list(village.statements))
    shares: dict[str, float] = {}
    for edit, after in told.items():
        matching = match(known(before.findings), after.findings, before.files, after.files)
        if edit == MENDED:
            assert not {at for at in matching.links if after.names[at] >= FIRST_NEW} - matching.edited
            continue
        right = sum(after.names[at] == before.names[issue] for at, issue in matching.links.items())
        shares[edit] = right / len(set(before.names) & set(after.names))
    assert min(shares.values()) >= WANTED, shares
