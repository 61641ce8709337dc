"""Which rules a task is checked with, language by language."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy.orm import Session

from bottega.check import languages
from bottega.check.languages import LANGUAGES, Language
from bottega.check.rulesets import reading
from bottega.check.rulesets.reading import AnySet
from bottega.check.rulesets.system import DEFAULT_LEVEL, SYSTEM_SETS, SystemSet, system_set
from bottega.check.tasks.settings import RuleSetChoice
from bottega.errors import SHOWN, Invalid

MAX_CHOICES = 100
SELECTED, OPTIONAL = "selected", "optional"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set of a task's language, and whether the task is checked with it."""

    rule_set: AnySet
    selected: bool

    @property
    def of_system(self) -> bool:
        """Whether nobody can change it."""
        return isinstance(self.rule_set, SystemSet)


def language(text: str, field: str) -> Language:
    """The language a client means, in any spelling. Raises :class:`Invalid`."""
    found = languages.find(text)
    if found is None:
        known = ", ".join(one.short for one in LANGUAGES.values())
        raise Invalid(field, f"{text[:SHOWN]!r} is none of {known}")
    return found


def choose(
    session: Session,
    tenant_id: str,
    project_id: str,
    short_names: Sequence[str],
    rule_sets: Sequence[RuleSetChoice],
    *,
    fields: tuple[str, str] = ("language", "rule_sets"),
) -> list[RuleSetChoice]:
    """What a new task is checked with: these rule sets, and the project's defaults of the other languages.

    Raises :class:`Invalid`, :class:`UnknownRuleSet`.
    """
    chosen: dict[str, RuleSetChoice] = {}
    if len(rule_sets) > MAX_CHOICES or len(short_names) > MAX_CHOICES:
        raise Invalid(fields[1], f"has more than {MAX_CHOICES} languages")
    for one in rule_sets:
        found = checked(session, tenant_id, project_id, one, fields[1], id_field="ruleset_id")
        if found.language in chosen:
            raise Invalid(fields[1], f"has two rule sets for {found.language}")
        chosen[found.language] = found
    for text in short_names:
        name = language(text, fields[0]).name
        chosen.setdefault(name, RuleSetChoice(language=name))
    if not chosen:
        raise Invalid(
            fields[0], "is required where there are no rule_sets: a task checks at least one language"
        )
    return list(chosen.values())


def checked(
    session: Session,
    tenant_id: str,
    project_id: str,
    choice: RuleSetChoice,
    field: str,
    *,
    id_field: str = "rule_set_id",
) -> RuleSetChoice:
    """The choice with the language's own name; its rule set must be one of the project's, and for that language.

    It is not deleted before the end of this write transaction. Raises :class:`Invalid`, :class:`UnknownRuleSet`.
    """
    name = language(choice.language, f"{field}.language").name
    if choice.rule_set_id:
        reading.hold(
            session,
            tenant_id,
            project_id,
            name,
            choice.rule_set_id,
            field=f"{field}.{id_field}",
            language_field=f"{field}.language",
        )
    return RuleSetChoice(language=name, rule_set_id=choice.rule_set_id, on=choice.on)


def replaced(choices: Iterable[RuleSetChoice], changes: Iterable[RuleSetChoice]) -> list[RuleSetChoice]:
    """``choices`` with one set a language: a set that goes on takes the place of the one before it."""
    by_language = {one.language: one for one in choices}
    for change in changes:
        before = by_language.get(change.language)
        if change.on or before is None or not before.rule_set_id or before.rule_set_id == change.rule_set_id:
            by_language[change.language] = change
    return list(by_language.values())


def offers(
    session: Session, tenant_id: str, project_id: str, choices: Sequence[RuleSetChoice]
) -> list[Offer]:
    """All rule sets of the task's languages; of each language the one it is checked with first.

    Then come the system's, its default before the others, and the project's own by age.
    """
    defaults = reading.defaults(session, project_id)
    own = reading.of_projects(session, tenant_id, [project_id])[::-1]
    found: list[Offer] = []
    for choice in choices:
        name = choice.language
        chosen = choice.rule_set_id or defaults.get(name) or system_set(name).id
        known = [one for one in (*_SYSTEM_SETS, *own) if one.language == name]
        offered = [Offer(rule_set=one, selected=choice.on and one.id == chosen) for one in known]
        found += sorted(offered, key=lambda offer: not offer.selected)
    return found


_SYSTEM_SETS = sorted(SYSTEM_SETS.values(), key=lambda one: one.level != DEFAULT_LEVEL)
