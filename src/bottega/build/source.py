"""Where a build takes its code from: the rules for ``scms``, and the choice one run makes."""

import re
from collections.abc import Callable, Mapping

import msgspec

from bottega.build.wire import BUILD_TYPES, CreateBuildJobScm, Scm
from bottega.errors import Invalid
from bottega.scm.refs import RefRefused, check_branch, check_commit, check_tag
from bottega.scm.urls import UrlPolicy, UrlRefused
from bottega.scm.urls import check as check_url

MAX_SOURCES = 1
DEFAULT_BRANCH = "master"
MAX_REF = 255
"""Characters of a branch or tag that a record can show."""

MAX_REPOSITORY = 128
"""Characters of a repository's name, as the operations on statistics take it."""

_REFERENCE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_DEPTH = re.compile(r"[0-9]{1,7}")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What is checked out. ``missing`` says why nothing can be, or is empty."""

    url: str = ""
    build_type: str = "branch"
    branch: str = ""
    tag: str = ""
    commit: str = ""
    missing: str = ""


def check(scms: list[CreateBuildJobScm], policy: UrlPolicy) -> None:
    """Check the sources as they are saved; raises :class:`Invalid`. Texts with ``${…}`` wait for a run."""
    if len(scms) > MAX_SOURCES:
        raise Invalid("scms", f"a task has at most {MAX_SOURCES} source, not {len(scms)}")
    for index, scm in enumerate(scms):
        field = f"scms[{index}]"
        if scm.url and not _REFERENCE.search(scm.url):
            _checked_url(scm.url, policy, f"{field}.url")
        if scm.branch and not _REFERENCE.search(scm.branch):
            _checked(check_branch, scm.branch, f"{field}.branch")
        if scm.build_type:
            _check_build_type(scm.build_type, f"{field}.build_type")
        depth = str(scm.depth or "")
        if depth and not _DEPTH.fullmatch(depth):
            raise Invalid(f"{field}.depth", f"{depth[:80]!r} is not a whole number")


def check_choice(scm: Scm, policy: UrlPolicy) -> None:
    """Check what a run chooses; raises :class:`Invalid`."""
    if scm.url:
        _checked_url(scm.url, policy, "scm.url")
    if scm.branch:
        _checked(check_branch, scm.branch, "scm.branch")
    if scm.build_tag:
        _checked(check_tag, scm.build_tag, "scm.build_tag")
    if scm.build_commit_id:
        _checked(check_commit, scm.build_commit_id, "scm.build_commit_id")
    if scm.build_type:
        _check_build_type(scm.build_type, "scm.build_type")


def choose(scm: CreateBuildJobScm, choice: Scm, branch_override: str, values: Mapping[str, str]) -> Source:
    """The source of one run.

    The branch is, first match wins: the run's ``scm.branch``, the run's ``codeBranch`` (``branch_override``), the
    task's ``scms[0].branch``, the default of ``codeBranch``. ``values`` resolve ``${name}``. Raises :class:`Invalid`.
    """
    build_type = choice.build_type or _implied_type(choice) or scm.build_type or "branch"
    url = _resolved(choice.url or scm.url, values, "scms[0].url")
    branch = choice.branch or branch_override or scm.branch or values.get("codeBranch") or DEFAULT_BRANCH
    branch = _checked(check_branch, _resolved(branch, values, "scms[0].branch"), "branch")
    source = Source(url=url, build_type=build_type)
    if build_type == "tag":
        if not choice.build_tag:
            missing = "the task builds a tag and the run names none (scm.build_tag)"
            return msgspec.structs.replace(source, missing=missing)
        return msgspec.structs.replace(source, tag=_checked(check_tag, choice.build_tag, "scm.build_tag"))
    if build_type == "commitId":
        if not choice.build_commit_id:
            missing = "the task builds a commit and the run names none (scm.build_commit_id)"
            return msgspec.structs.replace(source, missing=missing)
        commit = _checked(check_commit, choice.build_commit_id, "scm.build_commit_id")
        return msgspec.structs.replace(source, commit=commit, branch=branch)
    return msgspec.structs.replace(source, branch=branch)


def repository_name(url: str, given: str = "") -> str:
    """The name by which statistics know a build's repository: ``given``, or the last part of ``url`` without ``.git``.

    Empty without a URL: the build then has no source, whatever the task says of one.
    """
    if not url:
        return ""
    last = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")
    return (given.strip() or last)[:MAX_REPOSITORY]


def _implied_type(choice: Scm) -> str:
    if choice.build_commit_id:
        return "commitId"
    if choice.build_tag:
        return "tag"
    return ""


def _resolved(text: str, values: Mapping[str, str], field: str) -> str:
    def value_of(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise Invalid(field, f"${{{found[1]}}} names no public parameter of the task")
        return values[found[1]]

    return _REFERENCE.sub(value_of, text)


def _checked_url(url: str, policy: UrlPolicy, field: str) -> None:
    try:
        check_url(url, policy)
    except UrlRefused as error:
        raise Invalid(field, error.reason) from None


def _checked(rule: Callable[[str], str], name: str, field: str) -> str:
    if len(name) > MAX_REF:
        raise Invalid(field, f"is longer than {MAX_REF} characters")
    try:
        return rule(name)
    except RefRefused as error:
        raise Invalid(field, error.reason) from None


def _check_build_type(build_type: str, field: str) -> None:
    if build_type not in BUILD_TYPES:
        raise Invalid(field, f"{build_type[:80]!r} is none of {', '.join(BUILD_TYPES)}")
