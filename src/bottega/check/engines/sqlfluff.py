"""SQLFluff: SQL of any dialect it is told, and standard SQL where it is told none."""

import importlib
import inspect
import json
import re
from typing import Any

import msgspec

from bottega.check.engines.base import (
    COMPREHENSIVE,
    GENERAL,
    OPTIONAL,
    Analysis,
    Engine,
    EngineFailed,
    EngineMissing,
    Job,
    Located,
    RuleFacts,
    RuleOption,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import last_line, relative
from bottega.check.engines.syntax import sifted, syntax_error
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

_BY_GROUP = {
    "ambiguous": (Severity.GENERAL, GENERAL),
    "references": (Severity.GENERAL, GENERAL),
    "structure": (Severity.GENERAL, GENERAL),
    "convention": (Severity.HINT, COMPREHENSIVE),
    "aliasing": (Severity.HINT, COMPREHENSIVE),
    "jinja": (Severity.HINT, OPTIONAL),
    "capitalisation": (Severity.HINT, OPTIONAL),
    "layout": (Severity.HINT, OPTIONAL),
    "tsql": (Severity.HINT, OPTIONAL),
    "oracle": (Severity.HINT, OPTIONAL),
}
"""SQLFluff's own groups, as severity and level."""
_UNPARSED = frozenset({"PRS", "LXR", "TMP"})
"""What it reports of a file it cannot read; all are the first to us."""
_SYNTAX = "PRS"
_DIALECT = RuleOption(
    key="dialect",
    name="dialect",
    default="ansi",
    description="The dialect in which all files are read, such as postgres, mysql, tsql or oracle.",
)
_BLOCK = re.compile(
    r"\*\*(Anti-pattern|Best practice)\*\*.*?code-block:: sql(?:\s+:\w+: [^\n]*)?\n\n(.*?)(?=\n    \S|\Z)",
    re.DOTALL,
)
_NAME = re.compile(r"\w+")


class Sqlfluff(Engine):
    """Finds what is ambiguous and what is badly laid out; templates are not filled in."""

    name = "sqlfluff"
    title = "SQLFluff"
    url = "https://docs.sqlfluff.com/"
    licence = "MIT"
    languages = frozenset({"SQL"})
    install = "pip install 'sqlfluff>=4.5'"
    batch = 200

    def locate(self) -> Located:
        program = wheel_program("sqlfluff", self.install)
        return Located(
            command=(program,), version=version_of([program, "--version"], (3, 0), package="sqlfluff")
        )

    def rules(self, located: Located) -> list[RuleFacts]:  # noqa: ARG002 - its rules are classes beside ours
        try:
            core: Any = importlib.import_module("sqlfluff.core")
        except ImportError as error:
            raise EngineMissing(f"{error}; get it with: {self.install}") from None
        linter = core.Linter(config=core.FluffConfig(overrides={"dialect": "ansi"}))
        unparsed = msgspec.structs.replace(
            syntax_error(("SQL",), "The file cannot be parsed as SQL of its dialect.", code=_SYNTAX),
            severity=Severity.SERIOUS,
            options=(_DIALECT,),
        )
        return [*(_facts(rule) for rule in linter.get_rulepack().rules), unparsed]

    def analyse(self, job: Job) -> Analysis:
        wanted = [code for code in job.rules if code not in _UNPARSED]
        dialect = job.rules.get(_SYNTAX, {}).get(_DIALECT.key, "")
        command = [*job.located.command, "lint", "--format", "json", "--nofail", "--disable-progress-bar"]
        command += ["--disregard-sqlfluffignores", "--processes", str(job.cores), "--templater", "raw"]
        command += ["--dialect", dialect if _NAME.fullmatch(dialect) else _DIALECT.default]
        # No rule at all would mean every rule.
        command += ["--rules", ",".join(wanted) or "LT01"]
        if not job.own_config:
            command.append("--ignore-local-config")
        done = job.run(
            [*command, "--", *(str(job.root / file) for file in job.files)],
            folder=job.root if job.own_config else job.scratch,
        )
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}") from None
        found = [
            _finding(relative(file["filepath"], job.root), item)
            for file in answer
            for item in file["violations"]
        ]
        return sifted(found, {_SYNTAX}, job.rules.__contains__)


def _facts(rule: Any) -> RuleFacts:
    groups = [group for group in rule.groups if group in _BY_GROUP]
    severity, level = _BY_GROUP[groups[0]] if groups else (Severity.HINT, COMPREHENSIVE)
    text = inspect.cleandoc(rule.__doc__ or "")
    blocks = {kind: inspect.cleandoc(code) for kind, code in reversed(_BLOCK.findall(rule.__doc__ or ""))}
    return RuleFacts(
        code=rule.code,
        name=rule.description.rstrip("."),
        languages=("SQL",),
        severity=severity,
        level=level,
        description=text,
        tags=tuple(group for group in rule.groups if group != "all"),
        wrong_example=blocks.get("Anti-pattern", ""),
        right_example=blocks.get("Best practice", ""),
        url=f"https://docs.sqlfluff.com/en/stable/reference/rules.html#rule-{rule.code}",
        earlier=tuple(rule.aliases),
        fixable=bool(getattr(rule, "is_fix_compatible", False)),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]


def _finding(path: str, item: dict[str, Any]) -> RawFinding:
    return RawFinding(
        code=_SYNTAX if item["code"] in _UNPARSED else item["code"],
        path=path,
        message=_one_line(item["description"]),
        line=item["start_line_no"],
        column=item["start_line_pos"],
        end_line=item.get("end_line_no", 0),
        end_column=item.get("end_line_pos", 0),
    )
