"""Noting what happened, in the transaction in which it happens: one INSERT, and nobody waits for more."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bottega.build.kinds import BUILD
from bottega.build.notices.events import ENDS, NoticeEvent
from bottega.build.notices.tables import NoticeOutbox
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.ids import new_uuid
from bottega.runs.final import EndedRun


def task_event(
    session: Session, principal: Principal, task: BuildTask, event: NoticeEvent, *, reason: str = ""
) -> None:
    """``principal`` did this to the task. The name is kept: the task may have another one when it is told."""
    facts = {"by": principal.user_name, "by_id": principal.user_id, "name": task.name, "reason": reason}
    values = {
        "id": new_uuid(),
        "tenant_id": task.tenant_id,
        "event": event,
        "task_id": task.id,
        "facts": facts,
        "at": epoch_ms(),
    }
    session.execute(insert(NoticeOutbox), [values])


def runs_ended(session: Session, ended: Sequence[EndedRun]) -> None:
    """Builds came to their end (a hook of the execution layer)."""
    now = epoch_ms()
    rows: list[dict[str, Any]] = [
        {
            "id": new_uuid(),
            "tenant_id": one.tenant_id,
            "event": ENDS[one.state],
            "task_id": one.task_id,
            "run_id": one.run_id,
            "facts": {},
            "at": now,
        }
        for one in ended
        if one.kind == BUILD and one.state in ENDS
    ]
    if rows:
        session.execute(insert(NoticeOutbox), rows)
