"""What a scan remembers of how it looked, so that the next one knows what changed in between."""

import hashlib
from collections.abc import Iterable

import msgspec

from bottega.check.scanning.plan import EngineChoice, EngineReport

_MARK_BYTES = 6

IMPORTED = "sarif-"
"""How the engines begin that stand for other tools, whose findings are imported: no analyser of ours does."""


class UsedRuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """What decided about the rules for a language. ``name`` is that of a custom set at that time, else empty."""

    language: str
    id: str
    name: str = ""


class ScanMarks(msgspec.Struct, kw_only=True):
    """Kept as ``engines`` of a scan. ``versions`` of the engines that ran; ``rules`` that were on, with a hash of their
    options; ``languages`` that were looked at, with the names of their engines; ``rule_sets`` that all of it is from.
    """

    versions: dict[str, str] = {}
    rules: dict[str, str] = {}
    languages: dict[str, list[str]] = {}
    rule_sets: list[UsedRuleSet] = []

    def has(self, rule: str) -> bool:
        """Whether the rule was on; where nothing was noted all of them were."""
        return not self.rules or rule in self.rules


def marks_of(choices: Iterable[EngineChoice], reports: Iterable[EngineReport] = ()) -> ScanMarks:
    """What is to be remembered of a scan with these choices, and of how its engines fared."""
    marks = ScanMarks(versions={one.engine: one.version for one in reports if one.version})
    options: dict[str, list[str]] = {}
    for choice in choices:
        marks.languages.setdefault(choice.language, []).append(choice.engine)
        for rule, chosen in choice.rules.items():
            values = ",".join(f"{key}={value}" for key, value in sorted(chosen.options.items()))
            options.setdefault(rule, []).append(f"{choice.language}:{values}" if values else "")
    for rule, values in options.items():
        text = "|".join(sorted(filter(None, values)))
        marks.rules[rule] = (
            hashlib.blake2b(text.encode(), digest_size=_MARK_BYTES).hexdigest() if text else ""
        )
    return marks


def engine_of(rule: str) -> str:
    """The engine of a unified rule id."""
    return rule.partition(":")[0]
