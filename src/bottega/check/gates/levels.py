"""Gates of the tenant, of projects and of tasks: the one that is furthest up holds (reference, section 6.1)."""

import msgspec
from sqlalchemy.orm import Session

from bottega.check.rulesets.tables import GateDefault
from bottega.check.tasks.reading import settings_of
from bottega.check.tasks.settings import Gate
from bottega.check.tasks.tables import CheckTask

TENANT, PROJECT, TASK, NONE = "tenant", "project", "task", ""


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A gate and where it was set; without a level there is none, and everything passes."""

    gate: Gate
    level: str


def stored(session: Session, tenant_id: str, project_id: str = "") -> GateDefault | None:
    """What was set for a project, or for the tenant when none is named."""
    return session.get(GateDefault, (tenant_id, project_id))


def holding(session: Session, task: CheckTask) -> Level:
    """The gate a task is judged by, and why that one."""
    for level, project_id in ((TENANT, ""), (PROJECT, task.project_id)):
        found = stored(session, task.tenant_id, project_id)
        if found is not None:
            return Level(gate=msgspec.convert(found.gate, Gate), level=level)
    own = settings_of(session, task).gate
    return Level(gate=own or Gate(), level=TASK if own else NONE)


def effective(session: Session, task: CheckTask) -> Gate:
    """The gate a task is judged by."""
    return holding(session, task).gate
