"""ESLint: JavaScript and TypeScript, by the rules it brings itself and those of typescript-eslint."""

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Any

from bottega.check.engines.base import OPTIONAL, Analysis, Job, Located, RuleFacts, RuleOption
from bottega.check.engines.node_engine import NodeEngine
from bottega.check.engines.node_folder import INSTALL
from bottega.check.engines.syntax import SYNTAX, sifted, syntax_error
from bottega.check.severities import Severity

_SUFFIXES = frozenset({".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx"})
_THRESHOLD = "threshold"


class Eslint(NodeEngine):
    """Slower than Oxlint, which has most of its rules; it has the others, and mends more by itself."""

    name = "eslint"
    title = "ESLint"
    url = "https://eslint.org/"
    licence = "MIT"
    languages = frozenset({"JAVASCRIPT", "TYPESCRIPT"})
    install = f"{INSTALL} --eslint"
    default = False
    batch = 300
    at_least = (10,)

    def takes(self, path: str, languages: Collection[str]) -> bool:
        return super().takes(path, languages) and PurePosixPath(path).suffix.casefold() in _SUFFIXES

    def rules(self, located: Located) -> list[RuleFacts]:
        syntax = syntax_error(("JAVASCRIPT", "TYPESCRIPT"), "The file cannot be parsed.")
        return [*(_facts(rule) for rule in self.told_rules(located)), syntax]

    def analyse(self, job: Job) -> Analysis:
        rules = {code: _options(options) for code, options in job.rules.items() if code != SYNTAX}
        findings, unread = self.look(job, rules=rules)
        return sifted(findings, {SYNTAX}, job.rules.__contains__, unread)


def _facts(rule: dict[str, Any]) -> RuleFacts:
    if rule["type"] == "problem":
        severity = Severity.SERIOUS
    else:
        severity = Severity.GENERAL if rule["recommended"] else Severity.HINT
    limit = rule["limit"]
    return RuleFacts(
        code=rule["code"],
        name=rule["code"].rpartition("/")[2].replace("-", " "),
        languages=tuple(rule["languages"]),
        severity=severity,
        level=OPTIONAL,
        description=f"{rule['description']}.",
        tags=(rule["type"], *(("recommended",) if rule["recommended"] else ())),
        url=rule["url"],
        options=(RuleOption(key=_THRESHOLD, name="limit", default=str(limit)),) if limit is not None else (),
        fixable=rule["fixable"],
    )


def _options(chosen: Mapping[str, str]) -> list[int]:
    value = chosen.get(_THRESHOLD, "")
    return [int(value)] if value.isascii() and value.isdigit() else []
