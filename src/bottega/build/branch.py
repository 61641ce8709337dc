"""The branch a task builds, as far as it can be told without a run."""

from bottega.build import source
from bottega.build.definition import Definition
from bottega.build.source import Source
from bottega.build.wire import Scm
from bottega.errors import BottegaError

BRANCH, TAG = "branch", "tag"


def branch_source(definition: Definition) -> Source | None:
    """Repository and branch; None when there is none or only a run can tell. Of a task that builds tags or commits
    it is the branch that such a task names beside.
    """
    if not definition.scms or not definition.scms[0].url:
        return None
    values = {one.name: one.default for one in definition.declared() if not one.private}
    try:
        return source.choose(definition.scms[0], Scm(build_type=BRANCH), "", values)
    except BottegaError:
        # It needs what only a run has, or cannot be right: the run will say so.
        return None


def builds_branch(definition: Definition) -> bool:
    """Whether the task is one that builds a branch."""
    return bool(definition.scms) and (definition.scms[0].build_type or BRANCH) == BRANCH


def builds_tags(definition: Definition) -> bool:
    """Whether the task is one that builds tags."""
    return bool(definition.scms) and definition.scms[0].build_type == TAG
