"""Which repositories are to be asked, and what is remembered of the answers. Whoever changes a row first has it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from bottega.build.hooks.tables import Hook, Watch
from bottega.build.tables import BuildTask
from bottega.polling import Question

BATCH = 200
CLAIM_MS = 120_000
"""Longer than a question may last: until then no other replica asks the same."""


def due(session: Session, now: int, which: ColumnElement[bool], limit: int = BATCH) -> list[Question]:
    """Some repositories that are due, of those ``which`` allows, the longest due first."""
    query = (
        select(Watch.url_key, Watch.url, Watch.host)
        .join(BuildTask, BuildTask.id == Watch.task_id)
        .where(Watch.next_at <= now, Watch.url_key != "", which, is_watched())
        .order_by(Watch.next_at, Watch.task_id)
        .limit(limit)
    )
    found: dict[str, Question] = {}
    for url_key, url, host in session.execute(query):
        found.setdefault(url_key, Question(url_key=url_key, url=url, host=host))
    return list(found.values())


def is_watched() -> ColumnElement[bool]:
    """The condition that the task of a watch can be built, and that no webhook has ever told of its repository."""
    hooked = exists().where(Hook.task_id == Watch.task_id, Hook.last_delivery_at.is_not(None))
    return and_(BuildTask.deleted_at.is_(None), BuildTask.disabled_at.is_(None), ~hooked)


def claim(session: Session, question: Question, now: int) -> bool:
    """Have the question to oneself; False when another replica has it."""
    where = and_(Watch.url_key == question.url_key, Watch.next_at <= now)
    return bool(_change(session, _free(session, where), next_at=now + CLAIM_MS))


def watches_of(session: Session, question: Question) -> list[Watch]:
    """The watches that are served by the answer."""
    query = (
        select(Watch)
        .join(BuildTask, BuildTask.id == Watch.task_id)
        .where(Watch.url_key == question.url_key, is_watched())
        .order_by(Watch.task_id)
    )
    return list(session.scalars(query))


def answered(session: Session, question: Question, now: int, next_at: int) -> None:
    """The repository has answered: all its tasks are looked after again at the same time."""
    where = _free(session, Watch.url_key == question.url_key)
    _change(session, where, next_at=next_at, looked_at=now, failures=0, error="")


def failed(session: Session, question: Question, failures: int, error: str, next_at: int) -> None:
    """The repository has not answered for the ``failures``-th time."""
    where = _free(session, Watch.url_key == question.url_key)
    _change(session, where, next_at=next_at, failures=failures, error=error)


def seen_tags(session: Session, watch: Watch) -> dict[str, str] | None:
    """The tags a watch has seen, with their commits; None when it is no longer as it was read."""
    return session.scalar(select(Watch.seen_tags).where(_as_read(watch)))


def move(
    session: Session, watch: Watch, commit: str, error: str = "", tags: Mapping[str, str] | None = None
) -> bool:
    """Note where the branch is now, or which tags there are; False when the watch is no longer as it was read."""
    values: dict[str, Any] = {"commit_id": commit, "error": error}
    if tags is not None:
        values["seen_tags"] = dict(tags)
    return bool(_change(session, _as_read(watch), **values))


def complain(session: Session, watch: Watch, error: str) -> None:
    """Note why nothing was built yet; the branch counts as not seen there."""
    _change(session, Watch.task_id == watch.task_id, error=error)


def _as_read(watch: Watch) -> ColumnElement[bool]:
    return and_(
        Watch.task_id == watch.task_id,
        Watch.url_key == watch.url_key,
        Watch.kind == watch.kind,
        Watch.branch == watch.branch,
        Watch.commit_id == watch.commit_id,
    )


def _free(session: Session, where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Those rows that nobody else is changing: of several tasks at once they are changed in any order, too."""
    free = select(Watch.task_id).where(where).with_for_update(skip_locked=True)
    return Watch.task_id.in_(session.scalars(free).all())


def _change(session: Session, where: ColumnElement[bool], **values: Any) -> int:
    changed = update(Watch).where(where).values(**values).returning(Watch.task_id)
    return len(session.execute(changed, execution_options={"synchronize_session": False}).all())
