"""Tasks whose pushes had no effect are looked after once the database is brought up."""

from alembic import command
from sqlalchemy import insert, select

from bottega.store.database import Database
from tests.store.test_migrations import alembic_config
from tests.store.test_saved_timers import filled, table

BEFORE, AFTER = "0010", "0014"
BEFORE_TAGS, AFTER_TAGS = "0019", "0020"


def test_tasks_of_before_that_build_pushes_are_found_out_about(empty_database: Database) -> None:
    with empty_database.change_schema() as connection:
        command.upgrade(alembic_config(connection), BEFORE)
    definitions = {
        "pushed": {"scms": [{"url": "https://x/y", "is_auto_build": True}]},
        "quiet": {"scms": [{"url": "https://x/y", "is_auto_build": False}]},
        "plain": {"scms": None},
        "empty": {},
    }
    with empty_database.write() as session:
        tasks = table(session, "build_tasks")
        for name, definition in definitions.items():
            row = {"id": name, "build_project_id": name, "name": name, "definition": definition}
            session.execute(insert(tasks).values(**{**filled(tasks), **row}))
    with empty_database.change_schema() as connection:
        command.upgrade(alembic_config(connection), AFTER)
    with empty_database.read() as session:
        watches = table(session, "build_watches")
        rows = session.execute(select(watches.c.task_id, watches.c.url_key, watches.c.next_at)).all()
    assert [tuple(row) for row in rows] == [("pushed", "", 0)]


def test_tasks_of_before_that_build_tags_are_found_out_about(empty_database: Database) -> None:
    with empty_database.change_schema() as connection:
        command.upgrade(alembic_config(connection), BEFORE_TAGS)
    tags = {"scms": [{"url": "https://x/y", "is_auto_build": True, "build_type": "tag"}]}
    definitions = {
        "known": tags,
        "tags": tags,
        "quiet": {"scms": [{"url": "https://x/y", "build_type": "tag"}]},
        "branch": {"scms": [{"url": "https://x/y", "is_auto_build": True}]},
        "empty": {"scms": None},
    }
    with empty_database.write() as session:
        tasks, watches = table(session, "build_tasks"), table(session, "build_watches")
        for name, definition in definitions.items():
            row = {"id": name, "build_project_id": name, "name": name, "definition": definition}
            session.execute(insert(tasks).values(**{**filled(tasks), **row}))
        session.execute(insert(watches).values(**{**filled(watches), "task_id": "known"}))
    with empty_database.change_schema() as connection:
        command.upgrade(alembic_config(connection), AFTER_TAGS)
    with empty_database.read() as session:
        watches = table(session, "build_watches")
        found = session.execute(select(watches.c.task_id, watches.c.kind, watches.c.url_key))
        assert {tuple(row) for row in found} == {("known", "branch", "x"), ("tags", "tag", "")}
