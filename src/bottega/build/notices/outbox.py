"""Noting what happened to build tasks and their builds, in the transaction in which it happens."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bottega.build.kinds import BUILD
from bottega.build.notices.events import ENDS, NoticeEvent
from bottega.build.tables import BuildTask
from bottega.iam.principal import Principal
from bottega.notify.outbox import Happening, remember
from bottega.runs.final import EndedRun


def task_event(
    session: Session, principal: Principal, task: BuildTask, event: NoticeEvent, *, reason: str = ""
) -> None:
    """``principal`` did this to the task. The name is kept: the task may have another one when it is told."""
    facts = {"by": principal.user_name, "by_id": principal.user_id, "name": task.name, "reason": reason}
    happened = Happening(tenant_id=task.tenant_id, kind=BUILD, event=event, task_id=task.id, facts=facts)
    remember(session, [happened])


def runs_ended(session: Session, ended: Sequence[EndedRun]) -> None:
    """Builds came to their end (a hook of the execution layer)."""
    happened = [
        Happening(
            tenant_id=one.tenant_id,
            kind=BUILD,
            event=ENDS[one.state],
            task_id=one.task_id or "",
            run_id=one.run_id,
        )
        for one in ended
        if one.kind == BUILD and one.state in ENDS
    ]
    remember(session, happened)
