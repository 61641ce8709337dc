"""Which rule sets check tasks name."""

from sqlalchemy import ColumnElement, Text, func, select, true
from sqlalchemy.orm import Session

from bottega.check.tasks.tables import CheckTask

Named = set[tuple[str, str]]
"""Pairs of language and rule set id; the id is empty where a task leaves it to its project."""


def named_in(session: Session, project_id: str) -> Named:
    """What the tasks of a project name, also for languages they have switched off."""
    return _named(session, CheckTask.project_id == project_id)


def is_named(session: Session, tenant_id: str, set_id: str) -> bool:
    """Whether a task of the tenant names the set."""
    return any(one == set_id for _, one in _named(session, CheckTask.tenant_id == tenant_id))


def _named(session: Session, where: ColumnElement[bool]) -> Named:
    if session.get_bind().dialect.name == "sqlite":
        choices = func.json_each(CheckTask.settings, "$.rule_sets").table_valued("value")
        language = func.json_extract(choices.c.value, "$.language")
        rule_set = func.json_extract(choices.c.value, "$.rule_set_id")
    else:
        choices = func.jsonb_array_elements(CheckTask.settings["rule_sets"]).table_valued("value")
        text_of = choices.c.value.op("->>", return_type=Text())
        language, rule_set = text_of("language"), text_of("rule_set_id")
    query = (
        select(language, rule_set)
        .select_from(CheckTask)
        .join(choices, true())
        .where(where, CheckTask.parent_id.is_(None), CheckTask.deleted_at.is_(None))
        .distinct()
    )
    return {(row[0] or "", row[1] or "") for row in session.execute(query)}
