"""Names by patterns with stars."""

from collections.abc import Sequence


def matches(patterns: Sequence[str], name: str) -> bool:
    """Whether one of the patterns fits the whole name; ``*`` stands for any characters, also for none."""
    return any(_fits(pattern, name) for pattern in patterns)


def _fits(pattern: str, name: str) -> bool:
    # Not a regular expression: one with many stars can take for ever.
    first, *between = pattern.split("*")
    if not between:
        return name == pattern
    last = between.pop()
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    place, end = len(first), len(name) - len(last)
    for part in between:
        found = name.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
