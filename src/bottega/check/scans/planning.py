"""What a scan is told: rules by the task's rule sets, scope and limits by its settings."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from bottega.check.scanning.plan import EngineChoice, Limits, ScanPlan
from bottega.check.tasks import reading
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckTask

Choose = Callable[[Session, CheckTask, TaskSettings], list[EngineChoice]]
"""The rules that are on for a task, by engine and language."""

CORES = 2
"""As many as the size of a check's run has."""


def plan_of(session: Session, task: CheckTask, choose: Choose) -> ScanPlan:
    """The plan for all files of the task."""
    settings = reading.settings_of(session, task)
    return ScanPlan(
        choices=choose(session, task, settings),
        include=settings.include,
        ignore=settings.ignore,
        limits=Limits(lines=settings.max_lines),
        own_config=settings.own_config,
        blame=settings.owner_matching,
        cores=CORES,
    )
