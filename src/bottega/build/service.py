"""Saving, deleting, running and stopping build tasks."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, defer

from bottega.audit.events import AuditName
from bottega.build import access, names, parameters, reading, rerunning
from bottega.build import definition as definitions
from bottega.build.access import Action
from bottega.build.changes.service import CREATED, UPDATED, note_revision
from bottega.build.compile import Again, Compiled, RunChoices, TaskFacts, compile_run
from bottega.build.definition import Definition
from bottega.build.errors import NeverBuilt, TaskDisabled
from bottega.build.files.rights import require_usage
from bottega.build.flows import stopping
from bottega.build.flows.reading import jobs_of
from bottega.build.groups import places
from bottega.build.hooks import watching
from bottega.build.identifiers import check_job_id, check_project_id, check_uuid
from bottega.build.kinds import BUILD
from bottega.build.names import TaskNames
from bottega.build.notices.events import NoticeEvent
from bottega.build.notices.outbox import task_event
from bottega.build.noting import note
from bottega.build.numbers import take_number
from bottega.build.permissions.service import copy_matrix
from bottega.build.planning import requests
from bottega.build.reader import BuildReader
from bottega.build.recycling.parting import part_with
from bottega.build.source import check_choice
from bottega.build.status import StatusReader
from bottega.build.tables import BuildTask
from bottega.build.timers import planning
from bottega.clock import epoch_ms
from bottega.errors import Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_hex, new_uuid
from bottega.projects.service import require_project
from bottega.runs import queries
from bottega.runs.final import ended
from bottega.runs.service import RunService
from bottega.runs.spec import NewRun
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.runs.triggers import MANUAL, PUSH
from bottega.scm.policy import url_policy
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_BATCH = 100


class BuildService:
    """What the API does with build tasks. Every look-up is by the caller's tenant."""

    def __init__(self, database: Database, runs: RunService, secrets: SecretBox, settings: Settings) -> None:
        self.database = database
        self.runs = runs
        self.settings = settings
        self.zone = ZoneInfo(settings.api.time_zone)
        self.names = TaskNames(database)
        self.reader = BuildReader(database, runs)
        self.status = StatusReader(database)
        self._secrets = secrets
        self._policy = url_policy(settings)

    def create(self, principal: Principal, project_id: str, name: str, definition: Definition) -> BuildTask:
        """Save a new task. Raises :class:`Invalid`, :class:`NotFound` for the project, :class:`Forbidden`."""
        check_project_id(project_id)
        return self._add(principal, project_id, name, definition)

    def copy(
        self, principal: Principal, source_id: str, project_id: str, name: str, definition: Definition
    ) -> BuildTask:
        """Save a clone: a new task with the permissions of ``source_id``, of which hidden defaults are taken over.

        Raises like :meth:`create`, and :class:`NotFound` for the source.
        """
        check_job_id(source_id)
        check_project_id(project_id)
        return self._add(principal, project_id, name, definition, source_id)

    def _add(
        self,
        principal: Principal,
        project_id: str,
        name: str,
        definition: Definition,
        source_id: str = "",
    ) -> BuildTask:
        definitions.check_name(name)
        declared = definitions.check(definition, self._policy)
        task_id = new_hex()
        now = epoch_ms()
        try:
            with self.database.write() as session:
                require_project(session, principal.tenant_id, project_id, lock=True)
                access.require_on_project(session, principal, project_id, Action.CREATE)
                source = None
                if source_id:
                    source = reading.task(session, principal.tenant_id, source_id)
                    access.require_on_task(session, principal, source, Action.COPY)
                hidden = {} if source is None else self._unseal(source)
                secrets = definitions.take_secrets(definition, declared, hidden)
                group_id = definition.group_id or ""
                if not places.hold(session, principal.tenant_id, project_id, group_id):
                    raise places.unknown(group_id)
                names.require_room(session, principal.tenant_id)
                names.require_free(session, project_id, name)
                task = BuildTask(
                    id=task_id,
                    build_project_id=new_uuid(),
                    tenant_id=principal.tenant_id,
                    project_id=project_id,
                    name=name,
                    group_id=group_id,
                    definition=msgspec.to_builtins(definition),
                    sealed_defaults=self._seal(task_id, secrets),
                    revision=1,
                    creator_id=principal.user_id,
                    creator_name=principal.user_name,
                    created_at=now,
                    updated_at=now,
                )
                session.add(task)
                if source is not None:
                    copy_matrix(session, source, task)
                note_revision(session, principal, task, CREATED)
                planning.saved(session, principal, task)
                watching.saved(session, task)
                note(
                    session,
                    principal,
                    task,
                    AuditName.CREATE_JOB,
                    f"clone of {source_id}" if source_id else "",
                )
        except IntegrityError:
            raise names.name_taken(name) from None
        return task

    def update(
        self, principal: Principal, task_id: str, project_id: str, name: str, definition: Definition
    ) -> BuildTask:
        """Replace the whole configuration of a task; only its id, project and history stay. Raises like `create`."""
        check_job_id(task_id)
        check_project_id(project_id)
        definitions.check_name(name)
        declared = definitions.check(definition, self._policy)
        try:
            with self.database.write() as session:
                group_id = definition.group_id or ""
                there = places.hold(session, principal.tenant_id, project_id, group_id)
                task = reading.task(session, principal.tenant_id, task_id, lock=True)
                access.require_on_task(session, principal, task, Action.MODIFY)
                if task.project_id != project_id:
                    raise Invalid("project_id", "a task cannot be moved to another project")
                if not there:
                    raise places.unknown(group_id)
                names.require_free(session, project_id, name, task_id)
                secrets = definitions.take_secrets(definition, declared, self._unseal(task))
                task.name = name
                task.group_id = group_id
                task.definition = msgspec.to_builtins(definition)
                task.sealed_defaults = self._seal(task_id, secrets)
                task.revision += 1
                task.updated_at = epoch_ms()
                note_revision(session, principal, task, UPDATED)
                planning.saved(session, principal, task)
                watching.saved(session, task)
                task_event(session, principal, task, NoticeEvent.UPDATE)
                note(session, principal, task, AuditName.UPDATE_JOB)
        except IntegrityError:
            raise names.name_taken(name) from None
        return task

    def delete(self, principal: Principal, task_id: str) -> BuildTask:
        """Move a task to the recycle bin and stop its builds. Raises :class:`NotFound`, :class:`Forbidden`."""
        return self.delete_all(principal, [task_id])[0]

    def delete_all(self, principal: Principal, task_ids: Sequence[str]) -> list[BuildTask]:
        """The same for several tasks, all or none. Also raises :class:`Invalid` for none or too many of them."""
        if not 1 <= len(task_ids) <= MAX_BATCH:
            raise Invalid("job_ids", f"expected 1 to {MAX_BATCH} tasks")
        for task_id in task_ids:
            check_job_id(task_id)
        # In one order everywhere, so that two requests for the same tasks never wait for each other.
        wanted = sorted(set(task_ids))
        with self.database.write() as session:
            tasks = [self._bin(session, principal, task_id) for task_id in wanted]
            # With the tasks gone no new run can begin, so these are all there will be.
            self.runs.stop_all(session, principal.user_name, Run.task_id.in_(wanted))
        return tasks

    @staticmethod
    def _bin(session: Session, principal: Principal, task_id: str) -> BuildTask:
        task = reading.task(session, principal.tenant_id, task_id, lock=True)
        access.require_on_task(session, principal, task, Action.DELETE)
        _put_in_bin(session, principal, task)
        planning.paused(session, task.id)
        return task

    def forget_project(self, session: Session, principal: Principal, project_id: str) -> None:
        """Bin the tasks of a project inside the transaction that deletes it, each as if it were deleted alone.

        Their builds are stopped; the groups go at once, members and permissions with the last task of the bin.
        """
        query = select(BuildTask).where(
            BuildTask.tenant_id == principal.tenant_id,
            BuildTask.project_id == project_id,
            BuildTask.deleted_at.is_(None),
        )
        # Who deletes a group locks it first and its tasks then, and so do we.
        places.forget_project(session, project_id)
        in_order = query.options(defer(BuildTask.definition)).order_by(BuildTask.id).with_for_update()
        for task in session.scalars(in_order).all():
            _put_in_bin(session, principal, task)
        planning.paused_with_project(session, principal.tenant_id, project_id)
        self.runs.stop_all(
            session,
            principal.user_name,
            Run.tenant_id == principal.tenant_id,
            Run.project_id == project_id,
            Run.kind == BUILD,
        )
        part_with(session, project_id)

    def execute(
        self,
        principal: Principal,
        task_id: str,
        choices: RunChoices,
        *,
        trigger: str = MANUAL,
        accepted: Callable[[Session, Run], None] | None = None,
        again: Again | None = None,
    ) -> Run:
        """Accept one run and return at once.

        A run that can be accepted but not scheduled (a tag build without a tag) becomes a record in SCHEDULE_FAILURE.
        A YAML build is held until its file was read (:mod:`bottega.build.planning`). Raises :class:`Invalid` for a
        refused choice, :class:`NotFound`, :class:`TaskDisabled`, :class:`Forbidden`, :class:`Unavailable`; then nothing
        has changed. ``accepted`` is called in the transaction that accepts the run, and undoes it by raising.
        """
        check_job_id(task_id)
        check_choice(choices.scm, self._policy)
        at = datetime.now(self.zone)
        with self.database.write() as session:
            taken = take_number(session, principal.tenant_id, task_id, at)
            if taken is None:
                raise NotFound("build task", task_id)
            task, daily_number = taken
            access.require_on_task(session, principal, task, Action.EXECUTE)
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
                again=again,
            )
            require_usage(session, principal, compiled.new.spec.secret_files)
            if again is None:
                self._count_up(task, compiled.used)
            if compiled.cancels_older and not compiled.refusal:
                # Before the new one is queued: they make room for it.
                self._stop_older(session, compiled.new)
            run = self.runs.submit(session, compiled.new)
            if accepted is not None:
                accepted(session, run)
            detail = f"build {task.last_number}"
            note(session, principal, task, AuditName.BUILD_JOB, f"{detail}, again" if again else detail)
            if compiled.refusal:
                _fail_schedule(run, compiled)
                self.runs.final.fire(session, ended(run, RunState.SCHEDULE_FAILURE))
            elif compiled.plan is not None:
                requests.request(session, run, compiled.plan)
        if run.state == RunState.QUEUED:
            self.runs.announce(run)
        return run

    def rerun(self, principal: Principal, task_id: str, number: int, *, failed_only: bool = False) -> Run:
        """Build the commit of build ``number`` once more with its parameters, as the task is saved now.

        ``failed_only``: jobs of a build flow that have succeeded are taken over. Raises like :meth:`execute`, and
        :class:`Conflict` for a build that has not ended, or of which nothing has failed.
        """
        check_job_id(task_id)
        with self.database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.EXECUTE)
            run = queries.by_number(session, principal.tenant_id, task_id, number)
            jobs = jobs_of(session, run)
        choices, again = rerunning.prepare(
            msgspec.convert(task.definition, Definition),
            run,
            jobs,
            self.runs.secret_env(run),
            failed_only=failed_only,
        )
        return self.execute(principal, task_id, choices, again=again)

    def stop(self, principal: Principal, task_id: str, number: int | None) -> RunState:
        """Stop build ``number`` of a task, or its newest. Raises :class:`NotFound`, :class:`AlreadyFinished`."""
        check_job_id(task_id)
        with self.database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.EXECUTE)
            if number is None:
                run = queries.latest(session, principal.tenant_id, task_id)
            else:
                run = queries.by_number(session, principal.tenant_id, task_id, number)
        if run is None:
            raise NeverBuilt(task_id)
        state = self.runs.stop(principal.tenant_id, run.id, principal.user_name)
        with self.database.write() as session:
            note(session, principal, task, AuditName.STOP_JOB, f"build {run.number}")
        return state

    def stop_record(self, principal: Principal, record_id: str) -> None:
        """Stop the build, or the one job of a build flow, of that record: also a job that has no record yet.

        The flow goes on with what does not need the job. Raises like :meth:`stop`.
        """
        check_uuid(record_id, "record_id")
        with self.database.write() as session:
            waiting = stopping.waiting_job(session, principal.tenant_id, record_id)
            whose = record_id if waiting is None else waiting[0].id
            task, run = reading.record(session, principal.tenant_id, whose)
            access.require_on_task(session, principal, task, Action.EXECUTE)
            name = run.job
            if waiting is not None:
                stopping.leave_out(*waiting, principal.user_name)
                name = waiting[1].name
        if waiting is None:
            self.runs.stop(principal.tenant_id, record_id, principal.user_name)
        else:
            self.runs.announce_held()
        with self.database.write() as session:
            detail = f"job {name} of build {run.number}" if name else f"build {run.number}"
            note(session, principal, task, AuditName.STOP_JOB, detail)

    def _stop_older(self, session: Session, new: NewRun) -> None:
        self.runs.stop_all(
            session,
            f"build {new.number} of the same branch",
            Run.task_id == new.task_id,
            Run.number < new.number,
            Run.branch == new.branch,
            # By name: agents write down URLs in their own way.
            Run.repository == new.repository,
            or_(Run.build_type == "branch", and_(Run.build_type == "commitId", Run.trigger == PUSH)),
        )

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

    def _seal(self, task_id: str, secrets: dict[str, str]) -> bytes | None:
        if not secrets:
            return None
        return self._secrets.seal(msgspec.json.encode(secrets).decode(), _purpose(task_id))

    def _unseal(self, task: BuildTask) -> dict[str, str]:
        if task.sealed_defaults is None:
            return {}
        text = self._secrets.unseal(task.sealed_defaults, _purpose(task.id))
        return msgspec.json.decode(text, type=dict[str, str])


def _purpose(task_id: str) -> str:
    return f"defaults of build task {task_id}"


def _fail_schedule(run: Run, compiled: Compiled) -> None:
    run.state = RunState.SCHEDULE_FAILURE
    run.reason = compiled.refusal
    run.finished_at = run.created_at
    run.log_sealed = True


def _put_in_bin(session: Session, principal: Principal, task: BuildTask) -> None:
    task.deleted_at = epoch_ms()
    task.deleted_by = principal.user_name
    task_event(session, principal, task, NoticeEvent.DELETE)
    note(session, principal, task, AuditName.DELETE_JOB)
