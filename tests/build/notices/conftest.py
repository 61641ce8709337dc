"""The notices of a build service on each database, sending to receivers on this machine."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from bottega.audit.tables import AuditEvent
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.kinds import BUILD
from bottega.build.notices.outbox import runs_ended
from bottega.build.notices.service import NoticeChange, NoticeService, NoticeView
from bottega.build.notices.teller import BuildTeller
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.ids import new_hex
from bottega.notify.channels import Channel
from bottega.notify.deliveries import Deliveries
from bottega.notify.dispatcher import Dispatcher
from bottega.notify.fanout import FanOut
from bottega.notify.inbox import Inbox
from bottega.notify.message import Message
from bottega.notify.outgoing import Outgoing, tls_context
from bottega.notify.reach import Reach
from bottega.notify.sender import Sender
from bottega.notify.tables import Delivery, InboxMessage, NoticeOutbox
from bottega.runs.final import FinalHooks, ended
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.build.harness import end_run, shell_step


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Receivers of the tests are on this machine."""
    settings.notify.allow_private = True
    return settings


class Notices:
    """Everything about notices, wired as the composition root does, and the tasks they are about."""

    def __init__(self, builds: BuildService, box: SecretBox) -> None:
        self.database = builds.database
        self.builds = builds
        sender = Sender(Outgoing(Reach(allow_private=True), tls_context(), total_seconds=60), None)
        self.service = NoticeService(self.database, box, sender)
        self.teller = BuildTeller(builds.zone)
        self.fan_out = FanOut(self.database, box, {BUILD: self.teller}, with_mail=True)
        self.dispatcher = Dispatcher(Deliveries(self.database, "replica"), sender, box, [self.fan_out.work])
        self.inbox = Inbox(self.database)
        self.final = FinalHooks()
        self.final.add(runs_ended)

    def task(self, who: Principal, project_id: str, name: str = "shop") -> BuildTask:
        definition = msgspec.convert({"arch": "x86-64", "steps": [shell_step()]}, Definition)
        return self.builds.create(who, project_id, name, definition)

    def build(self, who: Principal, task: BuildTask, state: RunState, **values: Any) -> Run:
        """Run the task; the execution layer then ends it like this."""
        run = self.builds.execute(who, task.id, RunChoices())
        end_run(self.database, run.id, state, **values)
        with self.database.write() as session:
            self.final.fire(session, ended(run, state))
        return run

    def set(self, who: Principal, task: BuildTask, channel: str, *events: str, **more: Any) -> None:
        self.service.update(who, task.id, NoticeChange(notice_type=channel, event_names=list(events), **more))

    def shown(self, who: Principal, task: BuildTask) -> dict[Channel, NoticeView]:
        return {view.channel: view for view in self.service.show(who, task.id)}

    def deliveries(self) -> list[Delivery]:
        with self.database.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.sequence)))

    def letters(self, user_id: str = "") -> list[Message]:
        """Messages in inboxes, oldest first."""
        with self.database.read() as session:
            query = select(InboxMessage).order_by(InboxMessage.created_at)
            query = query.where(InboxMessage.user_id == user_id) if user_id else query
            return [msgspec.convert(row.message, Message) for row in session.scalars(query)]

    def outbox(self) -> list[NoticeOutbox]:
        with self.database.read() as session:
            return list(session.scalars(select(NoticeOutbox)))

    def audited(self) -> list[AuditEvent]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEvent).where(AuditEvent.name == "updateNotice")))


@pytest.fixture
def notices(builds: BuildService) -> Notices:
    return Notices(builds, SecretBox(b"k" * 32))


def add_user(
    database: Database, like: Principal, name: str, email: str = "", *, enabled: bool = True
) -> Principal:
    """Another user of the same tenant, who may do the same."""
    user_id = new_hex()
    with database.write() as session:
        number = len(session.scalars(select(User.id)).all()) + 1
        session.add(
            User(
                id=user_id,
                tenant_id=like.tenant_id,
                number=number,
                name=name,
                password_hash="",
                email=email,
                enabled=enabled,
                created_at=1,
            )
        )
    return msgspec.structs.replace(like, user_id=user_id, user_name=name)
