"""One message to one place, by whichever channel."""

import threading
import time

from bottega.errors import Invalid, Unavailable
from bottega.ids import new_uuid
from bottega.notify import dingtalk, feishu, webhook, wecom
from bottega.notify.channels import Channel
from bottega.notify.mail import Mailer
from bottega.notify.message import Message
from bottega.notify.outcome import NotSent
from bottega.notify.outgoing import Outgoing
from bottega.notify.robots import Robot
from bottega.notify.target import Target

ROBOTS: dict[Channel, Robot] = {
    Channel.DING_TALK: dingtalk.ROBOT,
    Channel.WECOM: wecom.ROBOT,
    Channel.FEISHU: feishu.ROBOT,
    Channel.WEBHOOK: webhook.ROBOT,
}

TRIALS_AT_ONCE = 4
"""Each may keep a thread for many seconds, and the threads serve all callers."""


class Sender:
    """Holds what the channels need. ``mailer`` is None while no mail server is set up."""

    def __init__(self, outgoing: Outgoing, mailer: Mailer | None) -> None:
        self.outgoing = outgoing
        self.mailer = mailer
        self._trials = threading.BoundedSemaphore(TRIALS_AT_ONCE)

    def post(self, channel: Channel, message: Message, target: Target, delivery_id: str) -> int:
        """Write to a robot or webhook; returns its HTTP status. Raises :class:`NotSent`."""
        robot = ROBOTS[channel]
        try:
            answer = self.outgoing.post(robot.post(message, target, delivery_id, time.time()))
            robot.check(answer)
        except NotSent as error:
            raise NotSent(
                target.without_secrets(str(error)),
                retry=error.retry,
                target_down=error.target_down,
                after=error.after,
                status=error.status,
            ) from None
        return answer.status

    def try_out(self, field: str, channel: Channel, message: Message, target: Target) -> None:
        """Write to a robot or webhook because somebody wants to know whether it takes messages.

        Raises :class:`Invalid` for ``field`` with the robot's own words when it does not, and :class:`Unavailable`
        while too many others are being tried.
        """
        if not self._trials.acquire(blocking=False):
            raise Unavailable(f"{TRIALS_AT_ONCE} other addresses are being checked; try again in a moment")
        try:
            self.post(channel, message, target, new_uuid())
        except NotSent as error:
            raise Invalid(field, str(error)) from None
        finally:
            self._trials.release()

    def mail(self, message: Message, address: str, delivery_id: str) -> int:
        """Send a mail; returns the SMTP code. Raises :class:`NotSent`."""
        if self.mailer is None:
            raise NotSent("no mail server is set up (mail.host)")
        return self.mailer.send(message, address, delivery_id)
