"""Keeping what is looked at in step with tasks, in the transactions that change them; those lock the task first."""

from hashlib import sha256

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from bottega.build.branch import BRANCH, TAG, branch_source, builds_tags
from bottega.build.definition import Definition
from bottega.build.hooks.deciding import is_automatic
from bottega.build.hooks.tables import Watch
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.scm.giturl import UrlRefused, parse


def saved(session: Session, task: BuildTask) -> None:
    """The task was saved. Another repository or branch, or its tags, is looked at as if for the first time."""
    row = session.get(Watch, task.id, with_for_update=True)
    definition = msgspec.convert(task.definition, Definition)
    chosen = branch_source(definition) if is_automatic(definition) else None
    place = _place(chosen.url) if chosen else None
    if chosen is None or place is None:
        if row is not None:
            session.delete(row)
        return
    url, host = place
    key = sha256(url.encode()).hexdigest()
    kind, branch = (TAG, "") if builds_tags(definition) else (BRANCH, chosen.branch)
    if row is None:
        row = Watch(task_id=task.id, tenant_id=task.tenant_id)
        session.add(row)
    elif (row.url_key, row.kind, row.branch) == (key, kind, branch):
        return
    row.url, row.url_key, row.host, row.kind, row.branch = url, key, host, kind, branch
    _afresh(row)


def resumed(session: Session, task_id: str) -> None:
    """The task was enabled or restored, or has lost a webhook: what was pushed meanwhile is not made up for."""
    row = session.get(Watch, task_id, with_for_update=True)
    if row is not None:
        _afresh(row)


def forget_task(session: Session, task_id: str) -> None:
    """The task is being purged."""
    session.execute(delete(Watch).where(Watch.task_id == task_id))


def _place(url: str) -> tuple[str, str] | None:
    try:
        parsed = parse(url)
    except UrlRefused:
        return None
    return parsed.text, parsed.host


def _afresh(row: Watch) -> None:
    row.commit_id = ""
    row.seen_tags = None
    row.looked_at = None
    row.failures = 0
    row.error = ""
    row.next_at = epoch_ms()
