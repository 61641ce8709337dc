"""Names of branches, tags and commits: what git accepts, and nothing that git could take for an option.

The rules are those of ``git check-ref-format``; the tests compare them with the installed git. Checking here
costs no process and gives a sentence that names the fault.
"""

import re

MAX_NAME_BYTES = 1024
# git writes a ref as a file and locks it as "<name>.lock"; file systems end at 255 bytes.
MAX_COMPONENT_BYTES = 250
SHORTEST_COMMIT = 7

_FORBIDDEN = {
    " ": "a space",
    "~": "'~'",
    "^": "'^'",
    ":": "':'",
    "?": "'?'",
    "*": "'*'",
    "[": "'['",
    "\\": "'\\'",
}
_COMMIT = re.compile(rf"[0-9a-f]{{{SHORTEST_COMMIT},40}}")
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}")


class RefRefused(ValueError):
    """A name that is no valid branch, tag or commit. ``reason`` is one sentence part fit for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_branch(name: str) -> str:
    """Return the short name of a branch given as ``x`` or ``refs/heads/x``; raises `RefRefused`."""
    short = _short(name, "branch", "refs/heads/")
    if short in ("HEAD", "@"):
        raise RefRefused(f"the branch name {short!r} is reserved by git")
    return short


def check_tag(name: str) -> str:
    """Return the short name of a tag given as ``x`` or ``refs/tags/x``; raises `RefRefused`."""
    return _short(name, "tag", "refs/tags/")


def check_commit(name: str) -> str:
    """Return a commit id in lower case: 7 to 40 hex digits; raises `RefRefused`."""
    lowered = name.lower()
    if not _COMMIT.fullmatch(lowered):
        raise RefRefused(f"the commit id {_shown(name)} is not {SHORTEST_COMMIT} to 40 hexadecimal digits")
    return lowered


def is_full_commit(name: str) -> bool:
    """Whether the name is a complete object id, so that it can mean one object only."""
    return _FULL_COMMIT.fullmatch(name) is not None


def check_attempt(name: str) -> str:
    """Return an attempt's name that may become one component of a pin's ref name; raises `RefRefused`."""
    if "/" in name:
        raise RefRefused(f"the attempt name {_shown(name)} contains '/'")
    return _short(name, "attempt", "refs/bottega/build/")


def _short(name: str, kind: str, prefix: str) -> str:
    short = name.removeprefix(prefix)
    if short.startswith("refs/"):
        # "refs/tags/x" asked for as a branch is a mistake in every case but a contrived one.
        raise RefRefused(f"the {kind} {_shown(name)} must be a short name or begin with {prefix!r}")
    fault = _fault(short)
    if fault:
        raise RefRefused(f"the {kind} name {_shown(name)} {fault}")
    return short


def _fault(short: str) -> str | None:
    try:
        length = len(short.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode text"
    components = short.split("/")
    rules = (
        (not short, "is empty"),
        (short.startswith("-"), "begins with '-'"),
        (length > MAX_NAME_BYTES, f"is longer than {MAX_NAME_BYTES} bytes"),
        (any(c < " " or c == "\x7f" for c in short), "contains a control character"),
        (".." in short, "contains '..'"),
        ("@{" in short, "contains '@{'"),
        (short.endswith("."), "ends with '.'"),
        ("" in components, "begins or ends with '/' or contains '//'"),
        (any(c.startswith(".") for c in components), "has a part that begins with '.'"),
        (any(c.endswith(".lock") for c in components), "has a part that ends with '.lock'"),
        (
            any(len(c.encode()) > MAX_COMPONENT_BYTES for c in components),
            f"has a part longer than {MAX_COMPONENT_BYTES} bytes",
        ),
        *((character in short, f"contains {shown}") for character, shown in _FORBIDDEN.items()),
    )
    return next((sentence for broken, sentence in rules if broken), None)


def _shown(name: str) -> str:
    # ascii() keeps control characters and surrogates out of logs and of JSON answers.
    limit = 80
    return ascii(name if len(name) <= limit else name[:limit] + "...")
