"""Writing what was decided, with few statements for many rows."""

from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from bottega.check.issues.deciding import Decision
from bottega.check.issues.tables import CheckIssue, CheckIssueEvent


def write(session: Session, decision: Decision) -> None:
    """Write new and changed issues, and what happened to them."""
    if decision.inserts:
        table: Any = CheckIssue.__table__
        session.connection().execute(insert(table), decision.inserts)
    _update(session, decision.found)
    _update(session, decision.told)
    _update(session, decision.closed)
    _update(session, decision.aged)
    if decision.events:
        session.execute(insert(CheckIssueEvent), decision.events)


def _update(session: Session, rows: list[dict[str, Any]]) -> None:
    """All rows change the same columns; ``b_id`` says which row each is."""
    if not rows:
        return
    # Without the mapper, which would look at every row for itself.
    table: Any = CheckIssue.__table__
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "b_id"}
    session.connection().execute(update(table).where(table.c.id == bindparam("b_id")).values(values), rows)
