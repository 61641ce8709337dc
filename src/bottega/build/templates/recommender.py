"""Recommending official templates: the repository is looked at, in threads that serve nothing else."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bottega.build.templates import catalogue, marks, ranking, rights, views
from bottega.build.templates.errors import RepositoryUnreadable
from bottega.build.templates.views import TemplateView
from bottega.errors import Invalid, Unavailable
from bottega.iam.principal import Principal
from bottega.scm.children import Children
from bottega.scm.failures import ScmError
from bottega.scm.grants import CHECKOUT, granted
from bottega.scm.options import GitOptions
from bottega.scm.refs import RefRefused, check_branch, check_tag
from bottega.scm.tree import list_files
from bottega.scm.urls import UrlRefused
from bottega.scm.wanted import Wanted
from bottega.store.database import Database

FETCH_SECONDS = 30.0
MAX_BYTES = 256 * 1024**2
"""The largest pack: only servers that cannot leave out the contents of files send more than a few megabytes."""

THREADS = 2
MAX_WAITING = 16


class Recommender:
    """Looks at repositories as the server's git settings allow; two at a time, a few more may wait."""

    def __init__(self, database: Database, git: Mapping[str, Any]) -> None:
        """``git``: URL policy and credentials, as agents are told them."""
        self._database = database
        self._git = git
        self._children = Children()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="recommend")
        self._asked = 0

    async def recommend(
        self, principal: Principal, git_url: str, branch: str, tag: str
    ) -> list[TemplateView]:
        """Templates that fit what is at the tag, or else at the branch (empty: the default one), best first.

        Raises :class:`Invalid`, :class:`RepositoryUnreadable`, :class:`Forbidden`, :class:`Unavailable`.
        """
        wanted = _wanted(branch, tag)
        if self._asked >= THREADS + MAX_WAITING:
            raise Unavailable("too many repositories are being looked at; ask again later")
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._recommend, principal, git_url, wanted
            )
        finally:
            self._asked -= 1

    def close(self) -> None:
        """End what is being looked at."""
        self._children.stop()
        self._threads.shutdown(cancel_futures=True)

    def _recommend(self, principal: Principal, git_url: str, wanted: Wanted) -> list[TemplateView]:
        with self._database.read() as session:
            rights.require_create(session, principal)
        fitting = ranking.rank(catalogue.official(), self._list(git_url, wanted))
        uuids = [template.uuid for template in fitting]
        with self._database.read() as session:
            starred = marks.favourites(session, principal, uuids)
            uses = marks.uses(session, principal.tenant_id, uuids)
        return [
            views.official(template, favourite=template.uuid in starred, uses=uses.get(template.uuid, 0))
            for template in fitting
        ]

    def _list(self, git_url: str, wanted: Wanted) -> list[str]:
        looking = {"action": CHECKOUT, "inputs": {"url": git_url}}
        limits = {"fetch_seconds": FETCH_SECONDS, "max_bytes": MAX_BYTES}
        try:
            options = GitOptions.from_dict({**granted(self._git, [looking]), **limits})
        except ValueError as error:
            raise RepositoryUnreadable(
                f"git_url: the server's git settings cannot be used: {error}"
            ) from None
        try:
            return list_files(git_url, wanted, options, self._children.start)
        except UrlRefused as refused:
            raise Invalid("git_url", refused.reason) from None
        except ScmError as error:
            raise RepositoryUnreadable(f"git_url: {error}") from None


def _wanted(branch: str, tag: str) -> Wanted:
    try:
        if tag:
            return Wanted("tag", check_tag(tag))
        return Wanted("branch", check_branch(branch) if branch else "")
    except RefRefused as refused:
        raise Invalid("tags" if tag else "branch", refused.reason) from None
