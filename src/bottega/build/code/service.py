"""Branches and tags, as the remote repository has them at this moment."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from bottega.build.code import repositories
from bottega.build.code.repositories import Repository, RepositoryFilter, RepositoryNotFound
from bottega.build.looking import Looking
from bottega.build.templates import rights
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.scm.remote import RemoteRefs
from bottega.store.database import Database

REPOSITORY = "repo_id"
"""The field in which clients name a repository."""


class Ref(msgspec.Struct, frozen=True, kw_only=True):
    """A branch or tag by its short name, and the full id of its commit."""

    name: str
    commit_id: str


class CodeService:
    """Asks the repositories of tasks that the caller may view, and, of who may create tasks, any that a task may have.

    Raises :class:`Invalid`, :class:`RepositoryNotFound`, :class:`RepositoryUnreadable`, :class:`Forbidden` and
    :class:`Unavailable`.
    """

    def __init__(self, database: Database, git: Mapping[str, Any]) -> None:
        """``git``: URL policy and credentials, as agents are told them."""
        self._database = database
        self._looking = Looking(git, "code")

    def repositories(
        self, principal: Principal, where: RepositoryFilter, *, offset: int, limit: int
    ) -> list[Repository]:
        """Some repositories that the tasks the caller may view name, ordered by URL."""
        with self._database.read() as session:
            return repositories.page(session, principal, where, offset=offset, limit=limit)

    async def branches(self, principal: Principal, endpoint_id: str, key: str, text: str) -> list[Ref]:
        """Branches with ``text`` in their names, the default branch first; ``key``: see :meth:`tags`.

        Without ``key`` it is the one repository that tasks name with this endpoint.
        """
        refs = await self._looking.run(
            lambda: self._refs(lambda: self._of_endpoint(principal, endpoint_id, key))
        )
        return sorted(_matching(refs.branches, text), key=lambda ref: (ref.name != refs.head, ref.name))

    async def tags(self, principal: Principal, key: str, text: str) -> list[Ref]:
        """Tags with ``text`` in their names, by name. ``key`` is the id, name or URL of a repository."""
        refs = await self._looking.run(lambda: self._refs(lambda: self._url(principal, key)))
        return sorted(_matching(refs.tags, text), key=lambda ref: ref.name)

    def close(self) -> None:
        """End what is being looked at."""
        self._looking.close()

    def _of_endpoint(self, principal: Principal, endpoint_id: str, key: str) -> str:
        if key:
            return self._url(principal, key, endpoint_id)
        where = RepositoryFilter(endpoint_id=endpoint_id)
        found = self.repositories(principal, where, offset=0, limit=2)
        if len(found) != 1:
            raise Invalid(
                REPOSITORY,
                f"is required: the tasks you may view name {'several' if found else 'no'} repositories",
            )
        return found[0].url

    def _url(self, principal: Principal, key: str, endpoint_id: str = "") -> str:
        with self._database.read() as session:
            found = repositories.find(session, principal, key, endpoint_id)
            if found is None and endpoint_id:
                found = repositories.find(session, principal, key)
            if found is not None:
                return found.url
            if "/" not in key and ":" not in key:
                raise RepositoryNotFound(key)
            rights.require_create(session, principal)
            return key

    def _refs(self, url_of: Callable[[], str]) -> RemoteRefs:
        return self._looking.refs(url_of(), REPOSITORY)


def _matching(refs: Mapping[str, str], text: str) -> list[Ref]:
    wanted = text.casefold()
    return [Ref(name=name, commit_id=commit) for name, commit in refs.items() if wanted in name.casefold()]
