"""Setting gates above tasks."""

import msgspec
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.gates import levels
from bottega.check.gates.levels import Level
from bottega.check.rulesets.tables import GateDefault
from bottega.check.tasks import reading
from bottega.check.tasks.settings import Gate
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal, Right
from bottega.projects.service import require_project
from bottega.store.database import Database


class GateService:
    """Gates of a project, or of the tenant where ``project_id`` is empty.

    The tenant's is for administrators to change, a project's for who may set its default rule sets. All raise
    :class:`NotFound` and :class:`Forbidden`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def show(self, principal: Principal, project_id: str = "") -> Gate | None:
        """What was set, or None."""
        with self._database.read() as session:
            if project_id:
                require_project(session, principal.tenant_id, project_id)
                access.require_on_project(session, principal, project_id, Action.GET)
            else:
                principal.require(Right.VIEW)
            found = levels.stored(session, principal.tenant_id, project_id)
            return None if found is None else msgspec.convert(found.gate, Gate)

    def of_task(self, principal: Principal, task_id: str) -> Level:
        """The gate a task is judged by. Also raises :class:`UnknownTask`."""
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            return levels.holding(session, task)

    def save(self, principal: Principal, gate: Gate, project_id: str = "") -> None:
        """Set it; the next check of every task below is judged by it."""
        with self._database.write() as session:
            _require_change(session, principal, project_id)
            session.merge(
                GateDefault(
                    tenant_id=principal.tenant_id,
                    project_id=project_id,
                    gate=msgspec.to_builtins(gate),
                    changed_by=principal.user_name,
                    changed_at=epoch_ms(),
                )
            )
            _note(session, principal, project_id, AuditName.UPDATE_GATE)

    def remove(self, principal: Principal, project_id: str = "") -> None:
        """Let the gates below hold again; harmless where there is none."""
        with self._database.write() as session:
            _require_change(session, principal, project_id)
            found = levels.stored(session, principal.tenant_id, project_id)
            if found is not None:
                session.delete(found)
                _note(session, principal, project_id, AuditName.DELETE_GATE)


def _require_change(session: Session, principal: Principal, project_id: str) -> None:
    if project_id:
        require_project(session, principal.tenant_id, project_id, lock=True)
        access.require_on_project(session, principal, project_id, Action.SET_DEFAULT_RULE_SET)
    else:
        principal.require(Right.ADMINISTER)


def _note(session: Session, principal: Principal, project_id: str, name: AuditName) -> None:
    trail.record(
        session, principal, name, AuditKind.GATE, project_id or principal.tenant_id, project_id=project_id
    )
