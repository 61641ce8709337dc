"""What becomes of notices when their task or project goes."""

from sqlalchemy import Select, and_, delete
from sqlalchemy.orm import Session

from bottega.check.kinds import CHECK
from bottega.check.notices.tables import CheckNoticeHook, CheckNoticeSetting
from bottega.check.tasks.tables import CheckTask
from bottega.notify import queue
from bottega.notify.tables import NoticeOutbox


def hush(session: Session, tenant_id: str, tasks: Select[str]) -> None:
    """These tasks are being deleted: nothing more is told of them, and what was set is gone at once."""
    for kind in (CheckNoticeHook, CheckNoticeSetting):
        session.execute(
            delete(kind).where(kind.task_id.in_(tasks)), execution_options={"synchronize_session": False}
        )
    queue.withdraw_all(session, tenant_id, tasks)


def forget_task(session: Session, task_id: str) -> None:
    """The task is being purged."""
    task = session.get_one(CheckTask, task_id)
    mine = and_(NoticeOutbox.kind == CHECK, NoticeOutbox.task_id == task_id)
    session.execute(delete(NoticeOutbox).where(mine))
    queue.forget(session, task.tenant_id, task_id)


def forget_project(session: Session, project_id: str) -> None:
    """The project is being deleted, and its tasks with it."""
    session.execute(delete(CheckNoticeSetting).where(CheckNoticeSetting.project_id == project_id))
