"""Recognising issues: which finding of a scan is which issue that was known before.

Nothing here counts lines from the top of a file, nor looks at columns: what tells an issue from others is the rule, the
function or class around it, the statement it is in, and where the lines of the last scan went. Issues are taken in
passes, the surest first; within a pass equal ones are paired in source order.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

import msgspec

from bottega.check.equivalence import places_of
from bottega.check.findings import Finding
from bottega.check.tracking.likeness import alike
from bottega.check.tracking.moves import moved_files
from bottega.check.tracking.pairing import paired
from bottega.check.tracking.snapshots import FileSnapshot, line_map

LONG_ENOUGH_IN_FILE = 10
"""Characters of a statement that tell it from others in its file, or with its function anywhere."""
LONG_ENOUGH = 25
"""Characters of a statement that tell it from others anywhere."""


class KnownIssue(msgspec.Struct):
    """What is remembered of an issue: where the last scan found it, in the words of
    :class:`~bottega.check.findings.Finding`.

    ``stale`` ones were not looked at by the last scan, whose lines say nothing of them then. ``closed`` ones were fixed
    before, and come back only if everything about them is the same.
    """

    rule: str
    path: str
    line: int
    scope: str
    statement: str
    masked: str
    line_hash: str
    before: str = ""
    after: str = ""
    stale: bool = False
    closed: bool = False


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what. Numbers are positions in the two lists that were matched.

    ``links`` has the issue of each finding, ``new`` the findings without one, ``missing`` the issues that were not
    found (closed ones are never missing), ``moved`` the former path of each file that moved. The links of ``edited``
    findings rest on likeness: their line was changed, which could also hide that one was mended and another made.
    """

    links: dict[int, int]
    new: list[int]
    missing: list[int]
    moved: dict[str, str]
    edited: frozenset[int]


def match(
    known: Sequence[KnownIssue],
    findings: Sequence[Finding],
    before: Mapping[str, FileSnapshot],
    now: Mapping[str, FileSnapshot],
    *,
    renamed: Mapping[str, str] | None = None,
    whole: bool = True,
    unseen: Collection[str] = (),
) -> Matching:
    """Match ``findings`` with ``known``; ``before`` and ``now`` are the files of the last scan and of this one.

    ``renamed`` has the present id of rules whose engine calls them differently by now. Without ``whole`` not all
    files of this scan are given, and none can be said to have moved. ``unseen`` are files of this scan that it was not
    to look at: what is found elsewhere is none of their issues, which all count as missing.
    """
    moved = moved_files(before, now) if whole else {}
    matcher = _Matcher(known, findings, (before, now), renamed or {}, moved)
    if unseen:
        matcher.leave_out(unseen)
    return matcher.run()


Key = Callable[[int], Hashable]


class _Matcher:
    """One matching. A key of None keeps an issue or a finding out of a pass."""

    def __init__(
        self,
        known: Sequence[KnownIssue],
        findings: Sequence[Finding],
        files: tuple[Mapping[str, FileSnapshot], Mapping[str, FileSnapshot]],
        renamed: Mapping[str, str],
        moved: dict[str, str],
    ) -> None:
        self._known = known
        self._findings = findings
        self._before, self._now = files
        self._renamed = renamed
        self._moved = moved
        self._present = {former: path for path, former in moved.items()}
        self._maps: dict[str, dict[int, int] | None] = {}
        self._open = [at for at, one in enumerate(known) if not one.closed]
        self._aside: list[int] = []
        self._left = list(range(len(findings)))
        self._links: dict[int, int] = {}

    def leave_out(self, paths: Collection[str]) -> None:
        """Find nothing of what is in these files now."""
        self._aside = [at for at in self._open if self._path(at) in paths]
        aside = set(self._aside)
        self._open = [at for at in self._open if at not in aside]

    def run(self) -> Matching:
        """The passes; those that hold across files come last."""
        # Statements of a function that are all still there, as often as before, keep their order, whatever a comparison
        # of lines makes of equal ones that follow each other.
        self._pass(self._exact_known, self._exact_found, only_as_often=True)
        self._pass(self._place_known, self._place_found)
        self._pass(self._exact_known, self._exact_found)
        self._pass(self._scoped_known, self._scoped_found)
        self._pass(self._statement_known, self._statement_found)
        self._pass(self._line_known, self._line_found)
        self._pass(self._text_known, self._text_found)
        self._equivalent()
        self._pass(self._function_known, self._function_found)
        self._pass(self._anywhere_known, self._anywhere_found)
        edited = self._alike()
        missing = sorted([*self._open, *self._aside])
        self._open = [at for at, one in enumerate(self._known) if one.closed]
        self._pass(self._exact_known, self._exact_found)
        return Matching(
            links=self._links, new=self._left, missing=missing, moved=self._moved, edited=frozenset(edited)
        )

    def _pass(self, key_known: Key, key_found: Key, *, only_as_often: bool = False) -> None:
        if not self._open or not self._left:
            return
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for at in self._open:
            if (key := key_known(at)) is not None:
                waiting[key].append(at)
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for at in self._left:
            if (key := key_found(at)) is not None and key in waiting:
                groups[key].append(at)
        taken: set[int] = set()
        for key, found in groups.items():
            known = waiting[key]
            if len(known) == len(found) == 1:
                self._links[found[0]] = known[0]
                taken.add(known[0])
                continue
            if only_as_often and len(known) != len(found):
                continue
            for issue, finding in paired(self._known, self._findings, known, found):
                self._links[finding] = issue
                taken.add(issue)
        self._open = [at for at in self._open if at not in taken]
        self._left = [at for at in self._left if at not in self._links]

    def _rule(self, at: int) -> str:
        rule = self._known[at].rule
        return self._renamed.get(rule, rule)

    def _path(self, at: int) -> str:
        path = self._known[at].path
        return self._present.get(path, path)

    def _mapped(self, at: int) -> int | None:
        """Where the line of an issue is now; None if it is not there any more, or nobody knows."""
        one = self._known[at]
        if one.stale or not (one.statement or one.line_hash):
            # Blank lines are all alike to a comparison.
            return None
        if one.path not in self._maps:
            before, now = self._before.get(one.path), self._now.get(self._path(at))
            if before is None or now is None:
                return None
            self._maps[one.path] = None if before.sha256 == now.sha256 else line_map(before, now)
        lines = self._maps[one.path]
        return one.line if lines is None else lines.get(one.line)

    def _place_known(self, at: int) -> Hashable:
        line = self._mapped(at)
        if line is None:
            return None
        one = self._known[at]
        return self._rule(at), self._path(at), line, one.statement, _last(one.scope)

    def _place_found(self, at: int) -> Hashable:
        one = self._findings[at]
        return one.rule, one.path, one.line, one.statement, _last(one.scope)

    def _exact_known(self, at: int) -> Hashable:
        one = self._known[at]
        if not one.line:
            return self._rule(at), self._path(at)
        return self._rule(at), self._path(at), one.scope, _statement(one), one.masked

    def _exact_found(self, at: int) -> Hashable:
        one = self._findings[at]
        if not one.line:
            # What is said of a whole file may carry any number in its words.
            return one.rule, one.path
        return one.rule, one.path, one.scope, _statement(one), one.masked

    def _scoped_known(self, at: int) -> Hashable:
        one = self._known[at]
        return (self._rule(at), self._path(at), one.scope, _statement(one)) if one.line else None

    def _scoped_found(self, at: int) -> Hashable:
        one = self._findings[at]
        return (one.rule, one.path, one.scope, _statement(one)) if one.line else None

    def _statement_known(self, at: int) -> Hashable:
        one = self._known[at]
        if len(one.statement) < LONG_ENOUGH_IN_FILE:
            return None
        return self._rule(at), self._path(at), one.statement

    def _statement_found(self, at: int) -> Hashable:
        one = self._findings[at]
        return (one.rule, one.path, one.statement) if len(one.statement) >= LONG_ENOUGH_IN_FILE else None

    def _line_known(self, at: int) -> Hashable:
        line = self._mapped(at)
        return None if line is None else (self._rule(at), self._path(at), line)

    def _line_found(self, at: int) -> Hashable:
        one = self._findings[at]
        return one.rule, one.path, one.line

    def _text_known(self, at: int) -> Hashable:
        one = self._known[at]
        return (self._rule(at), self._path(at), one.line_hash, one.masked) if one.line_hash else None

    def _text_found(self, at: int) -> Hashable:
        one = self._findings[at]
        return (one.rule, one.path, one.line_hash, one.masked) if one.line_hash else None

    def _function_known(self, at: int) -> Hashable:
        one = self._known[at]
        if len(one.statement) < LONG_ENOUGH_IN_FILE or not one.scope:
            return None
        return self._rule(at), _last(one.scope), one.statement

    def _function_found(self, at: int) -> Hashable:
        one = self._findings[at]
        if len(one.statement) < LONG_ENOUGH_IN_FILE or not one.scope:
            return None
        return one.rule, _last(one.scope), one.statement

    def _anywhere_known(self, at: int) -> Hashable:
        one = self._known[at]
        return (self._rule(at), one.statement) if len(one.statement) >= LONG_ENOUGH else None

    def _anywhere_found(self, at: int) -> Hashable:
        one = self._findings[at]
        return (one.rule, one.statement) if len(one.statement) >= LONG_ENOUGH else None

    def _equivalent(self) -> None:
        """Pair what is left with what another engine says of the same statement, by a rule for the same defect.

        Engines come and go with rule sets; what was said of an issue is said of its defect.
        """
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for at in self._open:
            one = self._known[at]
            for row, _ in places_of(self._rule(at)) if one.line else ():
                waiting[row, self._path(at), one.scope, _statement(one)].append(at)
        taken: set[int] = set()
        for at in self._left if waiting else ():
            one = self._findings[at]
            candidates = [
                issue
                for row, _ in (places_of(one.rule) if one.line else ())
                for issue in waiting.get((row, one.path, one.scope, _statement(one)), ())
                # One engine means two things by two rules.
                if issue not in taken and _engine(self._rule(issue)) != _engine(one.rule)
            ]
            if candidates:
                here = (issue for issue in candidates if self._mapped(issue) == one.line)
                self._links[at] = next(here, candidates[0])
                taken.add(self._links[at])
        self._open = [at for at in self._open if at not in taken]
        self._left = [at for at in self._left if at not in self._links]

    def _alike(self) -> list[int]:
        """Pair what is left by likeness, within the same function."""
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for at in self._open:
            if (one := self._known[at]).statement:
                waiting[self._rule(at), self._path(at), one.scope].append(at)
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for at in self._left:
            one = self._findings[at]
            if one.statement and (key := (one.rule, one.path, one.scope)) in waiting:
                groups[key].append(at)
        edited: list[int] = []
        for key, found in groups.items():
            for issue, finding in alike(self._known, self._findings, waiting[key], found):
                self._links[finding] = issue
                edited.append(finding)
        taken = {self._links[at] for at in edited}
        self._open = [at for at in self._open if at not in taken]
        self._left = [at for at in self._left if at not in self._links]
        return edited


def _engine(rule: str) -> str:
    return rule.partition(":")[0]


def _last(scope: str) -> str:
    return scope.rpartition(".")[2]


def _statement(one: KnownIssue | Finding) -> Hashable:
    """What tells it from others in its scope, also where there is no statement: on a line of text, or a blank one."""
    return one.statement or one.line_hash or (one.before, one.after)
