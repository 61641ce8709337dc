"""Noting what happened in a repository, in the transaction in which it is taken in. Nobody waits for checks."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.tasks import reading
from bottega.check.tasks.repositories import spelling
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.check.triggers import watching
from bottega.check.triggers.news import Occasion
from bottega.check.triggers.tables import CheckTrigger
from bottega.clock import epoch_ms
from bottega.ids import new_hex
from bottega.scm.giturl import UrlRefused, parse
from bottega.scm.news import BranchMoved, News


def note(session: Session, tenant_id: str, project_id: str, news: News) -> None:
    """Remember ``news`` for the families of the project that want to be checked then."""
    _note(session, _families(session, tenant_id, project_id, news), news)


def note_told(session: Session, tenant_id: str, project_id: str, news: News) -> None:
    """The same for news that a webhook has brought; one that tells of pushes saves looks at the repository."""
    roots = _families(session, tenant_id, project_id, news)
    _note(session, roots, news)
    # A webhook may have been set up for merge requests alone.
    if isinstance(news, BranchMoved):
        watching.told(session, [root.id for root in roots])


def _note(session: Session, roots: Iterable[CheckTask], news: News) -> None:
    for root in roots:
        if _wanted(reading.settings_of(session, root), news):
            subject = f"push {news.branch}" if isinstance(news, BranchMoved) else f"merge {news.number}"
            remember(session, root, subject, news)


def _families(session: Session, tenant_id: str, project_id: str, news: News) -> Sequence[CheckTask]:
    names = set(_spellings(news.urls))
    if not names:
        return []
    return session.scalars(
        select(CheckTask).where(
            CheckTask.tenant_id == tenant_id,
            CheckTask.project_id == project_id,
            CheckTask.repository.in_(names),
            CheckTask.parent_id.is_(None),
            CheckTask.deleted_at.is_(None),
        )
    ).all()


def _wanted(settings: TaskSettings, news: News) -> bool:
    return settings.trigger_on_push if isinstance(news, BranchMoved) else settings.trigger_on_merge_request


def remember(session: Session, root: CheckTask, subject: str, occasion: Occasion) -> None:
    """Have a check started; what waits for the same ``subject`` of the family is replaced."""
    now = epoch_ms()
    # Of two that come at once the second waits here, and finds the first one's row.
    session.refresh(root, with_for_update=True)
    mine = (CheckTrigger.task_id == root.id, CheckTrigger.subject == subject)
    row = session.scalars(select(CheckTrigger).where(*mine)).one_or_none()
    if row is None:
        row = CheckTrigger(task_id=root.id, tenant_id=root.tenant_id, subject=subject, tries=0)
        session.add(row)
    # Whoever is starting the earlier one finds that it is not the same any more.
    row.id = new_hex()
    row.news = msgspec.to_builtins(occasion)
    row.received_at = row.next_try_at = now
    session.flush()


def _spellings(urls: Iterable[str]) -> Iterable[str]:
    for url in urls:
        try:
            yield spelling(parse(url))
        except UrlRefused:
            continue
