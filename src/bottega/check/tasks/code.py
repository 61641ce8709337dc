"""What the repositories of check tasks have at this moment: branches and files."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import msgspec

from bottega.check import access
from bottega.check.access import Action
from bottega.check.tasks import credentials, families, reading
from bottega.check.tasks.credentials import RepositoryCredentials
from bottega.iam.principal import Principal
from bottega.scm.credentials import Credential
from bottega.scm.options import GitOptions
from bottega.scm.remote import list_refs
from bottega.scm.tree import list_files
from bottega.scm.urls import parse
from bottega.scm.wanted import Wanted
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

T = TypeVar("T")
FIELD = "git_url"


class Looks(Protocol):
    """Looks at repositories within the server's limits, a few at a time.

    ``closed``: whatever fails from now on was cut off.
    """

    closed: bool

    @property
    def start(self) -> Callable[[Sequence[str], Mapping[str, str], str], int]:
        """Starts commands, as the functions of :mod:`bottega.scm` take it."""
        ...

    async def run(self, look: Callable[[], T]) -> T:
        """Run in one of a few threads. Raises :class:`Unavailable`."""
        ...

    def at(self, url: str, field: str) -> AbstractContextManager[GitOptions]:
        """How the repository may be reached; turns what goes wrong with it into a refusal of ``field``."""
        ...


class _Place(msgspec.Struct, frozen=True):
    url: str
    branch: str
    tag: bool
    opened_by: RepositoryCredentials | None


class TaskCode:
    """Asks with the credentials of the server and of the task.

    Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`, :class:`Unavailable`, and :class:`Conflict` for a
    repository that cannot be read.
    """

    def __init__(self, database: Database, secrets: SecretBox, looking: Looks) -> None:
        self._database = database
        self._secrets = secrets
        self._looking = looking

    async def branches(self, principal: Principal, task_id: str) -> list[str]:
        """Names of all branches, the default one first."""

        def look() -> list[str]:
            place = self._place(principal, task_id)
            with self._looking.at(place.url, FIELD) as options:
                known = opened(options, place.url, place.opened_by)
                refs = list_refs(place.url, known, self._looking.start)
            return sorted(refs.branches, key=lambda name: (name != refs.head, name))

        return await self._looking.run(look)

    async def files(self, principal: Principal, task_id: str) -> list[str]:
        """Paths of all files of the task's branch."""

        def look() -> list[str]:
            place = self._place(principal, task_id)
            wanted = Wanted("tag" if place.tag else "branch", place.branch)
            with self._looking.at(place.url, FIELD) as options:
                return list_files(
                    place.url, wanted, opened(options, place.url, place.opened_by), self._looking.start
                )

        return await self._looking.run(look)

    def _place(self, principal: Principal, task_id: str) -> _Place:
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            opened_by = credentials.of_task(session, self._secrets, task)
            return _Place(task.git_url, task.branch, task.kind == families.TAG, opened_by)


def opened(
    options: GitOptions, url: str, opened_by: RepositoryCredentials | None, *, own_only: bool = False
) -> GitOptions:
    """The options with the task's own credentials before the others, or with ``own_only`` instead of them."""
    own = ()
    if opened_by is not None:
        own = (
            Credential(parse(url).authority, "basic", username=opened_by.username, secret=opened_by.token),
        )
    return GitOptions(
        options.policy,
        own if own_only else (*own, *options.credentials),
        options.fetch_seconds,
        options.max_bytes,
        options.ca_file,
    )
