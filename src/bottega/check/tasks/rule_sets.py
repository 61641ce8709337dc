"""What check tasks ask of rule sets."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
from sqlalchemy.orm import Session


class RuleSetFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set as tasks see it; ``language`` is a name of :mod:`bottega.check.languages`."""

    id: str
    name: str
    language: str
    system: bool


class RuleSetBook(Protocol):
    """All rule sets a tenant may use: its own and the system's."""

    def find(self, session: Session, tenant_id: str, rule_set_id: str) -> RuleSetFacts | None:
        """The rule set of that id; None for none, and for another tenant's."""
        ...

    def offered(
        self, session: Session, tenant_id: str, project_id: str, language: str
    ) -> Sequence[RuleSetFacts]:
        """All for a language, in the order they are listed in."""
        ...

    def default(
        self, session: Session, tenant_id: str, project_id: str, language: str
    ) -> RuleSetFacts | None:
        """What the project uses for a language when a task says nothing else; None where there is nothing."""
        ...
