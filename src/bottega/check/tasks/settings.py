"""What a check task is told to do; saved as one document with the task."""

import msgspec


class GateItem(msgspec.Struct, kw_only=True):
    """At most ``value`` issues of a severity (0 to 3); does not hold while it is off."""

    severity: int
    value: int = 0
    on: bool = False


class Gate(msgspec.Struct, kw_only=True):
    """The quality gate. ``coverage``: every file of every engine must have been looked at."""

    items: list[GateItem] = []
    coverage: bool = False


class RuleSetChoice(msgspec.Struct, kw_only=True):
    """The rules for one language; an empty ``rule_set_id`` is the project's default set. Off ones are kept."""

    language: str
    rule_set_id: str = ""
    on: bool = True


class EngineSettings(msgspec.Struct, kw_only=True):
    """Parameters of one engine for one rule set and language, by key."""

    engine: str
    rule_set_id: str
    language: str
    on: bool = True
    values: dict[str, str] = {}


class MergeRequest(msgspec.Struct, kw_only=True):
    """What an incremental task checks."""

    source_branch: str = ""
    target_branch: str = ""
    merge_id: str = ""
    title: str = ""
    event: str = ""
    action: str = ""


class TaskSettings(msgspec.Struct, kw_only=True):
    """All that can be changed of a task.

    ``check_mode`` of whole branches: 0 everything, 1 files of the newest commit; ``merge_mode`` of merge requests:
    4 changed files, 5 everything, 0 changed lines. ``new_since`` is an epoch in milliseconds from which on issues are
    new, 0 compares with the previous check. ``advanced`` are the settings clients name themselves.
    """

    rule_sets: list[RuleSetChoice] = []
    engines: list[EngineSettings] = []
    include: list[str] = []
    ignore: list[str] = []
    max_lines: int = 0
    own_config: bool = False
    submodules: bool = False
    check_mode: int = 0
    merge_mode: int = 4
    new_since: int = 0
    owner_matching: bool = True
    fossbot: bool = False
    endpoint_id: str = ""
    pool: str = ""
    trigger_on_merge_request: bool = False
    trigger_on_push: bool = False
    gate: Gate | None = None
    merge_request: MergeRequest | None = None
    advanced: dict[str, str] = {}
