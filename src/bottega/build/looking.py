"""Looking at remote repositories for the API: in threads that serve nothing else, and only so many at a time."""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from bottega.build.errors import RepositoryUnreadable
from bottega.errors import Invalid, Unavailable
from bottega.scm.children import Children
from bottega.scm.failures import ScmError, ScmRefusal
from bottega.scm.grants import CHECKOUT, granted
from bottega.scm.options import GitOptions
from bottega.scm.remote import RemoteRefs, list_refs
from bottega.scm.snapshot import open_snapshot
from bottega.scm.urls import UrlRefused
from bottega.scm.wanted import Wanted

T = TypeVar("T")

FETCH_SECONDS = 30.0
MAX_BYTES = 256 * 1024**2
"""The largest pack: only servers that cannot leave out the contents of files send more than a few megabytes."""

THREADS = 2
MAX_WAITING = 16


class Looking:
    """Looks as the server's git settings allow; two at a time, a few more may wait."""

    def __init__(self, git: Mapping[str, Any], name: str) -> None:
        """``git``: URL policy and credentials, as agents are told them. ``name`` is for the threads."""
        self._git = git
        self._children = Children()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=name)
        self._asked = 0
        self.closed = False
        """Whatever fails from now on was cut off."""

    @property
    def start(self) -> Callable[[Sequence[str], Mapping[str, str], str], int]:
        """Starts commands that :meth:`close` can end, as the functions of :mod:`bottega.scm` take it."""
        return self._children.start

    async def run(self, look: Callable[[], T]) -> T:
        """Run ``look`` in one of the threads. Raises :class:`Unavailable` when too many wait already."""
        if self._asked >= THREADS + MAX_WAITING:
            raise Unavailable("too many repositories are being looked at; ask again later")
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, look)
        finally:
            self._asked -= 1

    @contextmanager
    def at(self, url: str, field: str) -> Generator[GitOptions]:
        """How the repository may be reached, with the credentials that open it and no others.

        What the URL policy refuses becomes :class:`Invalid` of ``field``, any other trouble inside the block becomes
        :class:`RepositoryUnreadable`.
        """
        steps = [{"action": CHECKOUT, "inputs": {"url": url}}]
        limits = {"fetch_seconds": FETCH_SECONDS, "max_bytes": MAX_BYTES}
        try:
            options = GitOptions.from_dict({**granted(self._git, steps), **limits})
        except ValueError as error:
            raise RepositoryUnreadable(field, f"the server's git settings cannot be used: {error}") from None
        try:
            yield options
        except UrlRefused as refused:
            raise Invalid(field, refused.reason) from None
        except ScmError as error:
            raise RepositoryUnreadable(field, error, lasting=isinstance(error, ScmRefusal)) from None

    def refs(self, url: str, field: str) -> RemoteRefs:
        """Branches and tags of a repository. Blocks while it is asked; raises like :meth:`at`."""
        with self.at(url, field) as options:
            return list_refs(url, options, self.start)

    def message(self, url: str, kind: str, name: str, field: str) -> tuple[str, str]:
        """Id and message of the commit at a branch or tag (``kind``). Blocks like :meth:`refs`, and raises like it."""
        with (
            self.at(url, field) as options,
            open_snapshot(url, Wanted(kind, name), options, self.start, only_commit=True) as snapshot,
        ):
            return snapshot.commit, snapshot.message()

    def close(self) -> None:
        """End what is being looked at."""
        self.closed = True
        self._children.stop()
        self._threads.shutdown(cancel_futures=True)
