"""What is remembered of what repositories have answered. Whoever changes a row first has it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from bottega.build.hooks.tables import Watch


def tags_of(session: Session, watch: Watch) -> dict[str, str] | None:
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


def _change(session: Session, where: ColumnElement[bool], **values: Any) -> int:
    changed = update(Watch).where(where).values(**values).returning(Watch.task_id)
    return len(session.execute(changed, execution_options={"synchronize_session": False}).all())
