"""The settings in force for tasks: their own where there are any, the defaults elsewhere."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.build.notices.events import DEFAULTS, NoticeEvent
from bottega.build.notices.tables import NoticeSetting
from bottega.notify.channels import Channel
from bottega.notify.target import Target, unseal
from bottega.store.secrets import SecretBox

Own = Mapping[Channel, NoticeSetting]


def own(session: Session, tenant_id: str, task_ids: Iterable[str]) -> dict[str, dict[Channel, NoticeSetting]]:
    """What was set for these tasks, by task and channel."""
    ids = list(task_ids)
    found: dict[str, dict[Channel, NoticeSetting]] = {task_id: {} for task_id in ids}
    query = select(NoticeSetting).where(NoticeSetting.tenant_id == tenant_id, NoticeSetting.task_id.in_(ids))
    for row in session.scalars(query):
        found[row.task_id][Channel(row.channel)] = row
    return found


def in_force(settings: Own, channel: Channel) -> frozenset[NoticeEvent]:
    """The events that are told by this channel."""
    row = settings.get(channel)
    if row is None:
        return DEFAULTS.get(channel, frozenset())
    return frozenset(NoticeEvent(name) for name in row.events)


def target_of(secrets: SecretBox, row: NoticeSetting | None) -> Target | None:
    """Where the channel leads; None for channels without a URL and for those that were never given one."""
    if row is None or row.sealed_target is None:
        return None
    return unseal(secrets, row.sealed_target)


def forget_task(session: Session, tenant_id: str, task_id: str) -> None:
    """Delete what was set for a task that goes for good, inside that transaction."""
    session.execute(
        delete(NoticeSetting).where(NoticeSetting.tenant_id == tenant_id, NoticeSetting.task_id == task_id)
    )
