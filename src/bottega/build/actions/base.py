"""What every build action is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.fields import Field


class Action(ABC):
    """One kind of build step. Stateless: the runner uses one object for all steps of the kind.

    Modules of actions are imported by every runner and by the server alike, so they import lightly and
    leave what only ``run`` needs to ``run``.
    """

    name: str
    """What build.yml and the spec call it, such as ``sh``."""
    title: str
    """What people read."""
    module: str = ""
    """The number inside the module id of the graphical step that is the same; empty where none is known."""
    fields: tuple[Field, ...] = ()
    """The inputs as build.yml has them, for editors, the page about build.yml and warnings; ``check`` decides."""

    @abstractmethod
    def check(self, raw: Mapping[str, Any]) -> None:
        """Raise InputError naming the input that cannot be used; called when a task is saved and before a run."""

    def secret_files(self, raw: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - most actions need none
        """Names of the tenant's files the step needs, for inputs that ``check`` takes. Raises InputError."""
        return []

    def demands(self, raw: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - most actions need none
        """What the step needs of an agent, for any inputs: words such as ``jdk=17`` or ``maven``."""
        return []

    @abstractmethod
    def run(self, ctx: StepContext) -> int:
        """Do the step; 0 is success, anything else its exit code.

        Failures that the user can understand are one ERROR line and a code. Raises InputError.
        """


def fail(ctx: StepContext, reason: str, code: int = 1) -> int:
    """One ERROR line, which is also why the step fails for the record; returns ``code``."""
    ctx.log("ERROR", reason)
    ctx.explain(reason)
    return code
