"""What an incremental task checks, as clients say it."""

from bottega.check.tasks.repositories import checked_branch
from bottega.check.tasks.settings import MergeRequest
from bottega.check.tasks.texts import checked_text, checked_word

MAX_MERGE_ID = 64
MAX_TITLE = 1024
EVENTS = ("", "merge_request", "push_request")
ACTIONS = ("", "open", "close", "update")
PUSH = "push_request"


def checked(request: MergeRequest, branch: str, field: str) -> MergeRequest:
    """``request`` with ``branch`` as its source when it names none. Raises :class:`Invalid`."""
    source = request.source_branch or branch
    target = request.target_branch
    return MergeRequest(
        source_branch=checked_branch(source, f"{field}.git_source_branch"),
        target_branch=checked_branch(target, f"{field}.git_target_branch") if target else "",
        merge_id=checked_text(request.merge_id, f"{field}.merge_id", MAX_MERGE_ID),
        title=checked_text(request.title, f"{field}.title", MAX_TITLE),
        event=checked_word(request.event, f"{field}.event_type", EVENTS),
        action=checked_word(request.action, f"{field}.action", ACTIONS),
    )


def kind_of(request: MergeRequest) -> str:
    """``mr`` for merge requests, ``cr`` for commits."""
    return "cr" if request.event == PUSH else "mr"
