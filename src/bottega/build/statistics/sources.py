"""The repositories and branches of all builds a task ever had.

Asking for distinct values would read the whole history. Each statement here jumps along an index from one value to
the next greater one instead, so that it costs as much as there are different values.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from bottega.runs.tables import Run

MAX_NAMES = 1000
"""How many different repositories or branches are told."""


def repositories(session: Session, tenant_id: str, task_id: str) -> list[str]:
    """The names of the repositories, sorted."""
    earlier, later = Run, aliased(Run)
    return _distinct(
        session,
        (earlier.repository, _of(earlier, tenant_id, task_id)),
        (later.repository, _of(later, tenant_id, task_id)),
    )


def branches(session: Session, tenant_id: str, task_id: str, repository: str) -> list[str]:
    """The branches built of one repository, sorted."""
    earlier, later = Run, aliased(Run)
    return _distinct(
        session,
        (earlier.branch, [*_of(earlier, tenant_id, task_id), earlier.repository == repository]),
        (later.branch, [*_of(later, tenant_id, task_id), later.repository == repository]),
    )


def latest_repository(session: Session, tenant_id: str, task_id: str) -> str | None:
    """The repository of the newest build that had one."""
    query = (
        select(Run.repository)
        .where(*_of(Run, tenant_id, task_id), Run.repository != "")
        .order_by(Run.number.desc())
        .limit(1)
    )
    return session.scalar(query)


Values = tuple[InstrumentedAttribute[str], list[ColumnElement[bool]]]


def _of(runs: type[Run], tenant_id: str, task_id: str) -> list[ColumnElement[bool]]:
    return [runs.task_id == task_id, runs.tenant_id == tenant_id]


def _distinct(session: Session, first: Values, following: Values) -> list[str]:
    smallest = select(func.min(first[0])).where(*first[1], first[0] > "")
    found = select(smallest.scalar_subquery().label("name"), cast(literal(1), Integer).label("position"))
    seen = found.cte("seen", recursive=True)
    next_greater: ColumnElement[Any] = (
        select(func.min(following[0])).where(*following[1], following[0] > seen.c.name).scalar_subquery()
    )
    step = select(next_greater, seen.c.position + 1).where(
        seen.c.name.is_not(None), seen.c.position < MAX_NAMES
    )
    seen = seen.union_all(step)
    names = session.scalars(select(seen.c.name).where(seen.c.name.is_not(None)))
    # Databases sort by the rules of their own locale.
    return sorted(names)
