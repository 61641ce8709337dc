"""Recommending official templates: the repository is looked at."""

from collections.abc import Mapping
from typing import Any

from bottega.build.looking import Looking
from bottega.build.templates import catalogue, marks, ranking, rights, views
from bottega.build.templates.views import TemplateView
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.scm.refs import RefRefused, check_branch, check_tag
from bottega.scm.tree import list_files
from bottega.scm.wanted import Wanted
from bottega.store.database import Database


class Recommender:
    """Looks at repositories as the server's git settings allow."""

    def __init__(self, database: Database, git: Mapping[str, Any]) -> None:
        """``git``: URL policy and credentials, as agents are told them."""
        self._database = database
        self._looking = Looking(git, "recommend")

    async def recommend(
        self, principal: Principal, git_url: str, branch: str, tag: str
    ) -> list[TemplateView]:
        """Templates that fit what is at the tag, or else at the branch (empty: the default one), best first.

        Raises :class:`Invalid`, :class:`RepositoryUnreadable`, :class:`Forbidden`, :class:`Unavailable`.
        """
        wanted = _wanted(branch, tag)
        return await self._looking.run(lambda: self._recommend(principal, git_url, wanted))

    def close(self) -> None:
        """End what is being looked at."""
        self._looking.close()

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
        with self._looking.at(git_url, "git_url") as options:
            return list_files(git_url, wanted, options, self._looking.start)


def _wanted(branch: str, tag: str) -> Wanted:
    try:
        if tag:
            return Wanted("tag", check_tag(tag))
        return Wanted("branch", check_branch(branch) if branch else "")
    except RefRefused as refused:
        raise Invalid("tags" if tag else "branch", refused.reason) from None
