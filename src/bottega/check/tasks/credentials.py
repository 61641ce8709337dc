"""User name and token of a private repository: sealed with the task, for the checkout of its own repository only."""

import msgspec
from sqlalchemy.orm import Session

from bottega.check.tasks.reading import root_of
from bottega.check.tasks.tables import CheckTask
from bottega.check.tasks.texts import checked_text
from bottega.errors import Invalid
from bottega.scm.urls import GitUrl
from bottega.store.secrets import SecretBox

MAX_USER_NAME = 255
MAX_TOKEN = 4096
ANY_USER = "oauth2"
"""Forges that take a token as password want some user name, and do not mind which."""


class RepositoryCredentials(msgspec.Struct, frozen=True):
    """What opens a repository over http(s)."""

    username: str
    token: str

    def __repr__(self) -> str:
        # Never the token: this ends up in tracebacks.
        return f"RepositoryCredentials({self.username!r})"


def checked(url: GitUrl, username: str, token: str, endpoint_id: str) -> RepositoryCredentials | None:
    """The credentials a client sent, or none. Raises :class:`Invalid`, never with the token."""
    if not username and not token:
        return None
    if endpoint_id:
        raise Invalid("access_token", "cannot be given together with endpoint_id")
    if not token:
        raise Invalid("access_token", "is required with a user name")
    if url.scheme not in {"http", "https"}:
        raise Invalid("access_token", f"is for http and https, and the repository is reached by {url.scheme}")
    checked_text(username, "username", MAX_USER_NAME)
    checked_text(token, "access_token", MAX_TOKEN)
    return RepositoryCredentials(username or ANY_USER, token)


def seal(box: SecretBox, task_id: str, credentials: RepositoryCredentials | None) -> bytes | None:
    """For the column of the task."""
    if credentials is None:
        return None
    return box.seal(msgspec.json.encode(credentials).decode(), _purpose(task_id))


def of_task(session: Session, box: SecretBox, task: CheckTask) -> RepositoryCredentials | None:
    """The task's own, or else those of its family: but only for the repository they were given for.

    A merge request may come from a repository of somebody else, who must not be sent the token.
    """
    root = root_of(session, task)
    for one in (task, root):
        if one.sealed_credentials is not None and one.repository == task.repository:
            text = box.unseal(one.sealed_credentials, _purpose(one.id))
            return msgspec.json.decode(text, type=RepositoryCredentials)
    return None


def _purpose(task_id: str) -> str:
    return f"repository of check task {task_id}"
