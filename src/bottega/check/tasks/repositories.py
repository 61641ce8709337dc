"""Repositories as check tasks name them."""

import hashlib
import re
from urllib.parse import unquote

from bottega.errors import Invalid
from bottega.scm.refs import RefRefused, check_branch
from bottega.scm.urls import GitUrl, UrlPolicy, UrlRefused
from bottega.scm.urls import check as check_url

MAX_BRANCH = 255
MAX_SPELLING = 512
MAX_SHORT_NAME = 100
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9一-鿿._-]+")


def checked_url(url: str, policy: UrlPolicy, field: str) -> GitUrl:
    """The URL taken apart, held against the installation's policy. Raises :class:`Invalid`."""
    try:
        return check_url(url, policy)
    except UrlRefused as error:
        raise Invalid(field, error.reason) from None


def checked_branch(name: str, field: str) -> str:
    """The short name of a branch. Raises :class:`Invalid`."""
    if len(name) > MAX_BRANCH:
        raise Invalid(field, f"is longer than {MAX_BRANCH} characters")
    try:
        return check_branch(name)
    except RefRefused as error:
        raise Invalid(field, error.reason) from None


def spelling(url: GitUrl) -> str:
    """Host and path: the same for all the ways a repository can be reached, at most 512 characters."""
    path = url.path if url.scp or url.scheme == "file" else unquote(url.path)
    path = path.strip("/").removesuffix(".git")
    if url.scheme == "file":
        text = f"file:/{path}"
    else:
        # The port of ssh says nothing of where the forge serves http.
        place = url.host if url.scheme == "ssh" or url.port is None else f"{url.host}:{url.port}"
        text = f"{place}/{path}"
    if len(text) <= MAX_SPELLING:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: MAX_SPELLING - len(digest) - 1]}#{digest}"


def short_name(repository: str) -> str:
    """What a task is called after when it was given no name: the last part of the path."""
    last = repository.rpartition("/")[2]
    return _NOT_IN_NAMES.sub("_", last).strip("_")[:MAX_SHORT_NAME] or "repository"
