"""The repositories that the build tasks a caller may view name as their source."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from bottega.build import access
from bottega.build.tables import BuildTask
from bottega.errors import NotFound
from bottega.iam.principal import Principal


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` and ``name`` are what the tasks say; the last part of the URL where they name none."""

    url: str
    id: str
    name: str


class RepositoryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which repositories; empty fields do not restrict. ``text`` is a part of the URL or of the name."""

    endpoint_id: str = ""
    text: str = ""
    ids: Collection[str] = ()


class RepositoryNotFound(NotFound):
    """No task that the caller may view names the repository."""

    def __init__(self, key: str) -> None:
        super().__init__("repository", key)
        self.args = (f"no build task that you may view names the repository {key[:80]}",)


def page(
    session: Session, principal: Principal, where: RepositoryFilter, *, offset: int, limit: int
) -> list[Repository]:
    """Some repositories, ordered by URL."""
    rows = session.execute(_grouped(session, principal, where).offset(offset).limit(limit))
    return [_repository(url, repo_id, name) for url, repo_id, name in rows]


def find(session: Session, principal: Principal, key: str, endpoint_id: str = "") -> Repository | None:
    """The repository of that id, name or URL."""
    found = _sources(session, principal, RepositoryFilter(endpoint_id=endpoint_id)).subquery()
    query = select(found.c.url, found.c.repo_id, found.c.repo_name).where(
        or_(found.c.repo_id == key, found.c.url == key, found.c.repo_name == key)
    )
    # An id decides before a name, which another repository may have as well.
    row = session.execute(
        query.order_by(case((found.c.repo_id == key, 0), else_=1), found.c.url).limit(1)
    ).one_or_none()
    return _repository(*row) if row else None


def _grouped(session: Session, principal: Principal, where: RepositoryFilter) -> Select[Any, Any, Any]:
    found = _sources(session, principal, where).subquery()
    query = select(found.c.url, func.max(found.c.repo_id), func.max(found.c.repo_name))
    if where.text:
        like = (column.icontains(where.text, autoescape=True) for column in (found.c.url, found.c.repo_name))
        query = query.where(or_(*like))
    if where.ids:
        query = query.where(found.c.repo_id.in_(where.ids))
    return query.group_by(found.c.url).order_by(found.c.url)


def _sources(session: Session, principal: Principal, where: RepositoryFilter) -> Select[str, str, str]:
    query = select(
        _source("url").label("url"),
        _source("repo_id").label("repo_id"),
        _source("repo_name").label("repo_name"),
    ).where(
        BuildTask.tenant_id == principal.tenant_id,
        BuildTask.deleted_at.is_(None),
        access.visible_tasks(session, principal),
        _source("url") != "",
    )
    return query.where(_source("end_point_id") == where.endpoint_id) if where.endpoint_id else query


def _source(name: str) -> ColumnElement[str]:
    """A field of the task's only source."""
    return BuildTask.definition["scms", 0, name].as_string()


def _repository(url: str, repo_id: str | None, name: str | None) -> Repository:
    last = url.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git")
    return Repository(url=url, id=repo_id or "", name=name or last)
