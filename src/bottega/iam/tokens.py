"""Issuing, showing and revoking tokens, as Keystone v3 does it. Only a hash of a token is stored."""

from typing import Literal

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.iam.callers import Caller, token_id
from bottega.iam.errors import TokenNotFound, Unauthenticated
from bottega.iam.passwords import password_matches
from bottega.iam.principal import Right
from bottega.iam.scopes import Scope, resolved_project
from bottega.iam.tables import Group, GroupMember, IamProject, Tenant, Token, User
from bottega.iam.throttle import Throttle
from bottega.ids import new_secret
from bottega.store.database import Database

LIFETIME_MS = 24 * 60 * 60 * 1000
KEPT_AFTER_EXPIRY_MS = 24 * 60 * 60 * 1000
TOKEN_BYTES = 48
WRONG = "the user name, the account name or the password is wrong"


class Named(msgspec.Struct, frozen=True):
    """An id and the name that goes with it."""

    id: str
    name: str


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is good for. Times are epoch milliseconds; ``project`` only with project scope."""

    user: Named
    tenant: Named
    scope: Literal["project", "domain", "unscoped"]
    project: Named | None
    methods: list[str]
    roles: list[Named]
    issued_at: int
    expires_at: int


class IssuedToken(msgspec.Struct, frozen=True, kw_only=True):
    """The only time a token's text is told, with what it is good for."""

    text: str
    info: TokenInfo


class UserReference(msgspec.Struct, frozen=True, kw_only=True):
    """How a client names a user: by id, or by name together with the account's name or id."""

    id: str = ""
    name: str = ""
    domain_id: str = ""
    domain_name: str = ""


class Tokens:
    """The token operations. They check passwords, so they belong in a thread."""

    def __init__(self, database: Database, throttle: Throttle | None = None) -> None:
        self._database = database
        self._throttle = throttle or Throttle()

    def issue_for_password(
        self, who: UserReference, password: str, scope: Scope, address: str = ""
    ) -> IssuedToken:
        """A token for 24 hours. ``address`` is the client's, for the throttle.

        Raises :class:`Unauthenticated` (the same for a wrong name and a wrong password), :class:`TooManyAttempts`.
        """
        user = self.check_password(who, password, address)
        now = epoch_ms()
        with self._database.write() as session:
            # Between the check and here an administrator may have changed the password or disabled the user.
            present = session.get(User, user.id)
            if present is None or not present.enabled or present.password_hash != user.password_hash:
                raise Unauthenticated(WRONG)
            return _issue(
                session, present, scope, methods=["password"], now=now, expires_at=now + LIFETIME_MS
            )

    def issue_for_token(self, text: str, scope: Scope) -> IssuedToken:
        """A token with another scope for who has one already; it ends when that one ends.

        Raises :class:`Unauthenticated`.
        """
        now = epoch_ms()
        with self._database.write() as session:
            token = session.get(Token, token_id(text))
            user = session.get(User, token.user_id) if token is not None else None
            if token is None or user is None or not user.enabled or _is_over(token, now):
                raise Unauthenticated("the token is unknown, expired or revoked")
            methods = sorted({*token.methods, "token"})
            return _issue(session, user, scope, methods=methods, now=now, expires_at=token.expires_at)

    def check_password(self, who: UserReference, password: str, address: str = "") -> User:
        """The user whose password it is. Raises :class:`Unauthenticated`, :class:`TooManyAttempts`."""
        with self._database.read() as session:
            user = _find_user(session, who)
        counted = user.id if user is not None else f"{who.domain_id or who.domain_name}/{who.id or who.name}"
        self._throttle.attempt(counted, address)
        if not password_matches(user.password_hash if user is not None else None, password) or user is None:
            raise Unauthenticated(WRONG)
        self._throttle.succeeded(counted, address)
        if not user.enabled:
            raise Unauthenticated(f"the user {user.name} is disabled")
        return user

    def show(self, caller: Caller, text: str) -> TokenInfo:
        """What a token is good for: one's own, or as administrator any of the account's.

        Raises :class:`TokenNotFound`.
        """
        with self._database.read() as session:
            token, user = _visible(session, caller, text)
            project = (
                session.get(IamProject, token.iam_project_id) if token.iam_project_id is not None else None
            )
            return _info(session, token, user, project)

    def revoke(self, caller: Caller, text: str) -> None:
        """Refuse a token from now on; the same rule as for :meth:`show`. Raises :class:`TokenNotFound`."""
        with self._database.write() as session:
            token, _ = _visible(session, caller, text)
            session.execute(update(Token).where(Token.id == token.id).values(revoked_at=epoch_ms()))


def _issue(
    session: Session, user: User, scope: Scope, *, methods: list[str], now: int, expires_at: int
) -> IssuedToken:
    session.execute(delete(Token).where(Token.expires_at < now - KEPT_AFTER_EXPIRY_MS))
    project = resolved_project(session, user.tenant_id, scope)
    text = new_secret(TOKEN_BYTES)
    token = Token(
        id=token_id(text),
        user_id=user.id,
        iam_project_id=project.id if project is not None else None,
        scope=scope.kind,
        methods=methods,
        issued_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    return IssuedToken(text=text, info=_info(session, token, user, project))


def _find_user(session: Session, who: UserReference) -> User | None:
    found = select(User).join(Tenant, Tenant.id == User.tenant_id)
    if who.id:
        found = found.where(User.id == who.id)
    elif who.name and (who.domain_id or who.domain_name):
        found = found.where(User.name == who.name)
    else:
        return None
    if who.domain_id:
        found = found.where(Tenant.id == who.domain_id)
    if who.domain_name:
        found = found.where(Tenant.name == who.domain_name)
    return session.scalar(found)


def _is_over(token: Token, now: int) -> bool:
    return token.revoked_at is not None or token.expires_at <= now


def _visible(session: Session, caller: Caller, text: str) -> tuple[Token, User]:
    who = caller.principal
    token = session.get(Token, token_id(text))
    user = session.get(User, token.user_id) if token is not None else None
    if token is None or user is None or _is_over(token, epoch_ms()) or not user.enabled:
        raise TokenNotFound("the token does not exist or is no longer valid")
    if user.id != who.user_id and (user.tenant_id != who.tenant_id or Right.ADMINISTER not in who.rights):
        raise TokenNotFound("the token does not exist or is no longer valid")
    return token, user


def _info(session: Session, token: Token, user: User, project: IamProject | None) -> TokenInfo:
    tenant = session.get_one(Tenant, user.tenant_id)
    groups = session.execute(
        select(Group.id, Group.name)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.user_id == user.id)
        .order_by(Group.name)
    )
    return TokenInfo(
        user=Named(user.id, user.name),
        tenant=Named(tenant.id, tenant.name),
        scope=token.scope,  # pyright: ignore[reportArgumentType] - written from a Scope only
        project=Named(project.id, project.name) if project is not None else None,
        methods=token.methods,
        roles=[Named(key, name) for key, name in groups],
        issued_at=token.issued_at,
        expires_at=token.expires_at,
    )
