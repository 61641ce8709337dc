"""Rule sets as tasks see them: the system's, and those of the table of custom ones."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.rulesets.system import DEFAULT_LEVEL, SYSTEM_SETS, SystemSet
from bottega.check.rulesets.tables import DefaultRuleSet, RuleSet
from bottega.check.tasks.rule_sets import RuleSetFacts


class StoredRuleSets:
    """A :class:`~bottega.check.tasks.rule_sets.RuleSetBook`."""

    def find(self, session: Session, tenant_id: str, rule_set_id: str) -> RuleSetFacts | None:
        """See the protocol."""
        own = session.get(RuleSet, rule_set_id)
        if own is not None:
            return _facts(own) if own.tenant_id == tenant_id else None
        known = SYSTEM_SETS.get(rule_set_id)
        return None if known is None else _system_facts(known)

    def offered(
        self, session: Session, tenant_id: str, project_id: str, language: str
    ) -> Sequence[RuleSetFacts]:
        """See the protocol: the system's first, then custom ones by age."""
        query = select(RuleSet).where(
            RuleSet.tenant_id == tenant_id, RuleSet.project_id == project_id, RuleSet.language == language
        )
        own = session.scalars(query.order_by(RuleSet.created_at, RuleSet.id))
        return [*_system(language), *(_facts(one) for one in own)]

    def default(
        self, session: Session, tenant_id: str, project_id: str, language: str
    ) -> RuleSetFacts | None:
        """See the protocol."""
        chosen = session.get(DefaultRuleSet, (project_id, language))
        found = self.find(session, tenant_id, chosen.rule_set_id) if chosen is not None else None
        return found or next(iter(_system(language)), None)


def _system(language: str) -> list[RuleSetFacts]:
    """The system's for a language, the one that is used by default first."""
    own = [one for one in SYSTEM_SETS.values() if one.language == language]
    return [_system_facts(one) for one in sorted(own, key=lambda one: one.level != DEFAULT_LEVEL)]


def _system_facts(one: SystemSet) -> RuleSetFacts:
    return RuleSetFacts(id=one.id, name=one.english, language=one.language, system=True)


def _facts(one: RuleSet) -> RuleSetFacts:
    return RuleSetFacts(id=one.id, name=one.name, language=one.language, system=False)
