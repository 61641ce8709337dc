"""Creating and finding tenants."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.errors import Conflict, NotFound
from bottega.iam.access_keys import create_access_key
from bottega.iam.groups import ADMINISTRATORS, DEFAULT_GROUPS, create_group
from bottega.iam.names import checked_name
from bottega.iam.passwords import hash_password
from bottega.iam.tables import GroupMember, IamProject, Tenant
from bottega.iam.users import create_user
from bottega.ids import new_hex, new_secret
from bottega.projects.service import create_project
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

ADMINISTRATOR = "admin"
FIRST_PROJECT = "default"
PASSWORD_BYTES = 18


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a tenant's first user needs, with the secrets in clear; in this order in ``credentials.json``."""

    endpoint: str
    domain_name: str
    domain_id: str
    user_name: str
    user_id: str
    password: str
    iam_project_id: str
    iam_project_name: str
    project_id: str
    access_key: str
    secret_key: str


class Tenants:
    """Tenants of this server, for its administrators; no operation of the API reaches this."""

    def __init__(self, database: Database, secrets: SecretBox, region: str) -> None:
        self._database = database
        self._secrets = secrets
        self._region = region

    def create(self, name: str, endpoint: str) -> Credentials:
        """A tenant with an administrator, an IAM project named like the region, default groups, an access key and a
        CodeArts project, or nothing at all. Raises :class:`Invalid`, :class:`Conflict`.
        """
        password = new_secret(PASSWORD_BYTES)
        password_hash = hash_password(password)
        with self._database.write() as session:
            return self.create_in(session, name, endpoint, password, password_hash)

    def create_in(
        self, session: Session, name: str, endpoint: str, password: str, password_hash: str
    ) -> Credentials:
        """The same inside the caller's write transaction, with a password hashed before it began."""
        name = checked_name("tenant name", name)
        if session.scalar(select(Tenant.id).where(Tenant.name == name)) is not None:
            raise Conflict(f"tenant name: a tenant named {name} already exists")
        tenant = Tenant(id=new_hex(), name=name, created_at=epoch_ms())
        session.add(tenant)
        session.flush()
        user = create_user(session, tenant.id, ADMINISTRATOR, password_hash)
        for group_name, rights in DEFAULT_GROUPS.items():
            group = create_group(session, tenant.id, group_name, rights)
            if group_name == ADMINISTRATORS:
                session.add(GroupMember(user_id=user.id, group_id=group.id))
        iam_project = IamProject(id=new_hex(), tenant_id=tenant.id, name=self._region)
        session.add(iam_project)
        key = create_access_key(session, self._secrets, user.id, "made with the tenant")
        project = create_project(session, tenant.id, user.id, FIRST_PROJECT)
        return Credentials(
            endpoint=endpoint,
            domain_name=tenant.name,
            domain_id=tenant.id,
            user_name=user.name,
            user_id=user.id,
            password=password,
            iam_project_id=iam_project.id,
            iam_project_name=iam_project.name,
            project_id=project.id,
            access_key=key.access_key,
            secret_key=key.secret_key,
        )

    def iam_projects(self, tenant_id: str) -> list[IamProject]:
        """The tenant's IAM projects by name."""
        with self._database.read() as session:
            return list(
                session.scalars(
                    select(IamProject).where(IamProject.tenant_id == tenant_id).order_by(IamProject.name)
                )
            )

    def list(self) -> list[Tenant]:
        """All tenants by name."""
        with self._database.read() as session:
            return list(session.scalars(select(Tenant).order_by(Tenant.name)))

    def get(self, name: str) -> Tenant:
        """The tenant of that name. Raises :class:`NotFound`."""
        with self._database.read() as session:
            tenant = session.scalar(select(Tenant).where(Tenant.name == name))
            if tenant is None:
                raise NotFound("tenant", name)
            return tenant
