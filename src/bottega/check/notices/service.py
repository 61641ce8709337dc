"""What the API does with the switches of projects and tasks."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.identifiers import check_id
from bottega.check.notices.reading import PROJECT_LEVEL, switches_of
from bottega.check.notices.switches import Own, Switches, in_force
from bottega.check.notices.tables import CheckNoticeSetting
from bottega.check.tasks import reading
from bottega.check.tasks.families import root_to_change
from bottega.check.tasks.noting import note
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal, Right
from bottega.projects.service import require_project
from bottega.store.database import Database

FOLLOWS = "follows"
"""What the audit trail says of a level on which nothing is set."""


class CheckNotices:
    """Reading needs the right to see tasks, all else that to change them. Every look-up is by the caller's tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_task(self, principal: Principal, task_id: str) -> Switches:
        """Those of the task's family. Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`."""
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            return switches_of(session, task.project_id, task.parent_id or task.id)

    def of_project(self, principal: Principal, project_id: str) -> Switches:
        """Those of tasks that have none of their own; without a project, the defaults.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`.
        """
        if not project_id:
            principal.require(Right.VIEW)
            return in_force({}, {})
        check_id(project_id, "project_id")
        with self._database.read() as session:
            require_project(session, principal.tenant_id, project_id)
            access.require_on_project(session, principal, project_id, Action.GET)
            return switches_of(session, project_id)

    def set_task(self, principal: Principal, task_id: str, own: Own) -> Switches:
        """Replace what the family has of its own; the rest is as its project has it. Raises as :meth:`of_task`."""
        with self._database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            root = root_to_change(session, principal, task)
            _save(session, principal, root.project_id, root.id, own)
            note(session, principal, root, AuditName.UPDATE_NOTICE, _said(own))
            return switches_of(session, root.project_id, root.id)

    def set_project(self, principal: Principal, project_id: str, own: Own) -> Switches:
        """Replace what the project has of its own. Raises as :meth:`of_project`."""
        if not project_id:
            raise Invalid("project_id", "is needed: there are switches of projects and of tasks")
        check_id(project_id, "project_id")
        with self._database.write() as session:
            project = require_project(session, principal.tenant_id, project_id, lock=True)
            access.require_on_project(session, principal, project_id, Action.UPDATE)
            _save(session, principal, project_id, PROJECT_LEVEL, own)
            trail.record(
                session,
                principal,
                AuditName.UPDATE_NOTICE,
                AuditKind.PROJECT,
                project_id,
                project.name,
                project_id=project_id,
                detail=_said(own),
            )
            return switches_of(session, project_id)


def _save(session: Session, principal: Principal, project_id: str, task_id: str, own: Own) -> None:
    known = session.get(CheckNoticeSetting, (project_id, task_id))
    if own:
        session.merge(
            CheckNoticeSetting(
                project_id=project_id,
                task_id=task_id,
                tenant_id=principal.tenant_id,
                switches={event: dict(channels) for event, channels in own.items()},
                updated_at=epoch_ms(),
            )
        )
    elif known is not None:
        session.delete(known)
    session.flush()


def _said(own: Mapping[str, Mapping[str, bool]]) -> str:
    words = [
        f"{event} by {channel}: {'on' if on else 'off'}"
        for event, channels in sorted(own.items())
        for channel, on in sorted(channels.items())
    ]
    return ", ".join(words) or FOLLOWS
