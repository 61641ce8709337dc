"""What a run executes: fixed when the run is accepted, so that later edits of the task cannot change it."""

from typing import Any

import msgspec


class StepSpec(msgspec.Struct, kw_only=True):
    """One step. ``key`` is its stage key, ``action`` a name of the action registry, ``label`` the tag in log lines."""

    key: str
    name: str
    action: str
    inputs: dict[str, Any] = {}
    enabled: bool = True
    ignore_failure: bool = False
    label: str = ""
    module_id: str = ""
    hidden: bool = False


class RunSpec(msgspec.Struct, kw_only=True):
    """The compiled form of a build task (or check task) with one run's parameters, without secret values.

    ``secret_files`` names the files its steps need, which their keeper hands to whoever holds the run's lease.
    ``steps_of`` is the URL of the repository whose file the steps were read from; empty where a task has them.
    ``notes`` are warnings at the beginning of the log.
    """

    timeout_seconds: float
    network: bool
    opening: str
    env: dict[str, str]
    steps: list[StepSpec]
    secret_files: list[str] = []
    steps_of: str = ""
    notes: list[str] = []


class NewRun(msgspec.Struct, kw_only=True):
    """A request to queue a run. ``secret_env`` (name to value) is sealed at rest and masked in the log.

    ``demands`` says what the agent must have (:mod:`bottega.runs.pools.demands`).
    ``parameters`` is what records show: ``{"name", "value", "type", "secret"}``, values of secret ones already masked.
    ``held`` is a word of :mod:`bottega.runs.held`. A job of a BuildFlow has ``parent_run_id`` instead of ``task_id``.
    ``run_id`` is the id that the run is known by already, or empty.
    """

    run_id: str = ""

    kind: str
    tenant_id: str
    project_id: str
    task_id: str | None
    task_name: str
    number: int
    daily_number: str
    execution_id: str
    trigger: str
    user_id: str
    user_name: str
    pool: str
    arch: str
    flavor: str
    demands: str = ""
    spec: RunSpec
    secret_env: dict[str, str] = {}
    parameters: list[dict[str, Any]] = []
    source_url: str = ""
    repository: str = ""
    build_type: str = ""
    branch: str = ""
    tag: str = ""
    commit_id: str = ""
    held: str = ""
    parent_run_id: str | None = None
    rerun_of: str | None = None
    job: str = ""
