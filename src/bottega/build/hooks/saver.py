"""Who answers for what pushes build: the user who saved the task last."""

from sqlalchemy.orm import Session

from bottega.build.changes.tables import TaskRevision
from bottega.build.tables import BuildTask
from bottega.iam.principal import Principal
from bottega.iam.standing import principal_of


def last_saver(session: Session, task: BuildTask) -> Principal:
    """The user with the rights they have now. Raises :class:`Forbidden` for one that was disabled or is not there.

    Not the one who made the webhook: whoever may change the task could otherwise build with the rights of another.
    """
    revision = session.get(TaskRevision, (task.id, task.revision))
    user_id = task.creator_id if revision is None else revision.user_id
    return principal_of(session, task.tenant_id, user_id)
