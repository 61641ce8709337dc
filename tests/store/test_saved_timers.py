"""Timers that were saved while none fired become due when the database is brought up."""

from typing import Any

from alembic import command
from sqlalchemy import MetaData, Table, insert, select

from bottega.store.database import Database
from tests.store.test_migrations import alembic_config

BEFORE, AFTER = "0009", "0010"
FILLER: dict[type, Any] = {str: "x", int: 0, bool: False, object: {}, dict: {}}
TIMED = {"triggers": [{"name": "hudson.triggers.TimerTrigger", "parameters": []}]}


def table(session: Any, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=session.connection())


def filled(target: Table) -> dict[str, Any]:
    return {column.name: FILLER[column.type.python_type] for column in target.c if not column.nullable}


def test_tasks_of_before_are_due_at_once_so_that_their_next_time_is_found(empty_database: Database) -> None:
    with empty_database.change_schema() as connection:
        command.upgrade(alembic_config(connection), BEFORE)
    with empty_database.write() as session:
        tasks, revisions = table(session, "build_tasks"), table(session, "build_task_revisions")
        rows = {
            "saved": {"definition": TIMED},
            "created": {"definition": TIMED, "revision": 7},
            "plain": {"definition": {}},
            "empty": {"definition": {"triggers": []}},
            "disabled": {"definition": TIMED, "disabled_at": 1},
            "deleted": {"definition": TIMED, "deleted_at": 1},
        }
        for name, values in rows.items():
            row = {**filled(tasks), "disabled_at": None, "deleted_at": None, "creator_id": "creator"}
            row |= {"id": name, "name": name, "build_project_id": name, "revision": 2, **values}
            session.execute(insert(tasks).values(**row))
        for number in (1, 2):
            row = {**filled(revisions), "task_id": "saved", "number": number, "user_id": f"user {number}"}
            session.execute(insert(revisions).values(**row))
    with empty_database.change_schema() as connection:
        command.upgrade(alembic_config(connection), AFTER)
    with empty_database.read() as session:
        timers = table(session, "build_timers")
        found = session.execute(select(timers.c.task_id, timers.c.user_id, timers.c.due_at))
        assert {row.task_id: (row.user_id, row.due_at) for row in found} == {
            "saved": ("user 2", 0),
            "created": ("creator", 0),
            "disabled": ("creator", None),
            "deleted": ("creator", None),
        }
