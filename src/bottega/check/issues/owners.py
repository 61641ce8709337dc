"""Who is responsible for an issue: the user who wrote the line, if the tenant has them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.findings import Finding
from bottega.iam.tables import User


class Owners:
    """Users of one tenant by e-mail address and by name."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        rows = session.execute(
            select(User.name, User.email).where(User.tenant_id == tenant_id, User.enabled.is_(True))
        ).all()
        self._by_email = {row.email.casefold(): row.name for row in rows if row.email}
        self._by_name = {row.name.casefold(): row.name for row in rows}

    def of(self, finding: Finding) -> str:
        """The name of the user who last changed the line; empty if it is nobody we know."""
        email = finding.author_email.casefold()
        if email and (found := self._by_email.get(email)):
            return found
        return self._by_name.get(finding.author.casefold(), "")
