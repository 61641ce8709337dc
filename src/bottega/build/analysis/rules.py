"""The rules: entries of the TOML files in the folder ``catalogue``, each with lines it fits and lines it must not fit.

Logs are written by whoever builds, so a rule has to be quick on any text: every repetition in a pattern is bounded,
lines are cut, and a pattern is tried only on lines with one of the rule's words.
"""

import re
import tomllib
from functools import cache, cached_property
from importlib import resources

import msgspec

PACKAGE = "bottega.build.analysis"
FOLDER = "catalogue"


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What one kind of failure looks like. ``cause`` and ``advice`` are sentences for the build's owner.

    A line fits when it contains one of ``words`` and, if there is one, matches ``pattern``. ``exit_codes`` speak for
    the rule when no line does. A ``symptom`` counts only when nothing else fits. ``first``: of several lines that fit
    the first one is shown, because the others follow from it; else it is the last one. ``behind`` are codes of rules
    that explain it better when any line fits them: a package is not found either when its server is not.
    """

    code: str
    words: list[str]
    pattern: str = ""
    exit_codes: list[int] = []
    symptom: bool = False
    first: bool = False
    behind: list[str] = []
    cause: str
    advice: str
    examples: list[str]
    counter_examples: list[str]

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def fits(self, line: str) -> bool:
        """Whether a line of a log, without its time and level, speaks for this rule."""
        return any(word in line for word in self.words) and bool(self._compiled.search(line))


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rule: list[Rule]


@cache
def catalogue() -> list[Rule]:
    """All rules, by file and in the order they are written."""
    files = sorted(resources.files(PACKAGE).joinpath(FOLDER).iterdir(), key=lambda file: file.name)
    return [
        rule
        for file in files
        if file.name.endswith(".toml")
        for rule in msgspec.convert(tomllib.loads(file.read_text("utf-8")), _File).rule
    ]
