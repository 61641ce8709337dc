"""Making, showing, starring and deleting templates. Every look-up is by the caller's tenant."""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build import access
from bottega.build import reading as tasks
from bottega.build.access import Action
from bottega.build.definition import Definition
from bottega.build.identifiers import check_job_id
from bottega.build.templates import marks, reading, rights, views
from bottega.build.templates.default_yaml import default_yaml
from bottega.build.templates.definition import TemplateDefinition, check
from bottega.build.templates.identifiers import check_template_id
from bottega.build.templates.reading import TemplateFilter
from bottega.build.templates.recommender import Recommender
from bottega.build.templates.tables import Template
from bottega.build.templates.views import Scope, TemplateView
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.iam.tables import Tenant
from bottega.ids import new_hex, new_object_id
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

TEMPLATES_PER_TENANT = 5000


class TemplateService:
    """What the API does with templates; recommendations are made by ``recommender``."""

    def __init__(self, database: Database, secrets: SecretBox, recommender: Recommender) -> None:
        self._database = database
        self._secrets = secrets
        self.recommender = recommender

    def create(self, principal: Principal, definition: TemplateDefinition) -> TemplateView:
        """Save a new template of the tenant. Raises :class:`Invalid`, :class:`Forbidden`."""
        private_defaults = check(definition)
        saved = msgspec.to_builtins(definition)
        uuid = new_hex()
        template = Template(
            uuid=uuid,
            object_id=new_object_id(),
            tenant_id=principal.tenant_id,
            name=definition.name,
            description=definition.description,
            tool_type=definition.tool_type,
            steps=saved["steps"],
            parameters=saved["parameters"],
            sealed_defaults=self._seal(uuid, private_defaults),
            creator_id=principal.user_id,
            creator_name=principal.user_name,
            created_at=epoch_ms(),
        )
        with self._database.write() as session:
            rights.require_create(session, principal)
            _check_quota(session, principal.tenant_id)
            session.add(template)
            trail.record(
                session, principal, AuditName.CREATE_TEMPLATE, AuditKind.TEMPLATE, uuid, definition.name
            )
        return views.custom(template)

    def delete(self, principal: Principal, uuid: str) -> TemplateView:
        """Delete a template of the tenant; tasks made from it stay.

        Raises :class:`Invalid`, :class:`TemplateNotFound`, :class:`Forbidden`.
        """
        check_template_id(uuid, "uuid")
        with self._database.write() as session:
            template = reading.custom(session, principal.tenant_id, uuid, lock=True)
            rights.require_delete(principal, template)
            gone = reading.view(session, principal, template)
            session.delete(template)
            marks.forget(session, uuid)
            trail.record(
                session, principal, AuditName.DELETE_TEMPLATE, AuditKind.TEMPLATE, uuid, template.name
            )
        return gone

    def show(self, principal: Principal, uuid: str) -> TemplateView:
        """One template of the tenant. Raises :class:`Invalid`, :class:`TemplateNotFound`, :class:`Forbidden`."""
        check_template_id(uuid, "uuid")
        with self._database.read() as session:
            template = reading.custom(session, principal.tenant_id, uuid)
            rights.require_view(session, principal)
            return reading.view(session, principal, template)

    def page(
        self, principal: Principal, where: TemplateFilter, *, offset: int, limit: int
    ) -> tuple[list[TemplateView], int]:
        """One page of the tenant's templates, and how many match. Raises :class:`Invalid`, :class:`Forbidden`."""
        with self._database.read() as session:
            rights.require_view(session, principal)
            return reading.custom_page(session, principal, where, offset=offset, limit=limit)

    def official_page(
        self, principal: Principal, name: str, *, offset: int, limit: int
    ) -> tuple[list[TemplateView], int]:
        """One page of the official templates, which every user may read, and how many match."""
        with self._database.read() as session:
            return reading.official_page(session, principal, name, offset=offset, limit=limit)

    def follow(self, principal: Principal, scope: Scope, uuid: str) -> None:
        """Star a template for the caller. Raises :class:`Invalid`, :class:`TemplateNotFound`, :class:`Forbidden`."""
        check_template_id(uuid, "uuid")
        try:
            with self._database.write() as session:
                _require(session, principal, scope, uuid)
                marks.follow(session, principal, uuid)
        except IntegrityError:
            # The same user said so twice at the same moment.
            return

    def unfollow(self, principal: Principal, scope: Scope, uuid: str) -> None:
        """Take the caller's star away. Raises like :meth:`follow`."""
        check_template_id(uuid, "uuid")
        with self._database.write() as session:
            _require(session, principal, scope, uuid)
            marks.unfollow(session, principal, uuid)

    def record_use(self, principal: Principal, task_id: str, template_id: str) -> None:
        """Note that a task was made from a template, which is named by either of its identifiers.

        Raises :class:`Invalid`, :class:`NotFound` for the task, :class:`TemplateNotFound`, :class:`Forbidden`.
        """
        check_job_id(task_id)
        check_template_id(template_id, "template_id")
        try:
            with self._database.write() as session:
                task = tasks.task(session, principal.tenant_id, task_id)
                access.require_on_task(session, principal, task, Action.VIEW)
                uuid = reading.uuid_of(session, principal.tenant_id, template_id)
                marks.use(session, principal, uuid, task_id)
        except IntegrityError:
            return

    def default_yaml(self, principal: Principal, task_id: str, default_host: str) -> str:
        """The build.yml a task may begin with. Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = tasks.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            definition = msgspec.convert(task.definition, Definition)
        return default_yaml(definition, default_host)

    def close(self) -> None:
        """Stop what still runs."""
        self.recommender.close()

    def _seal(self, uuid: str, private_defaults: dict[str, str]) -> bytes | None:
        if not private_defaults:
            return None
        text = msgspec.json.encode(private_defaults).decode()
        return self._secrets.seal(text, f"defaults of template {uuid}")


def _require(session: Session, principal: Principal, scope: Scope, uuid: str) -> None:
    if scope == Scope.OFFICIAL:
        reading.official(uuid)
        return
    reading.custom(session, principal.tenant_id, uuid, lock=True)
    rights.require_view(session, principal)


def _check_quota(session: Session, tenant_id: str) -> None:
    # On PostgreSQL writers queue at the tenant's row, so that two of them cannot take the last place.
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())
    count = session.scalar(select(func.count()).select_from(Template).where(Template.tenant_id == tenant_id))
    if count is not None and count >= TEMPLATES_PER_TENANT:
        raise Invalid("name", f"the tenant already has {TEMPLATES_PER_TENANT} templates, the most allowed")
