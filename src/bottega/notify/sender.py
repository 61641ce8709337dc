"""One message to one place, by whichever channel."""

import time

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


class Sender:
    """Holds what the channels need. ``mailer`` is None while no mail server is set up."""

    def __init__(self, outgoing: Outgoing, mailer: Mailer | None) -> None:
        self.outgoing = outgoing
        self.mailer = mailer

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

    def mail(self, message: Message, address: str, delivery_id: str) -> int:
        """Send a mail; returns the SMTP code. Raises :class:`NotSent`."""
        if self.mailer is None:
            raise NotSent("no mail server is set up (mail.host)")
        return self.mailer.send(message, address, delivery_id)
