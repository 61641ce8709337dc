"""What is asked of rule sets without changing them."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy.orm import Session

from bottega.check import access
from bottega.check.access import Action
from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.identifiers import check_id
from bottega.check.rulesets import reading, usage
from bottega.check.rulesets.effective import SetRule
from bottega.check.rulesets.reading import AnySet
from bottega.check.rulesets.system import SYSTEM_SETS, SystemSet
from bottega.check.rulesets.tables import RuleSet
from bottega.check.rulesets.views import SetView, Surroundings, rules_of, view
from bottega.iam.principal import Principal
from bottega.projects.service import require_project
from bottega.store.database import Database

SYSTEM, MINE, OTHERS = "0", "1", "2"
CATEGORIES = frozenset({SYSTEM, MINE, OTHERS})
BY_RULES, BY_CHANGE = "num_criterion", "last_update_time"


class SetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which sets, and in which order. ``languages`` are names, empty for all; ``search`` is part of a set's name.

    ``sort`` is one of the constants above or empty: then the system's come first, and of the others the newest.
    Without ``with_use`` no set is said to be used, which spares a look at all tasks.
    """

    categories: Collection[str] = CATEGORIES
    languages: Collection[str] = ()
    search: str = ""
    sort: str = ""
    ascending: bool = False
    with_use: bool = True


class SetPage(msgspec.Struct, kw_only=True):
    """Some rule sets of ``total``. ``without_rules`` says for each language that has no rule sets why."""

    sets: list[SetView]
    total: int
    without_rules: Mapping[str, str]


class RuleSetLists:
    """Raises :class:`Invalid`, :class:`UnknownRuleSet`, :class:`NotFound`, :class:`Forbidden`."""

    def __init__(self, database: Database, catalogues: Catalogues) -> None:
        self._database = database
        self._catalogues = catalogues

    def page(
        self, principal: Principal, project_id: str, where: SetFilter, offset: int, limit: int
    ) -> SetPage:
        """Rule sets of a project; with an empty id the system's and those of all projects the caller takes part in."""
        catalogue = self._catalogues.current()
        with self._database.read() as session:
            if project_id:
                self._require(session, principal, project_id)
                custom = reading.of_projects(session, principal.tenant_id, [project_id])
            else:
                custom = _allowed(session, principal, reading.of_projects(session, principal.tenant_id, None))
            found = [
                one
                for one in (*_system(catalogue), *custom)
                if _category(principal, one) in where.categories
                and (not where.languages or one.language in where.languages)
                and _is_named(one, where.search)
            ]
            around = _Around(session, where.with_use)
            if not where.sort:
                page = [
                    view(session, catalogue, one, around.of(one, project_id))
                    for one in found[offset:][:limit]
                ]
            else:
                views = [view(session, catalogue, one, around.of(one, project_id)) for one in found]
                page = _sorted(views, where)[offset:][:limit]
        without = {
            language: reason
            for language, reason in catalogue.without_rules().items()
            if not where.languages or language in where.languages
        }
        return SetPage(sets=page, total=len(found), without_rules=without)

    def some(self, principal: Principal, set_ids: Iterable[str], project_id: str = "") -> list[SetView]:
        """The sets of these ids, in that order."""
        catalogue = self._catalogues.current()
        with self._database.read() as session:
            if project_id:
                self._require(session, principal, project_id)
            around = _Around(session, with_use=True)
            return [
                view(session, catalogue, one, around.of(one, project_id))
                for one in [self._one(session, principal, set_id) for set_id in dict.fromkeys(set_ids)]
            ]

    def rules(self, principal: Principal, set_id: str, project_id: str = "") -> list[SetRule]:
        """Every rule of a set's language, on or off, by id; of a set of that project if one is named."""
        catalogue = self._catalogues.current()
        with self._database.read() as session:
            if project_id:
                self._require(session, principal, project_id, Action.GET_RULE_SET)
                one = reading.in_project(session, principal.tenant_id, project_id, set_id)
            else:
                one = self._one(session, principal, set_id)
            return list(rules_of(session, catalogue, one).values())

    def defaults(self, principal: Principal, project_id: str) -> dict[str, str]:
        """The id of the default set of each language that has rules."""
        catalogue = self._catalogues.current()
        with self._database.read() as session:
            self._require(session, principal, project_id)
            chosen = reading.defaults(session, project_id)
            # Also what was chosen while the language had rules: tasks use it still.
            languages = sorted({one.language for one in _system(catalogue)} | chosen.keys())
            return {
                name: chosen.get(name) or reading.default_id(session, project_id, name) for name in languages
            }

    @staticmethod
    def _one(session: Session, principal: Principal, set_id: str) -> AnySet:
        one = reading.find(session, principal.tenant_id, set_id, "set_id")
        if isinstance(one, RuleSet):
            access.require_on_project(session, principal, one.project_id, Action.GET_RULE_SET)
        return one

    @staticmethod
    def _require(
        session: Session, principal: Principal, project_id: str, action: Action = Action.LIST_RULE_SETS
    ) -> None:
        check_id(project_id, "project_id")
        require_project(session, principal.tenant_id, project_id)
        access.require_on_project(session, principal, project_id, action)


class _Around:
    """What projects make of rule sets, each asked once."""

    def __init__(self, session: Session, with_use: bool) -> None:
        self._session = session
        self._with_use = with_use
        self._known: dict[str, Surroundings] = {"": Surroundings()}

    def of(self, one: AnySet, project_id: str) -> Surroundings:
        project_id = project_id or (one.project_id if isinstance(one, RuleSet) else "")
        if project_id not in self._known:
            named = usage.named_in(self._session, project_id) if self._with_use else set[tuple[str, str]]()
            defaults = reading.defaults(self._session, project_id)
            self._known[project_id] = Surroundings(defaults=defaults, named=named)
        return self._known[project_id]


def _system(catalogue: Catalogue) -> list[SystemSet]:
    """The system's sets that have a rule."""
    return [
        one
        for one in SYSTEM_SETS.values()
        if any(rule.facts.level <= one.level for rule in catalogue.of_language(one.language))
    ]


def _allowed(session: Session, principal: Principal, sets: Sequence[RuleSet]) -> list[RuleSet]:
    projects = {one.project_id for one in sets}
    allowed = {
        project_id
        for project_id in projects
        if Action.LIST_RULE_SETS in access.on_project(session, principal, project_id)
    }
    return [one for one in sets if one.project_id in allowed]


def _category(principal: Principal, one: AnySet) -> str:
    if isinstance(one, SystemSet):
        return SYSTEM
    return MINE if one.creator_id == principal.user_id else OTHERS


def _is_named(one: AnySet, search: str) -> bool:
    names = (one.english, one.chinese) if isinstance(one, SystemSet) else (one.name,)
    return any(search.casefold() in name.casefold() for name in names)


def _sorted(views: list[SetView], where: SetFilter) -> list[SetView]:
    def key(one: SetView) -> int:
        return len(one.on) if where.sort == BY_RULES else one.updated_at or 0

    return sorted(views, key=key, reverse=not where.ascending)
