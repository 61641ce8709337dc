"""What all conversations with forges about one merge request have in common."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from bottega.check.annotations.remarks import Review
from bottega.forges.forge import Forge
from bottega.notify.outcome import NotSent
from bottega.notify.outgoing import Answer, Post

ANSWER_BYTES = 8 << 20
PAGE, PAGES = 50, 40
"""Entries of one page of a list, and pages that are read at most."""

T = TypeVar("T")

Send = Callable[[Post], Answer]
"""Raises :class:`NotSent`."""

Told = Callable[[Mapping[str, str]], None]
"""Called with ids of issues that were told, each with its thread if it has one that can be resolved."""


class Closed(Exception):
    """The merge request is over, or is about other code by now; the text says so. Nothing is told of it any more."""


class Talk(Protocol):
    """A conversation about one merge request; all of its operations raise :class:`NotSent`."""

    def open(self, review: Review) -> None:
        """See that the merge request is as it was checked. Raises :class:`Closed`."""
        ...

    def known(self, ids: Collection[str]) -> Mapping[str, str]:
        """Which of these issues and checks were told earlier, with threads that can be resolved."""
        ...

    def tell(self, review: Review, told: Told) -> None:
        """Tell of all remarks."""
        ...

    def resolve(self, thread: str) -> None:
        """Say that what a thread is about is not there any more."""
        ...


class Line:
    """The connection to one merge request: ``path`` is that of its resource below its repository."""

    def __init__(self, forge: Forge, repository: str, path: str, send: Send) -> None:
        self._forge = forge
        self._repository = repository
        self._path = path
        self._send = send

    def ask(self, kind: type[T], path: str = "") -> T:
        """What is at a path below the merge request. Raises :class:`NotSent`, also for an answer of another shape."""
        post = self._forge.request(self._repository, self._path + path, answer_bytes=ANSWER_BYTES)
        return self.read(self._send(post), kind)

    def pages(self, kind: type[T], path: str) -> Iterator[T]:
        """All entries of a list. Raises :class:`NotSent`, also for more than can be read."""
        # GitHub and GitLab call the size of a page so, Gitea otherwise.
        size = f"per_page={PAGE}&limit={PAGE}"
        for number in range(1, PAGES + 1):
            entries = self.ask(list[kind], f"{path}?{size}&page={number}")
            yield from entries
            # Not at a page that is not full: a forge may give fewer at once than were asked for.
            if not entries:
                return
        raise NotSent(f"{self._forge.host} has more than {PAGES} pages of what was said in the request")

    def change(self, path: str, body: Mapping[str, Any], *, method: str = "POST") -> Answer:
        """Make or change what is at the path. Raises :class:`NotSent`."""
        return self._send(self._forge.request(self._repository, self._path + path, body, method=method))

    def read(self, answer: Answer, kind: type[T]) -> T:
        """An answer in its shape. Raises :class:`NotSent`."""
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.MsgspecError:
            raise NotSent(f"{self._forge.host} gave an answer that is not understood") from None
