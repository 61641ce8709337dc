"""Stylelint: CSS, SCSS and Less."""

import re
from typing import Any

from bottega.check.engines.base import (
    COMPREHENSIVE,
    GENERAL,
    OPTIONAL,
    Analysis,
    Job,
    Located,
    RuleFacts,
)
from bottega.check.engines.node_engine import NodeEngine
from bottega.check.engines.syntax import sifted
from bottega.check.severities import Severity

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


class Stylelint(NodeEngine):
    """Its rules that need no choice; what a team has to choose, such as patterns for names, is left out."""

    name = "stylelint"
    title = "Stylelint"
    url = "https://stylelint.io/"
    licence = "MIT"
    languages = frozenset({"CSS"})
    batch = 500
    at_least = (16,)

    def rules(self, located: Located) -> list[RuleFacts]:
        return [_facts(rule) for rule in self.told_rules(located)]

    def analyse(self, job: Job) -> Analysis:
        findings, unread = self.look(job, rules=list(job.rules), plain=_PLAIN)
        for finding in findings:
            finding.message = finding.message.removesuffix(f" ({finding.code})")
        return sifted(findings, {_SYNTAX}, job.rules.__contains__, unread)


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
