"""Bandit: security of Python code. Ruff has most of its rules, and is much quicker; Bandit knows of the others."""

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

from bottega.check.engines.base import (
    OPTIONAL,
    Analysis,
    Engine,
    EngineFailed,
    EngineMissing,
    Job,
    Located,
    RuleFacts,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.owasp import owasp
from bottega.check.engines.reading import Columns, json_of, last_line, relative
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

_BY_SEVERITY = {"HIGH": Severity.SERIOUS, "MEDIUM": Severity.GENERAL, "LOW": Severity.HINT}
"""Bandit's own severities; it judges every finding anew, a rule is as grave as the gravest its text tells of."""
_TOLD = re.compile(r"Severity:\s*(High|Medium|Low)", re.IGNORECASE)
_CWE = re.compile(r"CWE-(\d+)")
_HEADING = re.compile(r"^[=*\s]*B\d+: (.*?)\**\n=*\s*")
_ABOUT_CALLS, _ABOUT_IMPORTS = "blacklist_calls", "blacklist_imports"
_FOUND = range(2)


class Bandit(Engine):
    """Not in the system sets: every rule of its that matters is also one of Ruff's."""

    name = "bandit"
    title = "Bandit"
    url = "https://bandit.readthedocs.io/"
    licence = "Apache-2.0"
    languages = frozenset({"PYTHON"})
    install = "pip install 'bottega[engines]'"
    default = False
    batch = 200

    def locate(self) -> Located:
        program = wheel_program("bandit", self.install)
        return Located(
            command=(program,), version=version_of([program, "--version"], (1, 7, 5), package="bandit")
        )

    def rules(self, located: Located) -> list[RuleFacts]:
        return _rules(located.version)

    def analyse(self, job: Job) -> Analysis:
        command = [*job.located.command, "--quiet", "--exit-zero", "--format", "json", "--exclude", ""]
        command += ["--tests", ",".join(job.rules)]
        done = job.run([*command, "--", *(str(job.root / file) for file in job.files)], folder=job.scratch)
        answer = json_of(done.stdout)
        if done.code not in _FOUND or answer is None:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
        looked_at = {relative(path, job.root) for path in answer["metrics"]}
        unread = {file: "Bandit left it out" for file in job.files if file not in looked_at}
        unread |= {relative(error["filename"], job.root): error["reason"] for error in answer["errors"]}
        columns = Columns(job.root)
        found = [
            _finding(item, job.root, columns) for item in answer["results"] if item["test_id"] in job.rules
        ]
        return Analysis(findings=found, unread=unread)


def weaknesses() -> dict[str, tuple[int, ...]]:
    """CWE numbers by code, for engines with the same rules; empty where Bandit is not installed."""
    try:
        return {facts.code: facts.cwe for facts in _rules("")}
    except EngineMissing:
        return {}


def _rules(version: str) -> list[RuleFacts]:
    try:
        loading: Any = importlib.import_module("bandit.core.extension_loader")
    except ImportError as error:
        raise EngineMissing(f"{error}; get it with: {Bandit.install}") from None
    manager = loading.MANAGER
    listed = {item["id"]: item for items in manager.blacklist.values() for item in items}
    calls = {item["id"] for item in manager.blacklist.get("Call", ())} - {
        item["id"] for item in manager.blacklist.get("Import", ())
    }
    checks = [_facts(test.plugin._test_id, test.name, test.plugin, version) for test in manager.plugins]
    return [*checks, *(_listed(code, item, code in calls, version) for code, item in sorted(listed.items()))]


def _facts(code: str, name: str, check: Any, version: str) -> RuleFacts:
    # What is alone in its module is often described there.
    text = inspect.cleandoc(check.__doc__ or importlib.import_module(check.__module__).__doc__ or "")
    said = {_BY_SEVERITY[word.upper()] for word in _TOLD.findall(text)}
    cwe = tuple(sorted({int(number) for number in _CWE.findall(text)}))
    return RuleFacts(
        code=code,
        name=name.replace("_", " "),
        languages=("PYTHON",),
        severity=min(said, default=Severity.GENERAL),
        level=OPTIONAL,
        description=_HEADING.sub("", text).partition(":Example:")[0].strip() or name.replace("_", " "),
        tags=("security",),
        cwe=cwe,
        owasp=owasp(cwe),
        url=f"https://bandit.readthedocs.io/en/{version}/plugins/{code.lower()}_{name}.html",
    )


def _listed(code: str, item: dict[str, Any], is_call: bool, version: str) -> RuleFacts:
    page = _ABOUT_CALLS if is_call else _ABOUT_IMPORTS
    names = "\n".join(f"* `{name}`" for name in item["qualnames"])
    return RuleFacts(
        code=code,
        name=item["name"].replace("_", " "),
        languages=("PYTHON",),
        severity=_BY_SEVERITY[item["level"]],
        level=OPTIONAL,
        description=f"{item['message'].replace('{name}', 'the function')}\n\n{names}",
        tags=("security",),
        cwe=(item["cwe"],),
        owasp=owasp((item["cwe"],)),
        url=f"https://bandit.readthedocs.io/en/{version}/blacklists/{page}.html",
    )


def _finding(item: dict[str, Any], root: Path, columns: Columns) -> RawFinding:
    path, line = relative(item["filename"], root), item["line_number"]
    last = max(item["line_range"], default=line)
    return RawFinding(
        code=item["test_id"],
        path=path,
        message=item["issue_text"],
        line=line,
        column=columns.of(path, line, item["col_offset"]) if item["col_offset"] >= 0 else 0,
        end_line=last,
        end_column=columns.of(path, last, item["end_col_offset"]) if item.get("end_col_offset", 0) > 0 else 0,
        severity=int(_BY_SEVERITY.get(item["issue_severity"], Severity.GENERAL)),
    )
