"""Which pushes start a build of a task, and what is built then."""

from collections.abc import Sequence

import msgspec

from bottega.build.branch import TAG, branch_source, builds_tags
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.hooks.pushes import Push
from bottega.build.source import Source
from bottega.build.wire import Scm
from bottega.patterns import matches
from bottega.scm.news import SKIP
from bottega.scm.repositories import same_repository

OTHER_REPOSITORY = "other repository: the push is not to the one the task builds"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """``choices`` are those of the build, or None: ``reason`` says why there is none."""

    choices: RunChoices | None = None
    reason: str = ""


def decide(definition: Definition, branches: Sequence[str], tags: Sequence[str], push: Push) -> Decision:
    """What a push means for a task. ``branches`` and ``tags`` are the hook's patterns, which may be none."""
    chosen = branch_source(definition)
    if chosen is None:
        return Decision(reason="the task has no source that could be told before a build")
    if not any(same_repository(chosen.url, url) for url in push.urls):
        return Decision(reason=OTHER_REPOSITORY)
    if push.deleted:
        return Decision(reason=f"the {push.kind} {push.name} was deleted")
    if SKIP.search(push.message):
        return Decision(reason="the commit's message says [skip ci]")
    if push.kind == TAG:
        return _tag(definition, tags, push)
    return _branch(definition, chosen, branches, push)


def is_automatic(definition: Definition) -> bool:
    """Whether commits start builds by what the task itself says (reference, section 7.1)."""
    return bool(definition.scms) and definition.scms[0].is_auto_build is True


def commit_of(branch: str, commit: str) -> RunChoices:
    """A build of exactly this commit, which is known to be of the branch."""
    return RunChoices(scm=Scm(build_type="commitId", build_commit_id=commit, branch=branch))


def tag_of(name: str) -> RunChoices:
    """A build of what the tag points to when it is checked out."""
    return RunChoices(scm=Scm(build_type=TAG, build_tag=name))


def _branch(definition: Definition, chosen: Source, patterns: Sequence[str], push: Push) -> Decision:
    if patterns:
        if not matches(patterns, push.name):
            return Decision(reason=f"the hook is not for branch {push.name}")
    elif not is_automatic(definition):
        return Decision(reason="is_auto_build of the task is off, and the hook names no branches")
    elif builds_tags(definition):
        return Decision(reason="the task builds tags, and the hook names no branches")
    elif push.name != chosen.branch:
        return Decision(reason=f"the task builds branch {chosen.branch}, not {push.name}")
    return Decision(choices=commit_of(push.name, push.commit))


def _tag(definition: Definition, patterns: Sequence[str], push: Push) -> Decision:
    if patterns:
        if not matches(patterns, push.name):
            return Decision(reason=f"the hook is not for tag {push.name}")
    elif not is_automatic(definition) or not builds_tags(definition):
        return Decision(reason="the task builds no tags by itself, and the hook names none")
    return Decision(choices=tag_of(push.name))
