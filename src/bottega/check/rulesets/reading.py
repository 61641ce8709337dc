"""Finding rule sets. Another tenant's do not exist, and those of another project do not exist in this one."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.errors import UnknownRuleSet
from bottega.check.identifiers import check_id
from bottega.check.rulesets import changes
from bottega.check.rulesets.changes import Changes
from bottega.check.rulesets.system import SYSTEM_SETS, SystemSet, system_set
from bottega.check.rulesets.tables import DefaultRuleSet, RuleSet
from bottega.errors import Invalid

MAX_DEPTH = 10
"""How many custom sets may be based on each other."""

AnySet = SystemSet | RuleSet


def name_of(one: AnySet) -> str:
    """What it is called in sentences."""
    return one.english if isinstance(one, SystemSet) else one.name


def custom(
    session: Session, tenant_id: str, set_id: str, field: str = "ruleset_id", *, lock: bool = False
) -> RuleSet:
    """A custom set of the tenant. Raises :class:`Invalid`, :class:`UnknownRuleSet`.

    ``lock`` holds its row until the transaction ends.
    """
    check_id(set_id, field)
    query = select(RuleSet).where(RuleSet.id == set_id, RuleSet.tenant_id == tenant_id)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise UnknownRuleSet(set_id)
    return found


def find(session: Session, tenant_id: str, set_id: str, field: str = "ruleset_id") -> AnySet:
    """The system's or the tenant's rule set of that id. Raises :class:`Invalid`, :class:`UnknownRuleSet`."""
    return SYSTEM_SETS.get(set_id) or custom(session, tenant_id, set_id, field)


def in_project(
    session: Session, tenant_id: str, project_id: str, set_id: str, field: str = "ruleset_id"
) -> AnySet:
    """The same, of those the project has: a custom set of another project does not exist there."""
    found = find(session, tenant_id, set_id, field)
    if isinstance(found, RuleSet) and found.project_id != project_id:
        raise UnknownRuleSet(set_id)
    return found


def for_language(
    session: Session,
    tenant_id: str,
    project_id: str,
    language: str,
    set_id: str,
    *,
    field: str = "ruleset_id",
    language_field: str = "",
) -> AnySet:
    """The same, if a task of the project can use it for the language, which is what ``language_field`` says."""
    found = in_project(session, tenant_id, project_id, set_id, field)
    if found.language != language:
        raise Invalid(
            language_field or field, f"rule set {name_of(found)} is for {found.language}, not for {language}"
        )
    return found


def hold(
    session: Session,
    tenant_id: str,
    project_id: str,
    language: str,
    set_id: str,
    *,
    field: str = "rule_set_id",
    language_field: str = "",
) -> AnySet:
    """The same; it is not deleted before the end of this write transaction."""
    found = for_language(
        session, tenant_id, project_id, language, set_id, field=field, language_field=language_field
    )
    if isinstance(found, RuleSet):
        kept = select(RuleSet.id).where(RuleSet.id == set_id).with_for_update(read=True)
        if session.scalar(kept) is None:
            raise UnknownRuleSet(set_id)
    return found


def layers(session: Session, one: RuleSet) -> tuple[int, list[Changes]]:
    """The level a custom set begins with, 0 for nothing, and the changes to it, those of its bases first."""
    found = [changes.read(one.rules)]
    base_id = one.base_id
    while base_id and base_id not in SYSTEM_SETS:
        base = session.get_one(RuleSet, base_id)
        found.append(changes.read(base.rules))
        base_id = base.base_id
    found.reverse()
    return (SYSTEM_SETS[base_id].level if base_id else 0), found


def based_on(session: Session, set_id: str) -> Sequence[str]:
    """Names of the sets that are based on this one."""
    return session.scalars(select(RuleSet.name).where(RuleSet.base_id == set_id).order_by(RuleSet.name)).all()


def defaults(session: Session, project_id: str) -> dict[str, str]:
    """The rule sets the project has chosen for languages, by language; for all others it is the system's."""
    query = select(DefaultRuleSet.language, DefaultRuleSet.rule_set_id).where(
        DefaultRuleSet.project_id == project_id
    )
    return {row.language: row.rule_set_id for row in session.execute(query)}


def default_id(session: Session, project_id: str, language: str) -> str:
    """The set a task of the project uses that names only the language."""
    return defaults(session, project_id).get(language) or system_set(language).id


def of_projects(session: Session, tenant_id: str, project_ids: Iterable[str] | None) -> Sequence[RuleSet]:
    """The custom sets of these projects, or of the whole tenant, newest first."""
    query = select(RuleSet).where(RuleSet.tenant_id == tenant_id)
    if project_ids is not None:
        query = query.where(RuleSet.project_id.in_(list(project_ids)))
    return session.scalars(query.order_by(RuleSet.created_at.desc(), RuleSet.id)).all()
