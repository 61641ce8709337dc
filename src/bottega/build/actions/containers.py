"""What the steps that work with container images share: this version runs no containers, and says so."""

from __future__ import annotations

from bottega.build.actions.base import fail
from bottega.build.actions.shell import NOT_OFFERED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.agent.runner.context import StepContext

WITH_ENGINE = frozenset({"docker", "build_image", "swr"})
"""The actions that cannot do anything without a container engine."""


def refuse(ctx: StepContext, what: str) -> int:
    """Fail a step before anything of it has run. ``what`` it would have needed an engine for, such as an image."""
    return fail(ctx, f"{what}: agents of this version run no container engine", NOT_OFFERED)
