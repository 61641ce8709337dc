"""GitHub and Gitea, which is also Forgejo: one review per check, with all remarks in it.

GitHub: ``POST /repos/{owner}/{repo}/pulls/{number}/reviews`` with ``comments`` of ``path``, ``line``, ``side``; a token
of a user may do that. Gitea has the same operation, and calls the line ``new_position``.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from bottega.check.annotations.remarks import Remark, Review, marked, marks
from bottega.check.annotations.talk import Closed, Line, Send, Told
from bottega.forges.forge import GITHUB, Forge
from bottega.notify.outcome import NotSent

UNPROCESSABLE = 422
"""The answer to a review with a line that is not in the diff: then nothing of it was taken."""


class _Head(msgspec.Struct):
    sha: str


class _Pull(msgspec.Struct):
    state: str
    head: _Head


class _Written(msgspec.Struct):
    body: str | None = None


class Reviews:
    """A :class:`~bottega.check.annotations.talk.Talk`."""

    def __init__(self, forge: Forge, repository: str, number: str, send: Send) -> None:
        self._on_github = forge.kind == GITHUB
        self._line = Line(forge, repository, f"/pulls/{number}", send)

    def open(self, review: Review) -> None:
        pull = self._line.ask(_Pull)
        if pull.state != "open":
            raise Closed(f"the request is {pull.state[:40]}")
        if pull.head.sha != review.commit:
            raise Closed("the request has other commits by now")

    def known(self, ids: Collection[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for written in self._line.pages(_Written, "/reviews"):
            found |= {one: "" for one in marked(written.body) if one in ids}
        return found

    def tell(self, review: Review, told: Told) -> None:
        if not review.remarks:
            return
        try:
            self._post(review, review.remarks, [])
        except NotSent as error:
            if error.status != UNPROCESSABLE:
                raise
            self._post(review, [], review.remarks)
        told({remark.issue_id: "" for remark in review.remarks})

    def resolve(self, thread: str) -> None:
        """Their interfaces cannot, and no issue has a thread."""

    def _post(self, review: Review, beside: Sequence[Remark], listed: Sequence[Remark]) -> None:
        mark = marks([review.scan_id, *(remark.issue_id for remark in review.remarks)])
        body = {
            "commit_id": review.commit,
            "event": "COMMENT",
            "body": f"{review.summary(listed)}\n\n{mark}",
            "comments": [self._comment(remark) for remark in beside],
        }
        self._line.change("/reviews", body)

    def _comment(self, remark: Remark) -> dict[str, Any]:
        place = {"line": remark.line, "side": "RIGHT"} if self._on_github else {"new_position": remark.line}
        return {"path": remark.path, "body": remark.body, **place}
