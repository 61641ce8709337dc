"""What is told of each event about a build task, and by which of its channels."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bottega.build.notices import settings
from bottega.build.notices.recipients import Followers
from bottega.build.notices.settings import Own
from bottega.build.notices.told import Told
from bottega.notify.channels import POSTED, TO_PEOPLE, Channel
from bottega.notify.fanout import Notice, Words
from bottega.notify.tables import NoticeOutbox


class BuildTeller:
    """For the fan-out. ``followers`` know whom else to tell."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.followers: list[Followers] = []
        self._zone = zone

    def look_up(self, session: Session, tenant_id: str, rows: Sequence[NoticeOutbox]) -> Words:
        """Tasks, runs, settings and people of these events."""
        told = Told(session, tenant_id, rows, self.followers)

        def words(row: NoticeOutbox) -> Notice | None:
            message = told.message(row, self._zone)
            if message is None:
                return None
            own = told.own[row.task_id]
            return Notice(
                message=message,
                people=told.people(row),
                channels=[one for one in TO_PEOPLE if row.event in settings.in_force(own, one)],
                posts=_posts(row.event, own),
            )

        return words


def _posts(event: str, own: Own) -> list[tuple[Channel, bytes]]:
    return [
        (channel, sealed)
        for channel in sorted(POSTED & own.keys())
        if (sealed := own[channel].sealed_target) is not None and event in settings.in_force(own, channel)
    ]
