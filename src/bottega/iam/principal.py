"""The caller of an operation, as the services see it."""

from enum import StrEnum

import msgspec

from bottega.errors import Forbidden


class Right(StrEnum):
    """What a group may allow its members, in the whole tenant."""

    VIEW = "view"
    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"
    EXECUTE = "execute"
    ADMINISTER = "administer"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated user of one tenant. ``iam_project_id``: the token's scope or the key's project, or empty.

    ``address`` is where the request came from, for the audit trail only.
    """

    tenant_id: str
    tenant_name: str
    user_id: str
    user_name: str
    iam_project_id: str
    rights: frozenset[Right]
    address: str = ""

    def require(self, right: Right) -> None:
        """Raise :class:`Forbidden` unless the caller has ``right`` (administrators have all)."""
        if right not in self.rights and Right.ADMINISTER not in self.rights:
            raise Forbidden(f"user {self.user_name} lacks the right to {right}")
