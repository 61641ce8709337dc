"""What an engine found, before anybody knows which issue it is."""

import msgspec


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Replace what lies between two places by ``text``. Lines and columns from 1, columns in characters."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """How to mend a finding: in words, as edits of its file, or both. ``safe`` if nothing else changes by it."""

    description: str
    edits: tuple[Edit, ...] = ()
    safe: bool = False


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One step on the way to a finding, in the order they happen; ``main`` where the finding itself is."""

    path: str
    line: int
    description: str
    end_line: int = 0
    main: bool = False


class RawFinding(msgspec.Struct, kw_only=True):
    """What an engine says. ``code`` is the engine's own name for its rule, ``path`` as the engine was given it.

    Lines and columns from 1, columns in characters; 0 is unknown. ``line`` 0 is about the whole file. ``severity`` is
    what the engine thinks of it, as one of :mod:`bottega.check.severities`: it holds for codes that no rule in force
    names. None is no opinion.
    """

    code: str
    path: str
    message: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    events: tuple[Event, ...] = ()
    fixes: tuple[Fix, ...] = ()
    severity: int | None = None


class Finding(msgspec.Struct, kw_only=True):
    """A finding with what its identity and its page need; what is scanned comes to the server as these.

    ``rule`` is the unified id (:func:`bottega.check.engines.base.rule_id`). ``scope`` is the dotted name of the
    function or class around it, empty at the top; ``statement`` the text of the innermost statement without blanks,
    commas, parentheses, semicolons and backslashes, at most 600 characters; ``masked`` the message with its digits
    masked; ``line_hash``, ``before`` and ``after`` are hashes of the line itself and of its neighbours without blanks
    (16 hexadecimal digits, empty for none). ``occurrence`` counts findings of the same rule, path, scope and
    statement from 0. ``fragment`` is the code around it: pairs of line number and text. ``also`` are unified ids of
    rules that found the same.
    """

    rule: str
    path: str
    language: str
    severity: int
    message: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    scope: str = ""
    statement: str = ""
    masked: str = ""
    line_hash: str = ""
    before: str = ""
    after: str = ""
    occurrence: int = 0
    fragment: tuple[tuple[int, str], ...] = ()
    events: tuple[Event, ...] = ()
    fixes: tuple[Fix, ...] = ()
    also: tuple[str, ...] = ()
    author: str = ""
    author_email: str = ""
    changed_at: int = 0
    """When the line was last changed, epoch milliseconds by the commit; 0 if unknown."""
    within: bool = False
    """Whether it is one in new code only: it is within the limit that its rule has for code that was changed."""
    suppressed: str = ""
    """Why it is to be ignored from the first day, such as by a report that says so; empty for all others."""
