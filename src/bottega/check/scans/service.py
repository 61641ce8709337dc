"""Accepting and stopping checks."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.issues.marks import ScanMarks
from bottega.check.kinds import CHECK
from bottega.check.rulesets.used import used_sets
from bottega.check.scans import reading as scans
from bottega.check.scans.accepting import add_scan, take_number
from bottega.check.scans.compiling import Source, compile_check, mode_of
from bottega.check.scans.states import ON_AGENT
from bottega.check.tasks import credentials, reading
from bottega.check.tasks.noting import note
from bottega.check.tasks.repositories import checked_branch, checked_url
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.errors import AlreadyFinished, Conflict, Invalid
from bottega.iam.principal import Principal
from bottega.runs.service import RunService
from bottega.runs.tables import Run
from bottega.runs.triggers import MANUAL
from bottega.scm.policy import url_policy
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_EXECUTOR = 255
SHOWN_NAME, SHOWN_MERGE_ID = 128, 64
"""Characters that the history of a task has room for."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """What one check takes from elsewhere than its task says; empty texts change nothing."""

    url: str = ""
    branch: str = ""
    username: str = ""
    token: str = ""


class ScanService:
    """What the API does with checks. Every look-up is by the caller's tenant."""

    def __init__(self, database: Database, runs: RunService, secrets: SecretBox, settings: Settings) -> None:
        self.database = database
        self.runs = runs
        self._secrets = secrets
        self._settings = settings
        self._policy = url_policy(settings)
        self._zone = ZoneInfo(settings.api.time_zone)
        self.region = settings.api.region

    def run(
        self,
        principal: Principal,
        task_id: str,
        *,
        override: Override | None = None,
        trigger: str = MANUAL,
        executor: str = "",
        accepted: Callable[[Session, CheckScan], None] = lambda _session, _scan: None,
    ) -> CheckScan:
        """Accept a check and return at once. ``executor`` is who is said to have asked for it.

        ``accepted`` is called in the transaction, which comes to nothing when it raises.
        Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`, :class:`TaskRunning`, :class:`Unavailable`;
        then nothing has changed.
        """
        if len(executor) > MAX_EXECUTOR or "\0" in executor:
            raise Invalid("executor", f"is longer than {MAX_EXECUTOR} characters or contains a NUL character")
        with self.database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id, lock=True)
            access.require_on_task(session, principal, task, Action.EXECUTE)
            settings = scans.settings_for(session, task)
            number = take_number(session, task)
            new = compile_check(
                session,
                principal,
                task,
                settings,
                self._source(session, task, override or Override()),
                number=number,
                at=datetime.now(self._zone),
                trigger=trigger,
                of_server=self._settings,
            )
            run = self.runs.submit(session, new)
            request = settings.merge_request
            scan = add_scan(
                session,
                task,
                run.id,
                merge_id="" if request is None else request.merge_id[:SHOWN_MERGE_ID],
                mode=mode_of(task, settings),
                branch=new.branch or new.tag,
                user_name=(executor or principal.user_name)[:SHOWN_NAME],
                engines=msgspec.to_builtins(ScanMarks(rule_sets=used_sets(session, task, settings))),
            )
            note(session, principal, task, AuditName.RUN_CHECK, f"check {number}")
            accepted(session, scan)
        self.runs.announce(run)
        return scan

    def stop(self, principal: Principal, task_id: str) -> CheckScan:
        """Stop the check of a task that goes on; one whose result is here already comes to its end.

        Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`, :class:`AlreadyFinished` when there is none,
        and :class:`Conflict` for one that is a step of a build: who may stop that is for the build to say.
        """
        with self.database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.EXECUTE)
            scan = scans.unfinished(session, task.id)
            if scan is None:
                raise AlreadyFinished(f"the task {task.name} is not being checked")
            if scan.state not in ON_AGENT:
                return scan
            run = session.get(Run, scan.run_id)
            if run is not None and run.kind != CHECK:
                raise Conflict(
                    f"the check is a step of build {run.number} of {run.task_name}: stop that build"
                )
            note(session, principal, task, AuditName.STOP_CHECK, f"check {scan.number}")
            session.expunge(scan)
        try:
            self.runs.stop(principal.tenant_id, scan.run_id, principal.user_name)
        except AlreadyFinished:
            # It came to its own end between the two transactions.
            return scan
        return scan

    def _source(self, session: Session, task: CheckTask, override: Override) -> Source:
        url = override.url or task.git_url
        if override.url:
            checked_url(override.url, self._policy, "git_url")
        branch = checked_branch(override.branch, "git_branch") if override.branch else task.branch
        if override.token:
            given = credentials.checked(
                checked_url(url, self._policy, "git_url"), override.username, override.token, ""
            )
        elif override.url and override.url != task.git_url:
            # Saved credentials are for the repository they were saved with.
            given = None
        else:
            given = credentials.of_task(session, self._secrets, task)
        if given is None:
            return Source(url=url, branch=branch)
        return Source(url=url, branch=branch, username=given.username, token=given.token)
