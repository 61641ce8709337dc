"""A tenant's users."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.errors import Conflict, NotFound
from bottega.iam.names import checked_name
from bottega.iam.passwords import checked_password, hash_password
from bottega.iam.tables import Tenant, Token, User
from bottega.ids import new_hex
from bottega.store.database import Database


def require_user(session: Session, tenant_id: str, name: str) -> User:
    """The tenant's user of that name. Raises :class:`NotFound`."""
    user = session.scalar(select(User).where(User.tenant_id == tenant_id, User.name == name))
    if user is None:
        raise NotFound("user", name)
    return user


def create_user(session: Session, tenant_id: str, name: str, password_hash: str, email: str = "") -> User:
    """Add a user inside the caller's write transaction. Raises :class:`Invalid`, :class:`Conflict`."""
    name = checked_name("user name", name)
    # On PostgreSQL the tenant's row is where those who count its users queue up; SQLite has one writer anyway.
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())
    if session.scalar(select(User.id).where(User.tenant_id == tenant_id, User.name == name)) is not None:
        raise Conflict(f"user name: a user named {name} already exists")
    last = session.scalar(select(func.max(User.number)).where(User.tenant_id == tenant_id))
    user = User(
        id=new_hex(),
        tenant_id=tenant_id,
        number=(last or 0) + 1,
        name=name,
        password_hash=password_hash,
        email=email,
        created_at=epoch_ms(),
    )
    session.add(user)
    session.flush()
    return user


class Users:
    """Adding, listing and disabling users, and their passwords."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant_id: str, name: str, password: str, email: str = "") -> User:
        """A new user without any rights yet. Raises :class:`Invalid`, :class:`Conflict`."""
        password_hash = hash_password(checked_password(password))
        with self._database.write() as session:
            return create_user(session, tenant_id, name, password_hash, email)

    def list(self, tenant_id: str) -> list[User]:
        """The tenant's users by name."""
        with self._database.read() as session:
            return list(session.scalars(select(User).where(User.tenant_id == tenant_id).order_by(User.name)))

    def get(self, tenant_id: str, name: str) -> User:
        """The user of that name. Raises :class:`NotFound`."""
        with self._database.read() as session:
            return require_user(session, tenant_id, name)

    def set_password(self, tenant_id: str, name: str, password: str) -> None:
        """Change a password and revoke the user's tokens. Raises :class:`Invalid`, :class:`NotFound`."""
        password_hash = hash_password(checked_password(password))
        with self._database.write() as session:
            user = require_user(session, tenant_id, name)
            user.password_hash = password_hash
            _revoke_tokens(session, user.id)

    def disable(self, tenant_id: str, name: str) -> None:
        """Refuse the user from now on: password, tokens and access keys. Raises :class:`NotFound`."""
        with self._database.write() as session:
            user = require_user(session, tenant_id, name)
            user.enabled = False
            _revoke_tokens(session, user.id)


def _revoke_tokens(session: Session, user_id: str) -> None:
    session.execute(
        update(Token)
        .where(Token.user_id == user_id, Token.revoked_at.is_(None))
        .values(revoked_at=epoch_ms())
    )
