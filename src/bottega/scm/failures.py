"""What went wrong with git, as one sentence a user can act on."""

from __future__ import annotations

import re

TIMED_OUT = 124  # what timeout(1) answers
_KILLED = 128 + 9

_COMPLAINTS = ("fatal: ", "error: ")
_MAX_COMPLAINT = 200

_REASONS: tuple[tuple[str, str], ...] = (
    (r"fsize|File too large|died of signal 25", "it is larger than this server allows for a repository"),
    (r"No space left on device", "the disk of the agent is full"),
    (r"dubious ownership", "the folder belongs to another user than the agent, so git refuses to read it"),
    (r"Host key verification failed|host key is known", "the host's SSH key is not among the known hosts"),
    (
        r"Authentication failed|could not read (Username|Password)|Permission denied|Access denied"
        r"|error: 40[13]|unable to read askpass",
        "access was denied; check that the repository exists and that the credential is right",
    ),
    (r"error: 30\d|unable to update url base", "the server redirects elsewhere; give the final URL"),
    (
        r"error: 404|[Rr]epository.*not found|does not appear to be a git repository|does not exist"
        r"|repository .* not found|No such file or directory",
        "there is no repository at this address",
    ),
    (r"Could not resolve|resolve host", "the host name is unknown"),
    (r"certificate", "the server's TLS certificate is not trusted"),
    (r"transport '.*' not allowed", "this way of reaching a repository is not allowed"),
    (r"mismatched algorithms", "it uses SHA-256 object names, which are not supported"),
    (
        r"[Cc]onnection (refused|timed out|reset)|Failed to connect|No route|unreachable|too slow|timed out",
        "the server cannot be reached",
    ),
    (r"fsck error|error in packed object", "it contains an object that git considers malformed or malicious"),
    (r"early EOF|hung up|RPC failed|unexpected disconnect|error: 5\d\d", "the server broke off the transfer"),
)
_COMPILED = tuple((re.compile(pattern), sentence) for pattern, sentence in _REASONS)


class ScmError(Exception):
    """Source code could not be had; the text is one sentence for the user, free of secrets."""


class ScmRefusal(ScmError):
    """It will not be had by trying again either."""


_PASSING = re.compile(
    r"Could not resolve|resolve host|No space left on device|early EOF|hung up|RPC failed|unexpected disconnect"
    r"|error: (408|429|5\d\d)|[Cc]onnection (refused|timed out|reset)|Failed to connect|No route|unreachable|too slow"
    r"|timed out"
)
"""What may be over in a moment."""


def fetch_error(url: str, code: int, errors: str, seconds: float, *, doing: str = "fetch") -> ScmError:
    """`fetch_failure` as an error to raise: a `ScmRefusal` unless it may be over in a moment."""
    passing = code == TIMED_OUT or code >= _KILLED or _PASSING.search(errors)
    return (ScmError if passing else ScmRefusal)(fetch_failure(url, code, errors, seconds, doing=doing))


def fetch_failure(url: str, code: int, errors: str, seconds: float, *, doing: str = "fetch") -> str:
    """One sentence on why git could not do that with ``url``: from its exit code and what it wrote on stderr."""
    if code == TIMED_OUT:
        return f"Cannot {doing} {url}: it took longer than {seconds:.0f} seconds."
    for pattern, sentence in _COMPILED:
        if found := pattern.search(errors):
            start = errors.rfind("\n", 0, found.start()) + 1
            return (
                f"Cannot {doing} {url}: {sentence} (git: {readable(errors[start:].partition(chr(10))[0])})."
            )
    said = next((line for line in errors.splitlines() if line.startswith(_COMPLAINTS)), "")
    return f"Cannot {doing} {url}: git ended with code {code}{f' ({readable(said)})' if said else ''}."


def readable(line: str) -> str:
    """One line of git's as a part of a sentence: without its prefix, without what a terminal would act on."""
    text = "".join(character if character.isprintable() else " " for character in line).strip()
    for prefix in _COMPLAINTS:
        text = text.removeprefix(prefix)
    return text[:_MAX_COMPLAINT].strip().rstrip(".")
