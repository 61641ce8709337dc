"""A forge with one merge request, which behaves as GitHub, GitLab and Gitea do where annotations meet them."""

import itertools
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from tests.support.listening import listening

TOKEN = "the-token"
PAGE = 3
"""Entries of a page at most, whatever is asked for."""


class Refused(Exception):
    """Answered with this status."""

    def __init__(self, status: int, text: str = "no") -> None:
        super().__init__(text)
        self.status = status


class Comment(msgspec.Struct, kw_only=True):
    """Something that was written; without a path it is for the whole request."""

    id: str
    body: str
    path: str = ""
    former: str = ""
    line: int = 0
    resolved: bool = False
    commit: str = ""


class FakeForge:
    """``refused`` are lines it takes for no part of the diff. ``fail`` are statuses that the next writes get.

    ``lose`` counts writes until the one that is done and whose answer is lost, from 1.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.port = 0
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self.begin("")

    def begin(self, head: str) -> None:
        """Forget everything; the request is open, and ``head`` its newest commit."""
        self.state = "opened" if self.kind == "gitlab" else "open"
        self.head = head
        self.ready = True
        self.written: list[Comment] = []
        self.refused: set[int] = set()
        self.fail: list[int] = []
        self.lose = 0
        self.asked: list[str] = []

    @property
    def beside(self) -> list[Comment]:
        """What was said beside lines."""
        return [one for one in self.written if one.path]

    @property
    def notes(self) -> list[Comment]:
        """What was said about all of the request."""
        return [one for one in self.written if not one.path]

    @property
    def lines(self) -> list[int]:
        return [one.line for one in self.beside]

    def answer(self, method: str, target: str, headers: Any, body: Any) -> Any:
        """What the forge answers. Raises Refused."""
        parts = urlsplit(target)
        with self._lock:
            self.asked.append(f"{method} {parts.path}")
            given = headers.get("private-token") or headers.get("authorization", "").rpartition(" ")[2]
            if given != TOKEN:
                raise Refused(401)
            if method != "GET" and self.fail:
                raise Refused(self.fail.pop(0), f"{TOKEN} is not welcome")
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            done = (self._gitlab if self.kind == "gitlab" else self._other)(method, parts.path, asked, body)
            if method != "GET" and self.lose:
                self.lose -= 1
                if not self.lose:
                    raise Refused(502, "the answer was lost")
            return done

    def _other(self, method: str, path: str, asked: dict[str, str], body: Any) -> Any:
        base = "/api/repos/group/shop/pulls/7"
        if (method, path) == ("GET", base):
            return {"number": 7, "state": self.state, "head": {"sha": self.head, "ref": "feature"}}
        if (method, path) == ("GET", f"{base}/reviews"):
            reviews = [{"id": one.id, "state": "COMMENTED", "body": one.body} for one in self.notes]
            return _page([{"id": "0", "state": "APPROVED", "body": None}, *reviews], asked)
        if (method, path) != ("POST", f"{base}/reviews"):
            raise Refused(404)
        place = "line" if self.kind == "github" else "new_position"
        if body["event"] != "COMMENT" or not body["body"]:
            raise Refused(422)
        made: list[Comment] = []
        for one in body["comments"]:
            wanted = {"path", "body", place} | ({"side"} if self.kind == "github" else set())
            if one[place] in self.refused or set(one) != wanted or one.get("side", "RIGHT") != "RIGHT":
                raise Refused(422, "Pull request review thread line must be part of the diff")
            made.append(Comment(id=self._id(), body=one["body"], path=one["path"], line=one[place]))
        self.written += [Comment(id=self._id(), body=body["body"], commit=body["commit_id"]), *made]
        return {"id": int(made[-1].id) if made else 0}

    def _gitlab(self, method: str, path: str, asked: dict[str, str], body: Any) -> Any:
        base = "/api/projects/group%2Fshop/merge_requests/7"
        if (method, path) == ("GET", base):
            refs = {"base_sha": "b" * 40, "start_sha": "c" * 40, "head_sha": self.head}
            return {"state": self.state, "sha": self.head, "diff_refs": refs if self.ready else None}
        if (method, path) == ("GET", f"{base}/discussions"):
            return _page(
                [
                    {"id": one.id, "notes": [{"body": one.body, "resolvable": bool(one.path)}]}
                    for one in self.written
                ],
                asked,
            )
        if (method, path) == ("POST", f"{base}/notes"):
            self.written.append(Comment(id=self._id(), body=body["body"]))
            return {"id": 1}
        if (method, path) == ("POST", f"{base}/discussions"):
            return self._discuss(body)
        if method == "PUT" and path.startswith(f"{base}/discussions/") and body == {"resolved": True}:
            name = unquote(path.rpartition("/")[2])
            for one in self.written:
                if one.id == name:
                    one.resolved = True
                    return {"id": name, "notes": []}
        raise Refused(404)

    def _discuss(self, body: Any) -> Any:
        position = body["position"]
        shas = [position.pop(name) for name in ("base_sha", "start_sha", "head_sha")]
        if shas != ["b" * 40, "c" * 40, self.head] or position.pop("position_type") != "text":
            raise Refused(400)
        if set(position) != {"old_path", "new_path", "new_line"} or position["new_line"] in self.refused:
            raise Refused(400, "line_code can't be blank")
        made = Comment(
            id=self._id(),
            body=body["body"],
            path=position["new_path"],
            former=position["old_path"],
            line=position["new_line"],
        )
        self.written.append(made)
        return {"id": made.id, "individual_note": False, "notes": [{"id": 1, "body": made.body}]}

    def _id(self) -> str:
        return str(next(self._ids))


def _page(entries: list[Any], asked: dict[str, str]) -> list[Any]:
    start = (int(asked.get("page", "1")) - 1) * PAGE
    return entries[start : start + PAGE]


@contextmanager
def fake_forge(kind: str) -> Generator[FakeForge]:
    """Listen on a free loopback port while the block runs."""
    forge = FakeForge(kind)

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = 200, b""
            try:
                body = json.loads(content) if content else None
                said = json.dumps(forge.answer(self.command, self.path, headers, body)).encode()
            except Refused as error:
                status, said = error.status, str(error).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: ARG002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forge.port = server.server_address[1]
    with listening(server):
        yield forge
