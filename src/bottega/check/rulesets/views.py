"""Rule sets as they are shown."""

from collections.abc import Mapping

import msgspec
from sqlalchemy.orm import Session

from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.rulesets import reading
from bottega.check.rulesets.effective import SetRule, effective, switched_on
from bottega.check.rulesets.reading import AnySet
from bottega.check.rulesets.system import CREATOR, DEFAULT_LEVEL, SystemSet, system_set
from bottega.check.rulesets.usage import Named


class SetView(msgspec.Struct, kw_only=True):
    """A rule set. Times are epoch milliseconds, None for the system's; ``on`` are ids of the rules that are on.

    ``default`` is the system's default for the language, ``project_default`` the project's. ``used``: a task names it,
    or leaves the language to a default that it is.
    """

    id: str
    english: str
    chinese: str
    language: str
    system: bool
    project_id: str = ""
    description: str = ""
    base_id: str = ""
    creator_id: str = ""
    creator_name: str = CREATOR
    changed_by: str = CREATOR
    created_at: int | None = None
    updated_at: int | None = None
    default: bool = False
    project_default: bool = False
    used: bool = False
    on: list[str] = []


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a project makes of rule sets; without a project nothing."""

    defaults: Mapping[str, str] = {}
    named: Named = set()

    def is_default(self, one: AnySet) -> bool:
        """Whether tasks that name only the language use this set."""
        return (self.defaults.get(one.language) or system_set(one.language).id) == one.id

    def is_used(self, one: AnySet) -> bool:
        """Whether a task uses it."""
        return (one.language, one.id) in self.named or (
            self.is_default(one) and (one.language, "") in self.named
        )


def rules_of(session: Session, catalogue: Catalogue, one: AnySet) -> dict[str, SetRule]:
    """Every rule of the set's language, on or off."""
    if isinstance(one, SystemSet):
        return effective(catalogue, one.language, one.level)
    level, layers = reading.layers(session, one)
    return effective(catalogue, one.language, level, layers)


def view(session: Session, catalogue: Catalogue, one: AnySet, around: Surroundings) -> SetView:
    """The set as it is shown."""
    on = switched_on(rules_of(session, catalogue, one).values())
    if isinstance(one, SystemSet):
        return SetView(
            id=one.id,
            english=one.english,
            chinese=one.chinese,
            language=one.language,
            system=True,
            default=one.level == DEFAULT_LEVEL,
            project_default=around.is_default(one),
            used=around.is_used(one),
            on=on,
        )
    return SetView(
        id=one.id,
        english=one.name,
        chinese=one.name,
        language=one.language,
        system=False,
        project_id=one.project_id,
        description=one.description,
        base_id=one.base_id,
        creator_id=one.creator_id,
        creator_name=one.creator_name,
        changed_by=one.changed_by,
        created_at=one.created_at,
        updated_at=one.updated_at,
        project_default=around.is_default(one),
        used=around.is_used(one),
        on=on,
    )
