"""Rule sets as tasks see them, from the table of custom ones; the system's are told by a function."""

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.rulesets.tables import DefaultRuleSet, RuleSet
from bottega.check.tasks.rule_sets import RuleSetFacts

SystemSets = Callable[[str], Sequence[RuleSetFacts]]
"""The system's rule sets for a language, the one that is used by default first; of all languages for an empty name."""


def no_system_sets(_language: str) -> Sequence[RuleSetFacts]:
    """For installations without any engine."""
    return ()


class StoredRuleSets:
    """A :class:`~bottega.check.tasks.rule_sets.RuleSetBook`."""

    def __init__(self, system: SystemSets = no_system_sets) -> None:
        self._system = system

    def find(self, session: Session, tenant_id: str, rule_set_id: str) -> RuleSetFacts | None:
        """See the protocol."""
        own = session.get(RuleSet, rule_set_id)
        if own is not None:
            return _facts(own) if own.tenant_id == tenant_id else None
        return next((one for one in self._system("") if one.id == rule_set_id), None)

    def offered(
        self, session: Session, tenant_id: str, project_id: str, language: str
    ) -> Sequence[RuleSetFacts]:
        """See the protocol: the system's first, then custom ones by age."""
        query = select(RuleSet).where(
            RuleSet.tenant_id == tenant_id, RuleSet.project_id == project_id, RuleSet.language == language
        )
        own = session.scalars(query.order_by(RuleSet.created_at, RuleSet.id))
        return [*self._system(language), *(_facts(one) for one in own)]

    def default(
        self, session: Session, tenant_id: str, project_id: str, language: str
    ) -> RuleSetFacts | None:
        """See the protocol."""
        chosen = session.get(DefaultRuleSet, (project_id, language))
        found = self.find(session, tenant_id, chosen.rule_set_id) if chosen is not None else None
        return found or next(iter(self._system(language)), None)


def _facts(one: RuleSet) -> RuleSetFacts:
    return RuleSetFacts(id=one.id, name=one.name, language=one.language, system=False)
