"""Ruff: Python."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bottega.check.engines import bandit
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
from bottega.check.engines.owasp import owasp
from bottega.check.engines.reading import last_line, output_of, relative
from bottega.check.engines.syntax import SYNTAX, sifted, syntax_error
from bottega.check.findings import Edit, Fix, RawFinding
from bottega.check.severities import Severity

_BY_CATEGORY = {
    "security": (Severity.SERIOUS, CRITICAL),
    "correctness": (Severity.SERIOUS, CRITICAL),
    "suspicious": (Severity.GENERAL, GENERAL),
    "performance": (Severity.GENERAL, GENERAL),
    "complexity": (Severity.GENERAL, GENERAL),
    "pedantic": (Severity.HINT, COMPREHENSIVE),
    "style": (Severity.HINT, COMPREHENSIVE),
    "formatting": (Severity.HINT, OPTIONAL),
    "restriction": (Severity.HINT, OPTIONAL),
}
"""Ruff's own categories, as severity and level."""

_OPTIONS = {
    "C901": "lint.mccabe.max-complexity",
    "E501": "lint.pycodestyle.max-line-length",
    "PLR0911": "lint.pylint.max-returns",
    "PLR0912": "lint.pylint.max-branches",
    "PLR0913": "lint.pylint.max-args",
    "PLR0915": "lint.pylint.max-statements",
}
"""Settings of Ruff that are the threshold of one rule."""

_EXAMPLE = re.compile(r"^```(?:python|py)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CWE = re.compile(r"CWE-(\d+)")
_FOUND, _NOTHING_FOUND = 1, 0
_UNREADABLE = "E902"
"""Told of files that Ruff cannot read, such as those that are not in UTF-8, which else are left out in silence."""


class Ruff(Engine):
    """Answers for a thousand files in a second; its rules cover those of a dozen older linters."""

    name = "ruff"
    title = "Ruff"
    url = "https://docs.astral.sh/ruff/"
    licence = "MIT"
    languages = frozenset({"PYTHON"})
    install = "pip install 'bottega[engines]'"
    batch = 2000
    uses_cores = True

    def locate(self) -> Located:
        program = wheel_program("ruff", self.install)
        return Located(
            command=(program,), version=version_of([program, "--version"], (0, 17), package="ruff")
        )

    def rules(self, located: Located) -> list[RuleFacts]:
        every = json.loads(output_of([*located.command, "rule", "--all", "--output-format", "json"]))
        weaknesses = bandit.weaknesses()
        known = [_facts(rule, located, weaknesses) for rule in every if _is_usable(rule)]
        return [*known, syntax_error(("PYTHON",), "The file cannot be parsed as Python.")]

    def analyse(self, job: Job) -> Analysis:
        codes = [code for code in job.rules if code != SYNTAX]
        command = [*job.located.command, "check", "--no-cache", "--exit-zero", "--output-format", "json"]
        command += ["--preview", "--select", ",".join([*codes, _UNREADABLE])]
        if not job.own_config:
            command.append("--isolated")
        for code, options in job.rules.items():
            if code in _OPTIONS and (value := options.get("threshold", "")).isdigit():
                command += ["--config", f"{_OPTIONS[code]}={value}"]
        done = job.run(
            [*command, "--", *(str(job.root / file) for file in job.files)],
            folder=job.scratch,
            env={"RAYON_NUM_THREADS": str(job.cores), "RUFF_NO_CACHE": "true"},
        )
        if done.code != _NOTHING_FOUND:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
        found = [_finding(item, job.root) for item in json.loads(done.stdout or b"[]")]
        own = {SYNTAX, _UNREADABLE}
        return sifted(found, own, lambda code: code not in own or code in job.rules)


def _is_usable(rule: dict[str, Any]) -> bool:
    # Rules without a code are so new that they can only be selected by their name.
    status = rule["status"]
    return rule["code"] is not None and "Removed" not in status and "Deprecated" not in status


def _facts(rule: dict[str, Any], located: Located, weaknesses: Mapping[str, tuple[int, ...]]) -> RuleFacts:
    severity, level = _BY_CATEGORY.get(rule["category"], (Severity.GENERAL, COMPREHENSIVE))
    if rule["preview"]:
        level = max(level, OPTIONAL)
    explanation = rule["explanation"] or ""
    # Its rules about security are numbered as those of Bandit, and only half of them tell a CWE number themselves.
    cwe = tuple(sorted({int(number) for number in _CWE.findall(explanation)}))
    if not cwe and rule["linter"] == "flake8-bandit":
        cwe = weaknesses.get(f"B{rule['code'][1:]}", ())
    examples = [block.group(1) for block in _EXAMPLE.finditer(explanation)]
    return RuleFacts(
        code=rule["code"],
        name=rule["name"].replace("-", " "),
        languages=("PYTHON",),
        severity=severity,
        level=level,
        description=explanation,
        tags=(rule["category"],),
        cwe=cwe,
        owasp=owasp(cwe),
        wrong_example=examples[0] if examples else "",
        right_example=examples[1] if len(examples) > 1 else "",
        advice=rule["fix"] or "",
        url=f"https://docs.astral.sh/ruff/rules/{rule['name']}",
        options=_options(rule["code"], located),
        fixable=rule["fix_availability"] != "None",
    )


def _options(code: str, located: Located) -> tuple[RuleOption, ...]:
    if code not in _OPTIONS:
        return ()
    text = output_of([*located.command, "config", _OPTIONS[code], "--output-format", "json"])
    setting = json.loads(text)
    default = setting["default"]
    return (
        RuleOption(
            key="threshold",
            name=_OPTIONS[code].rpartition(".")[2],
            default=default if default.isdigit() else "88",
            description=setting["doc"],
        ),
    )


def _finding(item: dict[str, Any], root: Path) -> RawFinding:
    at, to = item["location"], item["end_location"]
    code = item["code"]
    return RawFinding(
        code=SYNTAX if code in {None, "invalid-syntax"} else code,
        path=relative(item["filename"], root),
        message=item["message"],
        line=at["row"],
        column=at["column"],
        end_line=to["row"],
        end_column=to["column"],
        fixes=_fixes(item["fix"]),
    )


def _fixes(fix: dict[str, Any] | None) -> tuple[Fix, ...]:
    if fix is None:
        return ()
    edits = tuple(
        Edit(
            line=edit["location"]["row"],
            column=edit["location"]["column"],
            end_line=edit["end_location"]["row"],
            end_column=edit["end_location"]["column"],
            text=edit["content"],
        )
        for edit in fix["edits"]
    )
    return (Fix(description=fix["message"] or "", edits=edits, safe=fix["applicability"] == "safe"),)
