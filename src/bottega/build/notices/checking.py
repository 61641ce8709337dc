"""Finding out whether a robot or webhook takes messages, by sending it one."""

import threading

from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.identifiers import check_job_id
from bottega.build.notices import param_config, settings, wording
from bottega.build.notices.events import channel_of
from bottega.build.notices.tables import NoticeSetting
from bottega.build.notices.wording import About
from bottega.clock import epoch_ms
from bottega.errors import Invalid, Unavailable
from bottega.iam.principal import Principal
from bottega.ids import new_uuid
from bottega.notify.channels import POSTED, Channel
from bottega.notify.message import Message
from bottega.notify.outcome import NotSent
from bottega.notify.sender import Sender
from bottega.notify.target import Target
from bottega.projects.service import require_project
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

CHECKS_AT_ONCE = 4
"""Each may keep a thread for many seconds, and the threads serve all callers."""


class WebhookChecker:
    """Sends test messages, a few at a time."""

    def __init__(self, database: Database, secrets: SecretBox, sender: Sender) -> None:
        self._database = database
        self._secrets = secrets
        self._sender = sender
        self._places = threading.BoundedSemaphore(CHECKS_AT_ONCE)

    def check(self, principal: Principal, task_id: str, notice_type: str, url: str) -> None:
        """Send a test message, signed with the task's own key if this is the task's own URL.

        Raises :class:`Invalid` with the robot's own words when it does not take it, :class:`NotFound`,
        :class:`Forbidden`, and :class:`Unavailable` while too many others are being checked.
        """
        check_job_id(task_id)
        channel = channel_of(notice_type)
        if channel not in POSTED:
            raise Invalid("notice_type", f"{channel} has no webhook")
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.MODIFY)
            project = require_project(session, principal.tenant_id, task.project_id)
            known = settings.target_of(self._secrets, session.get(NoticeSetting, (task_id, channel)))
        url = param_config.read_url("webhook_url", url, channel, known, self._sender.outgoing.reach)
        target = known if known is not None and known.url == url else Target(url=url)
        about = About(task_id=task_id, task_name=task.name, project_id=project.id, project_name=project.name)
        self._send(channel, wording.of_check(about, epoch_ms()), target)

    def _send(self, channel: Channel, message: Message, target: Target) -> None:
        if not self._places.acquire(blocking=False):
            raise Unavailable(f"{CHECKS_AT_ONCE} other addresses are being checked; try again in a moment")
        try:
            self._sender.post(channel, message, target, new_uuid())
        except NotSent as error:
            raise Invalid("webhook_url", str(error)) from None
        finally:
            self._places.release()
