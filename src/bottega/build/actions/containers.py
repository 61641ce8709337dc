"""What the steps that work with container images share."""

from __future__ import annotations

import re

from bottega.agent.containers.engine import NAME
from bottega.agent.containers.wanted import WITH_ENGINE
from bottega.build.actions.base import fail
from bottega.build.actions.inputs import InputError
from bottega.build.actions.shell import NOT_OFFERED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.agent.runner.context import StepContext

DEMANDS = [NAME]
"""What such a step needs of an agent."""
_REFERENCE = re.compile(r"\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z_][A-Za-z0-9_]*))", re.ASCII)

__all__ = ["DEMANDS", "WITH_ENGINE", "names_private", "put_in", "refuse"]


def refuse(ctx: StepContext, what: str) -> int:
    """Fail a step before anything of it has run. ``what`` it would have needed an engine for, such as an image."""
    return fail(ctx, f"{what}: this agent has no container engine: {ctx.engine.missing}", NOT_OFFERED)


def put_in(ctx: StepContext, word: str, field: str, place: str) -> str:
    """``${NAME}`` and ``$NAME`` as the values of parameters.

    Raises InputError for one that the build does not have; ``place`` says where that is.
    """
    env = ctx.env

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in env:
            raise InputError(field, f"{place} names the parameter {name}, which the build does not have")
        return env[name]

    return _REFERENCE.sub(value, word)


def names_private(ctx: StepContext, word: str) -> bool:
    """Whether a word as it was written names a private parameter."""
    env = ctx.env
    names = (found[1] or found[2] for found in _REFERENCE.finditer(word))
    return any(ctx.is_private(env.get(name, "")) for name in names if env.get(name))
