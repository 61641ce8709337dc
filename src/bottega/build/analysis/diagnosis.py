"""Choosing the rule that explains a failure."""

import re
from collections.abc import Sequence

import msgspec

from bottega.build.analysis.rules import Rule, catalogue

LINE_CHARACTERS = 500
"""What of a line is looked at and shown."""

_BEGINNING = re.compile(r"\[[^\]\n]{23,40}\] \[[A-Z]{4,5}\] ")
_TERMINAL = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a failure: the runner's ``reason``, the exit code, the last lines of the log, oldest first."""

    reason: str
    exit_code: int | None = None
    lines: Sequence[str] = ()


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that fits, and the line it fits; without a rule nothing is known but the line."""

    rule: Rule | None
    line: str


def plain_lines(text: str) -> list[str]:
    """The lines of a log without time, level and colours; empty ones are left out."""
    plain = (_plain(line) for line in text.split("\n"))
    return [line for line in plain if line]


def diagnose(evidence: Evidence) -> Diagnosis:
    """What the runner says decides; else the rule whose line comes last; else the exit code; else a symptom."""
    reason = _plain(evidence.reason)
    causes = [rule for rule in catalogue() if not rule.symptom]
    symptoms = [rule for rule in catalogue() if rule.symptom]
    for rule in (*causes, *symptoms):
        if rule.fits(reason):
            return Diagnosis(rule=rule, line=reason)
    return (
        _by_lines(causes, evidence.lines)
        or _by_exit_code((*causes, *symptoms), evidence.exit_code, reason)
        or _by_lines(symptoms, evidence.lines)
        or Diagnosis(rule=None, line=reason)
    )


def _by_lines(rules: Sequence[Rule], lines: Sequence[str]) -> Diagnosis | None:
    text = "\n".join(lines)
    possible = [rule for rule in rules if any(word in text for word in rule.words)]
    for last in reversed(lines) if possible else ():
        for rule in possible:
            if rule.fits(last):
                line = next(line for line in lines if rule.fits(line)) if rule.first else last
                better = [one for one in possible if one.code in rule.behind]
                return _by_lines(better, lines) or Diagnosis(rule=rule, line=line)
    return None


def _by_exit_code(rules: Sequence[Rule], code: int | None, reason: str) -> Diagnosis | None:
    rule = next((rule for rule in rules if code in rule.exit_codes), None)
    return Diagnosis(rule=rule, line=reason) if rule else None


def _plain(line: str) -> str:
    text = _TERMINAL.sub("", line[: 2 * LINE_CHARACTERS])
    begin = _BEGINNING.match(text)
    return text[begin.end() if begin else 0 :][:LINE_CHARACTERS].strip("\r")
