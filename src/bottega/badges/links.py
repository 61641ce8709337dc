"""Addresses at which everybody sees a badge, as long as a manager of its task wants that."""

from collections.abc import Callable
from hashlib import sha256

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.badges.errors import UnknownBadge
from bottega.badges.tables import PublicBadge
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.ids import new_secret
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_TOKEN = 128
ENDING = ".svg"

Paint = Callable[[Session, str, str, str], bytes | None]
"""Of a task id, a branch and a label: the picture, or None if no such task is known. Raises :class:`Invalid`."""


class BadgeLink(msgspec.Struct, frozen=True, kw_only=True):
    """Where everybody finds a task's badge. ``created_at`` is in epoch milliseconds."""

    token: str
    creator_name: str
    created_at: int

    def url(self, server: str) -> str:
        """The address, below the public URL of the server, which may be unknown and empty."""
        return f"{server.rstrip('/')}/badges/{self.token}{ENDING}"


class BadgeLinks:
    """The addresses of one kind of tasks, called ``what`` in seals; works in the transactions of its callers."""

    def __init__(self, secrets: SecretBox, what: str) -> None:
        self._secrets = secrets
        self._what = what

    def find(self, session: Session, task_id: str) -> BadgeLink | None:
        """The public address, or None while there is none."""
        badge = session.get(PublicBadge, task_id)
        return None if badge is None else self._link(badge)

    def publish(self, session: Session, principal: Principal, task_id: str) -> BadgeLink:
        """Make a public address; one that was there before is worth nothing any more."""
        token = new_secret()
        badge = session.get(PublicBadge, task_id)
        if badge is None:
            badge = PublicBadge(task_id=task_id, tenant_id=principal.tenant_id)
            session.add(badge)
        badge.token_hash = _hash(token)
        badge.sealed_token = self._secrets.seal(token, self._purpose(task_id))
        badge.creator_name = principal.user_name
        badge.created_at = epoch_ms()
        return self._link(badge)

    def _link(self, badge: PublicBadge) -> BadgeLink:
        return BadgeLink(
            token=self._secrets.unseal(badge.sealed_token, self._purpose(badge.task_id)),
            creator_name=badge.creator_name,
            created_at=badge.created_at,
        )

    def _purpose(self, task_id: str) -> str:
        return f"badge of {self._what} {task_id}"


class PublicBadges:
    """Badges of all kinds of tasks, for who knows a token."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.painters: list[Paint] = []
        """Asked in turn; ids of tasks are random, so that no two know the same."""

    def show(self, token: str, branch: str = "", label: str = "") -> bytes:
        """The badge, as SVG. Raises :class:`UnknownBadge`, :class:`Invalid`."""
        if not token or len(token) > MAX_TOKEN:
            raise UnknownBadge
        with self._database.read() as session:
            query = select(PublicBadge.task_id).where(PublicBadge.token_hash == _hash(token))
            task_id = session.scalar(query)
            if task_id is None:
                raise UnknownBadge
            for paint in self.painters:
                if (image := paint(session, task_id, branch, label)) is not None:
                    return image
        raise UnknownBadge


def forget_badge(session: Session, task_id: str) -> bool:
    """The task is being purged, or its badge is to be shown to nobody any more; whether there was an address."""
    badge = session.get(PublicBadge, task_id)
    if badge is not None:
        session.delete(badge)
    return badge is not None


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
