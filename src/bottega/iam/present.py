"""Users as they are now, for what goes on without them when they are gone."""

from sqlalchemy.orm import Session

from bottega.errors import Forbidden
from bottega.iam.principal import Principal
from bottega.iam.standing import principal_of


def present_principal(session: Session, tenant_id: str, user_id: str) -> Principal | None:
    """The user with the rights of their groups of this moment; None for one that is gone or disabled."""
    try:
        return principal_of(session, tenant_id, user_id)
    except Forbidden:
        return None
