"""The step "Code check" (``check``): the analysers of a check task look at the workspace."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

NAME = "check"
MAX_NAME = 128


class CheckInputs:
    """Which task, by id or by its name in the build's project; both empty in runs that are checks themselves.

    ``since`` says which files are looked at when not all are: ``parent`` those of the newest commit,
    ``target:<branch>`` those that a merge into that branch would change. With ``without:<branch>`` all are looked at,
    and what the branch has too is left out; without a branch, what the commit before has. ``url`` is the repository.
    ``target`` is the branch that a merge request is for, if it is to be known which lines the request changes.
    """

    __slots__ = ("fail_on_gate", "name", "since", "target", "task_id", "url")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Raises InputError."""
        self.task_id = inputs.text(raw, "task_id", "").strip()
        self.name = inputs.text(raw, "name", "").strip()
        self.fail_on_gate = inputs.flag(raw, "fail_on_gate", True)
        # A build checks all of its workspace: what its file says of mirrors on the agent is not to be believed.
        in_build = bool(self.task_id or self.name)
        self.since = "" if in_build else inputs.text(raw, "since", "")
        self.url = "" if in_build else inputs.text(raw, "url", "")
        self.target = "" if in_build else inputs.text(raw, "target", "")


class Check(Action):
    """Runs in builds, and is what a run of a check task consists of."""

    name = NAME
    title = "Code check"
    fields = (
        Field("task_id", "text", "id of the check task"),
        Field("name", "text", "name of the check task in the build's project, in place of its id"),
        Field("fail_on_gate", "flag", "whether the step fails when the quality gate does; true unless given"),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        given = CheckInputs(raw)
        if bool(given.task_id) == bool(given.name):
            raise InputError("task_id", "give either task_id or name")
        if len(given.task_id) > MAX_NAME or len(given.name) > MAX_NAME:
            raise InputError("task_id" if given.task_id else "name", f"is longer than {MAX_NAME} characters")

    def run(self, ctx: StepContext) -> int:
        # Runs without a check need not pay for what only checks use.
        from bottega.build.actions.checking import Checking  # noqa: PLC0415

        return Checking(ctx, CheckInputs(ctx.inputs)).run()
