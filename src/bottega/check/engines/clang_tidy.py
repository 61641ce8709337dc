"""Clang-Tidy: C and C++, as a compiler reads them."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from bottega.check.engines.base import (
    OPTIONAL,
    Analysis,
    Engine,
    EngineFailed,
    Job,
    Located,
    RuleFacts,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import Columns, last_line, output_of, relative
from bottega.check.findings import Event, RawFinding
from bottega.check.severities import Severity

_BY_GROUP = {
    "clang-analyzer": Severity.SERIOUS,
    "bugprone": Severity.SERIOUS,
    "cert": Severity.SERIOUS,
    "concurrency": Severity.SERIOUS,
    "performance": Severity.GENERAL,
    "portability": Severity.GENERAL,
    "misc": Severity.GENERAL,
    "cppcoreguidelines": Severity.GENERAL,
}
"""Groups of its checks as severity; those of all others are hints."""
_UNREADABLE = "clang-diagnostic-error"
_SOURCES = frozenset({".c", ".cc", ".cp", ".cpp", ".cxx", ".c++"})
"""What it compiles; headers are looked at where these include them."""
_SAID = re.compile(r"(.+?):(\d+):(\d+): (error|warning|note): (.*?)(?: \[([\w.,+-]+)\])?")
_FAILED = re.compile(r"^Error while processing (.*)\.$", re.MULTILINE)
_DONE = range(2)


class ClangTidy(Engine):
    """Of use where all headers are at hand: it gives a file up at the first that is missing."""

    name = "clangtidy"
    title = "Clang-Tidy"
    url = "https://clang.llvm.org/extra/clang-tidy/"
    licence = "Apache-2.0 with LLVM exceptions"
    languages = frozenset({"C++"})
    install = "pip install 'bottega[engines]'"
    default = False
    whole_project = True
    batch = 20

    def takes(self, path: str, languages: Collection[str]) -> bool:
        return super().takes(path, languages) and PurePosixPath(path).suffix.casefold() in _SOURCES

    def locate(self) -> Located:
        program = wheel_program("clang-tidy", self.install)
        return Located(command=(program,), version=version_of([program, "--version"], at_least=(16, 0)))

    def rules(self, located: Located) -> list[RuleFacts]:
        listed = output_of([*located.command, "--config={}", "--checks=*", "--list-checks"]).decode()
        checks = [line.strip() for line in listed.splitlines() if line.startswith(" ")]
        return [_facts(check) for check in (*checks, _UNREADABLE)]

    def analyse(self, job: Job) -> Analysis:
        unread = {file: "clang-tidy takes no line breaks in names" for file in job.files if "\n" in file}
        checks = [code for code in job.rules if code != _UNREADABLE]
        command = [*job.located.command, "--quiet", "--use-color=false", f"--checks=-*,{','.join(checks)}"]
        if not job.own_config:
            command.append("--config={}")
        # What follows the second dashes stands for a database of how the code is compiled, which is not looked for.
        flags = ["--", f"-I{job.root}", f"-I{job.root / 'include'}"]
        findings: dict[tuple[str, str, int, int, str], RawFinding] = {}
        for file in job.files if checks else ():
            if file in unread:
                continue
            # One at a time: after an error it says of every further file that it failed.
            done = job.run([*command, str(job.root / file), *flags], folder=job.scratch)
            failed = _FAILED.search(done.stderr.decode("utf-8", "replace"))
            if done.code not in _DONE or (done.code and not failed):
                raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
            said = _findings(done.stdout.decode("utf-8", "surrogateescape"), job)
            if failed:
                error = next((finding for finding in said if finding.code == _UNREADABLE), None)
                unread[file] = (
                    f"{error.path}, line {error.line}: {error.message}" if error else "it does not compile"
                )
            for finding in said:
                # Headers come up in every file that includes them.
                key = (finding.code, finding.path, finding.line, finding.column, finding.message)
                if finding.code in job.rules:
                    findings.setdefault(key, finding)
        return Analysis(findings=list(findings.values()), unread=unread)


def _facts(check: str) -> RuleFacts:
    group = "clang-analyzer" if check.startswith("clang-analyzer-") else check.partition("-")[0]
    rest = check[len(group) + 1 :]
    words = re.sub(r"[-.]", " ", rest) or check
    if check == _UNREADABLE:
        group, words = "clang-diagnostic", "the code does not compile, or a header is missing"
    return RuleFacts(
        code=check,
        name=words,
        languages=("C++",),
        severity=_BY_GROUP.get(group, Severity.HINT),
        level=OPTIONAL,
        description=f"The check {check} of Clang-Tidy.",
        tags=(group,),
        url=f"https://clang.llvm.org/extra/clang-tidy/checks/{group}/{rest}.html"
        if rest and check != _UNREADABLE
        else "",
    )


def _findings(text: str, job: Job) -> list[RawFinding]:
    """What it wrote of one file, in its order."""
    columns = Columns(job.root)
    found: list[RawFinding] = []
    noted: RawFinding | None = None
    for line in text.split("\n"):
        if (said := _SAID.fullmatch(line)) is None:
            continue
        where, row, column, kind, message, codes = said.groups()
        path = relative(where, job.root)
        inside = not path.startswith("../")
        if kind == "note":
            if noted is not None and inside:
                noted.events = (*noted.events, Event(path=path, line=int(row), description=message))
            continue
        noted = None
        if codes and inside:
            # One finding may have the names of several checks that are the same.
            code = next((code for code in codes.split(",") if code in job.rules), codes.partition(",")[0])
            noted = RawFinding(
                code=code,
                path=path,
                message=message,
                line=int(row),
                column=columns.of(path, int(row), int(column) - 1),
                severity=int(_BY_GROUP.get(_facts(code).tags[0], Severity.HINT)),
            )
            found.append(noted)
    for finding in found:
        if finding.events:
            here = Event(path=finding.path, line=finding.line, description=finding.message, main=True)
            finding.events = (*finding.events, here)
    return found
