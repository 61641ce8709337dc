"""Access keys: pairs of a public id and a secret that signs requests."""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid, NotFound
from bottega.iam.callers import SECRET_PURPOSE
from bottega.iam.tables import AccessKey, User
from bottega.iam.users import require_user
from bottega.ids import new_access_key, new_secret
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_KEYS_PER_USER = 20
MAX_DESCRIPTION = 255


class NewAccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """The only time a secret key is told."""

    access_key: str
    secret_key: str


def create_access_key(
    session: Session, secrets: SecretBox, user_id: str, description: str = ""
) -> NewAccessKey:
    """A new pair for a user inside the caller's write transaction. Raises :class:`Invalid`, :class:`Conflict`."""
    if len(description) > MAX_DESCRIPTION:
        raise Invalid("description", f"expected at most {MAX_DESCRIPTION} characters")
    usable = session.scalar(
        select(func.count())
        .select_from(AccessKey)
        .where(AccessKey.user_id == user_id, AccessKey.revoked_at.is_(None))
    )
    if usable is not None and usable >= MAX_KEYS_PER_USER:
        raise Conflict(f"the user already has {usable} access keys; revoke one first")
    new = NewAccessKey(access_key=new_access_key(), secret_key=new_secret())
    session.add(
        AccessKey(
            id=new.access_key,
            user_id=user_id,
            sealed_secret=secrets.seal(new.secret_key, SECRET_PURPOSE),
            description=description,
            created_at=epoch_ms(),
        )
    )
    session.flush()
    return new


class AccessKeys:
    """Creating, listing and revoking access keys."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets

    def add(self, tenant_id: str, user_name: str, description: str = "") -> NewAccessKey:
        """A new pair. Raises :class:`Invalid`, :class:`Conflict`, :class:`NotFound`."""
        with self._database.write() as session:
            user = require_user(session, tenant_id, user_name)
            return create_access_key(session, self._secrets, user.id, description)

    def list(self, tenant_id: str) -> list[tuple[AccessKey, User]]:
        """All keys of the tenant with their users, newest first, revoked ones too."""
        found = (
            select(AccessKey, User)
            .join(User, User.id == AccessKey.user_id)
            .where(User.tenant_id == tenant_id)
            .order_by(AccessKey.created_at.desc(), AccessKey.id)
        )
        with self._database.read() as session:
            return [(key, user) for key, user in session.execute(found)]

    def require_readable(self) -> None:
        """Raise :class:`SealBroken` when the newest usable key was sealed with another master key."""
        newest = (
            select(AccessKey.sealed_secret)
            .where(AccessKey.revoked_at.is_(None))
            .order_by(AccessKey.created_at.desc())
            .limit(1)
        )
        with self._database.read() as session:
            sealed = session.scalar(newest)
        if sealed is not None:
            self._secrets.unseal(sealed, SECRET_PURPOSE)

    def revoke(self, tenant_id: str, access_key: str) -> None:
        """Refuse the key from now on; revoking it again is fine. Raises :class:`NotFound`."""
        with self._database.write() as session:
            key = session.get(AccessKey, access_key)
            user = session.get(User, key.user_id) if key is not None else None
            if key is None or user is None or user.tenant_id != tenant_id:
                raise NotFound("access key", access_key)
            if key.revoked_at is None:
                key.revoked_at = epoch_ms()
