"""Checks that end on each database, and receivers on this machine for mail and webhooks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from bottega.app import Services
from bottega.check.findings import Finding
from bottega.check.gates.levels import effective
from bottega.check.issues.storing import IssueStore
from bottega.check.scanning.plan import EngineReport, ScannedFile, ScanResult
from bottega.check.scans.storing import ScanStorage
from bottega.check.tasks.settings import RuleSetChoice, TaskSettings
from bottega.check.tasks.tables import CheckScan
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.ids import new_hex
from bottega.notify.message import Message
from bottega.notify.tables import Delivery, InboxMessage, NoticeOutbox
from bottega.runs.final import ended
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.settings import HttpSettings, MailSettings, NotifySettings, Settings
from tests.build.conftest import server, workshop
from tests.build.harness import end_run
from tests.check.making import new_task
from tests.check.scans.test_results import SHA, packed
from tests.support.databases import Postgres, seed_project, seed_tenant
from tests.support.migrated import put_database
from tests.support.smtp_sink import SmtpSink, smtp_sink

__all__ = ["server", "workshop"]

COMMIT = "c" * 40
PUBLIC_URL = "https://build.example.com/"


class Checks:
    """A server without agents that sends mail, and a task whose checks come to whatever end a test wants."""

    def __init__(self, services: Services, mail: SmtpSink) -> None:
        self.services = services
        self.database = services.database
        self.mail = mail
        self.alice: Principal = seed_tenant(self.database, new_hex())
        self.give_address(self.alice, "alice@example.com")
        self.project_id = seed_project(self.database, self.alice)
        self.task_id = self.task(name="shop")
        objects: Any = services.scan_storage._objects
        # Without the catalogue, which takes its time.
        self.storage = ScanStorage(self.database, objects, IssueStore(self.database), effective)

    def task(self, **more: Any) -> str:
        settings = more.pop("settings", {})
        rules = [RuleSetChoice(language="PYTHON")]
        return new_task(
            self.database,
            more.pop("caller", self.alice),
            more.pop("project_id", self.project_id),
            settings=TaskSettings(rule_sets=rules, **settings),
            **more,
        )

    def give_address(self, who: Principal, address: str) -> None:
        with self.database.write() as session:
            session.execute(update(User).where(User.id == who.user_id).values(email=address))

    def begun(self, task_id: str = "", who: Principal | None = None) -> CheckScan:
        scan = self.services.scans.run(who or self.alice, task_id or self.task_id)
        self.change(scan, state="running", started_at=scan.created_at, commit_id=COMMIT)
        return scan

    def change(self, scan: CheckScan, **values: Any) -> None:
        with self.database.write() as session:
            session.execute(update(CheckScan).where(CheckScan.id == scan.id).values(**values))

    def stored(self, scan: CheckScan, severities: list[int], **result: Any) -> CheckScan:
        """The scan's result arrives, with an issue of each severity, and is stored."""
        return self._arrives(scan, packed(_result(severities, **result)))

    def spoilt(self, scan: CheckScan) -> CheckScan:
        return self._arrives(scan, packed({"files": 1}))

    def _arrives(self, scan: CheckScan, content: bytes) -> CheckScan:
        key = f"scan/{scan.id}"
        objects: Any = self.services.scan_storage._objects
        objects.put(key, content)
        engines = {"languages": {"PYTHON": ["ruff"]}}
        self.change(scan, state="storing", upload_key=key, engines=engines)
        self.storage.scan()
        return self.scan(scan)

    def run_ends(self, scan: CheckScan, state: RunState, **values: Any) -> CheckScan:
        """The run of the scan ends, and the scan with it."""
        self.end_run_of(scan, state, **values)
        return self.scan(scan)

    def end_run_of(self, scan: CheckScan, state: RunState, **values: Any) -> None:
        """As the execution layer would."""
        with self.database.read() as session:
            run = session.get_one(Run, scan.run_id)
        end_run(self.database, run.id, state, **values)
        with self.database.write() as session:
            self.services.runs.final.fire(session, ended(run, state))

    def scan(self, scan: CheckScan) -> CheckScan:
        with self.database.read() as session:
            return session.get_one(CheckScan, scan.id)

    def fan_out(self) -> None:
        while self.services.notice_fan_out.work():
            pass

    def send(self) -> None:
        """All that is to be told is told."""
        self.services.notify.dispatcher.run_once()

    def told(self, user_id: str = "") -> list[Message]:
        """Messages of the console, in the order in which it happened; many may have been left at the same time."""
        self.fan_out()
        query = select(InboxMessage)
        query = query.where(InboxMessage.user_id == user_id) if user_id else query
        with self.database.read() as session:
            found = [msgspec.convert(row.message, Message) for row in session.scalars(query)]
        return sorted(found, key=lambda message: message.at)

    def deliveries(self) -> list[Delivery]:
        self.fan_out()
        with self.database.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.sequence)))

    def outbox(self) -> list[NoticeOutbox]:
        with self.database.read() as session:
            return list(session.scalars(select(NoticeOutbox)))


def _result(severities: list[int], **more: Any) -> ScanResult:
    file = ScannedFile(path="a.py", languages=("PYTHON",), sha256=SHA, size=1, engines=("ruff",))
    findings = [
        Finding(
            rule=f"ruff:F{number}",
            path="a.py",
            language="PYTHON",
            severity=severity,
            message=f"wrong {number}",
            line=number,
            statement=f"statement {number}",
        )
        for number, severity in enumerate(severities, 1)
    ]
    values: dict[str, Any] = {
        "files": [file],
        "engines": [EngineReport(engine="ruff", state="done", files=1, analysed=1)],
        "findings": findings,
        **more,
    }
    return ScanResult(**values)


@pytest.fixture(params=["sqlite", "postgresql"])
def checks(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checks]:
    postgres: Postgres | None = None
    with smtp_sink() as mail:
        settings = Settings(
            data_dir=str(tmp_path / "data"),
            http=HttpSettings(public_url=PUBLIC_URL),
            mail=MailSettings(
                host="127.0.0.1", port=mail.port, security="none", from_address="bottega@example.com"
            ),
            notify=NotifySettings(allow_private=True),
        )
        if request.param == "postgresql":
            made: Postgres = request.getfixturevalue("postgres")
            postgres, settings.database.url = made, made.new_database()
        else:
            put_database(settings.data)
        services = Services(settings)
        yield Checks(services, mail)
        services.close()
    if postgres is not None:
        postgres.drop(settings.database.url)
