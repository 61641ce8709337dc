"""Keeping a tenant's files: upload, list, change, delete, download."""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build.files import reading, rights
from bottega.build.files.errors import EmptyFile, TooManyFiles
from bottega.build.files.names import check_id, check_length, check_name
from bottega.build.files.permissions import FilePermissions
from bottega.build.files.rights import FileRight, FileRights
from bottega.build.files.sealing import FileBox
from bottega.build.files.tables import FilePermission, KeystoreFile
from bottega.clock import epoch_ms
from bottega.errors import Invalid, NotFound
from bottega.iam.principal import Principal, Right
from bottega.iam.tables import Tenant
from bottega.ids import new_hex
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

MAX_BYTES = 100 * 1024
FILES_PER_TENANT = 20
MAX_DESCRIPTION = 1000


class FileView(msgspec.Struct, frozen=True):
    """A file (without its content) and what the caller may do with it."""

    file: KeystoreFile
    rights: FileRights


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is to be called, described as, and whether the whole tenant may use it."""

    name: str
    description: str
    shared: bool


class FileService:
    """What the API and builds do with files. Every look-up is by the caller's tenant; contents are sealed at rest."""

    def __init__(self, database: Database, secrets: SecretBox, per_tenant: int = FILES_PER_TENANT) -> None:
        """``per_tenant`` files are the most one tenant may have."""
        self._database = database
        self._per_tenant = per_tenant
        self._box = FileBox(secrets)
        self.permissions = FilePermissions(database)

    def upload(self, principal: Principal, name: str, content: bytes, description: str) -> KeystoreFile:
        """Keep a new file, whose creator has all rights on it.

        Raises :class:`Invalid`, :class:`EmptyFile`, :class:`TooManyFiles`, :class:`Forbidden`.
        """
        principal.require(Right.CREATE)
        check_name(name, "file")
        _check_description(description)
        if not content:
            raise EmptyFile("file", "is empty")
        if len(content) > MAX_BYTES:
            raise Invalid("file", f"has {len(content)} bytes; at most {MAX_BYTES} (100 KB) are taken")
        now = epoch_ms()
        file_id = new_hex()
        file = KeystoreFile(
            id=file_id,
            tenant_id=principal.tenant_id,
            name=name,
            description=description,
            shared=False,
            size=len(content),
            creator_id=principal.user_id,
            creator_name=principal.user_name,
            updater_id=principal.user_id,
            updater_name=principal.user_name,
            created_at=now,
            updated_at=now,
            sealed_content=self._box.seal(principal.tenant_id, file_id, content),
        )
        with self._database.write() as session:
            _lock_tenant(session, principal.tenant_id)
            _check_quota(session, principal.tenant_id, self._per_tenant)
            _check_name_free(session, principal.tenant_id, name, "file")
            session.add(file)
            session.flush()
            session.add(
                FilePermission(
                    id=new_hex(),
                    tenant_id=principal.tenant_id,
                    file_id=file_id,
                    user_id=principal.user_id,
                    user_name=principal.user_name,
                    is_creator=True,
                    created_at=now,
                    **dict.fromkeys(FileRight, True),
                )
            )
            trail.record(
                session, principal, AuditName.UPLOAD_KEYSTORE, AuditKind.KEYSTORE, file_id, name,
                detail=f"{len(content)} bytes",
            )  # fmt: skip
        return file

    def page(
        self, principal: Principal, *, search: str, offset: int, limit: int
    ) -> tuple[list[FileView], int]:
        """Files the caller has any right on, newest first, and how many there are; ``search`` is part of the name."""
        wanted = [KeystoreFile.tenant_id == principal.tenant_id, rights.visible(principal)]
        if search:
            wanted.append(KeystoreFile.name.icontains(search, autoescape=True))
        mine = rights.joined(principal)
        with self._database.read() as session:
            total = session.scalar(
                select(func.count()).select_from(KeystoreFile).outerjoin(FilePermission, mine).where(*wanted)
            )
            rows = session.execute(
                select(KeystoreFile, FilePermission)
                .outerjoin(FilePermission, mine)
                .where(*wanted)
                .order_by(KeystoreFile.created_at.desc(), KeystoreFile.id.desc())
                .offset(offset)
                .limit(limit)
            )
            views = [FileView(file, rights.rights(principal, file, own)) for file, own in rows]
        return views, total or 0

    def usable(self, principal: Principal) -> list[KeystoreFile]:
        """The files the caller may use in builds, by name."""
        with self._database.read() as session:
            query = (
                select(KeystoreFile)
                .outerjoin(FilePermission, rights.joined(principal))
                .where(KeystoreFile.tenant_id == principal.tenant_id, rights.usable(principal))
            )
            return list(session.scalars(query.order_by(KeystoreFile.name, KeystoreFile.id)))

    def update(self, principal: Principal, file_id: str, change: FileChange) -> None:
        """Rename and describe a file (right ``modify``), share it or end that (right ``setting``).

        Raises :class:`NotFound`, :class:`Invalid`, :class:`Forbidden`; then nothing has changed.
        """
        check_id(file_id, "id")
        check_name(change.name, "keystore_name")
        _check_description(change.description)
        with self._database.write() as session:
            _lock_tenant(session, principal.tenant_id)
            file = reading.file(session, principal.tenant_id, file_id, lock=True)
            if change.shared != file.shared:
                rights.require(session, principal, file, FileRight.SETTING)
            if (change.name, change.description) != (
                file.name,
                file.description,
            ) or change.shared == file.shared:
                rights.require(session, principal, file, FileRight.MODIFY)
            if change.name != file.name:
                _check_name_free(session, principal.tenant_id, change.name, "keystore_name")
            detail = _difference(file, change)
            file.name, file.description, file.shared = change.name, change.description, change.shared
            file.updater_id, file.updater_name = principal.user_id, principal.user_name
            file.updated_at = epoch_ms()
            trail.record(
                session, principal, AuditName.UPDATE_KEYSTORE, AuditKind.KEYSTORE, file_id, file.name,
                detail=detail,
            )  # fmt: skip

    def delete(self, principal: Principal, file_id: str) -> None:
        """Delete a file and its permissions; builds that need it fail. Raises :class:`NotFound`, :class:`Forbidden`."""
        check_id(file_id, "keystore_id")
        with self._database.write() as session:
            file = reading.file(session, principal.tenant_id, file_id, lock=True)
            rights.require(session, principal, file, FileRight.DELETE)
            session.delete(file)
            trail.record(
                session, principal, AuditName.DELETE_KEYSTORE, AuditKind.KEYSTORE, file_id, file.name
            )

    def download(
        self, principal: Principal, *, tenant_id: str, name: str, file_id: str | None = None
    ) -> tuple[str, bytes]:
        """Name and content of the file of that name, and of that id when one is given; it is noted in the audit trail.

        Raises :class:`InvalidFileName`, :class:`NotFound`, also for another tenant's, :class:`Forbidden`,
        :class:`Unavailable`.
        """
        check_length(name, "file_name" if file_id is None else "name")
        check_id(tenant_id, "domain_id")
        if file_id is not None:
            check_id(file_id, "id")
        with self._database.write() as session:
            file = reading.file_named(session, principal.tenant_id, name)
            if file is None or tenant_id != principal.tenant_id or file_id not in {None, file.id}:
                raise NotFound("file", name)
            rights.require(session, principal, file, FileRight.USAGE)
            content = self._box.unseal(file)
            trail.record(
                session, principal, AuditName.DOWNLOAD_KEYSTORE, AuditKind.KEYSTORE, file.id, file.name
            )
        return file.name, content

    def hand_out(self, session: Session, principal: Principal, name: str, run: Run) -> bytes:
        """The content for a build, inside a write transaction; noted in the audit trail. Raises like `download`."""
        file = reading.file_named(session, principal.tenant_id, name)
        if file is None:
            raise NotFound("file", name)
        rights.require(session, principal, file, FileRight.USAGE)
        content = self._box.unseal(file)
        trail.record(
            session, principal, AuditName.DOWNLOAD_KEYSTORE, AuditKind.KEYSTORE, file.id, name,
            project_id=run.project_id, detail=f"for build {run.number} of the task {run.task_name}",
        )  # fmt: skip
        return content


def _lock_tenant(session: Session, tenant_id: str) -> None:
    # On PostgreSQL whoever counts a tenant's files or takes a name queues up here; SQLite has one writer anyway.
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())


def _check_quota(session: Session, tenant_id: str, most: int) -> None:
    count = session.scalar(
        select(func.count()).select_from(KeystoreFile).where(KeystoreFile.tenant_id == tenant_id)
    )
    if count is not None and count >= most:
        raise TooManyFiles("file", f"the tenant already has {count} files, {most} are allowed")


def _check_name_free(session: Session, tenant_id: str, name: str, field: str) -> None:
    taken = select(KeystoreFile.id).where(KeystoreFile.tenant_id == tenant_id, KeystoreFile.name == name)
    if session.scalar(taken) is not None:
        raise Invalid(field, f"the tenant already has a file named {name}")


def _check_description(text: str) -> None:
    if len(text) > MAX_DESCRIPTION:
        raise Invalid("description", f"has {len(text)} characters; at most {MAX_DESCRIPTION} are taken")
    if "\0" in text:
        raise Invalid("description", "contains a NUL character")


def _difference(file: KeystoreFile, change: FileChange) -> str:
    parts: list[str] = []
    if change.name != file.name:
        parts.append(f"renamed from {file.name}")
    if change.description != file.description:
        parts.append("described anew")
    if change.shared != file.shared:
        parts.append("shared with the tenant" if change.shared else "not shared any more")
    return ", ".join(parts)
