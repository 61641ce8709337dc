"""GitLab: one thread per remark, which can be resolved.

``POST /projects/{id}/merge_requests/{iid}/discussions`` with a ``position``: a line that was added has a ``new_line``
and no ``old_line``, and both paths. What has no place beside a line goes into a note.
"""

from collections.abc import Collection, Mapping
from urllib.parse import quote

import msgspec

from bottega.check.annotations.remarks import Remark, Review, marked, marks
from bottega.check.annotations.talk import Closed, Line, Send, Told
from bottega.forges.forge import Forge
from bottega.notify.outcome import NotSent

REFUSED = frozenset({400, 422})
"""Answers to a position that is not in the diff."""


class _Refs(msgspec.Struct):
    base_sha: str
    head_sha: str
    start_sha: str


class _Request(msgspec.Struct):
    state: str
    sha: str | None = None
    diff_refs: _Refs | None = None


class _Note(msgspec.Struct):
    body: str | None = None
    resolvable: bool = False


class _Discussion(msgspec.Struct):
    id: str
    notes: list[_Note] = []


class Discussions:
    """A :class:`~bottega.check.annotations.talk.Talk`."""

    def __init__(self, forge: Forge, repository: str, number: str, send: Send) -> None:
        self._host = forge.host
        self._line = Line(forge, repository, f"/merge_requests/{number}", send)
        self._refs = _Refs("", "", "")

    def open(self, review: Review) -> None:
        request = self._line.ask(_Request)
        if request.state != "opened":
            raise Closed(f"the request is {request.state[:40]}")
        if request.sha != review.commit:
            raise Closed("the request has other commits by now")
        if request.diff_refs is None or request.diff_refs.head_sha != review.commit:
            raise NotSent(f"{self._host} is still preparing the changes of the request", retry=True)
        self._refs = request.diff_refs

    def known(self, ids: Collection[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for discussion in self._line.pages(_Discussion, "/discussions"):
            for note in discussion.notes[:1]:
                thread = discussion.id if note.resolvable else ""
                found |= {one: thread for one in marked(note.body) if one in ids}
        return found

    def tell(self, review: Review, told: Told) -> None:
        refused: list[Remark] = []
        for remark in review.remarks:
            try:
                thread = self._begin(remark)
            except NotSent as error:
                if error.status not in REFUSED:
                    raise
                refused.append(remark)
            else:
                told({remark.issue_id: thread})
        if refused or review.rest:
            mark = marks([review.scan_id, *(remark.issue_id for remark in refused)])
            self._line.change("/notes", {"body": f"{review.summary(refused)}\n\n{mark}"})
            told({remark.issue_id: "" for remark in refused})

    def resolve(self, thread: str) -> None:
        self._line.change(f"/discussions/{quote(thread, safe='')}", {"resolved": True}, method="PUT")

    def _begin(self, remark: Remark) -> str:
        position = {
            "position_type": "text",
            "base_sha": self._refs.base_sha,
            "start_sha": self._refs.start_sha,
            "head_sha": self._refs.head_sha,
            "old_path": remark.former,
            "new_path": remark.path,
            "new_line": remark.line,
        }
        answer = self._line.change("/discussions", {"body": remark.body, "position": position})
        try:
            return self._line.read(answer, _Discussion).id
        except NotSent:
            # It was taken; that it cannot be resolved later is no reason to say it twice.
            return ""
