"""Repositories, branches and tags, named as in the live service's documentation."""

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.code.repositories import Repository
from bottega.build.code.service import Ref


class GitCodeRepository(msgspec.Struct, kw_only=True):
    """``id`` is the repository's id in the tasks that name it, or else its URL: either can be asked with.

    ``http_url`` is null for a repository that is reached another way.
    """

    id: str
    uuid: str | None
    name: str
    http_url: str | None
    git_url: str


class ShowGitCodeRepositoryResponse(ResultEnvelope, kw_only=True):
    result: list[GitCodeRepository]


class GitCodeCommit(msgspec.Struct, kw_only=True):
    """A remote repository tells the ids of commits, and their texts only with the commits: those are null."""

    id: str
    title: str | None
    message: str | None


class GitCodeBranch(msgspec.Struct, kw_only=True):
    name: str
    commit: GitCodeCommit


class ShowGitCodeRepositoryBranchesResponse(ResultEnvelope, kw_only=True):
    result: list[GitCodeBranch]


class Tag(msgspec.Struct, kw_only=True):
    name: str
    commit_id: str


class ListTagListResult(msgspec.Struct, kw_only=True):
    """``tag_list`` is in the documentation, and ``tags`` is what clients were seen to read: both are the same."""

    total: int
    tag_list: list[Tag]
    tags: list[Tag]


class ListTagListResponse(StatusEnvelope, kw_only=True):
    result: ListTagListResult


def repository(found: Repository) -> GitCodeRepository:
    """In the wire's shape."""
    return GitCodeRepository(
        id=found.id or found.url,
        uuid=None,
        name=found.name,
        http_url=found.url if found.url.startswith(("http://", "https://")) else None,
        git_url=found.url,
    )


def branch(ref: Ref) -> GitCodeBranch:
    """In the wire's shape."""
    return GitCodeBranch(name=ref.name, commit=GitCodeCommit(id=ref.commit_id, title=None, message=None))
