"""Stylelint: CSS, SCSS and Less."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

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
)
from bottega.check.engines.node_folder import INSTALL, node, package
from bottega.check.engines.reading import CATALOGUE_SECONDS, last_line, relative
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

_DRIVER = Path(__file__).parent / "node" / "stylelint.mjs"
_AT_LEAST = 16
_SYNTAX = "CssSyntaxError"

_TASTE = re.compile(
    r"vendor-prefix|no-hex|important|qualifying|descending|no-unknown-(animations|custom)|scheme-relative"
)
"""Rules about what a team may well want, or that would need the other files."""
_MENDED_BY_BROWSERS = re.compile(r"deprecated|redundant|empty|unit$")
_PLAIN = [
    "annotation-no-unknown",
    "at-rule-no-unknown",
    "at-rule-prelude-no-invalid",
    "comment-no-empty",
    "declaration-property-value-no-unknown",
    "function-no-unknown",
    "media-feature-name-value-no-unknown",
    "media-query-no-invalid",
    "nesting-selector-no-missing-scoping-root",
    "no-invalid-double-slash-comments",
    "no-invalid-position-at-import-rule",
    "no-invalid-position-declaration",
]
"""Rules that take what SCSS and Less add for a mistake."""


class Stylelint(Engine):
    """Its rules that need no choice; what a team has to choose, such as patterns for names, is left out."""

    name = "stylelint"
    title = "Stylelint"
    url = "https://stylelint.io/"
    licence = "MIT"
    languages = frozenset({"CSS"})
    install = INSTALL
    outside = True
    batch = 500

    def locate(self) -> Located:
        folder, version = package("stylelint")
        if int(version.partition(".")[0]) < _AT_LEAST:
            raise EngineMissing(f"stylelint is outdated: version {version}; get a newer one with: {INSTALL}")
        packages = str(folder.parent)
        return Located(command=(node(), str(_DRIVER), packages), version=version, binds=(packages,))

    def rules(self, located: Located) -> list[RuleFacts]:
        program, driver, packages = located.command
        try:
            done = subprocess.run(
                [program, driver],
                input=json.dumps({"packages": packages}).encode(),
                capture_output=True,
                timeout=CATALOGUE_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineFailed(f"stylelint: {error}") from None
        return [_facts(rule) for rule in json.loads(done.stdout)]

    def analyse(self, job: Job) -> Analysis:
        program, driver, packages = job.located.command
        odd = {file for file in job.files if any("\udc80" <= letter <= "\udcff" for letter in file)}
        unread = dict.fromkeys(odd, "Stylelint takes no names that are not in UTF-8")
        files = [str(job.root / file) for file in job.files if file not in odd]
        order = {"packages": packages, "rules": list(job.rules), "plain": _PLAIN, "files": files}
        done = job.run([program, driver], folder=job.scratch, stdin=json.dumps(order).encode())
        try:
            told: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}") from None
        unread.update({relative(file, job.root): reason for file, reason in told["unread"].items()})
        found: list[RawFinding] = []
        for file, findings in told["found"].items():
            path = relative(file, job.root)
            for finding in findings:
                finding["message"] = finding["message"].removesuffix(f" ({finding['code']})")
                if finding["code"] == _SYNTAX:
                    unread.setdefault(path, f"line {finding['line']}: {finding['message']}")
                elif finding["code"] in job.rules:
                    found.append(RawFinding(path=path, **finding))
        return Analysis(findings=found, unread=unread)


def _facts(rule: dict[str, Any]) -> RuleFacts:
    name = rule["name"]
    if _TASTE.search(name):
        severity, level = Severity.HINT, OPTIONAL
    elif _MENDED_BY_BROWSERS.search(name):
        severity, level = Severity.HINT, COMPREHENSIVE
    else:
        severity, level = Severity.GENERAL, GENERAL
    return RuleFacts(
        code=name,
        name=name.replace("-", " "),
        languages=("CSS",),
        severity=severity,
        level=level,
        description=f"{name} of Stylelint: {rule.get('url', '')}",
        tags=("css",),
        url=rule.get("url") or "",
        fixable=rule["fixable"],
    )
