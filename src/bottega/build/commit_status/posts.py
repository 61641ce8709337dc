"""How each kind of forge is told of a commit's status."""

from collections.abc import Mapping

from bottega.build.commit_status.statuses import Status, Verdict
from bottega.forges.forge import GITLAB, Forge
from bottega.notify.outgoing import Post

_GITHUB: Mapping[Verdict, str] = {
    Verdict.WAITING: "pending",
    Verdict.RUNNING: "pending",
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failure",
    Verdict.ERROR: "error",
    Verdict.STOPPED: "error",
}
_GITLAB: Mapping[Verdict, str] = {
    Verdict.WAITING: "pending",
    Verdict.RUNNING: "running",
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failed",
    Verdict.ERROR: "failed",
    Verdict.STOPPED: "canceled",
}


def post_of(forge: Forge, repository: str, commit: str, status: Status) -> Post:
    """The request that sets a commit's status."""
    on_gitlab = forge.kind == GITLAB
    body = {
        "state": (_GITLAB if on_gitlab else _GITHUB)[status.verdict],
        "target_url": status.link,
        "description": status.description,
        "name" if on_gitlab else "context": status.context,
    }
    # Forges refuse an empty address.
    given = {name: text for name, text in body.items() if text}
    return forge.request(repository, f"/statuses/{commit}", given)
