"""go vet: Go packages that can be loaded with what is there."""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from bottega.check.engines.base import (
    CRITICAL,
    GENERAL,
    Analysis,
    Completed,
    Engine,
    EngineFailed,
    Job,
    Located,
    RuleFacts,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import Columns, last_line, output_of, relative
from bottega.check.findings import Edit, Fix, RawFinding
from bottega.check.severities import Severity

_OFFLINE = {
    "CGO_ENABLED": "0",
    "GO111MODULE": "on",
    "GOENV": "off",
    "GOFLAGS": "-buildvcs=false",
    "GOPROXY": "off",
    "GOSUMDB": "off",
    "GOTELEMETRY": "off",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
"""Nothing is fetched, no compiler of C is run, no other toolchain taken, no flags read from files."""

_UNLIKELY_BUGS = frozenset(
    {"assign", "buildtag", "composites", "directive", "hostport", "tests", "unreachable"}
)
"""Analyzers whose findings mostly do no harm yet."""
_LISTED = re.compile(r"^ {4}(\w+) +(\S.*)$", re.MULTILINE)
_FIELDS = "Dir,ImportPath,ForTest,GoFiles,TestGoFiles,XTestGoFiles,Error,DepsErrors"
_POSITION = re.compile(r"(.*):(\d+):(\d+)", re.DOTALL)
_LEFT_OUT = "in no package for this system: by its build constraints, or its folder is one that Go ignores"


class GoVet(Engine):
    """Looks at whole packages, with their types; needs no network, but the modules they import."""

    name = "govet"
    title = "go vet"
    url = "https://pkg.go.dev/cmd/vet"
    licence = "BSD-3-Clause"
    languages = frozenset({"GO"})
    install = "pip install 'bottega[engines]'"
    outside = True
    whole_project = True
    batch = 0
    uses_cores = True

    def locate(self) -> Located:
        program = wheel_program("go", self.install)
        home = Path(program).resolve().parent.parent
        return Located(
            command=(program,),
            version=version_of([program, "version"], at_least=(1, 21)),
            binds=() if home.is_relative_to(Path(sys.prefix).resolve()) else (str(home),),
        )

    def rules(self, located: Located) -> list[RuleFacts]:
        listed = output_of([*located.command, "tool", "vet", "help"]).decode()
        section = listed.partition("Registered analyzers:")[2].partition("By default")[0]
        return [_facts(code, name, located) for code, name in _LISTED.findall(section)]

    def analyse(self, job: Job) -> Analysis:
        analysis = Analysis(findings=[])
        modules: dict[str, list[str]] = {}
        for file in job.files:
            module = _module_of(file, job.root)
            if module is None:
                analysis.unread[file] = "there is no go.mod above it"
            else:
                modules.setdefault(module, []).append(file)
        for module, files in modules.items():
            _Module(job, job.root / module).analyse(files, analysis)
        return analysis


class _Module:
    """One module of the repository; several may lie in one."""

    def __init__(self, job: Job, folder: Path) -> None:
        self._job = job
        self._folder = folder
        at_home = Path(os.environ.get("GOMODCACHE") or Path.home() / "go" / "pkg" / "mod")
        self._env = {
            **_OFFLINE,
            "GOCACHE": os.environ.get("GOCACHE") or str(job.scratch / "build"),
            "GOPATH": str(job.scratch / "path"),
            "GOMODCACHE": str(at_home if at_home.is_dir() else job.scratch / "modules"),
        }

    def _go(self, *arguments: str) -> Completed:
        return self._job.run([*self._job.located.command, *arguments], folder=self._folder, env=self._env)

    def analyse(self, files: Sequence[str], analysis: Analysis) -> None:
        listed = self._go("list", "-e", "-test", f"-json={_FIELDS}", "./...")
        if listed.code != 0:
            analysis.unread.update(dict.fromkeys(files, last_line(listed.stderr) or "go list failed"))
            return
        packages, failed = _packages(listed.stdout.decode("utf-8", "surrogateescape"))
        sound = [name for name in packages if name not in failed and not name.startswith("-")]
        switches = [f"-{code}" for code in self._job.rules]
        if sound and switches:
            done = self._go("vet", "-json", f"-p={max(1, self._job.cores)}", *switches, *sound)
            told = (
                done.stdout.decode("utf-8", "surrogateescape"),
                done.stderr.decode("utf-8", "surrogateescape"),
            )
            broken = dict(_broken(told[1]))
            if done.code != 0 and not broken and "{" not in told[0] + told[1]:
                raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
            failed.update(broken)
            self._collect("".join(told), analysis)
        reasons = {
            os.path.relpath(path, self._job.root): failed.get(name, "")
            for name, paths in packages.items()
            for path in paths
        }
        for file in files:
            if reason := reasons.get(file, _LEFT_OUT):
                analysis.unread[file] = reason

    def _collect(self, text: str, analysis: Analysis) -> None:
        seen: set[tuple[str, str, int, int]] = set()
        columns = Columns(self._job.root)
        for answer in _objects(text):
            for analyzers in answer.values():
                for code, items in analyzers.items():
                    if isinstance(items, dict):
                        analysis.notes.append(f"{code}: {items}"[:500])
                        continue
                    for item in items:
                        finding = _finding(code, item, self._job.root, columns)
                        # A package and the same one with its tests are looked at both.
                        place = (code, finding.path, finding.line, finding.column)
                        if place not in seen:
                            seen.add(place)
                            analysis.findings.append(finding)


def _facts(code: str, name: str, located: Located) -> RuleFacts:
    text = output_of([*located.command, "tool", "vet", "help", code]).decode()
    parts = [
        part
        for part in text.strip().split("\n\n")
        if not part.startswith((f"{code}: ", "Analyzer flags", "  -"))
    ]
    harmless = code in _UNLIKELY_BUGS
    return RuleFacts(
        code=code,
        name=name,
        languages=("GO",),
        severity=Severity.GENERAL if harmless else Severity.SERIOUS,
        level=GENERAL if harmless else CRITICAL,
        description="\n\n".join(parts) or name,
        tags=("correctness",),
        url=f"https://pkg.go.dev/golang.org/x/tools/go/analysis/passes/{code}",
    )


def _module_of(file: str, root: Path) -> str | None:
    for folder in PurePosixPath(file).parents:
        if (root / folder / "go.mod").is_file():
            return str(folder)
    return None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text that has other lines between them."""
    decoder = json.JSONDecoder()
    at = 0
    while (found := re.compile(r"^\{", re.MULTILINE).search(text, at)) is not None:
        answer, at = decoder.raw_decode(text, found.start())
        yield answer


def _packages(text: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The files of every package, and why some cannot be loaded."""
    packages: dict[str, list[str]] = {}
    failed: dict[str, str] = {}
    for package in _objects(text):
        name: str = package["ImportPath"]
        errors: list[dict[str, str]] = [
            *filter(None, [package.get("Error")]),
            *(package.get("DepsErrors") or []),
        ]
        base = package.get("ForTest") or name.removesuffix(".test")
        if errors:
            failed.setdefault(base, errors[0]["Err"].partition("\n")[0][:500])
        if not package.get("ForTest") and not name.endswith(".test"):
            kinds = ("GoFiles", "TestGoFiles", "XTestGoFiles")
            packages[name] = [f"{package['Dir']}/{one}" for kind in kinds for one in package.get(kind) or ()]
    return packages, failed


def _broken(errors: str) -> Iterable[tuple[str, str]]:
    """Packages that do not compile, with the first reason."""
    for part in reversed(re.split(r"^# ", errors, flags=re.MULTILINE)[1:]):
        name, _, reason = part.partition("\n")
        if reason.startswith("vet: "):
            yield (
                name.partition(" ")[0].removesuffix("_test"),
                reason.partition("\n")[0].removeprefix("vet: "),
            )


def _finding(code: str, item: Mapping[str, Any], root: Path, columns: Columns) -> RawFinding:
    path, line, byte = _position(item["posn"])
    _, end_line, end_byte = _position(item.get("end") or item["posn"])
    name = relative(path, root)
    return RawFinding(
        code=code,
        path=name,
        message=item["message"],
        line=line,
        column=columns.of(name, line, byte - 1),
        end_line=end_line,
        end_column=columns.of(name, end_line, end_byte - 1),
        fixes=tuple(
            Fix(
                description=fix["message"],
                edits=tuple(_edit(Path(path), edit) for edit in fix["edits"] if edit["filename"] == path),
            )
            for fix in item.get("suggested_fixes") or ()
        ),
    )


def _position(text: str) -> tuple[str, int, int]:
    found = _POSITION.fullmatch(text)
    return (found.group(1), int(found.group(2)), int(found.group(3))) if found else (text, 0, 0)


def _edit(path: Path, edit: Mapping[str, Any]) -> Edit:
    """Go counts bytes."""
    try:
        source = path.read_bytes()
    except OSError:
        source = b""
    places: list[int] = []
    for offset in (edit["start"], edit["end"]):
        before = source[:offset]
        places += [
            before.count(b"\n") + 1,
            len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1,
        ]
    return Edit(line=places[0], column=places[1], end_line=places[2], end_column=places[3], text=edit["new"])
