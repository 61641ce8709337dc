"""What forges send, with the headers they send it with."""

import hmac
import json
from hashlib import sha256
from typing import Any

from bottega.ids import new_uuid

COMMIT = "bffeb74224043ba2feb48d137756c8a9331c449a"
BEFORE = "28e1879d029cb852e4844d9c718537df08844e03"
GONE = "0" * 40
URL = "https://git.example.com/group/shop.git"


def github(secret: str, body: bytes, event: str = "push") -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": new_uuid(),
        "X-Hub-Signature-256": "sha256=" + hexadecimal(secret, body),
    }


def gitea(secret: str, body: bytes, event: str = "push") -> dict[str, str]:
    """Gitea speaks the languages of its ancestors besides its own."""
    delivery, signature = new_uuid(), hexadecimal(secret, body)
    return {
        "Content-Type": "application/json",
        "X-Gitea-Event": event,
        "X-Gogs-Event": event,
        "X-GitHub-Event": event,
        "X-Gitea-Delivery": delivery,
        "X-Gogs-Delivery": delivery,
        "X-GitHub-Delivery": delivery,
        "X-Gitea-Signature": signature,
        "X-Gogs-Signature": signature,
        "X-Hub-Signature-256": f"sha256={signature}",
    }


def gogs(secret: str, body: bytes, event: str = "push") -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Gogs-Event": event,
        "X-Gogs-Delivery": new_uuid(),
        "X-Gogs-Signature": hexadecimal(secret, body),
    }


def gitlab(secret: str, _body: bytes, event: str = "Push Hook") -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Gitlab-Event": event,
        "X-Gitlab-Event-UUID": new_uuid(),
        "Idempotency-Key": new_uuid(),
        "X-Gitlab-Token": secret,
    }


def codearts(secret: str, _body: bytes) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-Repo-Token": secret}


def hexadecimal(secret: str, body: bytes) -> str:
    return hmac.digest(secret.encode(), body, sha256).hex()


def push(
    ref: str = "refs/heads/master", after: str = COMMIT, message: str = "a change", url: str = URL
) -> dict[str, Any]:
    """A push as GitHub and Gitea tell it."""
    deleted = after == GONE
    return {
        "ref": ref,
        "before": BEFORE,
        "after": after,
        "deleted": deleted,
        "head_commit": None if deleted else {"id": after, "message": message},
        "commits": [] if deleted else [{"id": after, "message": message}],
        "pusher": {"name": "ada", "login": "ada"},
        "repository": {"clone_url": url, "ssh_url": "", "html_url": url.removesuffix(".git")},
    }


def gitlab_push(
    ref: str = "refs/heads/master", after: str = COMMIT, message: str = "a change", url: str = URL
) -> dict[str, Any]:
    """A push as GitLab and CodeArts Repo tell it."""
    return {
        "object_kind": "tag_push" if ref.startswith("refs/tags/") else "push",
        "event_name": "push",
        "ref": ref,
        "before": BEFORE,
        "after": after,
        "checkout_sha": None if after == GONE else after,
        "user_name": "Ada",
        "user_username": "ada",
        "project": {"git_http_url": url, "git_ssh_url": "", "web_url": url.removesuffix(".git")},
        "commits": [{"id": BEFORE, "message": "an older one"}, {"id": after, "message": message}],
    }


def encoded(payload: object) -> bytes:
    return json.dumps(payload).encode()
