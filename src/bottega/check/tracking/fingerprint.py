"""The identity of a finding that other scans, other tasks and other tools can compare."""

import hashlib

NAME = "scopeStatement/v1"
"""What SARIF files call it. Another way to make it gets another number."""


def fingerprint(rule: str, path: str, scope: str, statement: str, occurrence: int) -> str:
    """64 hexadecimal digits. It holds no line number, so that it survives when code above is changed."""
    text = "\0".join((rule, path, scope, statement, str(occurrence)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
