"""Pages of a task's files by their sizes, as its newest check saw them."""

from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Float, Select, cast, func, select
from sqlalchemy.orm import Session

from bottega.check.issues.tables import CheckFile
from bottega.check.scanning.plan import FileMetrics

COMPLEX = 5
"""Files whose functions are more complex than this on average are complex ones."""
DUPLICATED = 15.0
"""Percent of duplicated lines above which a file is a duplicated one."""


class Part(StrEnum):
    """Which files; named as on the wire."""

    ALL = "comment_ratio"
    SIMPLE = "complexitySmall"
    COMPLEX = "complexityBig"
    OWN = "ratioSmall"
    DUPLICATED = "ratioBig"


class Order(StrEnum):
    """By what files are sorted; named as on the wire."""

    PATH = ""
    DUPLICATION_RATIO = "codeDuplicationRatio"
    DUPLICATED_LINES = "codeDuplicationLines"
    COMPLEXITY = "cyclomaticComplexityFile"


class MeasureFilter(msgspec.Struct, frozen=True, kw_only=True):
    """``search`` is a part of the path; files that are alike in what they are sorted by come by path."""

    part: Part = Part.ALL
    search: str = ""
    order: Order = Order.PATH
    ascending: bool = False


class MeasuredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file and its sizes."""

    path: str
    language: str
    metrics: FileMetrics

    @property
    def complexity(self) -> float:
        """Of a function on average."""
        return self.metrics.complexity / (self.metrics.functions or 1)

    @property
    def duplication(self) -> float:
        """Percent of its code."""
        return 100 * self.metrics.duplicated_lines / (self.metrics.code or 1)

    @property
    def comments(self) -> float:
        """Percent of comment lines among lines of comment and code."""
        return 100 * self.metrics.comments / (self.metrics.comments + self.metrics.code or 1)


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """How many files are of which part, and the percentage of comment lines in all of them together."""

    complex: int
    simple: int
    duplicated: int
    own: int
    comments: float


def page(
    session: Session, task_id: str, where: MeasureFilter, offset: int, limit: int
) -> tuple[list[MeasuredFile], int]:
    """Some of the files that were measured, and how many there are."""
    found = _of_task(task_id, where.search)
    if (condition := _condition(where.part)) is not None:
        found = found.where(condition)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    if where.order is not Order.PATH:
        by = _SORTED[where.order]
        found = found.order_by(by if where.ascending else by.desc())
    rows = session.scalars(found.order_by(CheckFile.path).offset(offset).limit(limit))
    return [measured(row) for row in rows], total


def totals(session: Session, task_id: str, search: str) -> Totals:
    """The same for all files at once."""
    files = _of_task(task_id, search).with_only_columns(
        func.count(),
        func.count().filter(_COMPLEXITY > COMPLEX),
        func.count().filter(_DUPLICATION > DUPLICATED),
        func.sum(_COMMENTS),
        func.sum(_CODE),
    )
    count, many, duplicated, comments, code = session.execute(files).one()
    lines = (comments or 0) + (code or 0)
    return Totals(
        complex=many,
        simple=count - many,
        duplicated=duplicated,
        own=count - duplicated,
        comments=100 * (comments or 0) / (lines or 1),
    )


def measured(row: CheckFile) -> MeasuredFile:
    """The file of a row; without sizes where it has none."""
    metrics = FileMetrics() if row.metrics is None else msgspec.convert(row.metrics, FileMetrics)
    return MeasuredFile(path=row.path, language=row.language, metrics=metrics)


def _of_task(task_id: str, search: str) -> Select[CheckFile]:
    query = select(CheckFile).where(CheckFile.task_id == task_id, CheckFile.metrics.is_not(None))
    return query.where(CheckFile.path.icontains(search, autoescape=True)) if search else query


def _number(name: str) -> ColumnElement[int]:
    return CheckFile.metrics[name].as_integer()


_CODE, _COMMENTS = _number("code"), _number("comments")
_COMPLEXITY = cast(_number("complexity"), Float) / func.coalesce(func.nullif(_number("functions"), 0), 1)
_DUPLICATION = 100.0 * cast(_number("duplicated_lines"), Float) / func.coalesce(func.nullif(_CODE, 0), 1)
_SORTED: dict[Order, ColumnElement[Any]] = {
    Order.DUPLICATION_RATIO: _DUPLICATION,
    Order.DUPLICATED_LINES: _number("duplicated_lines"),
    Order.COMPLEXITY: _COMPLEXITY,
}


def _condition(part: Part) -> ColumnElement[bool] | None:
    conditions = {
        Part.SIMPLE: _COMPLEXITY <= COMPLEX,
        Part.COMPLEX: _COMPLEXITY > COMPLEX,
        Part.OWN: _DUPLICATION <= DUPLICATED,
        Part.DUPLICATED: _DUPLICATION > DUPLICATED,
    }
    return conditions.get(part)
