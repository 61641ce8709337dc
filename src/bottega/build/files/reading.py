"""Finding files and their permissions. Another tenant's do not exist."""

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from bottega.build.files.tables import FilePermission, KeystoreFile
from bottega.errors import NotFound


def file(session: Session, tenant_id: str, file_id: str, *, lock: bool = False) -> KeystoreFile:
    """The file of that id. ``lock`` holds its row until the transaction ends. Raises :class:`NotFound`."""
    query = select(KeystoreFile).where(KeystoreFile.id == file_id, KeystoreFile.tenant_id == tenant_id)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound("file", file_id)
    return found


def file_named(session: Session, tenant_id: str, name: str) -> KeystoreFile | None:
    """The file of that name with its sealed content."""
    query = select(KeystoreFile).where(KeystoreFile.tenant_id == tenant_id, KeystoreFile.name == name)
    return session.scalars(query.options(undefer(KeystoreFile.sealed_content))).one_or_none()


def permission(session: Session, tenant_id: str, permission_id: str) -> FilePermission:
    """The permission of that id as it is now. Raises :class:`NotFound`."""
    query = select(FilePermission).where(
        FilePermission.id == permission_id, FilePermission.tenant_id == tenant_id
    )
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("permission", permission_id)
    return found
