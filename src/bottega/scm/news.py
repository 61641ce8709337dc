"""News of a repository: what a forge has told, or a look at it has shown, in the words of no forge."""

import re

import msgspec

SKIP = re.compile(r"\[(?:skip ci|ci skip)\]", re.IGNORECASE)
"""In the message of a commit: nothing is to be started for it."""


class BranchMoved(msgspec.Struct, frozen=True, kw_only=True, tag="push"):
    """A branch was pushed to. ``urls`` are those of its repository, ``commit`` is its head."""

    urls: list[str]
    branch: str
    commit: str


class MergeAsked(msgspec.Struct, frozen=True, kw_only=True, tag="merge"):
    """A merge request was opened, or its branch, which is one of the same repository, was pushed to."""

    urls: list[str]
    number: str
    title: str
    source: str
    target: str
    commit: str
    opened: bool


News = BranchMoved | MergeAsked
