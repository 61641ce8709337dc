"""HTMLHint: HTML."""

from typing import Any

from bottega.check.engines.base import GENERAL, OPTIONAL, Analysis, Job, Located, RuleFacts
from bottega.check.engines.node_engine import NodeEngine
from bottega.check.severities import Severity


class HtmlHint(NodeEngine):
    """Looks at tags and attributes of pages."""

    name = "htmlhint"
    title = "HTMLHint"
    url = "https://htmlhint.com/"
    licence = "MIT"
    languages = frozenset({"HTML"})
    batch = 1000
    at_least = (1, 1)

    def rules(self, located: Located) -> list[RuleFacts]:
        told = self.told_rules(located)
        return [_facts(rule, rule["id"] in told["usual"]) for rule in told["rules"]]

    def analyse(self, job: Job) -> Analysis:
        findings, unread = self.look(job, rules=dict.fromkeys(job.rules, True))
        return Analysis(findings=findings, unread=unread)


def _facts(rule: dict[str, Any], is_usual: bool) -> RuleFacts:
    return RuleFacts(
        code=rule["id"],
        name=rule["id"].replace("-", " "),
        languages=("HTML",),
        severity=Severity.GENERAL if is_usual else Severity.HINT,
        level=GENERAL if is_usual else OPTIONAL,
        description=rule["description"],
        tags=("html",),
        url=rule.get("link") or "",
    )
