"""What build.yml may name: the actions, with the inputs that every one of them has."""

from bottega.build.actions import Action
from bottega.build.actions.fields import Field

PREPARING = ("checkout", "manifest_checkout", "sh")
"""What PRE_BUILD may do (reference, section 5.4)."""

IGNORE = Field("ignore_fail", "flag", "whether the build goes on when the step fails")
"""An input of every action."""


def inputs_of(action: Action) -> tuple[Field, ...]:
    """Its own and those of every action."""
    return (*action.fields, IGNORE)
