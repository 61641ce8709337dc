"""Which issues of a task a list has."""

import msgspec
from sqlalchemy import ColumnElement, and_, or_

from bottega.check.issues.counting import Counted
from bottega.check.issues.tables import CheckIssue


class IssueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Every field has what is wanted; None is everything, an empty tuple nothing. ``authors`` are owners too.

    ``paths`` are whole paths, or names of files.
    """

    statuses: tuple[int, ...] | None = None
    severities: tuple[int, ...] | None = None
    deferred: bool | None = None
    new: bool | None = None
    languages: tuple[str, ...] | None = None
    rules: tuple[str, ...] | None = None
    authors: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None

    @property
    def is_counted(self) -> bool:
        """Whether the counters of the task know how many there are."""
        return self.authors is None and self.paths is None

    def has(self, one: Counted) -> bool:
        """Whether issues that count there are wanted, as far as counters can say."""
        return (
            _in(one.status, self.statuses)
            and _in(one.severity, self.severities)
            and self.deferred in {None, one.deferred}
            and self.new in {None, one.is_new}
            and _in(one.language, self.languages)
            and _in(one.rule, self.rules)
        )

    def beyond_place(self) -> list[ColumnElement[bool]]:
        """The conditions on a row whose task, status, deferral and severity are right."""
        found: list[ColumnElement[bool]] = []
        if self.new is not None:
            found.append(CheckIssue.is_new.is_(self.new))
        if self.languages is not None:
            found.append(CheckIssue.language.in_(self.languages))
        if self.rules is not None:
            found.append(CheckIssue.rule.in_(self.rules))
        if self.authors is not None:
            found.append(or_(CheckIssue.owner.in_(self.authors), CheckIssue.author.in_(self.authors)))
        if self.paths is not None:
            names = [path for path in self.paths if "/" not in path]
            ends = [CheckIssue.path.endswith(f"/{name}", autoescape=True) for name in names]
            found.append(or_(CheckIssue.path.in_(self.paths), *ends))
        return found

    def condition(self, task_id: str) -> ColumnElement[bool]:
        """The condition on rows."""
        found = [CheckIssue.task_id == task_id, *self.beyond_place()]
        if self.statuses is not None:
            found.append(CheckIssue.status.in_(self.statuses))
        if self.deferred is not None:
            found.append(CheckIssue.deferred.is_(self.deferred))
        if self.severities is not None:
            found.append(CheckIssue.severity.in_(self.severities))
        return and_(*found)


def _in(value: object, wanted: tuple[object, ...] | None) -> bool:
    return wanted is None or value in wanted
