"""Creating check tasks and reading what was saved of them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.identifiers import check_id, check_name
from bottega.check.tasks import choosing, credentials, families, merging, names, reading
from bottega.check.tasks.new import INCREMENTAL, SOURCE, TASK_TYPES, NewTask
from bottega.check.tasks.noting import note
from bottega.check.tasks.repositories import checked_branch, checked_url, spelling
from bottega.check.tasks.settings import MergeRequest, TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.tasks.texts import (
    checked_folders,
    checked_include,
    checked_pool,
    checked_text,
    checked_word,
)
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.projects.service import require_project
from bottega.scm.policy import url_policy
from bottega.scm.urls import GitUrl
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_ENDPOINT = 255


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A task with the settings of its family, and the id of the task that has them."""

    task: CheckTask
    settings: TaskSettings
    root_id: str
    request: MergeRequest | None = None
    """What an incremental task checks."""


class CheckTaskService:
    """What the API does with check tasks. Every look-up is by the caller's tenant."""

    def __init__(self, database: Database, secrets: SecretBox, settings: Settings) -> None:
        self.database = database
        self.policy = url_policy(settings)
        self.zone = ZoneInfo(settings.api.time_zone)
        self._secrets = secrets

    def create(self, principal: Principal, project_id: str, new: NewTask) -> CheckTask:
        """Save a new task, without checking it.

        An incremental one of a family has the family's settings. Raises :class:`Invalid`, :class:`NotFound` for the
        project, :class:`UnknownTask` for the parent, :class:`UnknownRuleSet`, :class:`Forbidden`.
        """
        check_id(project_id, "project_id")
        url = self._check(new)
        try:
            with self.database.write() as session:
                require_project(session, principal.tenant_id, project_id, lock=True)
                access.require_on_project(session, principal, project_id, Action.CREATE)
                self.database.one_at_a_time(session, f"check tasks of {principal.tenant_id}")
                names.require_room(session, principal.tenant_id)
                task = self._add(session, principal, project_id, new, url)
                note(session, principal, task, AuditName.CREATE_CHECK_TASK)
        except IntegrityError:
            raise names.name_taken(new.fields.name, new.name) from None
        return task

    def show(
        self, principal: Principal, task_id: str, action: Action = Action.GET, *, project_id: str = ""
    ) -> Shown:
        """A task, which has to be in the project if one is named.

        Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`.
        """
        with self.database.read() as session:
            if project_id:
                task = reading.in_project(session, principal.tenant_id, project_id, task_id)
            else:
                task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, action)
            root = reading.root_of(session, task)
            request = families.merge_request_of(task) if task.task_type == INCREMENTAL else None
            return Shown(
                task=task, settings=reading.settings_of(session, task), root_id=root.id, request=request
            )

    def scan(
        self, principal: Principal, task_id: str, scan_id: str = "", merge_id: str = ""
    ) -> CheckScan | None:
        """A check of the task: that one, or else the newest, of a merge request if one is named.

        Raises like :meth:`show`, and :class:`UnknownScan`.
        """
        with self.database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            if scan_id:
                return reading.scan(session, task, scan_id)
            query = select(CheckScan).where(CheckScan.task_id == task.id)
            if merge_id:
                query = query.where(CheckScan.merge_id == merge_id)
            return session.scalars(query.order_by(CheckScan.number.desc()).limit(1)).one_or_none()

    def offers(self, principal: Principal, project_id: str, task_id: str) -> list[choosing.Offer]:
        """The rule sets a task may be checked with, and which it is. Raises like :meth:`show`."""
        with self.database.read() as session:
            task = reading.in_project(session, principal.tenant_id, project_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            choices = reading.settings_of(session, task).rule_sets
            return choosing.offers(session, principal.tenant_id, project_id, choices)

    def _check(self, new: NewTask) -> GitUrl:
        """All that needs no look at the database."""
        url = checked_url(new.git_url, self.policy, new.fields.url)
        checked_branch(new.git_branch, new.fields.branch)
        if new.name:
            check_name(new.name, new.fields.name)
        checked_word(new.task_type, "task_type", TASK_TYPES)
        for word in new.check_types:
            checked_word(word, "check_type", (SOURCE,))
        if new.task_type != INCREMENTAL and new.merge_request is not None:
            raise Invalid("inc_config", f"is for tasks of the type {INCREMENTAL}")
        checked_text(new.endpoint_id, "endpoint_id", MAX_ENDPOINT)
        return url

    def _add(
        self, session: Session, principal: Principal, project_id: str, new: NewTask, url: GitUrl
    ) -> CheckTask:
        repository = spelling(url)
        opened_by = credentials.checked(url, new.username, new.access_token, new.endpoint_id)
        request = None
        if new.task_type == INCREMENTAL:
            request = merging.checked(new.merge_request or MergeRequest(), new.git_branch, "inc_config")
        if request and new.parent_task_id:
            parent = reading.task(session, principal.tenant_id, new.parent_task_id)
            if parent.project_id != project_id:
                raise Invalid("inc_config.parent_task_id", "is a task of another project")
            root = reading.root_of(session, parent)
            child = families.merge_task(
                session, root, request, principal, git_url=new.git_url, repository=repository
            )
            child.sealed_credentials = credentials.seal(self._secrets, child.id, opened_by)
            return child
        chosen = choosing.choose(
            session,
            principal.tenant_id,
            project_id,
            new.languages,
            new.rule_sets,
            fields=(new.fields.language, new.fields.rule_sets),
        )
        name = new.name
        if name:
            names.require_free(session, project_id, name, new.fields.name)
        else:
            name = names.for_repository(session, project_id, repository, datetime.now(self.zone))
        settings = TaskSettings(
            rule_sets=chosen,
            include=checked_include(new.include, "include_paths"),
            ignore=checked_folders(new.ignore, "exclude_dir"),
            fossbot=new.fossbot,
            endpoint_id=new.endpoint_id,
            pool=checked_pool(new.pool, "resource_pool_id"),
            merge_request=request,
        )
        now, task_id = epoch_ms(), new_hex()
        task = CheckTask(
            id=task_id,
            tenant_id=principal.tenant_id,
            project_id=project_id,
            parent_id=None,
            name=name,
            kind=merging.kind_of(request) if request else families.BRANCH,
            task_type=new.task_type,
            git_url=new.git_url,
            repository=repository,
            branch=request.source_branch if request else checked_branch(new.git_branch, new.fields.branch),
            template=new.template,
            settings=msgspec.to_builtins(settings),
            sealed_credentials=credentials.seal(self._secrets, task_id, opened_by),
            creator_id=principal.user_id,
            creator_name=principal.user_name,
            created_at=now,
            updated_at=now,
        )
        session.add(task)
        session.flush()
        return task
