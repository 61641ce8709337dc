"""Making, changing, choosing and deleting rule sets."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.errors import UnknownRuleSet
from bottega.check.identifiers import check_id, check_name
from bottega.check.languages import Language
from bottega.check.languages import find as find_language
from bottega.check.rulesets import changes, reading, usage
from bottega.check.rulesets.changes import Changes, Check, RuleChange
from bottega.check.rulesets.listing import RuleSetLists
from bottega.check.rulesets.reading import AnySet
from bottega.check.rulesets.system import SYSTEM_SETS, SystemSet
from bottega.check.rulesets.tables import DefaultRuleSet, RuleSet
from bottega.check.rulesets.views import rules_of
from bottega.clock import epoch_ms
from bottega.errors import SHOWN, Conflict, Forbidden, Invalid
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.projects.parts import role_of
from bottega.projects.roles import PROJECT_ADMINISTRATOR
from bottega.projects.service import require_project
from bottega.store.database import Database

MAX_PER_TENANT = 1000


class NewRuleSet(msgspec.Struct, kw_only=True):
    """A new set. ``changes`` are by ids as the client wrote them. Without ``base_id`` all other rules are off."""

    name: str
    language: str
    base_id: str = ""
    changes: Changes = {}


class RuleSetService:
    """Raises :class:`Invalid`, :class:`UnknownRuleSet`, :class:`NotFound`, :class:`Forbidden`, :class:`Conflict`."""

    def __init__(self, database: Database, catalogues: Catalogues) -> None:
        self._database = database
        self._catalogues = catalogues
        self.lists = RuleSetLists(database, catalogues)

    def create(self, principal: Principal, project_id: str, wanted: NewRuleSet) -> str:
        """A new custom set of the project; returns its id."""
        check_id(project_id, "project_id")
        name = check_name(wanted.name, "template_name")
        language = _language(wanted.language)
        catalogue = self._catalogues.current()
        with self._database.write() as session:
            require_project(session, principal.tenant_id, project_id, lock=True)
            access.require_on_project(session, principal, project_id, Action.EDIT_RULE_SET)
            self._database.one_at_a_time(session, f"rule sets of {principal.tenant_id}")
            _require_room(session, principal.tenant_id)
            _require_free(session, principal.tenant_id, project_id, name)
            if wanted.base_id:
                _require_base(session, principal.tenant_id, project_id, language, wanted.base_id)
            now = epoch_ms()
            made = RuleSet(
                id=new_hex(),
                tenant_id=principal.tenant_id,
                project_id=project_id,
                name=name,
                language=language.name,
                base_id=wanted.base_id,
                rules={},
                creator_id=principal.user_id,
                creator_name=principal.user_name,
                changed_by=principal.user_name,
                created_at=now,
                updated_at=now,
            )
            self._put(session, catalogue, made, wanted.changes)
            session.add(made)
            _note(session, principal, AuditName.CREATE_RULE_SET, made)
            return made.id

    def change(self, principal: Principal, set_id: str, wanted: Changes) -> None:
        """Switch rules of a custom set, and change their severities and options; what is not named stays."""
        catalogue = self._catalogues.current()
        with self._database.write() as session:
            one = self._editable(session, principal, set_id)
            self._put(session, catalogue, one, wanted)
            one.changed_by, one.updated_at = principal.user_name, epoch_ms()
            _note(session, principal, AuditName.UPDATE_RULE_SET, one, detail=f"{len(wanted)} rules")

    def delete(self, principal: Principal, project_id: str, set_id: str) -> None:
        """Delete a custom set that nothing uses."""
        check_id(project_id, "project_id")
        with self._database.write() as session:
            require_project(session, principal.tenant_id, project_id, lock=True)
            one = self._editable(session, principal, set_id)
            if one.project_id != project_id:
                raise UnknownRuleSet(set_id)
            _require_unused(session, one)
            session.delete(one)
            _note(session, principal, AuditName.DELETE_RULE_SET, one)

    def set_default(self, principal: Principal, project_id: str, set_id: str, language: str) -> None:
        """Make the set the one that tasks of the project use when they name only the language."""
        check_id(project_id, "project_id")
        meant = _language(language)
        with self._database.write() as session:
            require_project(session, principal.tenant_id, project_id, lock=True)
            access.require_on_project(session, principal, project_id, Action.SET_DEFAULT_RULE_SET)
            one = reading.hold(
                session, principal.tenant_id, project_id, meant.name, set_id, field="ruleset_id"
            )
            session.merge(DefaultRuleSet(project_id=project_id, language=meant.name, rule_set_id=set_id))
            _note(
                session,
                principal,
                AuditName.SET_DEFAULT_RULE_SET,
                one,
                detail=meant.name,
                project_id=project_id,
            )

    def forget_project(self, session: Session, _principal: Principal, project_id: str) -> None:
        """Remove the sets of a project that is being deleted, and what it had chosen."""
        session.execute(delete(DefaultRuleSet).where(DefaultRuleSet.project_id == project_id))
        session.execute(delete(RuleSet).where(RuleSet.project_id == project_id))

    def _editable(self, session: Session, principal: Principal, set_id: str) -> RuleSet:
        if set_id in SYSTEM_SETS:
            raise Conflict(f"rule set {set_id} belongs to the system and cannot be changed")
        one = reading.custom(session, principal.tenant_id, set_id, lock=True)
        access.require_on_project(session, principal, one.project_id, Action.EDIT_RULE_SET)
        role = role_of(session, principal, one.project_id)
        administers = role is not None and role.role_id == PROJECT_ADMINISTRATOR
        if one.creator_id != principal.user_id and not administers:
            raise Forbidden(f"rule set {one.name} can only be changed by {one.creator_name}, who made it")
        return one

    @staticmethod
    def _put(session: Session, catalogue: Catalogue, one: RuleSet, wanted: Changes) -> None:
        """Write the changes into the row; in the end at least one rule has to be on."""
        before = changes.read(one.rules)
        check = Check(catalogue, one.language, _all_named(session, one))
        for id_ in check.ids(wanted, "rule_ids"):
            before.setdefault(id_, RuleChange())
        for given, change in wanted.items():
            id_ = check.id_of(given, "rule_ids")
            merged = before[id_]
            merged.on = merged.on if change.on is None else change.on
            merged.severity = merged.severity if change.severity is None else change.severity
            merged.options = check.options(id_, merged.options | change.options, "rule_config_list")
        one.rules = changes.stored(before)
        if not any(rule.on for rule in rules_of(session, catalogue, one).values()):
            raise Invalid("rule_ids", "a rule set needs at least one rule that is on")


def _language(text: str) -> Language:
    found = find_language(text)
    if found is None:
        raise Invalid("language", f"{text[:SHOWN]!r} is no language that can be checked")
    return found


def _all_named(session: Session, one: RuleSet) -> set[str]:
    _, layers = reading.layers(session, one)
    return {id_ for layer in layers for id_ in layer}


def _require_room(session: Session, tenant_id: str) -> None:
    count = session.scalar(select(func.count()).select_from(RuleSet).where(RuleSet.tenant_id == tenant_id))
    if (count or 0) >= MAX_PER_TENANT:
        raise Conflict(f"the tenant already has {MAX_PER_TENANT} rule sets, the most allowed")


def _require_free(session: Session, tenant_id: str, project_id: str, name: str) -> None:
    taken = select(RuleSet.id).where(
        RuleSet.tenant_id == tenant_id, RuleSet.project_id == project_id, RuleSet.name == name
    )
    if session.scalar(taken) is not None:
        raise Invalid("template_name", f"the project already has a rule set named {name}")


def _require_base(
    session: Session, tenant_id: str, project_id: str, language: Language, base_id: str
) -> None:
    base = reading.hold(session, tenant_id, project_id, language.name, base_id, field="template_id")
    if isinstance(base, RuleSet):
        _, layers = reading.layers(session, base)
        if len(layers) >= reading.MAX_DEPTH:
            raise Invalid("template_id", f"rule sets can be based on each other {reading.MAX_DEPTH} times")


def _require_unused(session: Session, one: RuleSet) -> None:
    if reading.defaults(session, one.project_id).get(one.language) == one.id:
        raise Conflict(f"rule set {one.name} is the default for {one.language}; choose another default first")
    if usage.is_named(session, one.tenant_id, one.id):
        raise Conflict(f"rule set {one.name} is used by check tasks")
    if others := reading.based_on(session, one.id):
        raise Conflict(f"rule set {one.name} is the base of {_shown(others)}")


def _shown(names: Sequence[str]) -> str:
    more = len(names) - 1
    return names[0] if not more else f"{names[0]} and {more} more"


def _note(
    session: Session,
    principal: Principal,
    name: AuditName,
    one: AnySet,
    *,
    detail: str = "",
    project_id: str = "",
) -> None:
    project_id = project_id if isinstance(one, SystemSet) else one.project_id
    trail.record(
        session,
        principal,
        name,
        AuditKind.RULE_SET,
        one.id,
        reading.name_of(one),
        project_id=project_id,
        detail=detail,
    )
