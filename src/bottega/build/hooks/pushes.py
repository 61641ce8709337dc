"""What deliveries say: GitHub, GitLab, Gitea, Gogs and CodeArts Repo tell of pushes in nearly the same words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import parse_qs

import msgspec

from bottega.build.branch import BRANCH, TAG
from bottega.errors import Invalid
from bottega.scm.news import SKIP, BranchMoved, MergeAsked, News

PUSHES = frozenset({"push", "tag_push", "push hook", "tag push hook"})
PINGS = frozenset({"ping"})
MERGES = frozenset({"pull_request", "merge_request", "merge request hook"})
# What brings new code; others are edits, comments, approvals, and the end.
_OPENED, _PUSHED = {"opened", "open", "reopened", "reopen"}, {"synchronize", "synchronized", "update"}
MAX_TEXT = 4096
MAX_EVENT = 64
MAX_URLS = 12
MAX_URL = 2048
MAX_REF = 300
MAX_BRANCH = 255
MAX_TITLE = 1024
MAX_NUMBER = 20

_COMMIT = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_PREFIXES = {"refs/heads/": BRANCH, "refs/tags/": TAG}
_URL_FIELDS = (
    "clone_url",
    "ssh_url",
    "git_url",
    "html_url",
    "git_http_url",
    "git_ssh_url",
    "http_url",
    "homepage",
    "web_url",
    "url",
)


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """A branch or tag that was moved. ``commit`` is empty when it was deleted; ``urls`` are those of its repository."""

    kind: str
    name: str
    commit: str
    message: str
    pusher: str
    urls: list[str]

    @property
    def deleted(self) -> bool:
        """Whether there is nothing left to be built."""
        return not self.commit


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event by name, and the push or the merge request it tells of; anything else has none."""

    event: str
    push: Push | None
    merge: MergeAsked | None = None

    @property
    def news(self) -> News | None:
        """What of it others may want to hear."""
        push = self.push
        if push is None or push.kind != BRANCH or push.deleted or SKIP.search(push.message):
            return self.merge
        return BranchMoved(urls=push.urls, branch=push.name, commit=push.commit)


def read(event: str, content_type: str, body: bytes) -> Told:
    """What a delivery says. ``event`` is its header. Raises :class:`Invalid` for a body that cannot be read."""
    payload = _payload(content_type, body)
    name = event or _text(payload, "object_kind") or _text(payload, "event_name")
    # CodeArts Repo and GitLab's system hooks name the event in the body alone.
    kinds = {name.lower(), _text(payload, "object_kind").lower()}
    shown = _clean(name, MAX_EVENT)
    if kinds & MERGES:
        return Told(event=shown, push=None, merge=_merge(payload))
    if not kinds & PUSHES or kinds & PINGS:
        return Told(event=shown, push=None)
    return Told(event=shown, push=_push(payload))


def _payload(content_type: str, body: bytes) -> dict[str, Any]:
    if content_type.lower().startswith("application/x-www-form-urlencoded"):
        # GitHub's default: the JSON is one field of a form.
        try:
            fields = parse_qs(body.decode("ascii"), max_num_fields=10)
        except (UnicodeDecodeError, ValueError):
            raise Invalid("body", "is no form") from None
        body = fields.get("payload", [""])[0].encode("utf-8", "replace")
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Invalid("body", "is not JSON") from None
    if not isinstance(payload, dict):
        raise Invalid("body", "is not a JSON object")
    return cast("dict[str, Any]", payload)


def _push(payload: Mapping[str, Any]) -> Push:
    ref = _text(payload, "ref")
    prefix = next((one for one in _PREFIXES if ref.startswith(one)), None)
    if prefix is None:
        raise Invalid("ref", "is neither a branch nor a tag")
    name = ref.removeprefix(prefix)
    if not name or len(name) > MAX_REF or name != _clean(name, MAX_REF):
        raise Invalid("ref", "is no name of a branch or tag")
    # Of an annotated tag GitLab's "after" is the tag itself; "checkout_sha" is the commit.
    commit = _text(payload, "checkout_sha") or _text(payload, "after")
    after = _text(payload, "after") or commit
    if after and not after.strip("0"):
        commit = ""
    elif not _COMMIT.fullmatch(commit):
        raise Invalid("after", "is not the id of a commit")
    pusher = payload.get("pusher")
    login = _text(pusher, "login") or _text(pusher, "name") or _text(payload, "user_username")
    return Push(
        kind=_PREFIXES[prefix],
        name=name,
        commit=commit.lower(),
        message=_clean(_head_message(payload, commit), MAX_TEXT),
        pusher=_clean(login or _text(payload, "user_name"), 128),
        urls=list(dict.fromkeys(_urls(payload)))[:MAX_URLS],
    )


def _merge(payload: Mapping[str, Any]) -> MergeAsked | None:
    """A merge request that brings code of the repository itself; branches of others could not be fetched from there."""
    asked = _part(payload, "pull_request")
    if asked:
        # GitHub, Gitea, Gogs.
        head, base = _part(asked, "head"), _part(asked, "base")
        action, number = _text(payload, "action"), payload.get("number")
        source, target, commit = _text(head, "ref"), _text(base, "ref"), _text(head, "sha")
        homes = [_part(head, "repo").get("id"), _part(base, "repo").get("id")]
    else:
        # GitLab, CodeArts Repo.
        asked = _part(payload, "object_attributes")
        action, number = _text(asked, "action"), asked.get("iid")
        source, target = _text(asked, "source_branch"), _text(asked, "target_branch")
        commit = _text(asked.get("last_commit"), "id")
        homes = [asked.get("source_project_id"), asked.get("target_project_id")]
        if action == "update" and not _text(asked, "oldrev"):
            # Its words were changed, and not its code.
            return None
    names = [name for name in (source, target) if name and name == _clean(name, MAX_BRANCH)]
    own = homes[0] is not None and homes[0] == homes[1]
    if not own or action not in _OPENED | _PUSHED or len(names) < 2 or not isinstance(number, int):  # noqa: PLR2004
        return None
    return MergeAsked(
        urls=list(dict.fromkeys(_urls(payload)))[:MAX_URLS],
        number=str(number)[:MAX_NUMBER],
        title=_clean(_text(asked, "title"), MAX_TITLE),
        source=source,
        target=target,
        commit=commit.lower() if _COMMIT.fullmatch(commit) else "",
        opened=action in _OPENED,
    )


def _head_message(payload: Mapping[str, Any], commit: str) -> str:
    head = payload.get("head_commit")
    if isinstance(head, dict):
        return _text(head, "message")
    commits = payload.get("commits")
    if not isinstance(commits, list):
        return ""
    listed = cast("list[Any]", commits)
    named = [one for one in listed if _text(one, "id") == commit]
    return _text(named[0], "message") if named else ""


def _urls(payload: Mapping[str, Any]) -> Iterator[str]:
    for part in ("repository", "project"):
        for field in _URL_FIELDS:
            text = _text(payload.get(part), field)
            if text and len(text) <= MAX_URL:
                yield _clean(text, MAX_URL)


def _text(of: Any, name: str) -> str:
    if not isinstance(of, dict):
        return ""
    value = cast("dict[str, Any]", of).get(name)
    return value if isinstance(value, str) else ""


def _part(of: Any, name: str) -> dict[str, Any]:
    if not isinstance(of, dict):
        return {}
    value = cast("dict[str, Any]", of).get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _clean(text: str, longest: int) -> str:
    """What can be kept and shown: no NUL, which PostgreSQL refuses, and no halves of characters."""
    cut = text[:longest].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return cut.encode("utf-8", "replace").decode()
