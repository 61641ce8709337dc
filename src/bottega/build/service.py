"""Saving, deleting, running and stopping build tasks."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bottega.build import definition as definitions
from bottega.build import parameters, reading
from bottega.build.compile import Compiled, RunChoices, TaskFacts, compile_run
from bottega.build.definition import Definition
from bottega.build.errors import TaskDisabled
from bottega.build.identifiers import check_job_id, check_project_id
from bottega.build.numbers import take_number
from bottega.build.reader import BuildReader
from bottega.build.source import check_choice
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import AlreadyFinished, Invalid, NotFound
from bottega.iam.principal import Principal, Right
from bottega.ids import new_hex, new_uuid
from bottega.projects.service import require_project
from bottega.runs import queries
from bottega.runs.service import RunService
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run
from bottega.scm.urls import UrlPolicy
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

TASKS_PER_TENANT = 10_000


class BuildService:
    """What the API does with build tasks. Every look-up is by the caller's tenant."""

    def __init__(self, database: Database, runs: RunService, secrets: SecretBox, settings: Settings) -> None:
        self.database = database
        self.runs = runs
        self.settings = settings
        self.zone = ZoneInfo(settings.api.time_zone)
        self.reader = BuildReader(database, runs)
        self._secrets = secrets
        self._policy = UrlPolicy(
            file_urls=settings.file_urls_allowed,
            allow_http=settings.scm.allow_http,
            loopback=settings.listens_on_loopback,
            allowed_hosts=tuple(settings.scm.allowed_hosts),
            closed_folders=(str(settings.data),),
        )

    def create(self, principal: Principal, project_id: str, name: str, definition: Definition) -> BuildTask:
        """Save a new task. Raises :class:`Invalid`, :class:`NotFound` for the project, :class:`Forbidden`."""
        principal.require(Right.CREATE)
        check_project_id(project_id)
        definitions.check_name(name)
        declared = definitions.check(definition, self._policy)
        task_id = new_hex()
        sealed = self._seal(task_id, definitions.take_secrets(definition, declared, {}))
        now = epoch_ms()
        task = BuildTask(
            id=task_id,
            build_project_id=new_uuid(),
            tenant_id=principal.tenant_id,
            project_id=project_id,
            name=name,
            group_id=definition.group_id or "",
            definition=msgspec.to_builtins(definition),
            sealed_defaults=sealed,
            creator_id=principal.user_id,
            creator_name=principal.user_name,
            created_at=now,
            updated_at=now,
        )
        try:
            with self.database.write() as session:
                require_project(session, principal.tenant_id, project_id)
                self._check_quota(session, principal.tenant_id)
                _check_name_free(session, project_id, name, "")
                session.add(task)
        except IntegrityError:
            raise _name_taken(name) from None
        return task

    def update(
        self, principal: Principal, task_id: str, project_id: str, name: str, definition: Definition
    ) -> BuildTask:
        """Replace the whole configuration of a task; only its id, project and history stay. Raises like `create`."""
        principal.require(Right.MODIFY)
        check_job_id(task_id)
        definitions.check_name(name)
        declared = definitions.check(definition, self._policy)
        try:
            with self.database.write() as session:
                task = reading.task(session, principal.tenant_id, task_id, lock=True)
                if task.project_id != project_id:
                    raise Invalid("project_id", "a task cannot be moved to another project")
                _check_name_free(session, project_id, name, task_id)
                secrets = definitions.take_secrets(definition, declared, self._unseal(task))
                task.name = name
                task.group_id = definition.group_id or ""
                task.definition = msgspec.to_builtins(definition)
                task.sealed_defaults = self._seal(task_id, secrets)
                task.revision += 1
                task.updated_at = epoch_ms()
        except IntegrityError:
            raise _name_taken(name) from None
        return task

    def delete(self, principal: Principal, task_id: str) -> BuildTask:
        """Move a task to the recycle bin and stop its builds. Raises :class:`NotFound`, :class:`Forbidden`."""
        principal.require(Right.DELETE)
        check_job_id(task_id)
        with self.database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id, lock=True)
            task.deleted_at = epoch_ms()
            task.deleted_by = principal.user_name
            # With the task gone no new run can begin, so these are all there will be.
            unfinished = session.scalars(
                select(Run.id).where(Run.task_id == task_id, Run.state.in_([*ACTIVE, RunState.QUEUED]))
            ).all()
        for run_id in unfinished:
            self._stop_quietly(principal, run_id)
        return task

    def execute(
        self, principal: Principal, task_id: str, choices: RunChoices, *, trigger: str = "MANUAL"
    ) -> Run:
        """Accept one run and return at once.

        A run that can be accepted but not scheduled (a tag build without a tag, a YAML build) becomes a record in
        SCHEDULE_FAILURE. Raises :class:`Invalid` for a refused choice, :class:`NotFound`, :class:`TaskDisabled`,
        :class:`Forbidden`, :class:`Unavailable`; then nothing has changed.
        """
        principal.require(Right.EXECUTE)
        check_job_id(task_id)
        check_choice(choices.scm, self._policy)
        at = datetime.now(self.zone)
        with self.database.write() as session:
            taken = take_number(session, principal.tenant_id, task_id, at)
            if taken is None:
                raise NotFound("build task", task_id)
            task, daily_number = taken
            if task.disabled_at is not None:
                raise TaskDisabled(f"build task {task.name} is disabled")
            compiled = compile_run(
                TaskFacts(
                    id=task.id,
                    name=task.name,
                    tenant_id=task.tenant_id,
                    project_id=task.project_id,
                    user_id=principal.user_id,
                    user_name=principal.user_name,
                    trigger=trigger,
                ),
                msgspec.convert(task.definition, Definition),
                self._unseal(task),
                choices,
                number=task.last_number,
                daily_number=daily_number,
                at=at,
                settings=self.settings,
            )
            self._count_up(task, compiled.used)
            run = self.runs.submit(session, compiled.new)
            if compiled.refusal:
                _fail_schedule(run, compiled)
        if run.state == RunState.QUEUED:
            self.runs.announce(run)
        return run

    def stop(self, principal: Principal, task_id: str, number: int | None) -> RunState:
        """Stop build ``number`` of a task, or its newest. Raises :class:`NotFound`, :class:`AlreadyFinished`."""
        principal.require(Right.EXECUTE)
        check_job_id(task_id)
        with self.database.read() as session:
            reading.task(session, principal.tenant_id, task_id)
            if number is None:
                run = queries.latest(session, principal.tenant_id, task_id)
            else:
                run = queries.by_number(session, principal.tenant_id, task_id, number)
        if run is None:
            raise NotFound("build", "latest")
        return self.runs.stop(principal.tenant_id, run.id, principal.user_name)

    def _stop_quietly(self, principal: Principal, run_id: str) -> None:
        try:
            self.runs.stop(principal.tenant_id, run_id, principal.user_name)
        except AlreadyFinished:
            return

    def _count_up(self, task: BuildTask, used: dict[str, str]) -> None:
        definition = msgspec.convert(task.definition, Definition)
        declared = definition.declared()
        if not any(parameter.kind == "increment" for parameter in declared):
            return
        secrets = self._unseal(task)
        for parameter, item in zip(declared, definition.parameters or [], strict=True):
            pair = parameters.default_of(item)
            if parameter.kind != "increment" or pair is None:
                continue
            following = parameters.increased(used[parameter.name])
            if parameter.private:
                secrets[parameter.name] = following
            else:
                pair.value = following
        task.definition = msgspec.to_builtins(definition)
        task.sealed_defaults = self._seal(task.id, secrets)

    def _check_quota(self, session: Session, tenant_id: str) -> None:
        count = session.scalar(
            select(func.count())
            .select_from(BuildTask)
            .where(BuildTask.tenant_id == tenant_id, BuildTask.deleted_at.is_(None))
        )
        if count is not None and count >= TASKS_PER_TENANT:
            raise Invalid(
                "job_name", f"the tenant already has {TASKS_PER_TENANT} build tasks, the most allowed"
            )

    def _seal(self, task_id: str, secrets: dict[str, str]) -> bytes | None:
        if not secrets:
            return None
        return self._secrets.seal(msgspec.json.encode(secrets).decode(), _purpose(task_id))

    def _unseal(self, task: BuildTask) -> dict[str, str]:
        if task.sealed_defaults is None:
            return {}
        text = self._secrets.unseal(task.sealed_defaults, _purpose(task.id))
        return msgspec.json.decode(text, type=dict[str, str])


def forget_project(session: Session, tenant_id: str, project_id: str) -> None:
    """Delete the tasks of a project that is being deleted, inside that transaction (a hook of the project service)."""
    session.execute(
        update(BuildTask)
        .where(
            BuildTask.tenant_id == tenant_id,
            BuildTask.project_id == project_id,
            BuildTask.deleted_at.is_(None),
        )
        .values(deleted_at=epoch_ms(), deleted_by="project deletion")
    )


def _purpose(task_id: str) -> str:
    return f"defaults of build task {task_id}"


def _fail_schedule(run: Run, compiled: Compiled) -> None:
    run.state = RunState.SCHEDULE_FAILURE
    run.reason = compiled.refusal
    run.finished_at = run.created_at
    run.log_sealed = True


def _check_name_free(session: Session, project_id: str, name: str, own_id: str) -> None:
    taken = session.scalar(
        select(BuildTask.id)
        .where(
            BuildTask.project_id == project_id,
            BuildTask.name == name,
            BuildTask.deleted_at.is_(None),
            BuildTask.id != own_id,
        )
        .limit(1)
    )
    if taken is not None:
        raise _name_taken(name)


def _name_taken(name: str) -> Invalid:
    return Invalid("job_name", f"the project already has a build task named {name}")
