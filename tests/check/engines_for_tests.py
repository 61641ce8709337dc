"""Analysers of a few rules that count how often they are asked: what a catalogue does is seen best with its own."""

from pathlib import Path

from bottega.check.engines.base import (
    GENERAL,
    Analysis,
    Engine,
    EngineMissing,
    Job,
    Located,
    RuleFacts,
    RuleOption,
)
from bottega.check.severities import Severity


def facts(code: str, *languages: str, level: int = GENERAL, **more: object) -> RuleFacts:
    """A rule, for Python unless told otherwise."""
    known = {"name": f"name of {code}", "severity": Severity.GENERAL, **more}
    return RuleFacts(code=code, languages=languages or ("PYTHON",), level=level, **known)  # type: ignore[arg-type]


LIMIT = RuleOption(key="threshold", name="limit", default="10")


class Small(Engine):
    """Is here as long as its program is; its version is what the program's file says."""

    title = "Small"
    url = ""
    licence = ""
    install = "make it"

    def __init__(self, name: str, program: Path, rules: list[RuleFacts], *, default: bool = True) -> None:
        self.name = name
        self.program = program
        self.default = default
        self.languages = frozenset(one for rule in rules for one in rule.languages if one != "ALL")
        self.told = rules
        self.asked = 0
        program.write_text("1.0")

    def locate(self) -> Located:
        self.asked += 1
        if not self.program.exists():
            raise EngineMissing(f"{self.name} is not installed; get it with: {self.install}")
        return Located(command=(str(self.program),), version=self.program.read_text())

    def rules(self, located: Located) -> list[RuleFacts]:  # noqa: ARG002
        self.asked += 1
        return self.told

    def analyse(self, job: Job) -> Analysis:  # noqa: ARG002
        return Analysis(findings=[])
