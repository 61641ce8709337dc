"""From a token or an access key to the caller, with one indexed read that sees every revocation at once."""

import hashlib
from functools import lru_cache

import msgspec
from sqlalchemy import bindparam, select

from bottega.clock import epoch_ms
from bottega.iam.errors import Unauthenticated
from bottega.iam.principal import Principal, Right
from bottega.iam.tables import AccessKey, Group, GroupMember, IamProject, Tenant, Token, User
from bottega.store.database import BUSY_TIMEOUT_MS, Database
from bottega.store.lookups import THREADS, Lookups, Rows, Statement
from bottega.store.secrets import SealBroken, SecretBox

SECRET_PURPOSE = "access key"  # noqa: S105 - names the column, is no secret
SECRETS_KEPT = 4096


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, and what their proof is good for: ``project``, ``domain`` or ``unscoped``."""

    principal: Principal
    scope: str


class KeyHolder(msgspec.Struct, frozen=True, kw_only=True):
    """A usable access key: its secret, its user, and the tenant's IAM projects by id."""

    secret: str
    principal: Principal
    iam_projects: dict[str, str]

    def caller(self, iam_project_id: str, domain_id: str, region: str) -> Caller:
        """The caller under what ``X-Project-Id`` and ``X-Domain-Id`` ask for (empty when not sent).

        Without a project id it is the project named like the region. Raises :class:`Unauthenticated` when the key's
        tenant has no such project or is another one.
        """
        if domain_id and domain_id != self.principal.tenant_id:
            raise Unauthenticated("X-Domain-Id is not the account of this access key")
        if iam_project_id and iam_project_id not in self.iam_projects:
            raise Unauthenticated("X-Project-Id is not an IAM project of this access key's account")
        if not iam_project_id:
            by_name = {name: key for key, name in self.iam_projects.items()}
            iam_project_id = by_name.get(region) or min(self.iam_projects, default="")
        return Caller(
            principal=msgspec.structs.replace(self.principal, iam_project_id=iam_project_id),
            scope="project" if iam_project_id else "domain",
        )


_user_columns = (
    User.id.label("user_id"),
    User.name.label("user_name"),
    User.enabled.label("enabled"),
    Tenant.id.label("tenant_id"),
    Tenant.name.label("tenant_name"),
    Group.rights.label("rights"),
)

_by_token: Statement = (
    select(*_user_columns, Token.scope, Token.iam_project_id, Token.expires_at, Token.revoked_at)
    .select_from(Token)
    .join(User, User.id == Token.user_id)
    .join(Tenant, Tenant.id == User.tenant_id)
    .outerjoin(GroupMember, GroupMember.user_id == User.id)
    .outerjoin(Group, Group.id == GroupMember.group_id)
    .where(Token.id == bindparam("key"))
)

_by_access_key: Statement = (
    select(
        *_user_columns,
        AccessKey.sealed_secret,
        AccessKey.revoked_at,
        IamProject.id.label("iam_project_id"),
        IamProject.name.label("iam_project_name"),
    )
    .select_from(AccessKey)
    .join(User, User.id == AccessKey.user_id)
    .join(Tenant, Tenant.id == User.tenant_id)
    .outerjoin(GroupMember, GroupMember.user_id == User.id)
    .outerjoin(Group, Group.id == GroupMember.group_id)
    .outerjoin(IamProject, IamProject.tenant_id == Tenant.id)
    .where(AccessKey.id == bindparam("key"))
)


def token_id(token: str) -> str:
    """What the tokens table knows a token by: the SHA-256 of its text, in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


class Callers:
    """Looks callers up. ``blocks`` says whether a look-up waits for a network and so belongs in one of ``threads``."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._secrets = secrets
        self._unsealed: dict[str, tuple[bytes, str]] = {}
        # Not the database's own: the status that everybody polls must not keep anybody from being let in.
        self._lookups = Lookups(database.url, BUSY_TIMEOUT_MS)
        self.blocks = self._lookups.blocks
        self.threads = THREADS

    def by_token(self, token: str) -> Caller:
        """The user a token was issued to. Raises :class:`Unauthenticated` for one that cannot be used (any more)."""
        rows = self._lookups.rows(_by_token, {"key": token_id(token)})
        if not rows:
            raise Unauthenticated("the token is unknown")
        row = rows[0]
        if row.revoked_at is not None:
            raise Unauthenticated("the token was revoked")
        if row.expires_at <= epoch_ms():
            raise Unauthenticated("the token has expired")
        return Caller(principal=_principal(rows, row.iam_project_id or ""), scope=row.scope)

    def by_access_key(self, access_key: str) -> KeyHolder:
        """The holder of an access key. Raises :class:`Unauthenticated` for one that cannot be used (any more)."""
        rows = self._lookups.rows(_by_access_key, {"key": access_key})
        if not rows:
            raise Unauthenticated("the access key is unknown")
        if rows[0].revoked_at is not None:
            raise Unauthenticated("the access key was revoked")
        return KeyHolder(
            principal=_principal(rows, ""),
            secret=self._secret(access_key, bytes(rows[0].sealed_secret)),
            iam_projects={
                row.iam_project_id: row.iam_project_name for row in rows if row.iam_project_id is not None
            },
        )

    def close(self) -> None:
        """Close the look-up's own connections."""
        self._lookups.close()

    def _secret(self, access_key: str, sealed: bytes) -> str:
        kept = self._unsealed.get(access_key)
        if kept is not None and kept[0] == sealed:
            return kept[1]
        try:
            secret = self._secrets.unseal(sealed, SECRET_PURPOSE)
        except SealBroken:
            raise Unauthenticated(
                "the access key was sealed with another master key; make a new one"
            ) from None
        if len(self._unsealed) >= SECRETS_KEPT:
            self._unsealed.clear()
        self._unsealed[access_key] = (sealed, secret)
        return secret


def _principal(rows: Rows, iam_project_id: str) -> Principal:
    row = rows[0]
    if not row.enabled:
        raise Unauthenticated(f"the user {row.user_name} is disabled")
    return Principal(
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        user_id=row.user_id,
        user_name=row.user_name,
        iam_project_id=iam_project_id,
        rights=_rights(frozenset(right for each in rows for right in each.rights or ())),
    )


@lru_cache(maxsize=256)
def _rights(names: frozenset[str]) -> frozenset[Right]:
    # A right this version does not know was written by a newer one and allows nothing here.
    known = {right.value for right in Right}
    return frozenset(Right(name) for name in names if name in known)
