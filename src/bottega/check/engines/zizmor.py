"""zizmor: workflows, actions and other files by which GitHub runs code."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

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
from bottega.check.engines.reading import Columns, answer_of, is_utf8, json_of, last_line, relative
from bottega.check.engines.sampling import OTHER, Example, examples, other, samples, written
from bottega.check.findings import Event, Fix, RawFinding
from bottega.check.severities import Severity

_BY_SEVERITY = {
    "High": (Severity.SERIOUS, CRITICAL),
    "Medium": (Severity.GENERAL, GENERAL),
    "Low": (Severity.HINT, COMPREHENSIVE),
    "Informational": (Severity.HINT, COMPREHENSIVE),
    "Unknown": (Severity.HINT, COMPREHENSIVE),
}
"""zizmor's own severities, as severity and level."""
_PERSONAS = ("Regular", "Pedantic", "Auditor")
"""For whom a finding is; each wants more, and less certain ones, than the one before."""
_KINDS = {
    "workflows": ".yml",
    "actions": "/action.yml",
    "dependabot": "/dependabot.yml",
    "pre-commit": "/.pre-commit-config.yaml",
}
"""Our samples, and how their files have to be called."""
_ACTION = frozenset({"action.yml", "action.yaml"})
_DEPENDABOT = frozenset({"dependabot.yml", "dependabot.yaml"})
_PRE_COMMIT = frozenset({".pre-commit-config.yaml", ".pre-commit-hooks.yaml"})
_OPTIONS = ("--offline", "--no-exit-codes", "--no-progress", "--format=json-v1", "--persona=auditor")
_TALK = {"RUST_LOG": "info", "NO_COLOR": "1"}
"""What it says beside its findings has to say which files it has looked at."""
_NOTHING_TO_DO = b"no inputs collected"
_CAUSE = re.compile(r"^ +\d+: (.*)$", re.MULTILINE)


class Zizmor(Engine):
    """Knows how strangers get hold of what a workflow may do."""

    name = "zizmor"
    title = "zizmor"
    url = "https://docs.zizmor.sh/"
    licence = "MIT"
    languages = frozenset({"YAML"})
    install = "pip install 'zizmor>=1.32'"

    def takes(self, path: str, languages: Collection[str]) -> bool:
        way = PurePosixPath(path)
        if "YAML" not in languages:
            return False
        if way.parent.name == "workflows":
            return way.parent.parent.name == ".github"
        if way.parent.name == ".github" and way.name in _DEPENDABOT:
            return True
        return way.name in _ACTION | _PRE_COMMIT

    def locate(self) -> Located:
        program = wheel_program("zizmor", self.install)
        return Located(
            command=(program,), version=version_of([program, "--version"], (1, 30), package="zizmor")
        )

    def rules(self, located: Located) -> list[RuleFacts]:
        return [*_catalogue(located.command, located.version).values(), other(self.title, ("YAML",))]

    def analyse(self, job: Job) -> Analysis:
        command = [*job.located.command, *_OPTIONS, "--collect=all"]
        if not job.own_config:
            command.append("--no-config")
        known = _catalogue(job.located.command, job.located.version)
        unread = {file: "zizmor takes no names that are not UTF-8" for file in job.files if not is_utf8(file)}
        left = {file: str(job.root / file) for file in job.files if file not in unread}
        answer: list[dict[str, Any]] = []
        while left:
            done = job.run(
                [*command, "--", *left.values()],
                folder=job.root if job.own_config else job.scratch,
                env=_TALK,
            )
            said = done.stderr.decode("utf-8", "replace")
            if done.code == 0 and (read := json_of(done.stdout)) is not None:
                answer = read
            elif _NOTHING_TO_DO not in done.stderr:
                # One file that is no workflow at all ends the work on all the others.
                guilty = next(
                    (file for file, path in left.items() if f"failed to load file://{path} " in said), None
                )
                if guilty is None:
                    raise EngineFailed(_why(said) or last_line(done.stderr) or f"exit code {done.code}")
                unread[guilty] = _why(said)
                del left[guilty]
                continue
            unread |= {file: _reason(said, path) for file, path in left.items() if not _is_done(said, path)}
            break
        columns = Columns(job.root)
        found: list[RawFinding] = []
        for item in answer:
            if (finding := _finding(item, job.root, columns)) is None:
                continue
            code = finding.code
            if code in known:
                if code in job.rules and _persona(item) <= _wanted(known[code]):
                    found.append(finding)
            elif OTHER in job.rules or code in job.rules:
                found.append(finding)
        return Analysis(findings=found, unread=unread)


def _is_done(said: str, path: str) -> bool:
    return f"completed {path}\n" in said


def _reason(said: str, path: str) -> str:
    _, found, rest = said.partition(f"failed to validate file://{path} as ")
    return rest.partition("\n")[0] if found else "it cannot be parsed as YAML"


def _why(said: str) -> str:
    causes = _CAUSE.findall(said.partition("Stack backtrace")[0])
    return causes[-1][:500] if causes else ""


@lru_cache
def _catalogue(command: tuple[str, ...], version: str) -> dict[str, RuleFacts]:  # noqa: ARG001 - kept by it
    known: dict[str, RuleFacts] = {}
    for kind, suffix in _KINDS.items():
        with written(samples("zizmor", kind), suffix) as (folder, by_name):
            answers = _answers(command, folder, sorted(by_name))
            columns = Columns(folder)
            found = [(finding, item) for item in answers if (finding := _finding(item, folder, columns))]
        # A rule is as grave as the gravest of its findings, and for whoever wants the first of them.
        gravest: dict[str, str] = {}
        persona: dict[str, int] = {}
        for finding, item in found:
            severity = item["determinations"]["severity"]
            known_before = gravest.setdefault(finding.code, severity)
            if _BY_SEVERITY[severity] < _BY_SEVERITY[known_before]:
                gravest[finding.code] = severity
            persona[finding.code] = min(persona.get(finding.code, len(_PERSONAS)), _persona(item))
        titles = {item["ident"]: item for item in answers}
        for code, example in examples(by_name, (finding for finding, _ in found)).items():
            if code not in known:
                known[code] = _facts(titles[code], gravest[code], _PERSONAS[persona[code]], example)
    return dict(sorted(known.items()))


def _answers(command: tuple[str, ...], folder: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    paths = (str(folder / name) for name in names)
    return answer_of([*command, *_OPTIONS, "--no-config", "--collect=all", *paths], folder)


def _persona(item: dict[str, Any]) -> int:
    return _PERSONAS.index(item["determinations"]["persona"])


def _wanted(facts: RuleFacts) -> int:
    return next((number for number, persona in enumerate(_PERSONAS) if persona in facts.tags), 0)


def _facts(item: dict[str, Any], word: str, persona: str, example: Example) -> RuleFacts:
    severity, smallest = _BY_SEVERITY[word]
    if persona != _PERSONAS[0]:
        severity, smallest = max(severity, Severity.GENERAL), OPTIONAL
    return RuleFacts(
        code=item["ident"],
        name=item["desc"],
        languages=("YAML",),
        severity=severity,
        level=smallest,
        description=f"zizmor says of code like the example: {example.finding.message}",
        tags=("security", persona, word.lower()),
        wrong_example=example.wrong,
        advice="; ".join(fix.description for fix in example.finding.fixes),
        url=item["url"],
        fixable=bool(example.finding.fixes),
    )


def _finding(item: dict[str, Any], root: Path, columns: Columns) -> RawFinding | None:
    """One finding; None for one without a place in a file."""
    places = [
        (place, place["symbolic"]["key"]["Local"]["verbatim_path"])
        for place in item["locations"]
        if "Local" in place["symbolic"]["key"] and place["symbolic"]["kind"] != "Hidden"
    ]
    main = next(((place, path) for place, path in places if place["symbolic"]["kind"] == "Primary"), None)
    if main is None:
        return None
    place, path = main[0], relative(main[1], root)
    start, end = _point(place, "start_point"), _point(place, "end_point")
    events = tuple(
        Event(
            path=relative(each_path, root),
            line=_point(each, "start_point")[0],
            description=each["symbolic"]["annotation"],
            main=each is place,
        )
        for each, each_path in places
    )
    return RawFinding(
        code=item["ident"],
        path=path,
        message=f"{item['desc']}: {place['symbolic']['annotation']}",
        line=start[0],
        column=columns.of(path, *start),
        end_line=end[0],
        end_column=columns.of(path, *end),
        events=events if len(events) > 1 else (),
        fixes=tuple(
            Fix(description=fix["title"], safe=fix["disposition"] == "safe") for fix in item["fixes"]
        ),
        severity=int(_BY_SEVERITY[item["determinations"]["severity"]][0]),
    )


def _point(place: dict[str, Any], which: str) -> tuple[int, int]:
    """Line, from 1, and how many bytes before it in the line."""
    point = place["concrete"]["location"][which]
    return point["row"] + 1, point["column"]
