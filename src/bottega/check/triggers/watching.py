"""Keeping what is looked at in step with check tasks, in the transactions that change them; those hold the task."""

from collections.abc import Collection
from hashlib import sha256

import msgspec
from sqlalchemy import update
from sqlalchemy.orm import Session

from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.check.triggers.tables import CheckWatch
from bottega.clock import epoch_ms
from bottega.scm.giturl import UrlRefused, parse

TOLD_MS = 7 * 24 * 3600 * 1000
"""Nothing is looked at for so long after a webhook has told of a push."""


def saved(session: Session, root: CheckTask) -> None:
    """A family was saved. Another repository, or other credentials, are looked at as if for the first time."""
    row = session.get(CheckWatch, root.id, with_for_update=True)
    wanted = msgspec.convert(root.settings, TaskSettings).trigger_on_push
    place = _place(root) if wanted else None
    if place is None:
        if row is not None:
            session.delete(row)
        return
    url, host, key = place
    if row is None:
        row = CheckWatch(task_id=root.id, tenant_id=root.tenant_id)
        session.add(row)
    elif row.url_key == key:
        return
    row.url, row.host, row.url_key = url, host, key
    row.heads, row.looked_at, row.failures, row.error = {}, None, 0, ""
    row.next_at = epoch_ms()


def told(session: Session, ids: Collection[str]) -> None:
    """A webhook tells of pushes to the repositories of these families: looks at them would only see the same once more.

    Should there be no more news of it, they are looked at again, beginning with where the branches are then.
    """
    later = epoch_ms() + TOLD_MS
    rested = update(CheckWatch).values(heads={}, failures=0, error="", next_at=later)
    session.execute(rested.where(CheckWatch.task_id.in_(ids)))


def _place(root: CheckTask) -> tuple[str, str, str] | None:
    """URL, host and key. What is opened by credentials of its own is asked for it alone."""
    try:
        parsed = parse(root.git_url)
    except UrlRefused:
        return None
    own = "" if root.sealed_credentials is None else f" {root.id}"
    return parsed.text, parsed.host, sha256(f"{parsed.text}{own}".encode()).hexdigest()
