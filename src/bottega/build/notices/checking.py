"""Finding out whether a robot or webhook takes messages, by sending it one."""

from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.identifiers import check_job_id
from bottega.build.notices import settings, wording
from bottega.build.notices.events import channel_of
from bottega.build.notices.tables import NoticeSetting
from bottega.build.notices.wording import About
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.notify.channels import POSTED
from bottega.notify.entered import read_url
from bottega.notify.sender import Sender
from bottega.notify.target import Target
from bottega.projects.service import require_project
from bottega.store.database import Database
from bottega.store.secrets import SecretBox


class WebhookChecker:
    """Sends test messages."""

    def __init__(self, database: Database, secrets: SecretBox, sender: Sender) -> None:
        self._database = database
        self._secrets = secrets
        self._sender = sender

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
        url = read_url("webhook_url", url, channel, known, self._sender.outgoing.reach)
        target = known if known is not None and known.url == url else Target(url=url)
        about = About(task_id=task_id, task_name=task.name, project_id=project.id, project_name=project.name)
        self._sender.try_out("webhook_url", channel, wording.of_check(about, epoch_ms()), target)
