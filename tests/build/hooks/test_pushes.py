"""What forges say is read, and nonsense refused."""

from typing import Any
from urllib.parse import urlencode

import pytest

from bottega.build.hooks.pushes import MAX_TEXT, MAX_URLS, Push, read
from bottega.errors import Invalid
from tests.build.hooks import forges
from tests.build.hooks.forges import BEFORE, COMMIT, GONE, URL, encoded, gitlab_push

JSON = "application/json"


def pushed(payload: Any, event: str = "push") -> Push:
    told = read(event, JSON, encoded(payload))
    assert told.push is not None
    return told.push


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (forges.push(), "push"),
        (gitlab_push(), "Push Hook"),
        (gitlab_push(), ""),
        (gitlab_push(), "System Hook"),
    ],
)
def test_a_push_is_told_alike_by_all(payload: dict[str, Any], event: str) -> None:
    push = pushed(payload, event)
    assert (push.kind, push.name, push.commit) == ("branch", "master", COMMIT)
    assert (push.message, push.pusher, push.deleted) == ("a change", "ada", False)
    assert URL in push.urls


def test_a_tag_is_known_from_a_branch_and_its_commit_from_the_tag() -> None:
    tag = pushed({**gitlab_push("refs/tags/v1/a"), "after": BEFORE}, "Tag Push Hook")
    assert (tag.kind, tag.name, tag.commit) == ("tag", "v1/a", COMMIT)


@pytest.mark.parametrize("payload", [forges.push(after=GONE), gitlab_push(after=GONE)])
def test_what_was_deleted_has_no_commit(payload: dict[str, Any]) -> None:
    assert pushed(payload).deleted


@pytest.mark.parametrize("event", ["ping", "issues", "Merge Request Hook", "create", "", "x" * 500, "\xff\0"])
def test_other_events_tell_of_no_push(event: str) -> None:
    told = read(event, JSON, b'{"zen": "Keep it logically awesome."}')
    assert told.push is None
    assert len(told.event) <= 64
    assert "\0" not in told.event


def test_a_form_holds_the_same() -> None:
    form = urlencode({"payload": encoded(forges.push()).decode()}).encode()
    told = read("push", "application/x-www-form-urlencoded", form)
    assert told.push is not None
    assert told.push.commit == COMMIT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"\xff",
        b'{"ref": 1}',
        b"[" * 100_000,
        b'{"ref": "refs/heads/"}',
        b"{}",
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read("push", JSON, body)


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=%7B", b"\xff", b"&" * 10_000 + b"a=1"])
def test_a_form_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read("push", "application/x-www-form-urlencoded", body)


@pytest.mark.parametrize(
    "change",
    [
        {"ref": "master"},
        {"ref": "refs/pull/1/head"},
        {"ref": "refs/heads/" + "x" * 400},
        {"ref": "refs/heads/a\0b"},
        {"after": "HEAD"},
        {"after": ""},
        {"after": None},
        {"after": "-" * 40},
    ],
)
def test_a_push_of_nothing_that_could_be_built_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read("push", JSON, encoded({**forges.push(), **change}))


def test_texts_of_strangers_are_bounded_and_can_be_kept() -> None:
    payload = forges.push(message="\0é" * 10_000)
    payload["pusher"] = {"login": ["no text"], "name": 7}
    payload["repository"] = {"clone_url": "x" * 5000, "url": ["no text"], "html_url": "a\0b"}
    push = pushed(payload)
    assert len(push.message) <= MAX_TEXT
    assert "\0" not in push.message + "".join(push.urls)
    push.message.encode()
    assert len(push.urls) <= MAX_URLS


@pytest.mark.parametrize("part", ["repository", "project", "commits", "head_commit", "pusher"])
@pytest.mark.parametrize("nonsense", [None, 7, "text", [], [1], {}, [{}]])
def test_parts_of_another_kind_are_as_good_as_missing(part: str, nonsense: Any) -> None:
    assert pushed({**forges.push(), part: nonsense}).commit == COMMIT


def test_the_message_is_that_of_the_newest_commit() -> None:
    payload = gitlab_push(message="the newest")
    payload["commits"].reverse()
    assert pushed(payload).message == "the newest"
