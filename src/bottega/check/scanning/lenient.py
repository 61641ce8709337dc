"""Findings that only code that is new may not have: rules with a second, greater limit for code that was changed.

Which code was there before is not known here: what is within the second limit is marked, and whoever compares with an
earlier state leaves it out where the code was there already.
"""

from collections.abc import Sequence

import msgspec

from bottega.check.engines.base import MODIFIED, THRESHOLD, rule_id
from bottega.check.findings import Finding
from bottega.check.scanning.analysing import Analysing, EngineResult
from bottega.check.scanning.assigning import Assignment
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.plan import RuleChoice
from bottega.check.scanning.session import Session

Place = tuple[str, str, int]
"""Rule, name of a file, and line."""


class Within(msgspec.Struct, frozen=True):
    """Where there are findings that are within the second limit."""

    places: frozenset[Place] = frozenset()

    def mark(self, file: SourceFile, findings: Sequence[Finding]) -> None:
        """Say so in these findings of a file. One that another rule has made too is no matter of a limit alone."""
        for one in findings:
            one.within = not one.also and (one.rule, file.name, one.line) in self.places


def within(session: Session, results: Sequence[EngineResult]) -> Within:
    """Have the engines look once more at the files with such findings, by the second limit."""
    wanted = [_second(result) for result in results]
    pairs = [(result, again) for result, again in zip(results, wanted, strict=True) if again.files]
    if not pairs:
        return Within()
    session.progress("once more, by the limits for code that was changed:")
    places: set[Place] = set()
    again = Analysing(session).run([one for _, one in pairs])
    for (result, _), second in zip(pairs, again, strict=True):
        places |= _places(result, second)
    return Within(frozenset(places))


def _second(result: EngineResult) -> Assignment:
    """What the engine is to look at again: the rules that have a second limit, in files where they found something."""
    first = result.assignment
    rules = {
        name: {
            rule: msgspec.structs.replace(
                choice, options={**choice.options, THRESHOLD: choice.options[MODIFIED]}
            )
            for rule, choice in chosen.items()
            if _is_lenient(choice)
        }
        for name, chosen in first.by_language.items()
    }
    rules = {name: chosen for name, chosen in rules.items() if chosen}
    lenient = {rule for chosen in rules.values() for rule in chosen}
    found = {
        name
        for name, each in result.files.items()
        if any(rule_id(first.engine.name, one.raw.code) in lenient for one in each.findings)
    }
    files = [file for file in first.files if file.name in found] if lenient else []
    return Assignment(engine=first.engine, by_language=rules, files=files)


def _is_lenient(choice: RuleChoice) -> bool:
    return bool(choice.options.get(MODIFIED))


def _places(first: EngineResult, second: EngineResult) -> set[Place]:
    engine = first.assignment.engine.name
    lenient = {rule for chosen in second.assignment.by_language.values() for rule in chosen}
    places: set[Place] = set()
    for file in second.assignment.files:
        looked = second.files.get(file.name)
        if looked is None or looked.unread:
            continue
        beyond = {(one.raw.code, one.raw.line) for one in looked.findings}
        places |= {
            (rule_id(engine, one.raw.code), file.name, one.raw.line)
            for one in first.files[file.name].findings
            if rule_id(engine, one.raw.code) in lenient and (one.raw.code, one.raw.line) not in beyond
        }
    return places
