"""What a client asks for when it creates a check task."""

from collections.abc import Sequence

import msgspec

from bottega.check.tasks.settings import MergeRequest, RuleSetChoice

FULL, INCREMENTAL = "full", "inc"
TASK_TYPES = (FULL, INCREMENTAL)
SOURCE = "source"


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What the client's family of operations calls things, for refusals."""

    name: str = "task_name"
    url: str = "git_url"
    branch: str = "git_branch"
    language: str = "language"
    rule_sets: str = "rule_sets"


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing in it has been checked yet. Without ``name`` the task is called after its repository.

    ``include`` and ``ignore`` are folders with commas between them. ``parent_task_id``: the family an incremental task
    belongs to, which may be empty.
    """

    git_url: str
    git_branch: str
    name: str = ""
    languages: Sequence[str] = ()
    rule_sets: Sequence[RuleSetChoice] = ()
    check_types: Sequence[str] = (SOURCE,)
    task_type: str = FULL
    username: str = ""
    access_token: str = ""
    endpoint_id: str = ""
    fossbot: bool = False
    pool: str = ""
    include: str = ""
    ignore: str = ""
    template: bool = False
    merge_request: MergeRequest | None = None
    parent_task_id: str = ""
    fields: Fields = Fields()
