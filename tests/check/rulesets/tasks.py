"""Check tasks as rows, for what rule sets look at."""

import msgspec

from bottega.check.tasks.settings import RuleSetChoice, TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.store.database import Database


def add_task(database: Database, who: Principal, project_id: str, *rule_sets: RuleSetChoice) -> CheckTask:
    """A task of the project with these rule sets."""
    task = CheckTask(
        id=new_hex(),
        tenant_id=who.tenant_id,
        project_id=project_id,
        name=new_hex(),
        git_url="https://git.example.com/group/shop.git",
        repository="git.example.com/group/shop",
        branch="main",
        settings=msgspec.to_builtins(TaskSettings(rule_sets=list(rule_sets))),
        creator_id=who.user_id,
        creator_name=who.user_name,
        created_at=epoch_ms(),
        updated_at=epoch_ms(),
    )
    with database.write() as session:
        session.add(task)
    return task
