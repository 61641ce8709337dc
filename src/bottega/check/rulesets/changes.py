"""What a custom rule set says of its rules, and how that is checked."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.catalogue.rules import Rule
from bottega.check.engines.base import MODIFIED, THRESHOLD, RuleOption
from bottega.check.severities import Severity
from bottega.errors import SHOWN, Invalid

MAX_CHANGES = 10_000
MAX_VALUE = 200
MAX_NUMBER = 2**31 - 1


class RuleChange(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is None or absent follows the base of the set, and in the end the catalogue."""

    on: bool | None = None
    severity: int | None = None
    options: dict[str, str] = {}


Changes = dict[str, RuleChange]
"""By unified rule id."""


def read(stored: Mapping[str, Any]) -> Changes:
    """The changes as a row has them."""
    return msgspec.convert(stored, Changes)


def stored(changes: Changes) -> dict[str, Any]:
    """The same for a row."""
    return msgspec.to_builtins(changes)


_MODIFIED = RuleOption(
    key=MODIFIED,
    name="threshold for modified code",
    default="",
    description="A greater one, for code that was there at the check before and had no such issue.",
)


def options_of(rule: Rule) -> tuple[RuleOption, ...]:
    """The options a rule can be given: those of its engine, and beside a threshold the one for modified code.

    Analysers know nothing of the second one: scans look twice where it is set.
    """
    known = rule.facts.options
    if any(one.key == THRESHOLD for one in known) and all(one.key != MODIFIED for one in known):
        known += (_MODIFIED,)
    return known


class Check:
    """Checks what a client wants of rules of one language, against what the catalogue knows."""

    def __init__(self, catalogue: Catalogue, language: str, also: Collection[str] = ()) -> None:
        """``also`` are ids that may be named although nobody knows them any more, because the set has them."""
        self._catalogue = catalogue
        self._language = language
        self._also = also

    def id_of(self, id_: str, field: str) -> str:
        """The rule's present id. Raises :class:`Invalid`."""
        rule = self._catalogue.find(id_) or self._catalogue.former.get(id_)
        if rule is not None and rule.speaks(self._language):
            return rule.id
        if id_ in self._also:
            return id_
        raise Invalid(field, f"there is no rule {id_[:SHOWN]!r} for {self._language}")

    def ids(self, given: Iterable[str], field: str) -> list[str]:
        """The same for many, each once."""
        found = dict.fromkeys(self.id_of(id_, field) for id_ in given)
        if len(found) > MAX_CHANGES:
            raise Invalid(field, f"names more than {MAX_CHANGES} rules")
        return list(found)

    def options(self, id_: str, given: Mapping[str, str], field: str) -> dict[str, str]:
        """The values for a rule's options. Raises :class:`Invalid`."""
        rule = self._catalogue.rules.get(id_) or self._catalogue.former.get(id_)
        known = {one.key: one for one in (options_of(rule) if rule is not None else ())}
        checked: dict[str, str] = {}
        for key, value in given.items():
            if key not in known:
                raise Invalid(field, f"rule {id_} has no option {key[:SHOWN]!r}")
            checked[key] = _value(known[key], value, field)
        _compare(known, checked, field)
        return checked


def severity(value: str, field: str) -> int:
    """A severity as clients write it. Raises :class:`Invalid`."""
    if value not in {str(int(one)) for one in Severity}:
        raise Invalid(field, "must be 0 (fatal), 1 (serious), 2 (general) or 3 (hint)")
    return int(value)


def _value(option: RuleOption, value: str, field: str) -> str:
    value = value.strip()
    if len(value) > MAX_VALUE or not value.isprintable():
        raise Invalid(field, f"{option.key} must be at most {MAX_VALUE} printable characters")
    if option.key == MODIFIED and not value:
        return value
    if option.key in {THRESHOLD, MODIFIED} or option.default.isdecimal():
        if not (value.isascii() and value.isdecimal() and int(value) <= MAX_NUMBER):
            raise Invalid(field, f"{option.key} must be a whole number from 0 to {MAX_NUMBER}")
        return str(int(value))
    return value


def _compare(known: Mapping[str, RuleOption], values: Mapping[str, str], field: str) -> None:
    modified = values.get(MODIFIED, "")
    if not modified:
        return
    threshold = values.get(THRESHOLD) or known[THRESHOLD].default
    if threshold.isdecimal() and int(modified) <= int(threshold):
        raise Invalid(field, f"{MODIFIED} must be greater than {THRESHOLD}, which is {threshold}")
